"""What is said where readings stop, told from their times alone."""

from __future__ import annotations

import pytest

from femo_tui.devices.gsr_lines import LineReader
from femo_tui.devices.gsr_watch import GsrWatch
from femo_tui.model.records import DeviceEvent, GsrSample, SampleFlag
from femo_tui.signals.grove import GroveCalibration
from tests.devices.gsr_wire import framed


def sample(t_s: float) -> GsrSample:
    return GsrSample(t_s, 400.0, 6.14, SampleFlag.OK)


def told(watch: GsrWatch, *times_s: float) -> list[DeviceEvent]:
    readings = watch.heard([sample(t_s) for t_s in times_s])
    return [reading for reading in readings if isinstance(reading, DeviceEvent)]


def test_the_hole_of_2018_is_marked_and_an_even_stream_is_not() -> None:
    """Samples 7 and 8 of that recording stand 401 ms apart."""
    watch = GsrWatch("port", 10.0, 0.0)
    assert told(watch, *(0.1 * i for i in range(1, 8))) == []
    (gap,) = told(watch, 0.7 + 0.401)
    assert gap.name == "gap"
    assert gap.detail["gap_s"] == pytest.approx(0.401)
    assert told(watch, 1.2, 1.3, 1.55) == []  # a busy host may hand a line over that late


def test_the_time_before_the_first_reading_is_no_gap() -> None:
    assert told(GsrWatch("port", 10.0, 0.0), 0.45) == []


def test_a_gap_in_which_lines_were_counted_as_lost_is_said_once() -> None:
    watch, reader = GsrWatch("port", 10.0, 0.0), LineReader(GroveCalibration())
    heard = watch.heard(reader.feed(framed(1, 100_000), 0.1))
    heard += watch.heard(reader.feed(framed(5, 500_000), 0.5))
    assert [e.name for e in heard if isinstance(e, DeviceEvent)] == ["samples_lost"]


def test_a_silence_is_no_gap_besides() -> None:
    watch = GsrWatch("port", 10.0, 0.0)
    told(watch, 0.1)
    assert [e.name for e in watch.tick(0.7) if isinstance(e, DeviceEvent)] == ["silent"]
    assert watch.tick(0.8) == []
    assert [e.name for e in told(watch, 1.0)] == ["speaking_again"]


@pytest.mark.parametrize(
    ("sent_us", "name"),
    [
        (200_000, "late"),  # a busy machine: the sensor's own clock went on by one reading
        (501_000, "gap"),  # the sensor itself paused, and counted no reading meanwhile
    ],
)
def test_who_was_late_is_told_by_the_sensors_own_clock(sent_us: int, name: str) -> None:
    watch, reader = GsrWatch("port", 10.0, 0.0), LineReader(GroveCalibration())
    heard = watch.heard(reader.feed(framed(1, 100_000), 0.1))
    heard += watch.heard(reader.feed(framed(2, sent_us), 0.501))
    (event,) = [e for e in heard if isinstance(e, DeviceEvent)]
    assert event.name == name
    assert event.detail["gap_s"] == pytest.approx(0.401)
    assert ("too busy" in event.text) == (name == "late")
