"""The console beside a growing run: key to paint, memory, CPU, against Textual's smallest app.

Run: python -m tests.bench.console [--seconds 60] [--sessions 1000] [--hours 2] [--hz 1000] [--json]
The store holds that many sessions beside the run, which has gone on for that long when the console
comes, and grows at that rate. Each console runs in a pseudo-terminal of its own. A key is timed
from its byte's write until a word that only its answer paints has come back; the first visit of
each screen, which is imported and composed then, stands apart. Memory and CPU are taken while Live
is looked at and no key is pressed; memory again after all keys.
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
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.support.painted import Painted

BUDGETS = {
    "key_to_paint_p95_ms": 50.0,
    "first_paint_s": 0.6,
    "memory_mb": 90.0,
    "cpu_percent_of_a_core": 5.0,
}
SETTLE_S = 5.0
BETWEEN_KEYS_S = 0.31  # no multiple of the console's own looks at the run
ANSWER_TIMEOUT_S = 5.0

LIVE = """
from pathlib import Path
from femo_tui.ui.console import run_console
run_console(Path({store!r}), "bench")
"""
FIRST_PAINTS, LIVE_PAINTS = "femo", "GSR "
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
HELLO_PAINTS = "hello"
HELLO_KEYS = (("1", "one"), ("2", "two"))
# Keys and a word that stands on their answer alone.
KEYS = (
    ("1", "Today"),
    ("2", "share-face"),
    ("5", "length"),
    ("4", "dropped"),
    ("n", "pressed n"),
    ("\r", ""),  # an empty note: back, not timed
)


@dataclass(frozen=True)
class Figures:
    """What one console costs; times from the key's byte to the painted word."""

    first_paint_s: float
    live_s: float  # until the growing run is shown
    key_to_paint_p50_ms: float
    key_to_paint_p95_ms: float
    key_to_paint_slowest_ms: float
    first_visit_slowest_ms: float
    memory_mb: float
    memory_grown_mb: float  # from the first look to the end
    cpu_percent_of_a_core: float


