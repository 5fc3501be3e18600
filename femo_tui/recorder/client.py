"""The recorder seen from outside: is one running, and what does it answer. Used by the console."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from femo_tui import paths
from femo_tui.errors import MalformedRecord, RecorderError
from femo_tui.model.clock import HostClock
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import CommandName
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.wire import (
    LINE_LIMIT,
    PICTURE,
    WIRE_VERSION,
    Command,
    PictureReply,
    Reply,
)
from femo_tui.store.files import is_shared
from femo_tui.store.layout import RECORDER_LOCK
from femo_tui.store.lock import HeldLock

SHARED_SOCKET = "recorder.sock"
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """The run that a recorder holds on a store right now."""

    participant: str
    protocol: str
    operator: str
    since_utc: str
    socket_path: Path
    wire_version: int
    run_dir: Path | None  # None while the devices are being opened

    @property
    def controllable(self) -> bool:
        """Return whether this femo speaks the recorder's version; if not, it may only watch."""
        return self.wire_version == WIRE_VERSION


def store_lock_path(store_root: Path) -> Path:
    return store_root / RECORDER_LOCK


def socket_path(store_root: Path) -> Path:
    """Return the control socket: private, outliving the login session, under 108 bytes.

    That of a shared store lies in it, where the group's other members reach it.
    """
    if is_shared(store_root):
        return store_root / SHARED_SOCKET
    return paths.state_dir() / f"{paths.store_hash(store_root)}.sock"


def active_run(store_root: Path) -> ActiveRun | None:
    """Return what is being recorded on the store, None if nothing is."""
    holder = HeldLock.holder(store_lock_path(store_root))
    if holder is None:
        return None
    run_dir = holder.get("run_dir")
    return ActiveRun(
        participant=str(holder.get("participant", "")),
        protocol=str(holder.get("protocol", "")),
        operator=str(holder.get("operator", "")),
        since_utc=str(holder.get("since_utc", "")),
        socket_path=Path(str(holder.get("socket", socket_path(store_root)))),
        wire_version=int(str(holder.get("wire_version", 0))),
        run_dir=None if run_dir is None else Path(str(run_dir)),
    )


def new_console() -> str:
    """Name this console, for as long as its process lives."""
    return f"{os.getpid()}-{secrets.token_hex(3)}"


def console_is_there(console: str) -> bool:
    """Return whether the process of a console still lives; if that cannot be told, it does."""
    number = console.partition("-")[0]
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):
        return True
    return True


class RecorderClient:
    """Sends commands to the recorder of one store; safe to use from one thread at a time."""

    _ids = itertools.count(1)

    def __init__(self, path: Path, operator: str, console: str = "") -> None:
        """Speak to the recorder at `path`; `console` is what `new_console` named, if it is one."""
        self._path = path
        self._operator, self._console = operator, console

    def send(
        self,
        command: CommandName,
        args: dict[str, JsonValue] | None = None,
        *,
        pressed_s: float | None = None,
        timeout_s: float = 3.0,
    ) -> Reply:
        """Send one command and wait for its answer; `pressed_s` is boot time of the key press.

        Raises:
            RecorderError: no recorder answers there.
        """
        when_s = HostClock().now_s() if pressed_s is None else pressed_s
        asked = Command(next(self._ids), command, self._operator, args or {}, when_s, self._console)
        return self._ask(asked.to_line(), Reply.from_line, timeout_s)

    def picture(self, *, timeout_s: float = 1.0) -> Thumbnail | None:
        """Look at the camera: its newest picture, None until there is one. Nothing is recorded.

        Raises:
            RecorderError: no recorder answers there, or it has no camera; the text says why.
        """
        line = json.dumps({"id": next(self._ids), "command": PICTURE}).encode() + b"\n"
        reply = self._ask(line, PictureReply.from_line, timeout_s)
        if reply.error:
            raise RecorderError(reply.error)
        return reply.picture

    def _ask(self, asked: bytes, read: Callable[[bytes], _R], timeout_s: float) -> _R:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(timeout_s)
                line.connect(str(self._path))
                line.sendall(asked)
                with line.makefile("rb") as answers:
                    return read(answers.readline(LINE_LIMIT))
        except (OSError, MalformedRecord) as problem:
            raise RecorderError(
                f"the recorder does not answer ({problem}): look at `femo status`"
            ) from None


def describe(active: ActiveRun) -> str:
    """Return who records what since when, as one clause."""
    return (
        f"{active.operator or 'somebody'} is recording {active.participant}"
        f" ({active.protocol}) since {active.since_utc}"
    )
