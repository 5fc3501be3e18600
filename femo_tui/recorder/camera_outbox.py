"""What a camera process still has to send: bounded, so that a parent that stands still costs
frames, which are counted, and never memory or the camera's attention."""

from __future__ import annotations

import threading
from collections import deque

from femo_tui.model.counting import plural
from femo_tui.model.records import DeviceEvent, Frame, Severity, Stream
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.camera_messages import FromCamera

FRAMES_WAITING = 30  # three seconds at the study's rate, about half a megabyte
OTHERS_WAITING = 200  # device events come a few a minute


class Outbox:
    """Filled by the camera's threads, emptied by the one that sends."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[FromCamera] = deque()
        self._frames = 0
        self._dropped = 0
        self._dropped_from_s = self._dropped_to_s = 0.0
        self._closed = False

    def put(self, message: FromCamera) -> None:
        """Queue a message, or drop it if too many wait; never blocks."""
        with self._changed:
            if isinstance(message, Frame):
                self._put_frame(message)
            elif isinstance(message, Thumbnail):
                if not self._waiting:
                    self._waiting.append(message)
            elif len(self._waiting) - self._frames < OTHERS_WAITING:
                self._waiting.append(message)
            self._changed.notify()

    def take(self) -> FromCamera | None:
        """Return the next message, waiting for one; None once closed and empty."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if not self._waiting:
                return None
            message = self._waiting.popleft()
            if isinstance(message, Frame):
                self._frames -= 1
            return message

    def close(self) -> None:
        """Let `take` come to an end, after a last word on what was dropped."""
        with self._changed:
            if self._dropped:
                self._waiting.append(self._loss(self._dropped_to_s))
            self._closed = True
            self._changed.notify()

    def _put_frame(self, frame: Frame) -> None:
        if self._frames >= FRAMES_WAITING:
            if self._dropped == 0:
                self._dropped_from_s = frame.t_s
            self._dropped += 1
            self._dropped_to_s = frame.t_s
            return
        if self._dropped:
            self._waiting.append(self._loss(frame.t_s))
            self._dropped = 0
        self._waiting.append(frame)
        self._frames += 1

    def _loss(self, now_s: float) -> DeviceEvent:
        gap_s = now_s - self._dropped_from_s
        return DeviceEvent(
            now_s,
            Stream.CAMERA,
            "frames_dropped",
            Severity.LOSS,
            f"{plural(self._dropped, 'frame')} dropped in {gap_s:.1f} s:"
            " the recorder could not take them; close what else runs on this machine",
            {"count": self._dropped, "gap_s": round(gap_s, 3)},
        )
