"""The console and its terminal end together, whatever the console inherited."""

from __future__ import annotations

import os
import pty
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.support.femo import Femo, wait_until

LEAVES_SCREEN = b"\x1b[?1049l"  # xterm: back from the alternate screen


@contextmanager
def console(femo: Femo, *, hup: signal.Handlers) -> Iterator[tuple[int, int]]:
    """Start a console in a terminal of its own; yield its process and the terminal's other end."""
    pid, terminal_fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, hup)
        # as ssh gives it: with more in it, what is left to be written differs
        kept = ("HOME", "PATH", "COLUMNS")
        env = {k: v for k, v in femo.env.items() if k.startswith("FEMO_") or k in kept}
        os.execve(femo.command()[0], femo.command(), {**env, "TERM": "xterm-256color"})
    try:
        read_until(terminal_fd, b"Home")
        yield pid, terminal_fd
    finally:
        with suppress(ChildProcessError, ProcessLookupError):  # it has ended, and was waited for
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def read_until(terminal_fd: int, text: bytes) -> bytes:
    seen = b""
    deadline_s = time.monotonic() + 20
    while text not in seen:
        assert time.monotonic() < deadline_s, seen[-500:]
        if select.select([terminal_fd], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal_fd, 65536)
            except OSError:
                break  # it has ended
    return seen


def exit_status(pid: int) -> int:
    """Wait for the end of a console; it must come by itself."""
    ended: list[int] = []

    def has_ended() -> bool:
        done, status = os.waitpid(pid, os.WNOHANG)
        ended.append(status)
        return done == pid

    wait_until(has_ended, "the console to end", 10.0)
    return os.waitstatus_to_exitcode(ended[-1])


@pytest.mark.parametrize("hup", [signal.SIG_DFL, signal.SIG_IGN], ids=["usual", "nohup"])
def test_a_console_whose_terminal_is_gone_ends(femo: Femo, hup: signal.Handlers) -> None:
    with console(femo, hup=hup) as (pid, terminal_fd):
        os.close(terminal_fd)
        assert exit_status(pid) == 128 + signal.SIGHUP


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_console_that_is_told_to_end_leaves_the_terminal_as_it_was(
    femo: Femo, number: signal.Signals
) -> None:
    with console(femo, hup=signal.SIG_DFL) as (pid, terminal_fd):
        os.kill(pid, number)
        assert LEAVES_SCREEN in read_until(terminal_fd, LEAVES_SCREEN)
        assert exit_status(pid) == 128 + number
        os.close(terminal_fd)


def test_a_console_that_nobody_reads_can_still_be_ended(femo: Femo) -> None:
    with console(femo, hup=signal.SIG_DFL) as (pid, terminal_fd):
        for _ in range(200):
            os.write(terminal_fd, b"12345")  # every key paints a screen that nobody takes
            time.sleep(0.005)
        os.kill(pid, signal.SIGTERM)
        assert exit_status(pid) == 128 + signal.SIGTERM
        os.close(terminal_fd)
