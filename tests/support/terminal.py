"""A real terminal for the console: tmux, driven by keys, read as text."""

from __future__ import annotations

import shlex
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.femo import wait_until
from tests.support.needed import need


class Terminal:
    """One tmux session of its own server."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def _tmux(self, *args: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *args], capture_output=True, text=True, check=True
        )
        return done.stdout

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: a, Enter, Escape, C-c."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def wait_for(self, text: str, timeout_s: float = 30.0) -> str:
        """Wait until `text` is on the screen; return the screen."""
        try:
            wait_until(lambda: text in self.screen(), text, timeout_s)
        except AssertionError:
            raise AssertionError(f"{text!r} never came:\n{self.screen()}") from None
        return self.screen()

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))


@contextmanager
def terminal(
    command: list[str], env: dict[str, str], columns: int = 80, rows: int = 24
) -> Iterator[Terminal]:
    """Run a command in a new terminal; it is closed, as a dropped line would, at the end."""
    need("tmux")
    socket = f"femo-{uuid.uuid4().hex[:8]}"
    kept = {k: env[k] for k in env if k.startswith("FEMO_") or k in ("HOME", "DISPLAY", "PATH")}
    line = shlex.join(["env", *(f"{k}={v}" for k, v in kept.items()), *command])
    subprocess.run(
        [
            *("tmux", "-L", socket, "-f", "/dev/null", "new-session", "-d"),
            *("-x", str(columns), "-y", str(rows), line),
        ],
        check=True,
        env={**kept, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
    )
    opened = Terminal(socket)
    opened._tmux("set-option", "-g", "remain-on-exit", "on")
    try:
        yield opened
    finally:
        subprocess.run(["tmux", "-L", socket, "kill-server"], check=False, capture_output=True)
