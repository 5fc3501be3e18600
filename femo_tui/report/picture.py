"""What figures are drawn with: scales, ticks, and a picture that tells in words what it shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from femo_tui.report.markup import Child, Markup, el, joined

LETTER_PX = 7.7  # of a letter of the figures' 12 px, in the widest of the fonts, on average
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The room that a figure has, and what it is called."""

    key: str
    width: float

    @property
    def is_narrow(self) -> bool:
        return self.width < 600


WIDE_PX, NARROW_PX = 880.0, 360.0


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places in a picture."""

    low: float
    high: float
    from_px: float
    to_px: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.from_px + share * (self.to_px - self.from_px)


def ticks(low: float, high: float, about: int) -> list[float]:
    """Return round numbers in low … high, about so many: steps are 1, 2 or 5 of a power of ten."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return [low]
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def seconds_ticks(span_s: float, at_most: int) -> list[float]:
    """Return moments from 0 on, as clocks have them."""
    step = next((s for s in _SECONDS if span_s / s <= at_most), 3600 * math.ceil(span_s / 36000))
    return [float(s) for s in range(0, math.floor(span_s) + 1, step)]


def places(values: Sequence[float]) -> int:
    """Return how many decimals tell ticks apart."""
    if len(values) < 2:
        return 1
    step = min(b - a for a, b in pairwise(values))
    return max(0, -math.floor(math.log10(step) + 1e-9))


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return el("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=kind)


def box(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return el("rect", x=float(x), y=float(y), width=float(width), height=float(height), class_=kind)


def text(x: float, y: float, words: str, kind: str = "", **more: str | float) -> Markup:
    """Return words at a place; `kind` may be `end` or `middle` to say what lies there."""
    return el("text", words, x=float(x), y=float(y), class_=kind or None, **more)


def drawn(sheet: Sheet, height: float, title: str, told: str, *children: Child) -> Markup:
    """Return a picture with its title and, for who does not see it, what it shows."""
    key = f"{sheet.key}-{'narrow' if sheet.is_narrow else 'wide'}"
    return el(
        "svg",
        el("title", title, id=f"{key}-title"),
        el("desc", told, id=f"{key}-told"),
        *children,
        role="img",
        aria_labelledby=f"{key}-title {key}-told",
        viewBox=f"0 0 {sheet.width:.0f} {math.ceil(height)}",
        class_="narrow" if sheet.is_narrow else "wide",
    )


def figure(key: str, draw: Callable[[Sheet], Markup], caption: Child = None) -> Markup:
    """Return a figure drawn twice: for a page or a large screen, and for a narrow one."""
    pictures = joined(draw(Sheet(key, WIDE_PX)), draw(Sheet(key, NARROW_PX)))
    return el("figure", pictures, None if caption is None else el("figcaption", caption))
