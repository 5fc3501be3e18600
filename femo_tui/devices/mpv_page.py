"""A page for the participant as mpv's overlay text (ASS), for any screen size."""

from __future__ import annotations

import math
import re

from femo_tui.devices.base import Page
from femo_tui.devices.mpv_question import answer_events, room_for_text
from femo_tui.devices.mpv_shapes import polygon, shape_event
from femo_tui.devices.mpv_text import BLACK, GREY, LIGHT, Lines, fit, text_event, text_width

SCRIPT_HEIGHT = 720  # the overlay's own lines; mpv scales them to the screen
DRAWING_BOTTOM = 0.34  # share of the screen kept for text under an illustration

_FONT_SIZES = (44, 40, 36, 32, 28, 24, 20)
_SMALL_SIZES = (28, 26, 24, 22, 20)
_MARGIN = 90.0  # left and right, at most
_EDGE = 36  # of what stands at the lower edge and in the corner
_ABOVE_FOOTER, _ABOVE_COUNTDOWN, _FOOTER_HEIGHT = 96.0, 116.0, 64
_BETWEEN_KEYS = re.compile(" {3,}")


def page_overlay(page: Page, aspect: float) -> str:
    """Return the overlay of a page on a screen of `aspect` (width / height)."""
    width = SCRIPT_HEIGHT * aspect
    events = []
    if page.fixation:
        events.append(_cross(width / 2, SCRIPT_HEIGHT / 2))
    if page.text:
        events.append(_text(page, width))
    if page.question is not None:
        events += answer_events(page.question, width)
    if page.footer:
        broken = _footer(page.footer, _text_width(width))
        events.append(_block(broken, f"\\an2\\pos({width / 2:.0f},{SCRIPT_HEIGHT - _EDGE}){GREY}"))
    if page.corner:
        place = f"\\an9\\pos({width - _side(width):.0f},{_EDGE})\\fs{_SMALL_SIZES[1]}{GREY}"
        events.append(text_event(place, page.corner))
    return "\n".join(events)


def countdown_overlay(left_s: float, aspect: float, *, beside_footer: bool = False) -> str:
    """Return the overlay that shows whole seconds left, at the lower edge."""
    width = SCRIPT_HEIGHT * aspect
    seconds = math.ceil(max(0.0, left_s))
    shown = str(seconds) if seconds < 60 else f"{seconds // 60}:{seconds % 60:02d}"
    place = f"\\an2\\pos({width / 2:.0f},{SCRIPT_HEIGHT - _EDGE})\\fs64{LIGHT}"
    if beside_footer:
        place = f"\\an3\\pos({width - _side(width):.0f},{SCRIPT_HEIGHT - _EDGE})\\fs40{LIGHT}"
    return text_event(place, shown)


def notice_overlay(notice: str, aspect: float) -> str:
    """Return black over everything with a few words in the middle."""
    width = SCRIPT_HEIGHT * aspect
    edge = 8  # beyond the screen, whatever is rounded
    right, bottom = width + edge, SCRIPT_HEIGHT + edge
    black = polygon([(-edge, -edge), (right, -edge), (right, bottom), (-edge, bottom)])
    broken = fit(notice, _text_width(width), SCRIPT_HEIGHT / 2, _FONT_SIZES[1:])
    place = f"\\an5\\pos({width / 2:.0f},{SCRIPT_HEIGHT // 2}){GREY}"
    return "\n".join([shape_event(BLACK, black), _block(broken, place)])


def _text(page: Page, width: float) -> str:
    top = 64.0
    if page.question is not None:
        bottom = room_for_text(page.question, width)
    elif page.countdown_s is not None and not page.footer:
        bottom = SCRIPT_HEIGHT - _ABOVE_COUNTDOWN
    else:
        bottom = SCRIPT_HEIGHT - (_ABOVE_FOOTER if page.footer else top)
    anchor, y = 5, (top + bottom) / 2
    if page.illustration is not None:
        top = SCRIPT_HEIGHT * (1 - DRAWING_BOTTOM)
        anchor, y = 8, top
    broken = fit(page.text, _text_width(width), bottom - top, _FONT_SIZES)
    return _block(broken, f"\\an{anchor}\\pos({width / 2:.0f},{y:.0f}){LIGHT}")


def _footer(text: str, width: float) -> Lines:
    """Break between what is said of one key and of the next, where one line does not hold all."""
    size = _SMALL_SIZES[0]
    if text_width(text, size) > width:
        text = _BETWEEN_KEYS.sub("\n", text)
    return fit(text, width, _FOOTER_HEIGHT, _SMALL_SIZES)


def _block(broken: Lines, tags: str) -> str:
    return text_event(f"{tags}\\fs{broken.size}", "\n".join(broken.lines))


def _side(width: float) -> float:
    return min(_MARGIN / 2, width * 0.04)


def _text_width(width: float) -> float:
    return width - 2 * min(_MARGIN, width * 0.06)


def _cross(x: float, y: float) -> str:
    """Return a fixation cross as a drawing: a font's plus sign sits beside the middle."""
    arm, half = 28, 3
    points = [(-arm, -half), (arm, -half), (arm, half), (-arm, half)]
    bars = [points, [(-b, a) for a, b in points]]
    outlines = [polygon([(x + px, y + py) for px, py in bar]) for bar in bars]
    return shape_event(r"\c&HD0D0D0&", *outlines)
