"""What goes over the control socket: one JSON line a command or look, one a reply."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from femo_tui.errors import MalformedRecord
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import CommandName, RunState
from femo_tui.model.thumbnail import Thumbnail

WIRE_VERSION = 1
LINE_LIMIT = 65_536  # bytes; nothing an operator types comes near
PICTURE = "picture"  # asked like a command, but it changes nothing and stands nowhere in the run


@dataclass(frozen=True, slots=True)
class Command:
    """What an operator asks of the recorder; `sent_monotonic_s` is when the key went down."""

    id: int
    command: CommandName
    operator: str
    args: dict[str, JsonValue] = field(default_factory=dict)
    sent_monotonic_s: float | None = None  # the host's boot-time clock
    console: str = ""  # which console asks; empty from a shell

    def to_line(self) -> bytes:
        body = {
            "id": self.id,
            "command": self.command.value,
            "args": self.args,
            "operator": self.operator,
            "sent_monotonic_s": self.sent_monotonic_s,
            "console": self.console,
        }
        return json.dumps(body, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Command:
        """Read a command.

        Raises:
            MalformedRecord: not a command; the text says why.
        """
        try:
            body = json.loads(line)
            sent_s = body.get("sent_monotonic_s")
            return cls(
                id=int(body["id"]),
                command=CommandName(body["command"]),
                operator=str(body["operator"]),
                args=dict(body.get("args") or {}),
                sent_monotonic_s=None if sent_s is None else float(sent_s),
                console=str(body.get("console") or ""),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise MalformedRecord(f"not a command: {problem}") from None


@dataclass(frozen=True, slots=True)
class Reply:
    """The recorder's answer: the state after the command, or why it was refused."""

    id: int
    ok: bool
    state: RunState
    error: str | None = None

    def to_line(self) -> bytes:
        body = {"id": self.id, "ok": self.ok, "state": self.state.value, "error": self.error}
        return json.dumps(body, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Reply:
        """Read a reply; raises MalformedRecord."""
        try:
            body = json.loads(line)
            return cls(int(body["id"]), bool(body["ok"]), RunState(body["state"]), body["error"])
        except (ValueError, KeyError, TypeError) as problem:
            raise MalformedRecord(f"not a reply: {problem}") from None


def picture_asked(line: bytes) -> int | None:
    """Return the id of a look at the camera: `{"id", "command": "picture"}`; None for all else."""
    try:
        body = json.loads(line)
        return int(body["id"]) if body["command"] == PICTURE else None
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class PictureReply:
    """The newest picture of the camera, None until there is one, or why there is none."""

    id: int
    picture: Thumbnail | None
    error: str | None = None

    def to_line(self) -> bytes:
        picture = None if self.picture is None else self.picture.to_json()
        body = {"id": self.id, "ok": not self.error, "error": self.error, "picture": picture}
        return json.dumps(body, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> PictureReply:
        """Read a reply; raises MalformedRecord."""
        try:
            body = json.loads(line)
            picture = body.get("picture")  # a recorder that knows no pictures refuses without one
            shown = None if picture is None else Thumbnail.from_json(picture)
            return cls(int(body["id"]), shown, body["error"])
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise MalformedRecord(f"not a reply: {problem}") from None
