"""Real cameras and video files through OpenCV: drained by a thread, or paced by their own rate."""

from __future__ import annotations

import math
import sys
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.devices.base import DeviceInfo
from femo_tui.devices.camera_timing import Cadence, DriverQueue
from femo_tui.errors import DeviceError
from femo_tui.model.clock import Clock
from femo_tui.model.conditions import Condition
from femo_tui.model.records import JsonValue

if TYPE_CHECKING:
    import cv2

    from femo_tui.devices.base import Image

FAILED_GRABS = 5  # in a row: then the camera is gone, not hiccuping
FAILED_GRAB_WAIT_S = 0.05
# The driver of an unplugged camera may answer every grab at once: that must not burn a core.
INSTANT_S = 0.0005
INSTANT_WAIT_S = 0.002
DEFAULT_VIDEO_FPS = 25.0  # for a file that does not say
# Frames wait this long for a look that is late, so that a busy moment loses none; what would wait
# longer is dropped at once, and the next look sees the present.
WAIT_S = 0.25


class OpenCvCamera:
    """A camera by index or path. A thread grabs every frame, so that none waits in the driver's
    queue, and decodes only those at `look_hz`; `read` gives the oldest of the last moment."""

    def __init__(
        self,
        device: str,
        clock: Clock,
        look_hz: float,
        size: tuple[int, int] | None = None,
        uri: str = "",
    ) -> None:
        self._device = device
        self._clock = clock
        self._look_hz = look_hz
        self._size = size
        self._uri = uri or f"camera:{device}"
        self._fresh = threading.Condition()
        self._waiting: deque[tuple[float, Image]] = deque()
        self._most_waiting = max(1, math.floor(WAIT_S * look_hz))
        self.dropped = 0
        self._failure: DeviceError | None = None
        self._closed = threading.Event()
        self._drain: threading.Thread | None = None

    def open(self) -> DeviceInfo:
        import cv2

        _silence_opencv()
        capture = self._capture()
        if self._size is not None:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        opened = capture.isOpened()
        image = capture.read()[1] if opened else None
        if image is None:
            capture.release()
            told = "gives no image" if opened else "can't be opened"
            raise DeviceError(
                f"camera {self._device} {told}: check that it is plugged in, that no other"
                " program uses it, and that you may read it (group video)"
            )
        camera_fps = _rate_of(capture)
        facts: dict[str, JsonValue] = {
            "width": int(image.shape[1]),
            "height": int(image.shape[0]),
            "camera_fps": camera_fps,
            "backend": capture.getBackendName(),
        }
        self._waiting.clear()
        self._failure = None
        self._closed = threading.Event()
        self._drain = threading.Thread(
            target=self._drain_frames,
            args=(capture, self._closed, camera_fps or self._look_hz),
            name="camera-drain",
            daemon=True,
        )
        self._drain.start()
        rate_hz = min(self._look_hz, camera_fps or self._look_hz)
        return DeviceInfo(self._uri, f"camera {self._device}", False, rate_hz, facts)

    def read(self) -> tuple[float, Image] | None:
        """Return the next frame, waiting for one; None once closed."""
        with self._fresh:
            while not self._waiting and self._failure is None and not self._closed.is_set():
                self._fresh.wait()
            if self._closed.is_set():
                return None
            if not self._waiting and self._failure is not None:
                raise self._failure
            return self._waiting.popleft()

    def cue(self, condition: Condition | None) -> None:
        """Do nothing: a real participant needs no cue."""

    def close(self) -> None:
        """Stop; a `read` that waits comes back. The device is free once a grab in progress ends."""
        self._closed.set()
        with self._fresh:
            self._fresh.notify_all()
        if self._drain is not None:
            self._drain.join(timeout=1)

    def _capture(self) -> cv2.VideoCapture:
        import cv2

        linux = sys.platform.startswith("linux")
        if self._device.isdigit():
            return cv2.VideoCapture(int(self._device), cv2.CAP_V4L2 if linux else cv2.CAP_ANY)
        by_v4l = linux and self._device.startswith("/dev/")
        return cv2.VideoCapture(self._device, cv2.CAP_V4L2 if by_v4l else cv2.CAP_ANY)

    def _drain_frames(
        self, capture: cv2.VideoCapture, closed: threading.Event, camera_fps: float
    ) -> None:
        cadence = Cadence(self._look_hz)
        queue = DriverQueue(camera_fps, self._clock.now_s())
        failed = 0
        while not closed.is_set() and failed < FAILED_GRABS:
            came_s = self._clock.now_s()
            if not capture.grab():
                failed += 1
                closed.wait(FAILED_GRAB_WAIT_S)
                continue
            failed = 0
            arrival_s = self._clock.now_s()
            stale = queue.gave(came_s, arrival_s)
            if arrival_s - came_s < INSTANT_S:
                closed.wait(INSTANT_WAIT_S)
            if not cadence.takes(arrival_s):
                continue
            if stale:
                with self._fresh:
                    self.dropped += 1
                continue
            whole, image = capture.retrieve()
            if not whole:
                failed += 1
                continue
            with self._fresh:
                if len(self._waiting) >= self._most_waiting:
                    self.dropped += len(self._waiting)
                    self._waiting.clear()
                self._waiting.append((arrival_s, _as_image(image)))
                self._fresh.notify_all()
        capture.release()
        if closed.is_set():
            return  # by now another drain may be at work
        with self._fresh:
            self._failure = DeviceError(
                f"camera {self._device} stopped giving images: plug it in again"
            )
            self._fresh.notify_all()


