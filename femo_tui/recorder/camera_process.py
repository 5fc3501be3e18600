"""The camera's own process: `python -m femo_tui.recorder.camera_process --fd N --uri URI --fps 10`.

Apart from the recorder, so that neither a blocking read nor a crash in OpenCV reaches it. Three
threads: one reads and looks, one sends, and the main one hears the recorder and watches the time.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
import zlib
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from femo_tui.devices.base import Camera
from femo_tui.devices.camera import make_camera
from femo_tui.devices.camera_watch import CameraWatch
from femo_tui.errors import DeviceError, FemoError, UsageError
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.counting import plural
from femo_tui.model.records import DeviceEvent, JsonValue, Severity, Stream
from femo_tui.recorder.camera_messages import (
    THUMBNAIL_EVERY_S,
    Alive,
    Cue,
    FromCamera,
    OpenFailed,
    Quit,
    ShowThumbnails,
    Start,
    ToCamera,
    make_thumbnail,
)
from femo_tui.recorder.camera_outbox import Outbox
from femo_tui.recorder.time_slice import USUAL_S, set_time_slice

if TYPE_CHECKING:
    from femo_tui.devices.base import Image
    from femo_tui.faces.finder import FaceFinder

NICENESS = 5  # below the recorder, whose stamps matter more
TICK_S = 0.05  # how often the time since the last frame is looked at
DROPS_TOLD_EVERY_S = 1.0
REOPEN_EVERY_S = 1.0
REOPEN_FROZEN_S = 2.0  # an unplugged camera may go on giving its last image: only reopening helps
REOPEN_FROZEN_MAX_S = 30.0  # doubled from one try to the next, for a camera that stays frozen
GOODBYE_S = 0.5
ALIVE_EVERY_S = 1.0


class CameraService:
    """Serves one camera to one recorder over a connection, until told to quit or hung up on."""

    def __init__(
        self,
        connection: Connection[FromCamera, ToCamera],
        camera: Camera,
        clock: Clock,
        *,
        keep_frames: bool = False,
    ) -> None:
        self._keep_frames = keep_frames
        self._connection = connection
        self._camera = camera
        self._clock = clock
        self._outbox = Outbox()
        self._stop = threading.Event()
        self._started = threading.Event()
        self._thumbnails = False
        self._thumbnail_due_s = 0.0
        self._watching = threading.Lock()
        self._watch: CameraWatch | None = None  # None until the camera is open
        self._patience_s = REOPEN_FROZEN_S
        self._drops_told = 0
        self._drops_due_s = 0.0
        self._alive_due_s = 0.0

    def serve(self) -> None:
        """Work until the recorder says Quit or closes its end; never waits for the camera."""
        looking = threading.Thread(target=self._look, name="camera-look", daemon=True)
        sending = threading.Thread(target=self._send, name="camera-send", daemon=True)
        looking.start()
        sending.start()
        try:
            while not self._stop.is_set():
                if self._connection.poll(TICK_S):
                    self._hear(self._connection.recv())
                self._tick()
        except (EOFError, OSError):
            pass  # the recorder is gone: nobody is left to tell
        self._stop.set()
        self._tell_drops()
        self._outbox.close()
        sending.join(GOODBYE_S)
        self._camera.close()
        looking.join(GOODBYE_S)

    def _hear(self, message: ToCamera) -> None:
        match message:
            case Start():
                self._drops_told = self._camera.dropped
                self._started.set()
            case Cue(condition):
                self._camera.cue(condition)
            case ShowThumbnails(on):
                self._thumbnails = on
            case Quit():
                self._stop.set()

    def _tick(self) -> None:
        with self._watching:
            if self._watch is not None:
                self._tell(self._watch.tick(self._clock.now_s()))
        if self._clock.now_s() >= self._drops_due_s:
            self._tell_drops()

    def _tell_drops(self) -> None:
        count = self._camera.dropped - self._drops_told
        if count == 0 or not self._started.is_set():
            return
        self._drops_told += count
        self._drops_due_s = self._clock.now_s() + DROPS_TOLD_EVERY_S
        text = (
            f"{plural(count, 'frame')} dropped: this machine was too busy to look at them in time;"
            " close what else runs on it"
        )
        self._tell_loss("frames_dropped", text, count=count)

    def _tell(self, events: Sequence[DeviceEvent]) -> None:
        for event in events:
            self._outbox.put(event)

    def _send(self) -> None:
        while (message := self._outbox.take()) is not None:
            try:
                self._connection.send(message)
            except OSError:
                self._stop.set()
                return

    def _look(self) -> None:
        from femo_tui.faces.finder import FaceFinder

        try:
            finder = FaceFinder(keep_frames=self._keep_frames)
            info = self._camera.open()
        except FemoError as error:
            self._outbox.put(OpenFailed(str(error)))
            self._stop.set()
            return
        self._outbox.put(info)
        watch = CameraWatch(info.model, self._clock.now_s())
        with self._watching:
            self._watch = watch
        while not self._stop.is_set():
            try:
                shot = self._camera.read()
            except DeviceError as error:
                self._tell_loss("camera_lost", str(error))
                self._reopen(watch)
                continue
            if shot is None:
                with self._watching:
                    watch.ended()
                if not self._stop.is_set():
                    self._tell_loss(
                        "camera_ended", f"{info.model} has come to its end: no more frames"
                    )
                    self._stay_alive()
                return
            self._say_alive()
            self._look_at(finder, watch, *shot)
            if watch.frozen_s() > self._patience_s and not info.simulated:
                self._patience_s = min(2 * self._patience_s, REOPEN_FROZEN_MAX_S)
                self._reopen(watch)

    def _look_at(self, finder: FaceFinder, watch: CameraWatch, t_s: float, image: Image) -> None:
        frame = finder.look(image, t_s)
        digest = zlib.adler32(image.data)
        with self._watching:
            height, width = image.shape[:2]
            self._tell(watch.saw(t_s, digest, (width, height), frame.brightness))
        if watch.frozen_s() == 0:
            self._patience_s = REOPEN_FROZEN_S
        if self._started.is_set():
            self._outbox.put(frame)
        if self._thumbnails and t_s >= self._thumbnail_due_s:
            self._thumbnail_due_s = max(self._thumbnail_due_s + THUMBNAIL_EVERY_S, t_s)
            self._outbox.put(make_thumbnail(image, frame))

    def _reopen(self, watch: CameraWatch) -> None:
        """Open the camera again, trying until it works or nobody wants it any more."""
        self._camera.close()
        while not self._stop.wait(REOPEN_EVERY_S):
            self._say_alive()
            try:
                self._camera.open()
            except DeviceError:
                continue
            with self._watching:
                watch.reopened()
            return

    def _say_alive(self) -> None:
        """Tell now and then that this thread is not stuck: it has just been with the camera."""
        if self._clock.now_s() >= self._alive_due_s:
            self._alive_due_s = self._clock.now_s() + ALIVE_EVERY_S
            self._outbox.put(Alive())

    def _stay_alive(self) -> None:
        while not self._stop.wait(ALIVE_EVERY_S):
            self._say_alive()

    def _tell_loss(self, name: str, text: str, **detail: JsonValue) -> None:
        now_s = self._clock.now_s()
        self._outbox.put(DeviceEvent(now_s, Stream.CAMERA, name, Severity.LOSS, text, detail))


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the camera of `--uri` on the inherited socket `--fd`; does not return."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--uri", required=True)
    parser.add_argument("--fps", type=float, required=True)
    parser.add_argument("--keep-frames", action="store_true")
    asked = parser.parse_args(arguments)
    # The recorder decides when this process ends; an interrupt typed at its terminal does not.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    set_time_slice(USUAL_S)  # one that is started again would have the recorder's
    threading.excepthook = _crash
    connection: Connection[FromCamera, ToCamera] = Connection(asked.fd)
    clock = HostClock()
    try:
        camera = make_camera(asked.uri, clock, asked.fps)
        if camera is None:
            raise UsageError(f"device {asked.uri!r} is no camera")
    except UsageError as error:
        connection.send(OpenFailed(str(error)))
        return
    CameraService(connection, camera, clock, keep_frames=asked.keep_frames).serve()
    # A thread may still be inside a read that OpenCV doesn't come back from: don't wait for it.
    os._exit(0)


def _crash(failure: threading.ExceptHookArgs) -> None:
    """End the process: the recorder sees it at once and starts another."""
    traceback.print_exception(failure.exc_type, failure.exc_value, failure.exc_traceback)
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    main()
