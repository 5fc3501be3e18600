"""How many bytes a second Live sends over the line, beside Textual's stock sparkline.

Run: python -m tests.bench.line [--seconds 60] [--hz 10] [--json]
Each console runs in a pseudo-terminal, one of them in one that has no size; what it writes after
its first screen is counted.
"""

from __future__ import annotations

import argparse
import fcntl
import json
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

from tests.bench.console import LIVE, recorder

SIZES = ((120, 40), (80, 24), (0, 0))
SETTLE_S = 4.0
BUDGET_KB_S = 3.0

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


def kilobytes_per_s(
    code: str, seconds: float, env: dict[str, str], folder: Path, size: tuple[int, int]
) -> float:
    """Run Python `code` in a terminal; return what it writes in a second once it has settled."""
    script = folder / "console.py"
    script.write_text(code)
    main, terminal = pty.openpty()
    columns, rows = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    unsized = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")
    }
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={
            **unsized,
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
        return written / (time.monotonic() - began_s) / 1000
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder, env = Path(base), {"FEMO_STATE_DIR": f"{base}/state"}
        store = folder / "store"
        with recorder(store, env, f"--hz={options.hz}"):
            live = LIVE.format(store=str(store))
            lives = [kilobytes_per_s(live, options.seconds, env, folder, size) for size in SIZES]
        stock = kilobytes_per_s(SPARKLINE, min(options.seconds, 20.0), env, folder, SIZES[0])
    names = [f"{columns}x{rows}" if columns else "no size" for columns, rows in SIZES]
    if options.json:
        body = {name: round(value, 3) for name, value in zip(names, lives, strict=True)}
        print(json.dumps({**body, "sparkline": round(stock, 2), "budget_kb_s": BUDGET_KB_S}))
        return
    for name, value in zip(names, lives, strict=True):
        print(f"Live, {name:8} {value:8.2f} kB/s  (budget {BUDGET_KB_S}), 1/{stock / value:.0f}")
    print(f"stock sparkline, 120x6, 10 Hz: {stock:8.2f} kB/s")


if __name__ == "__main__":
    main()
