"""Which screens a display has, and whether a window manager looks after them.

mpv takes the last screen, silently, where it is asked for one that is not there.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping

from femo_tui.devices.programs import printed
from femo_tui.errors import DeviceError

_ANSWERS_WITHIN_S = 3.0
# program, and how it prints a screen: its number, its size
_PROGRAMS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("xdpyinfo", "-ext", "XINERAMA"), re.compile(r"head #(\d+): (\d+)x(\d+) @")),
    (("xrandr", "--listmonitors"), re.compile(r"^ *(\d+): .*?(\d+)/\d+x(\d+)/\d+", re.MULTILINE)),
)


def list_screens(environment: Mapping[str, str]) -> list[tuple[int, int]]:
    """Return width and height of each screen, in mpv's order; [] where nothing tells."""
    if "DISPLAY" not in environment:
        return []
    for command, pattern in _PROGRAMS:
        if shutil.which(command[0]) is None:
            continue
        found = pattern.findall(printed(command, environment, _ANSWERS_WITHIN_S))
        if found:
            return [(int(width), int(height)) for _, width, height in found]
    return []


def refuse_unless_there(screen: int, display: str, environment: Mapping[str, str]) -> None:
    """Raise DeviceError if a display is known to lack a screen; the sentence names those it has."""
    screens = list_screens(environment)
    if screens and screen >= len(screens):
        there = ", ".join(f"{n} ({width}×{height})" for n, (width, height) in enumerate(screens))
        raise DeviceError(f"display {display} has no screen {screen}: there is {there}")


def has_window_manager(environment: Mapping[str, str]) -> bool:
    """Return whether something on the display hands out the keyboard; False where nothing tells.

    A window manager puts the property on the root window (EWMH, _NET_SUPPORTING_WM_CHECK).
    """
    if "DISPLAY" not in environment:
        return "WAYLAND_DISPLAY" in environment
    if shutil.which("xprop") is None:
        return False
    said = printed(("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"), environment, _ANSWERS_WITHIN_S)
    return "window id" in said
