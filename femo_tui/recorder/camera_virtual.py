"""The simulated camera with its detection in this process, for runs faster than time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from femo_tui.devices.base import DeviceInfo, Inbox, Record
from femo_tui.devices.camera import make_camera
from femo_tui.devices.camera_sim import SimCamera
from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock
from femo_tui.model.conditions import Condition

if TYPE_CHECKING:
    from femo_tui.faces.finder import FaceFinder


class PacedCamera:
    """Draws and looks whenever a frame is due on the inbox's clock; `sim:` URIs only."""

    def __init__(self, uri: str, fps: float, clock: Clock) -> None:
        camera = make_camera(uri, clock, fps)
        if not isinstance(camera, SimCamera):
            raise UsageError(
                f"device {uri!r} can't run faster than time: use sim: or none, or record in real"
                " time"
            )
        self._camera = camera
        self._clock = clock
        self._fps = fps
        self._finder: FaceFinder | None = None
        self._inbox: Inbox | None = None
        self._first_s = 0.0
        self._frame = 0

    def open(self) -> DeviceInfo:
        from femo_tui.faces.finder import FaceFinder

        self._finder = FaceFinder()
        info = self._camera.open()
        self._fps = info.rate_hz or self._fps
        return info

    def start(self, inbox: Inbox) -> None:
        """Begin to put a Frame into the inbox whenever one is due."""
        self._first_s = inbox.clock.now_s()
        self._frame = 0
        self._inbox = inbox
        inbox.attach(self)

    def next_due_s(self) -> float:
        """Return the boot time of the next frame."""
        return self._first_s + self._frame / self._fps

    def produce(self) -> Sequence[Record]:
        """Draw the frame that is due and look at it: about 6 ms at 720×480."""
        if self._finder is None:
            return []
        due_s = self.next_due_s()
        self._frame += 1
        return [self._finder.look(self._camera.image_at(due_s), due_s)]

    def cue(self, condition: Condition | None) -> None:
        self._camera.cue(condition)

    def close(self) -> None:
        if self._inbox is not None:
            self._inbox.detach(self)
            self._inbox = None
        self._camera.close()
