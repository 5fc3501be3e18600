"""The simulated camera inside a run faster than time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from femo_tui.errors import UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.conditions import Condition, Elicitation
from femo_tui.model.records import Frame
from femo_tui.recorder.camera_virtual import PacedCamera
from tests.support.inbox import CollectingInbox


def _record(seconds: float) -> list[Frame]:
    clock = VirtualClock()
    camera, inbox = PacedCamera("sim:2", 10, clock), CollectingInbox(clock)
    camera.open()
    camera.start(inbox)
    camera.cue(Condition("happy", Elicitation.SPONTANEOUS))
    inbox.run_until(clock.now_s() + seconds)
    camera.close()
    inbox.run_until(clock.now_s() + 1)
    return [record for record in inbox.records if isinstance(record, Frame)]


def test_ten_seconds_give_a_hundred_even_frames_with_faces() -> None:
    frames = _record(9.95)
    assert len(frames) == 100
    assert [b.t_s - a.t_s for a, b in pairwise(frames)] == pytest.approx([0.1] * 99)
    assert sum(frame.faces == 1 and frame.eyes_jpeg is not None for frame in frames) >= 95


def test_the_same_run_twice_gives_the_same_frames() -> None:
    assert _record(2) == _record(2)


def test_a_real_camera_cannot_run_faster_than_time() -> None:
    with pytest.raises(UsageError, match="faster than time"):
        PacedCamera("camera:0", 10, VirtualClock())
