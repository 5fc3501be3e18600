"""The recorder's end of the camera process: starts it, hears it, starts it again if it dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import IO

from femo_tui.devices.base import DeviceInfo, Inbox
from femo_tui.errors import DeviceError
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.conditions import Condition
from femo_tui.model.records import DeviceEvent, Frame, JsonValue, Severity, Stream
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.paths import PACKAGE_DIR
from femo_tui.processes import own_module
from femo_tui.recorder.camera_messages import (
    Cue,
    FromCamera,
    OpenFailed,
    Quit,
    ShowThumbnails,
    Start,
    ToCamera,
)

OPEN_TIMEOUT_S = 20.0  # a camera may take ten seconds for its first image
ANSWER_POLL_S = 0.1  # how soon a close is noticed meanwhile
CLOSE_TIMEOUT_S = 2.0
RESTART_AFTER_S = (0.1, 0.5, 2.0, 5.0, 10.0)  # one try each; a frame that arrives starts it over
# V4L2 may block a read for ten seconds and come back by itself; who stays away longer is stuck.
STUCK_AFTER_S = 15.0
LISTEN_S = 0.5
LAST_WORDS_BYTES = 2000  # of a dead process' standard error, kept with the event
# OpenCV's and FFmpeg's own warnings say nothing an operator can use, and V4L2's ten seconds of
# blocking are cut so that an unplugged camera is opened again soon.
_ENVIRONMENT = {
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
}


class CameraLink:
    """A camera with its detection, in a process of its own; stamps are the host's boot time."""

    def __init__(
        self,
        uri: str,
        fps: float,
        clock: Clock | None = None,
        *,
        keep_frames: bool = False,
        stuck_after_s: float = STUCK_AFTER_S,
    ) -> None:
        self._options = ["--keep-frames"] if keep_frames else []
        self._uri = uri
        self._fps = fps
        self._name = uri  # until the camera has told its own
        self._clock = clock or HostClock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[ToCamera, FromCamera] | None = None
        self._last_words: IO[bytes] | None = None
        self._sending = threading.Lock()  # cues come from the engine, the rest from elsewhere
        self._hearing: threading.Thread | None = None
        self._closing = threading.Event()
        self._cue: Condition | None = None
        self._show_thumbnails = False
        self._stuck_after_s = stuck_after_s
        self._heard_s = 0.0
        self._last_frame_s = 0.0
        self._tries = 0  # of starting again, since the last frame
        self._reopened = False  # the next frame ends a gap
        self.thumbnail: Thumbnail | None = None  # the newest, while they are asked for

    @property
    def pid(self) -> int | None:
        """Return the camera process' id, None while there is none."""
        return None if self._process is None else self._process.pid

    def open(self) -> DeviceInfo:
        """Start the process and wait until its camera gives images.

        Raises:
            DeviceError: the camera can't be opened, or does not answer.
        """
        self._closing.clear()
        return self._spawn()

    def start(self, inbox: Inbox) -> None:
        """Begin to put Frame and DeviceEvent (stream camera) into the inbox."""
        self._last_frame_s = self._clock.now_s()
        self._send(Start())
        self._hearing = threading.Thread(
            target=self._hear, args=(inbox,), name="camera-link", daemon=True
        )
        self._hearing.start()

    def cue(self, condition: Condition | None) -> None:
        """Tell a simulated camera what the participant lives through."""
        self._cue = condition
        self._send(Cue(condition))

    def set_thumbnail(self, on: bool) -> None:
        """Ask for about four small pictures a second in `thumbnail`, or for none."""
        self._show_thumbnails = on
        if not on:
            self.thumbnail = None
        self._send(ShowThumbnails(on))

    def close(self) -> None:
        """End the process; it is killed if it does not go by itself."""
        self._closing.set()
        self._send(Quit())
        if self._hearing is not None:
            self._hearing.join(CLOSE_TIMEOUT_S)
            if self._hearing.is_alive() and self._process is not None:
                self._process.kill()
                self._hearing.join()
            self._hearing = None
        self._reap(CLOSE_TIMEOUT_S)

    def _spawn(self) -> DeviceInfo:
        """Start the process and return what it says first."""
        ours, theirs = socket.socketpair()
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with theirs:
            self._process = subprocess.Popen(
                own_module(
                    *("femo_tui.recorder.camera_process", "--fd", str(theirs.fileno())),
                    *("--uri", self._uri, "--fps", str(self._fps), *self._options),
                ),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._last_words,
                env=_environment(),
            )
        self._connection = Connection(ours.detach())
        try:
            answer = self._first_message(self._connection)
        except (EOFError, OSError):
            words = self._reap(CLOSE_TIMEOUT_S)
            raise DeviceError(
                f"{self._uri} ended its process while opening ({_last_line(words)}):"
                " try it again, or name another camera"
            ) from None
        except DeviceError:
            self._reap(0)
            raise
        if isinstance(answer, OpenFailed):
            self._reap(CLOSE_TIMEOUT_S)
            raise DeviceError(answer.text)
        if not isinstance(answer, DeviceInfo):
            raise TypeError(f"the camera process began with {answer!r}")
        self._name = answer.model
        return answer

    def _first_message(self, connection: Connection[ToCamera, FromCamera]) -> FromCamera:
        give_up_s = self._clock.now_s() + OPEN_TIMEOUT_S
        while not connection.poll(ANSWER_POLL_S):
            if self._closing.is_set() or self._clock.now_s() > give_up_s:
                raise DeviceError(
                    f"{self._uri} did not answer within {OPEN_TIMEOUT_S:.0f} s:"
                    " unplug it, plug it in again, and retry"
                )
        return connection.recv()

    def _hear(self, inbox: Inbox) -> None:
        self._heard_s = self._clock.now_s()
        while self._connection is not None:
            try:
                if not self._connection.poll(LISTEN_S):
                    self._end_if_stuck(inbox)
                    continue
                message = self._connection.recv()
            except (EOFError, OSError):
                if self._closing.is_set() or not self._start_again(inbox):
                    return
                self._heard_s = self._clock.now_s()
                continue
            self._heard_s = self._clock.now_s()
            if isinstance(message, Frame):
                self._take_frame(message, inbox)
            elif isinstance(message, DeviceEvent):
                inbox.put(message)
            elif isinstance(message, Thumbnail) and self._show_thumbnails:
                self.thumbnail = message

    def _end_if_stuck(self, inbox: Inbox) -> None:
        """Kill a process that stands still; that it ended is seen next, and it is started again."""
        away_s = self._clock.now_s() - self._heard_s
        if self._closing.is_set() or away_s < self._stuck_after_s or self._process is None:
            return
        text = f"has not come back for {away_s:.0f} s: its process is ended and started again"
        inbox.put(
            self._event(self._clock.now_s(), "camera_stuck", Severity.LOSS, text, away_s=away_s)
        )
        self._process.kill()
        self._process.wait()
        self._heard_s = self._clock.now_s()

    def _take_frame(self, frame: Frame, inbox: Inbox) -> None:
        if self._reopened:
            gap_s = frame.t_s - self._last_frame_s
            text = f"works again in a new process, without frames for {gap_s:.1f} s"
            inbox.put(
                self._event(frame.t_s, "camera_reopened", Severity.WARNING, text, gap_s=gap_s)
            )
        self._reopened = False
        self._tries = 0
        self._last_frame_s = frame.t_s
        inbox.put(frame)

    def _start_again(self, inbox: Inbox) -> bool:
        """Tell that the process died and start it again; False if that is hopeless or unwanted."""
        died_s = self._clock.now_s()
        words, status = self._reap(CLOSE_TIMEOUT_S), self._exit_status()
        text = f"stopped: its process died ({status}) and is started again"
        inbox.put(
            self._event(
                died_s, "camera_process_died", Severity.LOSS, text, exit=status, last_words=words
            )
        )
        while self._tries < len(RESTART_AFTER_S):
            if self._closing.wait(RESTART_AFTER_S[self._tries]):
                return False
            self._tries += 1
            try:
                self._spawn()
            except DeviceError:
                continue
            self._reopened = True
            self._send(Start())
            self._send(Cue(self._cue))
            self._send(ShowThumbnails(self._show_thumbnails))
            return True
        text = (
            f"could not be started again in {self._tries} tries: stop the run and plug it in anew"
        )
        inbox.put(self._event(self._clock.now_s(), "camera_given_up", Severity.LOSS, text))
        return False

    def _exit_status(self) -> str:
        code = None if self._process is None else self._process.returncode
        if code is None or code >= 0:
            return f"exit status {code}"
        return signal.Signals(-code).name

    def _send(self, message: ToCamera) -> None:
        # A process that is gone hears nothing; whoever listens to it tells that.
        with self._sending, suppress(OSError):
            if self._connection is not None:
                self._connection.send(message)

    def _reap(self, timeout_s: float) -> str:
        """Wait for the process to end, kill it after that; return its last words."""
        if self._process is None or self._last_words is None:
            return ""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with self._sending:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
        with self._last_words as words:
            self._last_words = None
            words.seek(max(0, words.seek(0, os.SEEK_END) - LAST_WORDS_BYTES))
            return words.read().decode(errors="replace").strip()

    def _event(
        self, t_s: float, name: str, severity: Severity, text: str, **detail: JsonValue
    ) -> DeviceEvent:
        rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in detail.items()}
        return DeviceEvent(t_s, Stream.CAMERA, name, severity, f"{self._name} {text}", rounded)


def _environment() -> dict[str, str]:
    """Return this process' environment, silent, and with this very femo to import."""
    paths = [str(PACKAGE_DIR.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**_ENVIRONMENT, **os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _last_line(words: str) -> str:
    return words.splitlines()[-1] if words else "it said nothing"
