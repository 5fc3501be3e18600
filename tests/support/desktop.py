"""A desktop in a colour that nothing of femo has, and a look-out for it.

Run as a program, this watches an X server's memory until its standard input ends, and says then
whether the colour was seen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from femo_tui.devices.screens import has_window_manager
from tests.support.femo import wait_until
from tests.support.framebuffer import Framebuffer
from tests.support.needed import need
from tests.support.xvfb import grab

_LOOK_EVERY_S = 0.004
_EVERY_PIXEL = 4  # across and down


@contextmanager
def magenta_desktop(display: str) -> Iterator[None]:
    """Cover the display with a magenta window, as a desktop would."""
    desktop = subprocess.Popen(
        [
            *("mpv", "--no-config", "--really-quiet", "--vo=x11", "--loop", "--no-border"),
            *("--geometry=100%x100%+0+0", "--no-keepaspect", "--title=desktop"),
            "av://lavfi:color=c=0xff00ff:s=64x36:r=5",
        ],
        env={**os.environ, "DISPLAY": display},
        stdin=subprocess.DEVNULL,
    )
    try:
        give_up_s = time.monotonic() + 10
        while grab(display).mean() < 50 and time.monotonic() < give_up_s:
            pass
        yield
    finally:
        desktop.kill()
        desktop.wait()


@contextmanager
def window_manager(display: str) -> Iterator[None]:
    """Have windows looked after, as on a desktop."""
    need("openbox", "xprop")
    environment = {**os.environ, "DISPLAY": display}
    with running("openbox", display=display) as openbox:
        wait_until(
            lambda: has_window_manager(environment) or openbox.poll() is not None,
            "the window manager",
        )
        assert openbox.poll() is None, f"openbox ended with {openbox.returncode}"
        yield


@contextmanager
def running(*command: str, display: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that opens windows on a display."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "DISPLAY": display},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _is_seen(display: Framebuffer) -> bool:
    picture = display.picture()[::_EVERY_PIXEL, ::_EVERY_PIXEL]
    blue, green, red = picture[..., 0], picture[..., 1], picture[..., 2]
    return bool(((blue > 200) & (green < 60) & (red > 200)).any())


def _watch(framebuffer_dir: Path) -> None:
    display = Framebuffer(framebuffer_dir)
    os.set_blocking(sys.stdin.fileno(), False)
    print("watching", flush=True)
    seen = False
    while sys.stdin.buffer.read(1) is None:
        seen = seen or _is_seen(display)
        time.sleep(_LOOK_EVERY_S)
    print("magenta" if seen else "nothing")


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
