"""The camera's watchdog, on made sequences of frames: t_s, digest, size, brightness."""

from __future__ import annotations

from femo_tui.devices.camera_watch import CameraWatch
from femo_tui.model.records import DeviceEvent, Severity, Stream

SIZE = (720, 480)
BRIGHT = 120.0


class _Feed:
    """Feeds a watch at 10 frames and 20 ticks a second."""

    def __init__(self) -> None:
        self.watch = CameraWatch("camera:0", 0.0)
        self.now_s = 0.0
        self.events: list[DeviceEvent] = []
        self._digest = 0

    def frames(
        self,
        seconds: float,
        frozen: bool = False,
        size: tuple[int, int] = SIZE,
        brightness: float = BRIGHT,
    ) -> None:
        for _ in range(round(seconds * 10)):
            self.now_s += 0.1
            self._digest += not frozen
            self.events += self.watch.tick(self.now_s)
            self.events += self.watch.saw(self.now_s, self._digest, size, brightness)

    def silence(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.now_s += 0.05
            self.events += self.watch.tick(self.now_s)

    def names(self) -> list[str]:
        return [event.name for event in self.events]


def test_a_healthy_camera_raises_nothing() -> None:
    feed = _Feed()
    feed.frames(60)
    assert feed.events == []


def test_silence_is_told_within_a_second_and_its_end_with_the_gap() -> None:
    feed = _Feed()
    feed.frames(2)
    feed.silence(4)
    feed.frames(1)
    assert feed.names() == ["camera_silent", "camera_recovered"]
    silent, back = feed.events
    assert silent.stream is Stream.CAMERA
    assert silent.severity is Severity.LOSS
    assert silent.t_s - 2.0 <= 1.0
    assert back.detail == {"was": "camera_silent", "gap_s": 4.1}


def test_a_camera_that_never_gives_a_frame_is_silent() -> None:
    feed = _Feed()
    feed.silence(3)
    assert feed.names() == ["camera_silent"]


def test_a_gap_that_no_tick_saw_is_still_told() -> None:
    watch = CameraWatch("camera:0", 0.0)
    watch.saw(0.1, 1, SIZE, BRIGHT)
    names = [event.name for event in watch.saw(600.0, 2, SIZE, BRIGHT)]  # the laptop slept
    assert names == ["camera_silent", "camera_recovered"]


def test_identical_frames_are_frozen_within_a_second() -> None:
    feed = _Feed()
    feed.frames(3)
    feed.frames(0.6, frozen=True)
    assert feed.events == []
    feed.frames(2.4, frozen=True)
    assert feed.watch.frozen_s() > 2
    feed.frames(1)
    assert feed.names() == ["camera_frozen", "camera_recovered"]
    frozen, back = feed.events
    assert frozen.severity is Severity.LOSS
    assert frozen.t_s - 3.0 <= 1.0
    assert back.detail == {"was": "camera_frozen", "gap_s": 3.1}
    assert feed.watch.frozen_s() == 0


def test_a_covered_lens_is_black_and_a_dark_room_is_not() -> None:
    feed = _Feed()
    feed.frames(1, brightness=12.0)
    feed.frames(0.3, brightness=1.0)
    feed.frames(1)
    assert feed.events == []
    feed.frames(2, brightness=1.0)
    feed.frames(1)
    assert feed.names() == ["camera_black", "camera_recovered"]
    assert feed.events[0].t_s - 2.4 <= 1.0
    assert feed.events[1].detail == {"was": "camera_black", "gap_s": 2.0}


def test_another_resolution_is_told_once() -> None:
    feed = _Feed()
    feed.frames(1)
    feed.frames(2, size=(640, 480))
    assert feed.names() == ["camera_resolution"]
    assert feed.events[0].detail == {"before": "720×480", "after": "640×480"}


def test_a_camera_opened_again_tells_the_gap_and_no_second_recovery() -> None:
    feed = _Feed()
    feed.frames(1)
    feed.silence(5)
    feed.watch.reopened()
    feed.silence(0.5)
    feed.frames(1)
    assert feed.names() == ["camera_silent", "camera_reopened"]
    assert feed.events[1].detail == {"gap_s": 5.6}


def test_after_its_end_a_film_is_not_silent() -> None:
    feed = _Feed()
    feed.frames(1)
    feed.watch.ended()
    feed.silence(5)
    assert feed.events == []
