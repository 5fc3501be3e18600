"""The control socket, through a real socket file."""

from __future__ import annotations

import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from femo_tui.errors import RecorderError
from femo_tui.model.clock import HostClock
from femo_tui.model.run_state import CommandName, RunState
from femo_tui.recorder.client import RecorderClient
from femo_tui.recorder.control import ControlSocket
from femo_tui.recorder.inbox import Asked, HostInbox
from femo_tui.recorder.peephole import Peephole
from femo_tui.recorder.wire import Reply


@pytest.fixture
def inbox() -> HostInbox:
    return HostInbox()


@pytest.fixture
def control(tmp_path: Path, inbox: HostInbox) -> Iterator[ControlSocket]:
    opened = ControlSocket(tmp_path / "control.sock", inbox, Peephole(None))
    yield opened
    opened.close()


def answer_one(inbox: HostInbox, reply_ok: bool) -> list[Asked]:
    """Answer the next command as the engine would; return it once it came."""
    got: list[Asked] = []

    def engine() -> None:
        item = inbox.take(HostClock().now_s() + 10.0)
        assert isinstance(item, Asked)
        got.append(item)
        error = None if reply_ok else "not now"
        item.answer(Reply(item.command.id, reply_ok, RunState.RUNNING, error))

    threading.Thread(target=engine, daemon=True).start()
    return got


def test_a_command_arrives_with_who_sent_it_and_when_the_key_was_pressed(
    control: ControlSocket, inbox: HostInbox
) -> None:
    got = answer_one(inbox, reply_ok=True)
    reply = RecorderClient(control.path, "ada").send(
        CommandName.MARK, {"text": "coughs – ¡ay!"}, pressed_s=12.5
    )
    assert reply.ok
    assert reply.state is RunState.RUNNING
    command = got[0].command
    assert (command.command, command.operator) == (CommandName.MARK, "ada")
    assert command.args == {"text": "coughs – ¡ay!"}
    assert command.sent_monotonic_s == 12.5


def test_a_refusal_carries_its_reason(control: ControlSocket, inbox: HostInbox) -> None:
    answer_one(inbox, reply_ok=False)
    reply = RecorderClient(control.path, "ada").send(CommandName.RESUME)
    assert (reply.ok, reply.error) == (False, "not now")


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"\xff\xfe\n", b'{"id":1,"command":"explode"}\n'])
def test_a_line_that_is_no_command_is_answered_and_reaches_no_engine(
    control: ControlSocket, inbox: HostInbox, line: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(10)
        stranger.connect(str(control.path))
        stranger.sendall(line)
        reply = Reply.from_line(stranger.makefile("rb").readline())
    assert not reply.ok
    assert "not a command" in str(reply.error)
    assert inbox.take(HostClock().now_s() + 0.01) is None


def test_only_its_owner_may_use_the_socket(control: ControlSocket) -> None:
    assert stat.S_IMODE(control.path.stat().st_mode) == 0o600


def test_a_recorder_that_is_gone_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RecorderError, match="does not answer"):
        RecorderClient(tmp_path / "nobody.sock", "ada").send(CommandName.PAUSE)


def test_a_socket_left_by_a_killed_recorder_is_replaced(tmp_path: Path, inbox: HostInbox) -> None:
    left = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))
    control = ControlSocket(left, inbox, Peephole(None))
    answer_one(inbox, reply_ok=True)
    assert RecorderClient(left, "ada").send(CommandName.PAUSE).ok
    control.close()
    assert not left.exists()


def test_a_path_too_long_for_the_system_is_refused(tmp_path: Path, inbox: HostInbox) -> None:
    with pytest.raises(RecorderError, match="FEMO_STATE_DIR"):
        ControlSocket(tmp_path / ("x" * 120), inbox, Peephole(None))
