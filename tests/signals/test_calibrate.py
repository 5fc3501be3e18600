"""From readings to a calibration: what is recovered, what is stated, what is refused."""

from __future__ import annotations

import random

import pytest

from femo_tui.errors import DeviceError, MalformedRecord, UsageError
from femo_tui.model.calibration import CalibrationPoint
from femo_tui.model.records import GsrSample, SampleFlag
from femo_tui.signals.calibrate import calibrate, counts_of, drift_of, measure_point
from femo_tui.signals.grove import GroveCalibration

UTC = "2026-11-22T10:15:30Z"


def simulated(
    ohm: float | None, *, cal: float = 512.0, adc: float = 0.0, noise: float = 2.0, reads: int = 20
) -> list[float]:
    """Return 200 lines of a sensor by Seeed's formula, each the mean of whole-count reads."""
    k = 0.0 if ohm is None else 10_000 / ohm
    reading = (cal - 1024 * k) / (1 + 2 * k) + adc
    chance = random.Random(f"{ohm} {cal} {adc} {noise}")
    return [
        sum(round(reading + chance.gauss(0, noise)) for _ in range(reads)) / reads
        for _ in range(200)
    ]


def points(
    ohms: list[float | None], *, cal: float = 512.0, adc: float = 0.0, noise: float = 2.0
) -> list[CalibrationPoint]:
    return [measure_point(o, simulated(o, cal=cal, adc=adc, noise=noise), 20) for o in ohms]


@pytest.mark.parametrize("offset", [-7.0, 7.0])
@pytest.mark.parametrize("kind", ["cal", "adc"])
@pytest.mark.parametrize(
    "ohms", [[100e3, 330e3], [None, 100e3, 330e3], [None, 47e3, 470e3], [None, 150e3]]
)
def test_a_sensor_seven_counts_off_is_recovered_within_one_percent(
    offset: float, kind: str, ohms: list[float | None]
) -> None:
    off = {"cal": 512 + offset} if kind == "cal" else {"adc": offset}
    fitted = calibrate(points(ohms, **off), utc=UTC, rate_hz=10)
    for gsr_us in (2.5, 5.0, 10.0):
        (worn,) = points([1e6 / gsr_us], **off)
        assert fitted.conductance_us(worn.reading) == pytest.approx(gsr_us, rel=0.01)
        nominal_us = GroveCalibration().conductance_us(worn.reading)
        assert abs(nominal_us / gsr_us - 1) > 0.02, "without it the same reading is further off"


def test_the_unworn_reading_alone_recovers_a_potentiometer_that_is_off() -> None:
    fitted = calibrate(points([None], cal=505), utc=UTC, rate_hz=10)
    (worn,) = points([200e3], cal=505)
    assert fitted.conductance_us(worn.reading) == pytest.approx(5.0, rel=0.01)
    assert fitted.residual_counts is None
    assert fitted.source == "unworn"


@pytest.mark.parametrize("noise", [1.0, 2.0, 6.0])
def test_noise_and_resolution_are_those_of_the_sensor(noise: float) -> None:
    """A read has the noise and the rounding of 1/√12; a line of 20 their 20th root of it."""
    fitted = calibrate(points([None, 100e3, 330e3], noise=noise), utc=UTC, rate_hz=10)
    of_a_line = ((noise**2 + 1 / 12) / 20) ** 0.5
    assert fitted.noise_counts == pytest.approx(of_a_line, rel=0.15)
    # Two lines differ at the 95 % level when 1.96·√2 standard deviations lie between them.
    assert fitted.resolution_counts == pytest.approx(2.772 * of_a_line, rel=0.15)
    assert fitted.residual_counts is not None
    assert fitted.residual_counts < 4 * of_a_line / 200**0.5
    assert (fitted.measured_utc, fitted.measured_hz) == (UTC, 10)
    assert fitted.source == "unworn and 100000 Ω and 330000 Ω"


def test_a_sensor_without_noise_resolves_one_step() -> None:
    fitted = calibrate(points([None, 100e3], noise=0.0), utc=UTC, rate_hz=10)
    assert fitted.resolution_counts == 1.0
    assert fitted.noise_counts == 0.0


def test_a_faster_rate_resolves_less_and_a_slower_one_no_better() -> None:
    fitted = calibrate(points([None]), utc=UTC, rate_hz=10)
    assert fitted.at_rate(10) == fitted.at_rate(5) == fitted
    fast = fitted.at_rate(1000)
    assert fast.resolution_counts == pytest.approx(10 * fitted.resolution_counts, rel=1e-3)
    assert fast.cal == fitted.cal
    assert GroveCalibration().at_rate(1000) == GroveCalibration()


def test_what_moves_while_it_is_measured_is_no_point() -> None:
    with pytest.raises(DeviceError, match="moved by"):
        measure_point(None, [500 + i / 20 for i in range(100)])
    with pytest.raises(DeviceError, match="end of its scale"):
        measure_point(None, [1023.0] * 100)
    with pytest.raises(UsageError, match="20 or more"):
        measure_point(None, [500.0] * 19)


def test_points_that_make_no_calibration_are_refused() -> None:
    with pytest.raises(UsageError, match="unworn reading"):
        calibrate([], utc=UTC, rate_hz=10)
    with pytest.raises(UsageError, match="two different"):
        calibrate(points([100e3]), utc=UTC, rate_hz=10)
    swapped = [
        measure_point(100e3, simulated(330e3), 20),
        measure_point(330e3, simulated(100e3), 20),
    ]
    with pytest.raises(UsageError, match="which resistor"):
        calibrate(swapped, utc=UTC, rate_hz=10)


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        (505.0, ""),
        (508.0, ""),
        (508.1, "calibrate it again"),
        (900.0, "calibrate it again"),
        (501.5, "if nobody wears it"),
        (496.9, ""),  # somebody wears it
        (300.0, ""),
    ],
)
def test_more_than_three_counts_from_the_unworn_reading_is_a_drift(
    reading: float, says: str
) -> None:
    drift = drift_of(GroveCalibration(cal=505), reading)
    assert says in drift
    assert bool(says) == bool(drift)


def test_counts_are_found_again_whatever_the_sensor_sends() -> None:
    def sample(raw: float, seq: int | None = None) -> GsrSample:
        return GsrSample(0.0, raw, None, SampleFlag.NOT_WORN, seq=seq)

    grove = GroveCalibration()
    assert counts_of(sample(2.5), "volt", grove) == 512
    assert counts_of(sample(400.0), "adc", grove) == 400
    assert counts_of(sample(400.0, seq=3), "volt", grove) == 400
    with pytest.raises(UsageError, match="no counts"):
        counts_of(sample(4.0), "us", grove)


def test_facts_come_back_and_what_is_none_is_refused() -> None:
    fitted = calibrate(points([None, 100e3, 330e3]), utc=UTC, rate_hz=10)
    assert GroveCalibration.from_facts(fitted.facts()) == fitted
    for wrong in ({"cal": "512"}, {"colour": 3}, {"cal": -1.0}):
        with pytest.raises(MalformedRecord, match="femo calibrate"):
            GroveCalibration.from_facts(wrong)
