"""A film whose frames carry their number, and a look at the display that reads it back.

What the display shows is read from the virtual X server's own memory (`Xvfb -fbdir`), by a process
of its own that imports nothing of femo: run as a program, this module is that process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from tests.support.framebuffer import Framebuffer

BITS = 10
_BARS = 2 * BITS  # the number, and the same turned around: half a frame drawn is no number
_WIDTH, _HEIGHT = 640, 360
_LOOK_EVERY_S = 0.0007
_ROOT = Path(__file__).parents[2]


def make_numbered_film(path: Path, seconds: float, fps: float = 25) -> Path:
    """Write a film whose frame n shows n as bars, black or white, the highest bit left."""
    frames = []
    for number in range(round(seconds * fps)):
        bits = [(number >> bit) & 1 for bit in reversed(range(BITS))]
        bars = np.array([*bits, *(1 - bit for bit in bits)], np.uint8) * 255
        frames.append(np.tile(np.repeat(bars, _WIDTH // _BARS), (_HEIGHT, 1)).tobytes())
    command = [
        *("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"),
        *("-s", f"{_WIDTH}x{_HEIGHT}", "-r", str(fps), "-i", "-"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)),
    ]
    subprocess.run(command, input=b"".join(frames), check=True)
    return path


@dataclass(frozen=True, slots=True)
class Sighting:
    """A frame that came to be on the display between two looks, boot time."""

    before_s: float  # it was not there yet
    seen_s: float
    number: int


class Sightings:
    """What was seen of one film at `fps`, played at its own speed."""

    def __init__(self, sightings: list[Sighting], fps: float) -> None:
        falls = [i for i, (a, b) in enumerate(pairwise(sightings), 1) if b.number < a.number]
        begin = falls[-1] if falls else 0
        self.all = sightings[begin:]  # before it stands what the film before left behind
        self._fps = fps
        self._seen_s = [sighting.seen_s for sighting in self.all]

    def error_s(self, t_s: float, media_s: float) -> float:
        """Return by how much `media_s` is off what was on the display at boot time `t_s`.

        A frame stands for its own length of the film; the time goes on while it does. Where the
        display was looked at too seldom to know which frame was there, the nearer one counts.
        """
        index = max(0, bisect_right(self._seen_s, t_s) - 1)
        shown = [self._error_s(self.all[index], self._seen_s[index], t_s, media_s)]
        later = self.all[index + 1 : index + 2]
        if later and later[0].before_s <= t_s:
            shown.append(self._error_s(later[0], later[0].before_s, t_s, media_s))
        return min(shown, key=abs)

    def _error_s(self, frame: Sighting, since_s: float, t_s: float, media_s: float) -> float:
        return media_s - frame.number / self._fps - min(t_s - since_s, 1 / self._fps)


@contextmanager
def watching(framebuffer_dir: Path) -> Iterator[list[Sighting]]:
    """Watch the display whose X server keeps its memory in this folder; filled at the end."""
    sightings: list[Sighting] = []
    watcher = subprocess.Popen(
        [sys.executable, "-m", __name__, str(framebuffer_dir)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "watching\n"
    try:
        yield sightings
    finally:
        said, _ = watcher.communicate("")  # the end of its input ends it
        for line in said.splitlines():
            before_s, seen_s, number = line.split()
            sightings.append(Sighting(float(before_s), float(seen_s), int(number)))


def _number(display: Framebuffer) -> int | None:
    """Return the number that is shown, None if what is shown is none."""
    green = display.row(display.height // 2)[:, 1]
    bars = green[green.size // (2 * _BARS) :: green.size // _BARS] > 127
    if (bars[:BITS] == bars[BITS:]).any():
        return None
    return int("".join("1" if bit else "0" for bit in bars[:BITS]), 2)


def _watch(framebuffer_dir: Path) -> None:
    """Print every change of the number, until standard input ends."""
    display = Framebuffer(framebuffer_dir)
    os.set_blocking(sys.stdin.fileno(), False)
    print("watching", flush=True)
    lines: list[str] = []
    shown, before_s = None, time.clock_gettime(time.CLOCK_BOOTTIME)
    while sys.stdin.buffer.read(1) is None:
        number = _number(display)
        now_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        if number is not None and number != shown:
            shown = number
            lines.append(f"{before_s:.6f} {now_s:.6f} {number}")
        before_s = now_s
        time.sleep(_LOOK_EVERY_S)
    print("\n".join(lines))


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
