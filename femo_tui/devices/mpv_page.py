"""A page for the participant as mpv's overlay text (ASS), for any screen size."""

from __future__ import annotations

import math

from femo_tui.devices.base import Page

SCRIPT_HEIGHT = 720  # the overlay's own lines; mpv scales them to the screen
DRAWING_BOTTOM = 0.34  # share of the screen kept for text under an illustration
_FONT_SIZES = (44, 40, 36, 32, 28, 24, 20)
_FOOTER_SIZE = 30
_MARGIN = 90  # left and right
_CHARACTER_WIDTH = 0.45  # of the font size, measured on sentences set in DejaVu Sans
_GREY = r"\c&HA8A8A8&"


def escape_ass(text: str) -> str:
    """Return text that ASS shows as it is: no tag, no override, lines kept."""
    kept = "".join(c for c in text if c in "\n\t" or c.isprintable())
    # a word joiner after a backslash takes it its meaning and is not seen
    kept = kept.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")
    return kept.replace("\t", "    ").replace("\n", "\\N")


def page_overlay(page: Page, aspect: float) -> str:
    """Return the overlay of a page on a screen of `aspect` (width / height)."""
    width = round(SCRIPT_HEIGHT * aspect)
    events = []
    if page.fixation:
        events.append(_cross(width / 2, SCRIPT_HEIGHT / 2))
    if page.text:
        below = page.illustration is not None
        top = SCRIPT_HEIGHT * (1 - DRAWING_BOTTOM) if below else 60
        bottom = SCRIPT_HEIGHT - (90 if page.footer or page.countdown_s is not None else 40)
        size = _fitting_size(page.text, width - 2 * _MARGIN, bottom - top)
        place = f"\\an8\\pos({width // 2},{top:.0f})"
        if not below:
            place = f"\\an5\\pos({width // 2},{(top + bottom) / 2:.0f})"
        events.append(_event(f"{place}\\fs{size}\\c&HF0F0F0&", page.text))
    if page.footer:
        place = f"\\an2\\pos({width // 2},{SCRIPT_HEIGHT - 40})"
        events.append(_event(f"{place}\\fs{_FOOTER_SIZE}{_GREY}", page.footer))
    return "\n".join(events)


def countdown_overlay(left_s: float, aspect: float) -> str:
    """Return the overlay that shows whole seconds left, at the lower edge."""
    seconds = math.ceil(max(0.0, left_s))
    shown = str(seconds) if seconds < 60 else f"{seconds // 60}:{seconds % 60:02d}"
    place = f"\\an3\\pos({round(SCRIPT_HEIGHT * aspect) - 60},{SCRIPT_HEIGHT - 40})"
    return _event(f"{place}\\fs36{_GREY}", shown)


def _event(tags: str, text: str) -> str:
    return f"{{{tags}\\q0\\bord0\\shad0}}{escape_ass(text)}"


def _fitting_size(text: str, width: float, height: float) -> int:
    """Return the largest font size at which the text, wrapped, fits."""
    for size in _FONT_SIZES:
        in_a_line = max(1.0, width / (_CHARACTER_WIDTH * size))
        lines = sum(max(1, math.ceil(len(line) / in_a_line)) for line in text.split("\n"))
        if lines * size <= height:
            return size
    return _FONT_SIZES[-1]


def _cross(x: float, y: float) -> str:
    """Return a fixation cross as a drawing: a font's plus sign sits beside the middle."""
    arm, half = 28, 3
    points = [(-arm, -half), (arm, -half), (arm, half), (-arm, half)]
    bars = [points, [(-b, a) for a, b in points]]
    path = " ".join(
        f"m {x0 + x:.0f} {y0 + y:.0f} l "
        + " ".join(f"{px + x:.0f} {py + y:.0f}" for px, py in rest)
        for (x0, y0), *rest in bars
    )
    return f"{{\\an7\\pos(0,0)\\bord0\\shad0\\c&HD0D0D0&\\p1}}{path}{{\\p0}}"
