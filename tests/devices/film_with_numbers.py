"""A film whose frames carry their number, and a camera on the screen that reads it back."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from types import TracebackType

import numpy as np

from femo_tui.model.clock import HostClock

FPS = 25
BITS = 10
_WIDTH, _HEIGHT = 640, 360
_STRIP = (1280, 16)  # what is looked at, in the middle of a 1280×720 screen


def make_numbered_film(path: Path, seconds: float, fps: float = FPS) -> Path:
    """Write a film whose frame n shows n as ten black or white bars, the highest bit left."""
    frames = []
    for number in range(round(seconds * fps)):
        bits = [(number >> bit) & 1 for bit in reversed(range(BITS))]
        row = np.repeat(np.array(bits, np.uint8) * 255, _WIDTH // BITS)
        frames.append(np.tile(row, (_HEIGHT, 1)).tobytes())
    command = [
        *("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"),
        *("-s", f"{_WIDTH}x{_HEIGHT}", "-r", str(fps), "-i", "-"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)),
    ]
    subprocess.run(command, input=b"".join(frames), check=True)
    return path


class ScreenCamera:
    """Films a 1280×720 display through ffmpeg and notes which frame number it shows when."""

    def __init__(self, display: str) -> None:
        width, height = _STRIP
        self._process = subprocess.Popen(
            [
                *("ffmpeg", "-v", "error", "-f", "x11grab", "-draw_mouse", "0"),
                *("-framerate", "100", "-video_size", f"{width}x{height}"),
                *("-i", f"{display}+0,352", "-fps_mode", "passthrough"),
                *("-f", "rawvideo", "-pix_fmt", "gray"),
                *("-flush_packets", "1", "-"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self.seen: list[tuple[float, int]] = []  # boot time, number of the frame on the screen
        self.running = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ScreenCamera:
        self._thread.start()
        assert self.running.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._thread.join()
        self._process.wait()

    def _watch(self) -> None:
        width, height = _STRIP
        clock = HostClock()
        assert self._process.stdout is not None
        while len(picture := self._process.stdout.read(width * height)) == width * height:
            now_s = clock.now_s()
            row = np.frombuffer(picture, np.uint8).reshape(height, width)[height // 2]
            bars = row.reshape(BITS, -1).mean(axis=1) > 127
            number = int("".join("1" if bar else "0" for bar in bars), 2)
            self.seen.append((now_s, number))
            self.running.set()

    def first_shown_s(self, number: int) -> float | None:
        """Return when a frame was first on the screen."""
        return next((t_s for t_s, shown in self.seen if shown == number), None)
