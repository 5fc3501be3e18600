"""The console beside a growing run: key to paint, memory, CPU, against Textual's smallest app.

Run: python -m tests.bench.console [--seconds 60] [--json]
Each console runs in a pseudo-terminal of 120x40. A key is timed from its byte until a word that
only its answer paints has come back; the first visit of each screen, which is imported and composed
then, stands apart. Memory and CPU are taken while Live is looked at and no key is pressed.
"""

from __future__ import annotations

import argparse
import fcntl
import itertools
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.bench.line import COLUMNS, LIVE, RECORDER, ROWS

KEY_TO_PAINT_BUDGET_MS = 50.0
MEMORY_BUDGET_MB = 90.0
CPU_BUDGET_PERCENT = 5.0
SETTLE_S = 5.0
BETWEEN_KEYS_S = 0.31  # no multiple of the console's own looks at the run
ANSWER_TIMEOUT_S = 5.0

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    BINDINGS = [("1", "say('painted-one')", "one"), ("2", "say('painted-two')", "two")]
    def compose(self):
        yield Static("hello")
    def action_say(self, text):
        self.query_one(Static).update(text)
Hello().run(mouse=False)
"""
HELLO_KEYS = ((b"1", b"one"), (b"2", b"two"))
# Keys and a word that is painted by their answer alone.
KEYS = (
    (b"1", b"Study"),
    (b"2", b"registered"),
    (b"5", b"windows"),
    (b"4", b"frames"),
    (b"n", b"pressed"),
    (b"\r", b""),  # an empty note: back, not timed
)


class Looked:
    """A program in a terminal of its own."""

    def __init__(self, terminal: int, process: subprocess.Popen[bytes]) -> None:
        self._terminal, self._process = terminal, process

    def drain(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            if select.select([self._terminal], [], [], left_s)[0]:
                os.read(self._terminal, 65_536)

    def key_ms(self, key: bytes, answer: bytes) -> float:
        """Press a key; return how long until `answer` is painted."""
        began_s = time.monotonic()
        os.write(self._terminal, key)
        seen = b""
        while answer not in seen:
            if time.monotonic() - began_s > ANSWER_TIMEOUT_S:
                raise AssertionError(f"{key!r} never painted {answer!r}: {seen[-400:]!r}")
            if select.select([self._terminal], [], [], 0.1)[0]:
                seen += os.read(self._terminal, 65_536)
        return (time.monotonic() - began_s) * 1000

    def press_all(self, keys: Sequence[tuple[bytes, bytes]], presses: int) -> list[float]:
        times = []
        for key, answer in itertools.islice(itertools.cycle(keys), presses):
            took_ms = self.key_ms(key, answer)
            if answer:
                times.append(took_ms)
            self.drain(BETWEEN_KEYS_S)
        return times

    def rest(self, seconds: float) -> tuple[float, float]:
        """Let it alone for a while; return its memory in MB and its CPU in % of a core."""
        watched = psutil.Process(self._process.pid)
        before, began_s = watched.cpu_times(), time.monotonic()
        self.drain(seconds)
        after, lasted_s = watched.cpu_times(), time.monotonic() - began_s
        used_s = after.user + after.system - before.user - before.system
        return watched.memory_info().rss / 1e6, 100 * used_s / lasted_s


@contextmanager
def looking(code: str, env: dict[str, str], folder: Path) -> Iterator[Looked]:
    script = folder / "console.py"
    script.write_text(code)
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "PYTHONPATH": os.getcwd(), "TERM": "xterm-256color", **env},
        start_new_session=True,
    )
    os.close(terminal)
    try:
        looked = Looked(main, process)
        looked.drain(SETTLE_S)
        yield looked
    finally:
        process.kill()
        process.wait()
        os.close(main)


def figures(looked: Looked, keys: Sequence[tuple[bytes, bytes]], seconds: float) -> list[float]:
    """Return p50, p95 and the slowest first visit in ms, memory in MB, CPU in % of a core."""
    memory_mb, cpu_percent = looked.rest(seconds / 2)
    first_ms = max(looked.press_all(keys, len(keys)))
    times = looked.press_all(keys, max(round(seconds / 2 / BETWEEN_KEYS_S), 2 * len(keys)))
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return [
        statistics.median(times),
        p95,
        first_ms,
        max(memory_mb, looked.rest(1.0)[0]),
        cpu_percent,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        store, env = folder / "store", {"FEMO_STATE_DIR": f"{base}/state"}
        recorder = subprocess.Popen(
            [sys.executable, "-c", RECORDER, str(store)],
            stdout=subprocess.PIPE,
            env={**os.environ, **env},
            text=True,
        )
        try:
            assert recorder.stdout is not None
            recorder.stdout.readline()
            with looking(LIVE.format(store=str(store)), env, folder) as looked:
                console = figures(looked, KEYS, options.seconds)
        finally:
            recorder.kill()
            recorder.wait()
        with looking(HELLO, env, folder) as looked:
            hello = figures(looked, HELLO_KEYS, min(options.seconds, 20.0))
    names = (
        *("key_to_paint_p50_ms", "key_to_paint_p95_ms", "first_visit_slowest_ms"),
        *("memory_mb", "cpu_percent_of_a_core"),
    )
    budgets = (None, KEY_TO_PAINT_BUDGET_MS, None, MEMORY_BUDGET_MB, CPU_BUDGET_PERCENT)
    if options.json:
        body: dict[str, float] = {}
        for name, value, bare, budget in zip(names, console, hello, budgets, strict=True):
            body |= {name: round(value, 2), f"{name}_hello": round(bare, 2)}
            if budget is not None:
                body[f"{name}_budget"] = budget
        print(json.dumps(body))
        return
    for name, value, bare, budget in zip(names, console, hello, budgets, strict=True):
        limit = "" if budget is None else f"budget {budget:g}"
        ratio = f"{value / bare:5.1f} × Textual's smallest app" if bare >= 0.05 else ""
        print(f"{name:24}{value:8.1f}  {limit:12}{ratio}")


if __name__ == "__main__":
    main()
