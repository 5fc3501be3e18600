"""A virtual X display for tests, and pictures of what is on it."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.needed import need

# A display is held by name. Were a number free again as soon as its server has ended, a test could
# be given the one that another test's recorder, whose server was taken away, still holds.
_numbers = itertools.count(100 + os.getpid() % 500 * 100)


@contextmanager
def x_server(
    size: str = "1280x720", *options: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run an X server without a screen; yield its DISPLAY, such as `:4711`, and its process."""
    need("Xvfb", "mpv", "ffmpeg")
    number = next(n for n in _numbers if not Path(f"/tmp/.X{n}-lock").exists())
    reader, writer = os.pipe()
    server = subprocess.Popen(
        [
            *("Xvfb", f":{number}", "-displayfd", str(writer), "-screen", "0", f"{size}x24"),
            *("-nolisten", "tcp", *options),
        ],
        pass_fds=(writer,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as ready:
            assert ready.readline().strip() == str(number), f"no X server on :{number}"
        yield f":{number}", server
    finally:
        server.terminate()
        server.wait()


@contextmanager
def xvfb_display(size: str = "1280x720", *options: str) -> Iterator[str]:
    """Run an X server without a screen; yield its DISPLAY."""
    with x_server(size, *options) as (display, _):
        yield display


def grab(display: str, size: str = "1280x720") -> NDArray[np.uint8]:
    """Return what is on the display now: height × width, grey, without the pointer."""
    taken = subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "x11grab", "-draw_mouse", "0"),
            *("-video_size", size, "-i", display, "-frames:v", "1"),
            *("-f", "rawvideo", "-pix_fmt", "gray", "-"),
        ],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    width, height = (int(part) for part in size.split("x"))
    return np.frombuffer(taken.stdout, np.uint8).reshape(height, width)
