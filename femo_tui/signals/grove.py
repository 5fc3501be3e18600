"""Grove GSR arithmetic: ADC readings to microsiemens, and what the sensor can tell apart.

Formula of the maker (Seeed, "Grove - GSR Sensor"), for an ADC of N steps and an unworn reading cal:
R = ((N + 2r)·10 000)/(cal − r) Ω, G = 10⁶/R µS. At 10 bits N is 1024 and cal nominally 512.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from femo_tui.errors import MalformedRecord, UsageError
from femo_tui.model.records import JsonValue, SampleFlag

FLOOR_US = 0.05  # Kleckner et al. 2018: skin conducts between these two
CEILING_US = 60.0
NOMINAL_SCALE_OHM = 10_000.0
# The study's sensors stood up to 7 counts beside 512; a calibration that was not measured may too.
UNMEASURED_CAL_COUNTS = 7.0
SCALE_TOLERANCE = 0.2  # board resistors are 1–5 %; beyond this the resistors were mixed up
# Two means differ at the 95 % level when they are 1.96·√2 of their spread apart.
TELLS_APART = 1.96 * math.sqrt(2)
# Noise of half a step or more spreads a steady input over neighbouring codes, so that averaging
# reads resolves less than one step; below that it does not.
DITHER_COUNTS = 0.5
LEAST_READINGS = 20  # that measure a noise: its own error is 16 % then


@dataclass(frozen=True, slots=True)
class GroveCalibration:
    """How one sensor's readings become conductance; the facts go into every run.

    Raises:
        UsageError: values that no sensor has.
    """

    cal: float = 512.0  # reading with nobody wearing it, in counts
    bits: int = 10
    reference_v: float = 5.0  # what the ADC's full scale stands for
    scale_ohm: float = NOMINAL_SCALE_OHM
    resolution_counts: float = 1.0  # smallest difference of two readings that means something
    cal_uncertainty_counts: float = UNMEASURED_CAL_COUNTS
    source: str = "nominal"  # nominal, or how it was measured
    measured_utc: str | None = None  # None: it was not
    measured_hz: float | None = None  # lines a second that noise and resolution hold for
    noise_counts: float | None = None  # standard deviation of a line with a steady input
    residual_counts: float | None = None  # how far the points lie off the fit; None without spare

    def __post_init__(self) -> None:
        if not 8 <= self.bits <= 24:
            raise UsageError(f"GSR calibration: {self.bits} ADC bits; give 8 to 24")
        if not 0 < self.cal <= self.steps:
            raise UsageError(
                f"GSR calibration: cal={self.cal:g} is no reading of a {self.bits}-bit ADC; measure"
                " it with nobody wearing the sensor"
            )
        for name in ("reference_v", "scale_ohm", "resolution_counts"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise UsageError(f"GSR calibration: {name}={value:g} must be above zero")

    @property
    def steps(self) -> int:
        """Return the number of ADC steps, N in the formula."""
        return 1 << self.bits

    @property
    def ceiling_us(self) -> float:
        """Return the highest conductance that the sensor can show, at reading 0."""
        return self.conductance_us(0.0)

    def conductance_us(self, r: float) -> float:
        """Return the conductance in µS at reading `r` in counts.

        Raises:
            UsageError: `r` is at or above the unworn reading, or below zero: no conductance.
        """
        if not 0 <= r < self.cal:
            raise UsageError(
                f"reading {r:g} is outside 0 to {self.cal:g}, the unworn reading: no conductance"
            )
        return 1e6 * (self.cal - r) / (self.scale_ohm * (self.steps + 2 * r))

    def reading(self, gsr_us: float) -> float:
        """Return the reading in counts at a conductance in µS; not rounded, may be below zero."""
        k = self.scale_ohm * gsr_us / 1e6
        return (self.cal - k * self.steps) / (1 + 2 * k)

    def counts_of_volts(self, volts: float) -> float:
        return volts / self.reference_v * self.steps

    def judge(self, r: float) -> tuple[float | None, SampleFlag]:
        """Return conductance in µS, None if there is none, and what the reading is worth.

        A mean below one count is clipped too: at least one of its reads stood at 0.
        """
        if r >= self.cal:
            return None, SampleFlag.NOT_WORN
        gsr_us = self.conductance_us(max(r, 0.0))
        return gsr_us, SampleFlag.CLIPPED if r < 1 else flag_us(gsr_us)

    def us_per_count(self, at_us: float) -> float:
        """Return what one count is worth in µS, at conductance `at_us`."""
        span = self.steps + 2 * self.reading(at_us)
        return 1e6 / self.scale_ohm * (self.steps + 2 * self.cal) / span**2

    def resolution_us(self, at_us: float) -> float:
        """Return the smallest difference in µS that is no noise, at conductance `at_us`."""
        return self.us_per_count(at_us) * self.resolution_counts

    def uncertainty_us(self, at_us: float) -> float:
        """Return how far off `at_us` may be in µS, because the unworn reading may be off."""
        span = self.steps + 2 * self.reading(at_us)
        return 1e6 / self.scale_ohm / span * self.cal_uncertainty_counts

    def at_rate(self, rate_hz: float) -> GroveCalibration:
        """Return it for a faster line rate: fewer reads a line are noisier, by their root."""
        if self.measured_hz is None or self.noise_counts is None or rate_hz <= self.measured_hz:
            return self
        noise = self.noise_counts * math.sqrt(rate_hz / self.measured_hz)
        resolution = max(1.0, self.resolution_counts, TELLS_APART * noise)
        return dataclasses.replace(self, resolution_counts=resolution)

    def facts(self) -> dict[str, JsonValue]:
        """Return the calibration as it stands in a run; `from_facts` reads it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, JsonValue]) -> GroveCalibration:
        """Return the calibration that `facts` were of.

        Raises:
            MalformedRecord: they are of none.
        """
        try:
            return cls(**facts)  # type: ignore[arg-type]
        except (TypeError, UsageError) as problem:
            raise MalformedRecord(
                f"a stored GSR calibration cannot be read ({problem}): measure the sensor again"
                " with `femo calibrate`"
            ) from None


