"""From readings of an unworn sensor and of known resistors to its calibration, and its drift."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.calibration import CalibrationPoint
from femo_tui.model.records import GsrSample
from femo_tui.signals.grove import GroveCalibration, effective_resolution, fit_resistors

DRIFT_LIMIT_COUNTS = 3.0  # beyond this a calibration is measured anew: 3–5 % of a usual level
# So near below the stored reading is 0.4 µS at most: rather a drift than somebody's skin.
LOOKS_UNWORN_COUNTS = 8.0
STEADY_COUNTS = 2.0  # how far the reading may wander while a point is measured
STEADY_ERRORS = 4.0  # or this many standard errors of what is compared, where noise is large


def counts_of(sample: GsrSample, unit: str, calibration: GroveCalibration) -> float:
    """Return a sample's reading in counts; framed lines are counts whatever the URI's unit.

    Raises:
        UsageError: the sensor sends µS and hides its counts.
    """
    if sample.seq is not None or unit == "adc":
        return sample.raw
    if unit == "volt":
        return calibration.counts_of_volts(sample.raw)
    raise UsageError(
        f"a GSR sensor that sends {unit} has no counts to calibrate: calibrate it in its own sketch"
    )


def measure_point(
    ohm: float | None, readings: Sequence[float], reads_per_line: float = 1.0
) -> CalibrationPoint:
    """Return what readings in counts say of a resistor; `ohm` None is the sensor unworn.

    Raises:
        UsageError: fewer than LEAST_READINGS.
        DeviceError: the reading moved, or stood at the ADC's end.
    """
    what = "with nobody wearing the sensor" if ohm is None else f"with {ohm:g} Ω"
    resolution = effective_resolution(readings, reads_per_line)
    n = len(readings)
    mean = math.fsum(readings) / n
    noise = math.sqrt(math.fsum((r - mean) ** 2 for r in readings) / (n - 1))
    third = n // 3
    moved = math.fsum(readings[-third:]) / third - math.fsum(readings[:third]) / third
    if abs(moved) > max(STEADY_COUNTS, STEADY_ERRORS * noise * math.sqrt(2 / third)):
        raise DeviceError(
            f"the GSR reading moved by {moved:+.1f} counts {what}: keep everything still, let it"
            " settle, and measure again"
        )
    if not 0 < mean < GroveCalibration().steps - 1:
        raise DeviceError(
            f"the GSR sensor reads {mean:.0f} counts {what}, the end of its scale: check its wiring"
            " and turn its potentiometer"
        )
    return CalibrationPoint(ohm, mean, noise, resolution, n, reads_per_line)


def calibrate(points: Sequence[CalibrationPoint], *, utc: str, rate_hz: float) -> GroveCalibration:
    """Return the calibration that the points give.

    Noise and resolution are the worst with a resistor, or unworn where there was none. The unworn
    reading alone gives `cal` and takes the board's own resistors as nominal.

    Raises:
        UsageError: no point, or readings that do not belong to these resistors.
    """
    if not points:
        raise UsageError("a calibration needs the unworn reading, or readings of two resistors")
    with_resistor = [point for point in points if point.ohm is not None]
    noisiest = max(with_resistor or points, key=lambda point: point.resolution_counts)
    resolution = noisiest.resolution_counts
    base = GroveCalibration(resolution_counts=resolution)
    source = " and ".join("unworn" if p.ohm is None else f"{p.ohm:g} Ω" for p in points)
    residual = None
    if with_resistor:
        pairs = [(math.inf if p.ohm is None else p.ohm, p.reading) for p in points]
        fitted = fit_resistors(pairs, base)
        residual = _residual_counts(fitted, pairs)
    else:
        fitted = dataclasses.replace(base, cal=points[0].reading, cal_uncertainty_counts=resolution)
    return dataclasses.replace(
        fitted,
        source=source,
        measured_utc=utc,
        measured_hz=rate_hz,
        noise_counts=noisiest.noise_counts,
        residual_counts=residual,
    )


def _residual_counts(
    fitted: GroveCalibration, pairs: Sequence[tuple[float, float]]
) -> float | None:
    """Return the standard error of the fit, None where two points leave nothing over."""
    spare = len(pairs) - 2
    if spare < 1:
        return None
    offs = [r - fitted.reading(1e6 / ohm) for ohm, r in pairs]
    return math.sqrt(math.fsum(off**2 for off in offs) / spare)


def drift_of(calibration: GroveCalibration, reading: float) -> str:
    """Return what an unworn sensor's present reading says against its calibration, "" if it holds.

    A reading far below the stored one is somebody wearing the sensor and says nothing.
    """
    off = reading - calibration.cal
    if abs(off) <= DRIFT_LIMIT_COUNTS or off < -LOOKS_UNWORN_COUNTS:
        return ""
    if off > 0:
        return (
            f"the unworn sensor reads {reading:.1f}, and {calibration.cal:.1f} when it was"
            " calibrated: calibrate it again"
        )
    return (
        f"the sensor reads {reading:.1f}, near the {calibration.cal:.1f} of nobody wearing it: put"
        " it on, or calibrate it again if nobody wears it"
    )
