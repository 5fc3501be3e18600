"""Start-up: `femo --version` and the console's first paint, beside what they stand on.

Run: python -m tests.bench.startup [--json] [--rounds N]
Baselines of the same run: a bare Python, and Textual's smallest app.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HELLO = (
    "from textual.app import App\n"
    "from textual.widgets import Static\n"
    "class Hello(App):\n"
    "    def compose(self):\n"
    "        yield Static('hello-painted')\n"
    "Hello().run()\n"
)
PAINT_TIMEOUT_S = 20.0


def run_s(command: list[str], env: dict[str, str]) -> float:
    """Return how long a command takes from start to end."""
    began_s = time.monotonic()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began_s


def paint_s(command: list[str], env: dict[str, str], painted: bytes) -> float:
    """Return how long until `painted` reaches a terminal of 120×40."""
    began_s = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, {**env, "LINES": "40", "COLUMNS": "120"})
    seen = b""
    try:
        while painted not in seen:
            if time.monotonic() - began_s > PAINT_TIMEOUT_S:
                raise AssertionError(f"{painted!r} was never painted: {seen[-500:]!r}")
            if select.select([terminal], [], [], 0.1)[0]:
                seen += os.read(terminal, 65536)
        return time.monotonic() - began_s
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    femo = str(Path(sys.executable).with_name("femo"))
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HOME": home, "FEMO_STORE": f"{home}/store", "TERM": "xterm-256color"}
        rounds = range(options.rounds)
        python, version, hello, console = (
            statistics.median(times)
            for times in (
                [run_s([sys.executable, "-c", "pass"], env) for _ in rounds],
                [run_s([femo, "--version"], env) for _ in rounds],
                [paint_s([sys.executable, "-c", HELLO], env, b"hello-painted") for _ in rounds],
                [paint_s([femo], env, b"Home") for _ in rounds],
            )
        )
    figures = {
        "python_s": round(python, 3),
        "version_s": round(version, 3),
        "version_budget_s": 0.10,
        "version_ratio_to_python": round(version / python, 2),
        "textual_hello_first_paint_s": round(hello, 3),
        "console_first_paint_s": round(console, 3),
        "console_budget_s": 0.6,
        "console_ratio_to_hello": round(console / hello, 2),
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, took_s, budget_s, ratio, baseline in (
        ("femo --version", version, 0.1, version / python, "a bare Python"),
        ("console, first paint", console, 0.6, console / hello, "Textual's smallest app"),
    ):
        print(f"{name:22}{took_s:6.3f} s  budget {budget_s} s  {ratio:.2f} × {baseline}")


if __name__ == "__main__":
    main()
