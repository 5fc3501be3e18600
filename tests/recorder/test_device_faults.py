"""What a device's events make of it before a run."""

from __future__ import annotations

import pytest

from femo_tui.model.records import DeviceEvent, Severity, Stream
from femo_tui.recorder.device_faults import DeviceFaults
from femo_tui.recorder.preflight_client import CheckState

DROPPED = DeviceEvent(10.0, Stream.CAMERA, "frames_dropped", Severity.LOSS, "3 frames were dropped")
DARK = DeviceEvent(10.0, Stream.CAMERA, "camera_black", Severity.LOSS, "The camera sees only black")
LIGHT = DeviceEvent(11.0, Stream.CAMERA, "camera_recovered", Severity.LOSS, "The camera is back")
OK = (CheckState.OK, "")


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        (Stream.CAMERA, "frames_dropped"),
        (Stream.GSR, "samples_lost"),
        (Stream.GSR, "sensor_restarted"),
    ],
)
def test_a_loss_of_a_moment_is_looked_at_and_goes_by_itself(stream: Stream, name: str) -> None:
    faults = DeviceFaults()
    faults.hear(DeviceEvent(10.0, stream, name, Severity.LOSS, "3 were lost"), 10.0)
    assert faults.verdict(stream, 12.9) == (CheckState.WARNING, "3 were lost")
    assert faults.verdict(stream, 13.0) == OK


def test_frames_that_are_dropped_again_are_told_of_again() -> None:
    faults = DeviceFaults()
    for at_s in (10.0, 12.0):
        faults.hear(DROPPED, at_s)
    assert faults.verdict(Stream.CAMERA, 14.0) == (CheckState.WARNING, "3 frames were dropped")


def test_a_fault_that_lasts_blocks_until_it_is_over_whatever_is_dropped_meanwhile() -> None:
    faults = DeviceFaults()
    faults.hear(DARK, 10.0)
    faults.hear(DROPPED, 10.5)
    assert faults.verdict(Stream.CAMERA, 99.0) == (CheckState.MISSING, "The camera sees only black")
    assert faults.verdict(Stream.GSR, 99.0) == OK
    faults.hear(LIGHT, 100.0)
    assert faults.verdict(Stream.CAMERA, 100.0) == OK
