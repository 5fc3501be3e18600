"""mpv as a child process, spoken to in JSON lines over a socket pair that it inherits.

There is no socket file, and mpv ends as soon as the other end is closed, which is also what the
system does when this process is killed: no film plays on unrecorded.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from femo_tui.errors import DeviceError
from femo_tui.model.records import JsonValue

Argument: TypeAlias = "str | int | float | bool"

_QUITS_WITHIN_S = 0.5  # then it is killed
_READ_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class MpvMessage:
    """One line from mpv: an event, or the reply to a request."""

    event: str  # empty for a reply
    request_id: int  # 0 for an event
    error: str  # of a reply: "success", or why not
    name: str  # of the property that changed
    value: JsonValue  # of a property, or what a reply brings, or the text of a log message
    entry: int | None  # which load of a file it is about
    reason: str  # why a file ended
    args: tuple[str, ...]  # of a script-message


class MpvIpc:
    """One running mpv. Sending never blocks and may be done from any thread."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start `mpv` with these arguments.

        Raises:
            DeviceError: it cannot be started.
        """
        ours, theirs = socket.socketpair()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            self._process = subprocess.Popen(
                ["mpv", f"--input-ipc-client=fd://{theirs.fileno()}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                env=dict(environment),
                start_new_session=True,  # a Ctrl-C in our terminal is not for mpv
            )
        except OSError as problem:
            ours.close()
            self._output.close()
            raise DeviceError(
                f"mpv cannot be started ({problem.strerror}): reinstall it, such as with"
                " `apt install mpv`"
            ) from None
        finally:
            theirs.close()
        ours.setblocking(False)
        self._socket = ours
        self._lock = threading.Lock()
        self._unsent = bytearray()
        self._unread = bytearray()
        self._requests = 0
        self.gone = False

    def send(self, *command: Argument) -> int:
        """Send a command; return the id that its reply will have."""
        return self._send(list(command))

    def send_named(self, name: str, **arguments: Argument) -> int:
        """Send a command with named arguments."""
        return self._send({"name": name, **arguments})

    def _send(self, command: list[Argument] | dict[str, Argument]) -> int:
        with self._lock:
            self._requests += 1
            line = json.dumps({"command": command, "request_id": self._requests})
            self._unsent += line.encode() + b"\n"
            self._flush()
            return self._requests

    def _flush(self) -> None:
        """Hand over what mpv takes now; the rest waits until it reads again."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent.clear()
            self.gone = True

    def wait(self, timeout_s: float) -> None:
        """Wait until mpv has said something, at most `timeout_s`."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | (select.POLLOUT if self._unsent else 0))
        poll.poll(timeout_s * 1000)

    def receive(self) -> list[MpvMessage]:
        """Return what mpv has said by now; sets `gone` once it is."""
        with self._lock:
            self._flush()
        self._read()
        *lines, rest = self._unread.split(b"\n")
        self._unread = rest
        return [message for line in lines if (message := _parse(line)) is not None]

    def _read(self) -> None:
        try:
            while chunk := self._socket.recv(_READ_BYTES):
                self._unread += chunk
            self.gone = True
        except BlockingIOError:
            pass
        except OSError:
            self.gone = True

    def output(self) -> str:
        """Return what mpv wrote on its standard streams."""
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    def kill(self) -> None:
        """End mpv at once; `gone` follows."""
        self._process.kill()

    def close(self) -> None:
        """End mpv, whatever state it is in; closing twice is harmless."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_QUITS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()  # a stopped process, too, is killed
            self._process.wait()
        self._socket.close()
        self._output.close()

    def exit_text(self) -> str:
        """Say how the process ended, once it is gone."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_QUITS_WITHIN_S)
            return f"killed by signal {-code}" if code < 0 else f"ended with status {code}"
        return "closed its connection"


def _parse(line: bytes | bytearray) -> MpvMessage | None:
    """Read one line; what is no message is left out."""
    try:
        body = json.loads(line)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    value = body.get("data", body.get("text"))
    entry = body.get("playlist_entry_id")
    if entry is None and isinstance(value, dict):
        entry = value.get("playlist_entry_id")
    return MpvMessage(
        event=str(body.get("event", "")),
        request_id=int(body.get("request_id", 0)),
        error=str(body.get("error", "")),
        name=str(body.get("name", "")),
        value=value,
        entry=entry if isinstance(entry, int) else None,
        reason=str(body.get("file_error") or body.get("reason", "")),
        args=tuple(str(word) for word in body.get("args", ())),
    )
