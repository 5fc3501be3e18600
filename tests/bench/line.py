"""How many bytes a second Live sends over the line, beside Textual's stock sparkline.

Run as `python -m tests.bench.line [SECONDS]`. Each console runs in a pseudo-terminal of 120x40;
what it writes after its first screen is counted.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

COLUMNS, ROWS = 120, 40
SETTLE_S = 4.0
BUDGET_KB_S = 3.0


def bytes_per_s(code: str, seconds: float, env: dict[str, str]) -> float:
    """Run Python `code` in a terminal; return what it writes in a second once it has settled."""
    script = Path(env["FEMO_STATE_DIR"]).parent / "console.py"
    script.write_text(code)
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={
            **os.environ,
            "PYTHONPATH": os.getcwd(),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **env,
        },
        start_new_session=True,
    )
    os.close(terminal)
    try:
        _drain(main, SETTLE_S)
        began_s = time.monotonic()
        written = _drain(main, seconds)
        return written / (time.monotonic() - began_s)
    finally:
        process.kill()
        process.wait()
        os.close(main)


def _drain(descriptor: int, seconds: float) -> int:
    end_s, count = time.monotonic() + seconds, 0
    while (left_s := end_s - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left_s)[0]:
            count += len(os.read(descriptor, 65_536))
    return count


LIVE = """
from pathlib import Path
from femo_tui.ui.console import run_console
run_console(Path({store!r}), "bench")
"""

SPARKLINE = """
import math
from textual.app import App
from textual.widgets import Sparkline
class Stock(App):
    CSS = "Sparkline { width: 120; height: 6; }"
    def compose(self):
        self.values = [0.0] * 120
        yield Sparkline(self.values)
    def on_mount(self):
        self.n = 0
        self.set_interval(0.1, self.step)
    def step(self):
        self.n += 1
        self.values = self.values[1:] + [3 + math.sin(self.n / 9) + 0.2 * math.sin(self.n)]
        self.query_one(Sparkline).data = self.values
Stock().run(mouse=False)
"""

RECORDER = """
import sys, time
from datetime import timedelta
from pathlib import Path
from tests.ui.lab import NOON, PROTOCOL, Lab, person
lab = Lab(Path(sys.argv[1]))
lab.register(person("S12"))
run = lab.begin("S12", NOON - timedelta(minutes=7))
run.steps(0, 4)
with lab.recording(run):
    print("ready", flush=True)
    origin_s = time.monotonic() - run.t_s
    run.follow(PROTOCOL.steps[4:], lambda: time.monotonic() - origin_s)
"""


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        env = {"FEMO_STATE_DIR": str(Path(folder) / "state")}
        recorder = subprocess.Popen(
            [sys.executable, "-c", RECORDER, str(store)],
            stdout=subprocess.PIPE,
            env={**os.environ, **env},
            text=True,
        )
        try:
            assert recorder.stdout is not None
            recorder.stdout.readline()
            live = bytes_per_s(LIVE.format(store=str(store)), seconds, env)
        finally:
            recorder.kill()
            recorder.wait()
        stock = bytes_per_s(SPARKLINE, seconds, env)
    print(
        f"Live, {COLUMNS}x{ROWS}:                 {live / 1000:6.2f} kB/s  (budget {BUDGET_KB_S})"
    )
    print(f"stock sparkline, 120x6, 10 Hz: {stock / 1000:6.2f} kB/s")
    print(f"ratio:                         {stock / live:6.1f}")


if __name__ == "__main__":
    main()