class Looked:
    """A program in a terminal of its own."""

    def __init__(self, terminal: int, process: subprocess.Popen[bytes]) -> None:
        self._terminal, self._process = terminal, process
        self._painted = Painted()

    def drain(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            self._read(left_s)

    def _read(self, timeout_s: float) -> None:
        if select.select([self._terminal], [], [], timeout_s)[0]:
            self._painted.feed(os.read(self._terminal, 65_536))

    def wait_s(self, answer: str) -> float:
        """Wait until `answer` stands on the screen; return how long it took."""
        began_s = time.monotonic()
        while answer not in self._painted:
            if time.monotonic() - began_s > ANSWER_TIMEOUT_S:
                raise AssertionError(f"{answer!r} was never painted:\n{self._painted.text()}")
            self._read(0.1)
        return time.monotonic() - began_s

    def key_ms(self, key: str, answer: str) -> float:
        """Press a key; return how long until `answer`, which was not there, is painted."""
        if answer in self._painted:
            raise AssertionError(f"{answer!r} is there before {key!r}:\n{self._painted.text()}")
        os.write(self._terminal, key.encode())
        return self.wait_s(answer) * 1000

    def press_all(self, keys: Sequence[tuple[str, str]], presses: int) -> list[float]:
        times = []
        for key, answer in itertools.islice(itertools.cycle(keys), presses):
            if not answer:
                os.write(self._terminal, key.encode())
            else:
                took_ms = self.key_ms(key, answer)
                times.append(took_ms)
                if os.environ.get("SLOW_KEYS") and took_ms > BUDGETS["key_to_paint_p95_ms"]:
                    print(f"  {key!r} took {took_ms:.0f} ms", file=sys.stderr)
            self.drain(BETWEEN_KEYS_S)
        return times

    def memory_mb(self) -> float:
        return psutil.Process(self._process.pid).memory_info().rss / 1e6

    def cpu_percent(self, seconds: float) -> float:
        """Let it alone for a while; return its CPU in % of a core."""
        watched = psutil.Process(self._process.pid)
        before, began_s = watched.cpu_times(), time.monotonic()
        self.drain(seconds)
        after, lasted_s = watched.cpu_times(), time.monotonic() - began_s
        return 100 * (after.user + after.system - before.user - before.system) / lasted_s


@contextmanager
def looking(
    code: str, env: dict[str, str], folder: Path, size: tuple[int, int]
) -> Iterator[Looked]:
    script = folder / "console.py"
    script.write_text(code)
    main, terminal = pty.openpty()
    columns, rows = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
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
        yield Looked(main, process)
    finally:
        process.kill()
        process.wait()
        os.close(main)


def figures(
    looked: Looked,
    painted: tuple[str, str],
    keys: Sequence[tuple[str, str]],
    seconds: float,
) -> Figures:
    first_paint_s = looked.wait_s(painted[0])
    live_s = first_paint_s + (looked.wait_s(painted[1]) if painted[1] != painted[0] else 0.0)
    looked.drain(SETTLE_S)
    at_first_mb = looked.memory_mb()
    cpu_percent = looked.cpu_percent(seconds / 2)
    first = looked.press_all(keys, len(keys))
    times = looked.press_all(keys, max(round(seconds / 2 / BETWEEN_KEYS_S), 2 * len(keys)))
    looked.drain(1.0)
    return Figures(
        first_paint_s=first_paint_s,
        live_s=live_s,
        key_to_paint_p50_ms=statistics.median(times),
        key_to_paint_p95_ms=statistics.quantiles(times, n=20, method="inclusive")[-1],
        key_to_paint_slowest_ms=max(times),
        first_visit_slowest_ms=max(first),
        memory_mb=looked.memory_mb(),
        memory_grown_mb=looked.memory_mb() - at_first_mb,
        cpu_percent_of_a_core=cpu_percent,
    )


@contextmanager
def recorder(store: Path, env: dict[str, str], *options: str) -> Iterator[None]:
    """Write a store and let its run grow."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.big_store", str(store), *options],
        stdout=subprocess.PIPE,
        env={**os.environ, **env},
        text=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise AssertionError("the store could not be made")
        yield
    finally:
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--sessions", type=int, default=0)
    parser.add_argument("--hours", type=float, default=0.1)
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--size", default="120x40", help="COLUMNSxROWS")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    columns, _, rows = options.size.partition("x")
    size = (int(columns), int(rows))
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        store, env = folder / "store", {"FEMO_STATE_DIR": f"{base}/state"}
        wanted = [f"--{name}={getattr(options, name)}" for name in ("sessions", "hours", "hz")]
        with (
            recorder(store, env, *wanted),
            looking(LIVE.format(store=str(store)), env, folder, size) as looked,
        ):
            console = figures(looked, (FIRST_PAINTS, LIVE_PAINTS), KEYS, options.seconds)
        with looking(HELLO, env, folder, size) as looked:
            painted = (HELLO_PAINTS, HELLO_PAINTS)
            hello = figures(looked, painted, HELLO_KEYS, min(options.seconds, 20.0))
    show(asdict(console), asdict(hello), as_json=options.json)


def show(console: dict[str, float], hello: dict[str, float], *, as_json: bool) -> None:
    if as_json:
        body = {name: round(value, 2) for name, value in console.items()}
        body |= {f"{name}_hello": round(value, 2) for name, value in hello.items()}
        body |= {f"{name}_budget": budget for name, budget in BUDGETS.items()}
        print(json.dumps(body))
        return
    for name, value in console.items():
        budget, bare = BUDGETS.get(name), hello[name]
        limit = "" if budget is None else f"budget {budget:g}"
        ratio = f"{value / bare:5.1f} × Textual's smallest app" if bare >= 0.05 else ""
        print(f"{name:26}{value:8.2f}  {limit:12}{ratio}")


if __name__ == "__main__":
    main()