class VideoFile:
    """A video file as a camera, in real time by its own frame rate, from its first frame on."""

    def __init__(
        self, path: Path, clock: Clock, look_hz: float, loop: bool = False, uri: str = ""
    ) -> None:
        self._path = path
        self._clock = clock
        self._look_hz = look_hz
        self._loop = loop
        self._uri = uri or f"video:{path}"
        self._capture: cv2.VideoCapture | None = None
        self._fps = DEFAULT_VIDEO_FPS
        self._rate_hz = look_hz
        self._first_s = 0.0
        self._look = -1
        self.dropped = 0
        self._grabbed = 0  # frames since opening, through all rounds of a loop
        self._closed = threading.Event()

    def open(self) -> DeviceInfo:
        import cv2

        _silence_opencv()
        if not self._path.exists():
            raise DeviceError(f"video {self._path} does not exist: check the path")
        capture = cv2.VideoCapture(str(self._path))
        if not capture.isOpened():
            raise DeviceError(
                f"video {self._path} can't be read as a film: convert it to H.264 in .mp4"
            )
        self._capture = capture
        self._fps = _rate_of(capture) or DEFAULT_VIDEO_FPS
        self._rate_hz = min(self._look_hz, self._fps)
        self._look, self._grabbed = -1, 0
        self._closed.clear()
        self._first_s = self._clock.now_s()
        facts: dict[str, JsonValue] = {
            "width": int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            "height": int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            "camera_fps": self._fps,
            "loop": self._loop,
        }
        return DeviceInfo(self._uri, f"video {self._path.name}", False, self._rate_hz, facts)

    def read(self) -> tuple[float, Image] | None:
        """Return the next frame once it is due, stamped so; None at the end or once closed."""
        capture = self._capture
        if capture is None or self._closed.is_set():
            return None
        self._look += 1
        late = math.floor((self._clock.now_s() - self._first_s) * self._rate_hz) - self._look
        if late > WAIT_S * self._rate_hz:
            self.dropped += late
            self._look += late
        # The file's frame that is on screen at that moment; a hair more, as 0.3 × 10 is 2.99….
        index = math.floor(self._look / self._rate_hz * self._fps + 1e-6)
        due_s = self._first_s + index / self._fps
        if self._clock.sleep_until(due_s, self._closed):
            return None
        while self._grabbed <= index:
            if not self._grab(capture):
                return None
        whole, image = capture.retrieve()
        if not whole:
            raise DeviceError(f"video {self._path} has a frame that can't be decoded: copy it anew")
        return due_s, _as_image(image)

    def cue(self, condition: Condition | None) -> None:
        """Do nothing: what was filmed stays as it is."""

    def close(self) -> None:
        self._closed.set()

    def _grab(self, capture: cv2.VideoCapture) -> bool:
        """Step one frame on, over the end if it loops; False at the end."""
        import cv2

        if not capture.grab():
            if not self._loop:
                return False
            capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            if not capture.grab():
                raise DeviceError(f"video {self._path} can't be played from its start again")
        self._grabbed += 1
        return True


def _rate_of(capture: cv2.VideoCapture) -> float | None:
    """Return what rate the device claims, None if it claims none."""
    import cv2

    rate_hz = float(capture.get(cv2.CAP_PROP_FPS))
    return rate_hz if math.isfinite(rate_hz) and 0 < rate_hz < 1000 else None


def _as_image(image: cv2.typing.MatLike) -> Image:
    import numpy as np

    return image.astype(np.uint8, copy=False)


def _silence_opencv() -> None:
    """Keep OpenCV's own warnings off standard error: failures are told by femo."""
    from cv2.utils import logging

    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