def flag_us(gsr_us: float) -> SampleFlag:
    """Judge a conductance by the range in which skin conducts."""
    return SampleFlag.OK if FLOOR_US <= gsr_us <= CEILING_US else SampleFlag.OUT_OF_RANGE


def effective_resolution(readings: Sequence[float], reads_per_line: float = 1.0) -> float:
    """Return the smallest difference in counts that two readings can tell apart.

    Args:
        readings: counts with a fixed resistor in place of the skin, each the mean of one line.
        reads_per_line: ADC reads behind each of them.

    One step, unless the noise is larger, or is seen to dither the reads of a line.

    Raises:
        UsageError: fewer than LEAST_READINGS.
    """
    n = len(readings)
    if n < LEAST_READINGS:
        raise UsageError(
            f"{n} readings do not measure noise; take {LEAST_READINGS} or more with one resistor"
        )
    mean = math.fsum(readings) / n
    spread = math.sqrt(math.fsum((r - mean) ** 2 for r in readings) / (n - 1))
    dithered = reads_per_line > 1 and spread * math.sqrt(reads_per_line) >= DITHER_COUNTS
    return TELLS_APART * spread if dithered else max(1.0, TELLS_APART * spread)


def fit_resistors(
    points: Sequence[tuple[float, float]],
    base: GroveCalibration | None = None,
    *,
    source: str = "two resistors",
) -> GroveCalibration:
    """Fit `cal` and `scale_ohm` to readings of known resistors.

    Args:
        points: (resistance in Ω, mean reading in counts), two or more; `math.inf` is the sensor
            with nobody wearing it.
        base: where bits, reference and resolution come from.
        source: how it was measured, for the facts.

    The formula is linear in both: r = cal − scale·x with x = (N + 2r)/R. Least squares; the
    uncertainty of `cal` is that of readings which are each one resolution off.

    Raises:
        UsageError: too few points, or readings that do not belong to these resistors.
    """
    base = base or GroveCalibration()
    if len({ohm for ohm, _ in points}) < 2:
        raise UsageError("a calibration needs readings of two different resistors")
    for ohm, r in points:
        if not (ohm > 0 and 0 <= r < base.steps):
            raise UsageError(f"calibration point {ohm:g} Ω, reading {r:g}: neither can be so")
    xs = [(base.steps + 2 * r) / ohm for ohm, r in points]
    rs = [r for _, r in points]
    mean_x, mean_r = sum(xs) / len(xs), sum(rs) / len(rs)
    spread_x = sum((x - mean_x) ** 2 for x in xs)
    scale_ohm = -sum((x - mean_x) * (r - mean_r) for x, r in zip(xs, rs, strict=True)) / spread_x
    if not abs(scale_ohm / NOMINAL_SCALE_OHM - 1) <= SCALE_TOLERANCE:
        raise UsageError(
            f"the readings fit a scale of {scale_ohm:.0f} Ω, not about {NOMINAL_SCALE_OHM:.0f}:"
            " check which resistor was read when, and their contacts"
        )
    uncertainty = base.resolution_counts * math.sqrt(1 / len(xs) + mean_x**2 / spread_x)
    return dataclasses.replace(
        base,
        cal=mean_r + scale_ohm * mean_x,
        scale_ohm=scale_ohm,
        cal_uncertainty_counts=uncertainty,
        source=source,
    )
