"""A console on a real terminal: what it leaves behind when it ends, and a line that lags."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.femo import Femo
from tests.support.painted import Painted

pytestmark = pytest.mark.xdist_group("terminal")  # they look at one run
ON = {"1049": "alternate screen", "2004": "bracketed paste", "1004": "focus", "1000": "mouse"}


class OnTerminal:
    """A console in a terminal of its own, which outlives it."""

    def __init__(self, femo: Femo, size: tuple[int, int] = (80, 24)) -> None:
        self.main, self.terminal = pty.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.modes_before = termios.tcgetattr(self.terminal)
        self.sent = b""
        self.painted = Painted()
        sizeless = {k: v for k, v in femo.env.items() if k not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            femo.command(),
            stdin=self.terminal,
            stdout=self.terminal,
            stderr=self.terminal,
            env={**sizeless, "TERM": "xterm-256color"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def read(self, timeout_s: float = 0.1) -> None:
        if select.select([self.main], [], [], timeout_s)[0]:
            sent = os.read(self.main, 65_536)
            self.sent += sent
            self.painted.feed(sent)

    def wait_for(self, text: str, timeout_s: float = 20.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        while text not in self.painted:
            assert time.monotonic() < deadline_s, f"{text!r} never came:\n{self.painted.text()}"
            self.read()

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; it tells the console, and forgets what it showed."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)
        self.painted = Painted()

    def press(self, keys: bytes) -> None:
        os.write(self.main, keys)

    def ended(self) -> int:
        """Read to the end; return the exit status."""
        deadline_s = time.monotonic() + 10.0
        while self.process.poll() is None:
            assert time.monotonic() < deadline_s, "the console does not end"
            self.read(0.02)
        self.read(0.2)
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.main)
        os.close(self.terminal)


@contextmanager
def on_terminal(femo: Femo) -> Iterator[OnTerminal]:
    console = OnTerminal(femo)
    try:
        yield console
    finally:
        console.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Femo]:
    """A run that goes on for longer than these tests look at it."""
    home = tmp_path_factory.mktemp("clean")
    femo = Femo(home, home / "store")
    protocol = home / "rest.toml"
    protocol.write_text(
        'name = "rest"\ntitle = "Rest"\nlanguages = ["en"]\n\n'
        '[[step]]\nname = "rest"\nkind = "rest"\nduration_s = 300\n'
    )
    femo.ok("participant", "add", "S01", "--consent", "gsr,keep")
    femo.ok(
        *("record", "--participant", "S01", "--protocol", str(protocol), "--auto", "--detach"),
        *("--gsr", "sim:1", "--camera", "none", "--player", "sim"),
    )
    yield femo
    femo.ok("abort")


@pytest.mark.parametrize("how", ["q", "ctrl-c", "SIGTERM", "SIGHUP"])
def test_the_terminal_is_left_clean_and_the_run_goes_on(recorded: Femo, how: str) -> None:
    samples = recorded.json("status")["gsr_samples"]
    with on_terminal(recorded) as console:
        console.wait_for("● REC")
        if how == "q":
            console.press(b"q")
        elif how == "ctrl-c":
            console.press(b"\x03")
        else:
            console.process.send_signal(signal.Signals[how])
        status = console.ended()
        assert status == {"SIGTERM": 128 + 15, "SIGHUP": 128 + 1}.get(how, 0)
        for mode, name in ON.items():
            begun = console.sent.count(f"\x1b[?{mode}h".encode())
            left = console.sent.count(f"\x1b[?{mode}l".encode())
            assert left >= begun, f"{name} is still on"
        assert console.sent.rfind(b"\x1b[?1049l") > console.sent.rfind(b"\x1b[?1049h")
        assert console.sent.rfind(b"\x1b[?25h") > console.sent.rfind(b"\x1b[?25l")  # the cursor
        assert termios.tcgetattr(console.terminal) == console.modes_before
        assert b"Traceback" not in console.sent
        if status == 0:
            assert "goes on recording" in console.sent.decode()
    now = recorded.json("status")
    assert now["state"] == "running"
    assert now["gsr_samples"] > samples


def test_a_terminal_made_tiny_and_large_again_goes_on_with_the_run(recorded: Femo) -> None:
    with on_terminal(recorded) as console:
        console.wait_for("● REC")
        for size, shown in (
            ((20, 5), "this is 20×5"),
            ((80, 24), "p pause"),
            ((120, 40), "p pause"),
        ):
            console.resize(*size)
            console.wait_for(shown)
        console.wait_for("● REC")
        console.press(b"q")
        assert console.ended() == 0
        assert b"Traceback" not in console.sent


def test_a_line_that_lags_shows_the_truth_a_moment_later(recorded: Femo) -> None:
    """Keys and bytes each take 200 ms; keys are typed on without waiting for their answers."""
    lag_s = 0.2
    with on_terminal(recorded) as console:
        console.wait_for("● REC")
        typed = deque((time.monotonic() + 0.1 * i, key) for i, key in enumerate(b"12541254n"))
        on_the_way: deque[tuple[float, bytes]] = deque()
        late = Painted()
        late.feed(console.sent)
        deadline_s = time.monotonic() + 20.0
        while "pressed n" not in late:
            assert time.monotonic() < deadline_s, late.text()
            now_s = time.monotonic()
            if typed and now_s >= typed[0][0] + lag_s:
                console.press(bytes([typed.popleft()[1]]))
            if select.select([console.main], [], [], 0.02)[0]:
                on_the_way.append((now_s + lag_s, os.read(console.main, 65_536)))
            while on_the_way and on_the_way[0][0] <= now_s:
                late.feed(on_the_way.popleft()[1])
        assert "● REC" in late  # Live lies behind the question
