"""Grove arithmetic against the maker's formula, worked by hand."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.errors import UsageError
from femo_tui.model.records import SampleFlag
from femo_tui.signals.grove import GroveCalibration, effective_resolution, fit_resistors

NOMINAL = GroveCalibration()

readings = st.floats(0, 1023)
cals = st.floats(300, 1000)


@pytest.mark.parametrize(
    ("r", "gsr_us"),
    # Seeed's formula by hand, as the design prints it.
    [(0, "50.0"), (256, "16.7"), (400, "6.14"), (480, "1.61"), (511, "0.0489")],
)
def test_nominal_sensor_to_three_digits(r: int, gsr_us: str) -> None:
    assert f"{NOMINAL.conductance_us(r):#.3g}" == gsr_us


def test_twelve_bits_scale_the_formula() -> None:
    # Seeed's forum, topic 5869: ((4096 + 2r)·10 000)/(2048 − r) at 12 bits.
    twelve = GroveCalibration(cal=2048, bits=12)
    assert twelve.conductance_us(1600) == pytest.approx(NOMINAL.conductance_us(400))


def test_volts_are_counts_of_the_reference() -> None:
    assert GroveCalibration(reference_v=3.3).counts_of_volts(1.65) == 512


@pytest.mark.parametrize(
    ("r", "flag"),
    [
        (0, SampleFlag.CLIPPED),
        (0.4, SampleFlag.CLIPPED),
        (1, SampleFlag.OK),
        (400, SampleFlag.OK),
        (511, SampleFlag.OUT_OF_RANGE),
        (512, SampleFlag.NOT_WORN),
        (1023, SampleFlag.NOT_WORN),
    ],
)
def test_a_reading_is_judged(r: float, flag: SampleFlag) -> None:
    gsr_us, judged = NOMINAL.judge(r)
    assert judged == flag
    assert (gsr_us is None) == (flag == SampleFlag.NOT_WORN)


@given(cals, readings, readings)
def test_more_counts_are_less_conductance(cal: float, r: float, s: float) -> None:
    sensor = GroveCalibration(cal=cal)
    low, high = sorted((r, s))
    if high < cal and high - low > 1e-6:
        assert sensor.conductance_us(low) > sensor.conductance_us(high) > 0


@given(cals, readings)
def test_no_conductance_at_or_above_the_unworn_reading(cal: float, r: float) -> None:
    sensor = GroveCalibration(cal=cal)
    if r >= cal:
        assert sensor.judge(r) == (None, SampleFlag.NOT_WORN)
        with pytest.raises(UsageError, match="unworn"):
            sensor.conductance_us(r)
    else:
        assert sensor.judge(r)[0] == pytest.approx(sensor.conductance_us(r))


@given(cals, st.floats(0.1, 45))
def test_reading_inverts_conductance(cal: float, gsr_us: float) -> None:
    sensor = GroveCalibration(cal=cal)
    r = sensor.reading(gsr_us)
    if r >= 0:
        assert sensor.conductance_us(r) == pytest.approx(gsr_us, rel=1e-9)


@given(st.floats(1, 500))
def test_resolution_is_the_width_of_one_step(r: float) -> None:
    step_us = NOMINAL.conductance_us(r - 0.5) - NOMINAL.conductance_us(r + 0.5)
    assert NOMINAL.resolution_us(NOMINAL.conductance_us(r)) == pytest.approx(step_us, rel=1e-3)


def test_one_step_is_between_a_twentieth_and_a_fifth_of_a_microsiemens() -> None:
    steps = [NOMINAL.resolution_us(NOMINAL.conductance_us(r)) for r in range(511)]
    assert min(steps) == pytest.approx(0.05, abs=0.002)
    assert max(steps) == pytest.approx(0.195, abs=0.002)


@pytest.mark.parametrize(("r", "percent"), [(400, 6.25), (448, 10.9)])
def test_seven_counts_of_calibration_are_six_to_eleven_percent(r: int, percent: float) -> None:
    at_us = NOMINAL.conductance_us(r)
    shifted_us = GroveCalibration(cal=519).conductance_us(r)
    assert 100 * (shifted_us / at_us - 1) == pytest.approx(percent, abs=0.05)
    assert NOMINAL.uncertainty_us(at_us) == pytest.approx(shifted_us - at_us)


@pytest.mark.parametrize("offset", [-7, 7])
@pytest.mark.parametrize("kind", ["potentiometer", "adc"])
@pytest.mark.parametrize("resistors", [(47_000.0, 470_000.0), (100_000.0, 330_000.0)])
def test_two_resistors_recover_a_sensor_seven_counts_off(
    offset: int, kind: str, resistors: tuple[float, float]
) -> None:
    """The 7 counts sit in the unworn reading alone, or in every reading."""
    true = GroveCalibration(cal=512 + offset if kind == "potentiometer" else 512)
    shift = offset if kind == "adc" else 0
    noise = random.Random(7)

    def measure(ohm: float) -> float:
        at = true.reading(1e6 / ohm) + shift
        return sum(round(at + noise.gauss(0, 0.6)) for _ in range(2000)) / 2000

    fitted = fit_resistors([(ohm, measure(ohm)) for ohm in resistors])
    for gsr_us in (2.0, 4.0, 8.0, 16.0):
        assert fitted.conductance_us(true.reading(gsr_us) + shift) == pytest.approx(
            gsr_us, rel=0.01
        )


def test_the_unworn_reading_is_a_third_point() -> None:
    true = GroveCalibration(cal=505)
    points = [(ohm, true.reading(1e6 / ohm)) for ohm in (100_000.0, 330_000.0)]
    fitted = fit_resistors([*points, (math.inf, 505.0)], source="bench")
    assert fitted.cal == pytest.approx(505)
    assert fitted.scale_ohm == pytest.approx(10_000)
    assert fitted.source == "bench"
    assert fitted.cal_uncertainty_counts < fit_resistors(points).cal_uncertainty_counts


@pytest.mark.parametrize(
    "points",
    [
        [(100_000.0, 316.0)],
        [(100_000.0, 316.0), (100_000.0, 317.0)],
        [(100_000.0, 440.0), (330_000.0, 316.0)],  # swapped
        [(100_000.0, 316.0), (330_000.0, 1400.0)],
        [(-1.0, 316.0), (330_000.0, 440.0)],
    ],
)
def test_a_fit_that_cannot_be_is_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(UsageError):
        fit_resistors(points)


def test_a_quiet_sensor_resolves_one_step_and_a_dithered_mean_less() -> None:
    noise = random.Random(3)
    assert effective_resolution([400.0] * 50) == 1.0
    assert effective_resolution([400 + round(noise.gauss(0, 2)) for _ in range(400)]) > 4
    means = [sum(round(400.3 + noise.gauss(0, 0.8)) for _ in range(100)) / 100 for _ in range(200)]
    # Spread of a mean of 100 reads: 0.85/10; 1.96·√2 of it by hand.
    assert effective_resolution(means, 100) == pytest.approx(0.236, rel=0.2)
    with pytest.raises(UsageError, match="20 or more"):
        effective_resolution([400.0])


@pytest.mark.parametrize(
    "wrong", [{"cal": 0.0}, {"cal": 2000.0}, {"bits": 4}, {"reference_v": 0.0}, {"scale_ohm": -1.0}]
)
def test_a_calibration_that_no_sensor_has_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="GSR calibration"):
        GroveCalibration(**wrong)  # type: ignore[arg-type]


def test_facts_read_back() -> None:
    fitted = fit_resistors([(100_000.0, 316.0), (330_000.0, 440.0)])
    assert GroveCalibration(**fitted.facts()) == fitted  # type: ignore[arg-type]
