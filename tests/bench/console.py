"""The console beside a growing run: key to paint, memory, CPU, against Textual's smallest app.

Run: python -m tests.bench.console [--seconds 60] [--sessions 1000] [--hours 2] [--hz 1000] [--json]
The store holds that many sessions beside the run, which has gone on for that long when the console
comes, and grows at that rate. Each console runs in a pseudo-terminal of its own. A key is timed
from its byte's write until a word that only its answer paints has come back; the first visit of
each screen, which is imported and composed then, stands apart. Memory and CPU are taken while Live
is looked at and no key is pressed; memory again after all keys. A table tells the keys apart, and
what of each key's time was work, in which thread, and what was waiting for a core: on a machine
that is busy with something else, the work alone says what the console costs.
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
class Spent:
    """CPU that a program has used since it began, and how long its painting thread stood in line.

    A process reads its thread's own figures from the kernel to the nanosecond; those of `times`
    are in hundredths of a second.
    """

    painting_ms: float = 0.0
    others_ms: float = 0.0
    in_line_ms: float = 0.0

    def since(self, before: Spent) -> Spent:
        return Spent(
            self.painting_ms - before.painting_ms,
            max(self.others_ms - before.others_ms, 0.0),  # a thread that has ended is not counted
            self.in_line_ms - before.in_line_ms,
        )


@dataclass(frozen=True)
class Press:
    """One key: from its byte to the painted word."""

    key: str
    answer: str
    ms: float
    spent: Spent


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

    def press(self, key: str, answer: str) -> Press:
        """Press a key; return how long until `answer`, which was not there, is painted."""
        if answer in self._painted:
            raise AssertionError(f"{answer!r} is there before {key!r}:\n{self._painted.text()}")
        before = self.spent()
        os.write(self._terminal, key.encode())
        took_ms = self.wait_s(answer) * 1000
        return Press(key, answer, took_ms, self.spent().since(before))

    def press_all(self, keys: Sequence[tuple[str, str]], presses: int) -> list[Press]:
        pressed = []
        for key, answer in itertools.islice(itertools.cycle(keys), presses):
            if answer:
                pressed.append(self.press(key, answer))
            else:
                os.write(self._terminal, key.encode())
            self.drain(BETWEEN_KEYS_S)
        return pressed

    def spent(self) -> Spent:
        """Return what the kernel has counted of each thread; zeros where it does not count."""
        pid = self._process.pid
        painting, others, in_line = 0, 0, 0
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                on_cpu, waited, _ = map(int, thread.read_text().split())
            except (OSError, ValueError):
                continue  # it has just ended
            if thread.parent.name == str(pid):
                painting, in_line = on_cpu, waited
            else:
                others += on_cpu
        return Spent(painting / 1e6, others / 1e6, in_line / 1e6)

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
) -> tuple[Figures, list[Press]]:
    first_paint_s = looked.wait_s(painted[0])
    live_s = first_paint_s + (looked.wait_s(painted[1]) if painted[1] != painted[0] else 0.0)
    looked.drain(SETTLE_S)
    at_first_mb = looked.memory_mb()
    cpu_percent = looked.cpu_percent(seconds / 2)
    first = looked.press_all(keys, len(keys))
    pressed = looked.press_all(keys, max(round(seconds / 2 / BETWEEN_KEYS_S), 2 * len(keys)))
    looked.drain(1.0)
    times = [press.ms for press in pressed]
    return Figures(
        first_paint_s=first_paint_s,
        live_s=live_s,
        key_to_paint_p50_ms=statistics.median(times),
        key_to_paint_p95_ms=statistics.quantiles(times, n=20, method="inclusive")[-1],
        key_to_paint_slowest_ms=max(times),
        first_visit_slowest_ms=max(press.ms for press in first),
        memory_mb=looked.memory_mb(),
        memory_grown_mb=looked.memory_mb() - at_first_mb,
        cpu_percent_of_a_core=cpu_percent,
    ), pressed


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
            console, pressed = figures(looked, (FIRST_PAINTS, LIVE_PAINTS), KEYS, options.seconds)
        with looking(HELLO, env, folder, size) as looked:
            painted = (HELLO_PAINTS, HELLO_PAINTS)
            hello, _ = figures(looked, painted, HELLO_KEYS, min(options.seconds, 20.0))
    show(asdict(console), asdict(hello), by_key(pressed), as_json=options.json)


def by_key(pressed: Sequence[Press]) -> list[dict[str, float | str]]:
    """Return what each key costs: its usual and its slowest time, and the work that was in it."""
    rows: list[dict[str, float | str]] = []
    for key, answer in dict.fromkeys((press.key, press.answer) for press in pressed):
        same = [press for press in pressed if press.key == key]
        rows.append(
            {
                "key": key,
                "paints": answer,
                "p50_ms": statistics.median(press.ms for press in same),
                "slowest_ms": max(press.ms for press in same),
                "painting_cpu_ms": statistics.median(press.spent.painting_ms for press in same),
                "most_painting_cpu_ms": max(press.spent.painting_ms for press in same),
                "threads_cpu_ms": statistics.mean(press.spent.others_ms for press in same),
                "in_line_ms": statistics.mean(press.spent.in_line_ms for press in same),
            }
        )
    return rows


def show(
    console: dict[str, float],
    hello: dict[str, float],
    keys: list[dict[str, float | str]],
    *,
    as_json: bool,
) -> None:
    if as_json:
        body = {name: round(value, 2) for name, value in console.items()}
        body |= {f"{name}_hello": round(value, 2) for name, value in hello.items()}
        body |= {f"{name}_budget": budget for name, budget in BUDGETS.items()}
        print(json.dumps(body | {"keys": keys}))
        return
    for name, value in console.items():
        budget, bare = BUDGETS.get(name), hello[name]
        limit = "" if budget is None else f"budget {budget:g}"
        ratio = f"{value / bare:5.1f} × Textual's smallest app" if bare >= 0.05 else ""
        print(f"{name:26}{value:8.2f}  {limit:12}{ratio}")
    print("\nkey  paints        p50  slowest   work (most)  in threads  in line   all ms")
    for row in keys:
        print(
            f"{row['key']:4} {row['paints']:12}{row['p50_ms']:5.0f}{row['slowest_ms']:9.0f}"
            f"{row['painting_cpu_ms']:7.0f} ({row['most_painting_cpu_ms']:3.0f})"
            f"{row['threads_cpu_ms']:12.1f}{row['in_line_ms']:9.1f}"
        )


if __name__ == "__main__":
    main()
