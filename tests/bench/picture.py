"""What the camera's picture costs on the line, beside the same screen without it.

Run: python -m tests.bench.picture [--seconds 20] [--json]
The console's set-up in a pseudo-terminal, with a simulated face that moves and blinks.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.store.catalog import Catalog

SIZES = ((80, 24), (120, 40))
SETTLE_S = 6.0
LIMIT_S = 40.0
CONFIG = 'gsr = "sim:1"\ncamera = "sim:1"\nplayer = "sim"\n'


class Line:
    """A console at the far end of a line."""

    def __init__(self, env: dict[str, str], columns: int, rows: int) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(sys.executable, [sys.executable, "-m", "femo_tui"], env)

    def read(self, seconds: float, until: bytes = b"\0") -> bytes:
        """Return what comes within some seconds, or until `until` has come."""
        end_s, seen = time.monotonic() + seconds, b""
        while until not in seen and (left_s := end_s - time.monotonic()) > 0:
            if select.select([self._terminal], [], [], left_s)[0]:
                seen += os.read(self._terminal, 65_536)
        return seen

    def press(self, keys: bytes, then: str = "") -> None:
        os.write(self._terminal, keys)
        if then and then.encode() not in self.read(LIMIT_S, then.encode()):
            raise AssertionError(f"{then!r} never came")

    def bytes_per_s(self, seconds: float) -> float:
        self.read(SETTLE_S)
        return len(self.read(seconds)) / seconds

    def close(self) -> None:
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)


def measure(env: dict[str, str], columns: int, rows: int, seconds: float) -> tuple[float, float]:
    """Return bytes a second of the devices' stage, without the picture and with it."""
    line = Line(env, columns, rows)
    try:
        line.press(b"", "Set up a session")
        line.press(b"3", "choose")
        line.press(b"\r", "windows")
        line.press(b"\r", "picture")
        without = line.bytes_per_s(seconds)
        line.press(b"v")
        return without, line.bytes_per_s(seconds)
    finally:
        line.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        home, store = Path(folder), Path(folder) / "store"
        config = home / ".config" / "femo" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(CONFIG, "utf-8")
        consent = Consent(frozenset(Scope), "1", "2026-11-22T09:00:00Z")
        with Catalog.open(store) as catalog:
            catalog.add_participant(
                Participant("S01", 30, None, "", consent, consent.given_utc), "bench"
            )
        (store / "study.toml").write_text('protocol = "quick"\n', "utf-8")
        env = {
            **os.environ,
            "HOME": folder,
            "FEMO_STORE": str(store),
            "FEMO_STATE_DIR": f"{folder}/state",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        for columns, rows in SIZES:
            without, shown = measure(env, columns, rows, options.seconds)
            figures[f"{columns}x{rows}_without_kb_s"] = round(without / 1000, 2)
            figures[f"{columns}x{rows}_picture_kb_s"] = round(shown / 1000, 2)
    if options.json:
        print(json.dumps(figures))
        return
    for columns, rows in SIZES:
        name = f"{columns}x{rows}"
        print(
            f"set-up, {name:8}{figures[f'{name}_without_kb_s']:6.2f} kB/s,"
            f" with the camera's picture {figures[f'{name}_picture_kb_s']:6.2f} kB/s"
        )


if __name__ == "__main__":
    main()
