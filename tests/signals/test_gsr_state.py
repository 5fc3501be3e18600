"""The states of a GSR sensor, on made traces."""

from __future__ import annotations

import pytest

from femo_tui.model.records import GsrSample, SampleFlag
from femo_tui.signals.grove import GroveCalibration
from femo_tui.signals.gsr_state import GsrStateWatch


def events_of(samples: list[tuple[float, float, SampleFlag]]) -> list[tuple[float, str]]:
    watch = GsrStateWatch()
    told = [watch.take(GsrSample(t_s, raw, raw / 80, flag)) for t_s, raw, flag in samples]
    return [(round(event.t_s, 3), event.name) for event in told if event is not None]


def trace(
    rate_hz: float, until_s: float, flag_of: dict[tuple[float, float], SampleFlag]
) -> list[tuple[float, float, SampleFlag]]:
    """Return a reading that always moves, with flags in the given spans."""
    samples = []
    for index in range(round(until_s * rate_hz)):
        t_s = index / rate_hz
        flag = next((f for (a, b), f in flag_of.items() if a <= t_s < b), SampleFlag.OK)
        samples.append((t_s, 400.0 + index % 2, flag))
    return samples


@pytest.mark.parametrize("rate_hz", [10.0, 100.0, 1000.0])
@pytest.mark.parametrize("flag", [f for f in SampleFlag if f is not SampleFlag.OK])
def test_a_flag_that_holds_a_second_is_a_state_and_so_is_its_end(
    rate_hz: float, flag: SampleFlag
) -> None:
    told = events_of(trace(rate_hz, 10.0, {(2.0, 5.0): flag}))
    assert [name for _, name in told] == [flag.value, "gsr_ok"]
    assert [t_s for t_s, _ in told] == [pytest.approx(3.0, abs=0.11), pytest.approx(6.0, abs=0.11)]


def test_a_touch_is_no_state() -> None:
    assert events_of(trace(10.0, 10.0, {(2.0, 2.7): SampleFlag.NOT_WORN})) == []


def test_a_reading_that_stands_still_is_flat_until_it_moves() -> None:
    samples = [
        (i / 10, 400.0 if 20 <= i < 100 else 400.0 + i % 2, SampleFlag.OK) for i in range(150)
    ]
    told = events_of(samples)
    assert [name for _, name in told] == ["flat", "gsr_ok"]
    assert told[0][0] == pytest.approx(7.0, abs=0.11)  # 5 s after it last moved


def test_calm_skin_through_a_coarse_converter_is_not_flat() -> None:
    samples = [
        (i / 10, 400.0 + (i // 40) % 2, SampleFlag.OK) for i in range(300)
    ]  # a step each 4 s
    assert events_of(samples) == []


def test_a_conductance_below_one_step_of_the_sensor_is_told() -> None:
    calibration = GroveCalibration()
    assert calibration.resolution_us(0.05) > 0.04  # design: r=511 reads 0.05 µS, a step is 0.05
    watch = GsrStateWatch(calibration.resolution_us)
    told = []
    for index in range(60):
        r = 511.5 if 20 <= index < 45 else 400.0 + index % 2
        event = watch.take(GsrSample(index / 10, r, calibration.conductance_us(r), SampleFlag.OK))
        told += [] if event is None else [(event.name, event.severity.value)]
    assert told == [("below_resolution", "warning"), ("gsr_ok", "info")]
