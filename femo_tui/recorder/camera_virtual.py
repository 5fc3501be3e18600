"""The simulated camera with its detection and watch in this process: for runs faster than time,
and for cameras that fail as a rehearsal plans it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from femo_tui.devices.base import DeviceInfo, Inbox, Record
from femo_tui.devices.camera import make_camera
from femo_tui.devices.camera_sim import SimCamera
from femo_tui.devices.camera_watch import CameraWatch
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.clock import Clock
from femo_tui.model.conditions import Condition
from femo_tui.model.faults import FaultPlan
from femo_tui.model.records import DeviceEvent, Severity, Stream
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.camera_messages import THUMBNAIL_EVERY_S, make_thumbnail
from femo_tui.recorder.camera_process import REOPEN_EVERY_S

if TYPE_CHECKING:
    from femo_tui.devices.base import Image
    from femo_tui.devices.faults.camera import FaultyCamera
    from femo_tui.faces.finder import FaceFinder


class PacedCamera:
    """Draws and looks whenever a frame is due on the inbox's clock; `sim:` URIs only."""

    def __init__(
        self,
        uri: str,
        fps: float,
        clock: Clock,
        faults: FaultPlan | None = None,
        *,
        keep_frames: bool = False,
    ) -> None:
        self._keep_frames = keep_frames
        camera = make_camera(uri, clock, fps)
        if not isinstance(camera, SimCamera):
            raise UsageError(
                f"device {uri!r} can't run faster than time: use sim: or none, or record in real"
                " time"
            )
        self._camera: SimCamera | FaultyCamera = camera
        if faults is not None:
            from femo_tui.devices.faults.camera import FaultyCamera

            self._camera = FaultyCamera(camera, faults, clock)
        self._clock = clock
        self._fps = fps
        self._finder: FaceFinder | None = None
        self._watch: CameraWatch | None = None
        self._reopen_at_s = math.inf  # while the camera is lost
        self._inbox: Inbox | None = None
        self._first_s = 0.0
        self._frame = 0
        self._show_thumbnails = False
        self._thumbnail_due_s = 0.0
        self.thumbnail: Thumbnail | None = None  # the newest, while they are asked for

    def open(self) -> DeviceInfo:
        from femo_tui.faces.finder import FaceFinder

        self._finder = FaceFinder(keep_frames=self._keep_frames)
        info = self._camera.open()
        self._fps = info.rate_hz or self._fps
        self._watch = CameraWatch(info.model, self._clock.now_s())
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
        if self._finder is None or self._watch is None:
            return []
        due_s = self.next_due_s()
        self._frame += 1
        if not self._is_open(due_s, self._watch):
            return self._watch.tick(due_s)
        try:
            image = self._camera.image_at(due_s)
        except DeviceError as error:
            self._reopen_at_s = due_s + REOPEN_EVERY_S
            return [
                DeviceEvent(due_s, Stream.CAMERA, "camera_lost", Severity.LOSS, str(error)),
                *self._watch.tick(due_s),
            ]
        if image is None:
            return self._watch.tick(due_s)
        return self._look(self._finder, self._watch, image, due_s)

    def _is_open(self, now_s: float, watch: CameraWatch) -> bool:
        """Try again, when it is time, to open a camera that was lost."""
        if self._reopen_at_s == math.inf:
            return True
        if now_s < self._reopen_at_s:
            return False
        try:
            self._camera.open()
        except DeviceError:
            self._reopen_at_s = now_s + REOPEN_EVERY_S
            return False
        self._reopen_at_s = math.inf
        watch.reopened()
        return True

    def _look(
        self, finder: FaceFinder, watch: CameraWatch, image: Image, t_s: float
    ) -> list[Record]:
        frame = finder.look(image, t_s)
        height, width = image.shape[:2]
        digest = zlib.adler32(image.data)
        if self._show_thumbnails and t_s >= self._thumbnail_due_s:
            self._thumbnail_due_s = t_s + THUMBNAIL_EVERY_S
            self.thumbnail = make_thumbnail(image, frame)
        return [*watch.saw(t_s, digest, (width, height), frame.brightness), frame]

    def cue(self, condition: Condition | None) -> None:
        self._camera.cue(condition)

    def set_thumbnail(self, on: bool) -> None:
        """Make about four small pictures a second, or none."""
        self._show_thumbnails = on
        self.thumbnail = None

    def close(self) -> None:
        if self._inbox is not None:
            self._inbox.detach(self)
            self._inbox = None
        self._camera.close()
