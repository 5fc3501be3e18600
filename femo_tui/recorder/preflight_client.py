"""The pre-flight seen from the console: checks arrive one by one from a process of their own.

Devices are tried in that process, so that neither OpenCV nor a blocking port touches the console.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from femo_tui.errors import MalformedRecord
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.processes import own_module
from femo_tui.recorder.request import RecordRequest


class CheckState(StrEnum):
    """How a check stands; a word that the screen shows beside its colour."""

    CHECKING = "checking"
    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"  # the run cannot start like this
    NOT_USED = "not used"


class Wish(StrEnum):
    """What the operator wants of the devices meanwhile; one a line on its standard input."""

    PICTURE = "picture"  # show the camera
    NO_PICTURE = "no picture"
    TEST_CARD = (
        "test card"  # play it on the participant's screen; the player's check tells the rest
    )


CHECKS = ("consent", "gsr", "camera", "player", "films", "disk", "login")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the pre-flight, sent again whenever its reading changes."""

    name: str  # one of CHECKS
    state: CheckState
    text: str  # what it is: "Grove on /dev/ttyACM0, 720×480 at 29.9 fps"
    reading: str = ""  # live: "4.81 µS  10.0 Hz", "face 98 %"
    remedy: str = ""  # what to do where it is not ok
    gsr_us: float | None = None

    def to_line(self) -> str:
        return json.dumps(
            {
                "name": self.name,
                "state": self.state.value,
                "text": self.text,
                "reading": self.reading,
                "remedy": self.remedy,
                "gsr_us": self.gsr_us,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_line(cls, line: str) -> Check:
        """Read a check; raises MalformedRecord."""
        try:
            body = json.loads(line)
            return cls(**{**body, "state": CheckState(body["state"])})
        except (ValueError, KeyError, TypeError) as problem:
            raise MalformedRecord(f"not a check: {problem}") from None


class PreflightClient:
    """Runs the pre-flight process for a request; `checks()` blocks, so read it in a thread."""

    def __init__(self, request: RecordRequest) -> None:
        self._request = request
        self._process: subprocess.Popen[str] | None = None

    def checks(self) -> Iterator[Check]:
        """Yield checks as they come, live, until `close` is called."""
        return (said for said in self.said() if isinstance(said, Check))

    def said(self) -> Iterator[Check | Thumbnail]:
        """Yield checks as they come, and pictures of the camera while they are wished for."""
        self._process = subprocess.Popen(
            own_module("femo_tui.recorder.preflight", self._request.to_json()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield _read(line)

    def wish(self, wish: Wish) -> None:
        """Tell the process what is wanted; one that has ended wants nothing any more."""
        if self._process is None or self._process.stdin is None:
            return
        with suppress(OSError, ValueError):  # it has ended, or is being closed
            self._process.stdin.write(f"{wish.value}\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """End the process and wait until the devices are free again."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        with suppress(OSError):  # it is gone already
            self._process.stdin.close()  # the process ends when nobody listens
        try:
            self._process.wait(3.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def picture_line(picture: Thumbnail) -> str:
    """Return a picture as the line that stands between the checks."""
    return json.dumps({"picture": picture.to_json()})


def _read(line: str) -> Check | Thumbnail:
    if not line.startswith('{"picture"'):
        return Check.from_line(line)
    return Thumbnail.from_json(json.loads(line)["picture"])
