"""Five figures over the answers to how pleasant and how stirring something was.

The idea is the Self-Assessment Manikin's (Bradley and Lang 1994, J. Behav. Ther. Exp. Psychiatry
25, 49-59): a figure whose face tells valence, and whose belly and eyes tell arousal. The drawing is
our own: a head on a pair of shoulders, nobody in particular.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from femo_tui.devices.mpv_shapes import Point, curve, disc, ring, star

FIGURES = 5
ASPECT = 1.2  # height / width

_STROKE = 2.6  # of a figure that is 100 wide and 120 high
_EYES = (40.5, 59.5)


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws in a figure's own units, 100 × 120, at a place and size of the overlay."""

    left: float
    top: float
    unit: float

    def at(self, x: float, y: float) -> Point:
        return self.left + x * self.unit, self.top + y * self.unit

    def line(self, *control: Point, stroke: float = _STROKE) -> str:
        return curve([self.at(*point) for point in control], stroke * self.unit)

    def disc(self, x: float, y: float, radius: float) -> str:
        return disc(*self.at(x, y), radius * self.unit)

    def ring(self, x: float, y: float, rx: float, ry: float) -> str:
        return ring(*self.at(x, y), rx * self.unit, ry * self.unit, _STROKE * self.unit)

    def star(self, x: float, y: float, outer: float, inner: float, tips: int) -> str:
        return star(*self.at(x, y), outer * self.unit, inner * self.unit, tips)


def valence_figure(index: int, x: float, top: float, width: float) -> list[str]:
    """Return the outlines of figure `index`, 0 the least pleasant; `x` is its middle."""
    return _figure(_valence_face, index, x, top, width)


def arousal_figure(index: int, x: float, top: float, width: float) -> list[str]:
    """Return the outlines of figure `index`, 0 the calmest; `x` is its middle."""
    return _figure(_arousal_face, index, x, top, width)


def _figure(
    face: Callable[[_Pen, float], list[str]], index: int, x: float, top: float, width: float
) -> list[str]:
    pen = _Pen(x - width / 2, top, width / 100)
    shoulders = pen.line((10, 118), (8, 74), (30, 68), (50, 68), (70, 68), (92, 74), (90, 118))
    return [
        pen.ring(50, 34, 27, 29),
        shoulders,
        pen.line((10, 118), (90, 118)),
        *face(pen, index / (FIGURES - 1)),
    ]


def _valence_face(pen: _Pen, share: float) -> list[str]:
    """Mouth and brows: drooping with the inner brows drawn up, level, or lifted."""
    up = 2 * share - 1
    low, high = max(0.0, -up), max(0.0, up)
    parts = [pen.disc(x, 31, 3.0) for x in _EYES]
    parts.append(
        pen.line((36, 47 - 5 * up), (43, 47 + 6 * up), (57, 47 + 6 * up), (64, 47 - 5 * up))
    )
    for side in (-1, 1):
        inner, middle, outer = (50 + side * offset for offset in (4.5, 10, 15.5))
        parts.append(
            pen.line(
                (inner, 22.5 - 4 * low - high),
                (middle, 21 - 5 * high),
                (outer, 22.5 + 4 * low - high),
                stroke=2.2,
            )
        )
    return parts


def _arousal_face(pen: _Pen, share: float) -> list[str]:
    """Eyes from closed to wide open, and a burst that grows in the belly."""
    parts = [pen.line((43, 50), (57, 50))]
    for x in _EYES:
        if share == 0:
            parts.append(pen.line((x - 5, 31), (x, 35), (x + 5, 31)))
        elif share < 0.5:
            parts += [pen.line((x - 5, 30), (x + 5, 30)), pen.disc(x, 32, 2.6)]
        elif share == 0.5:
            parts.append(pen.disc(x, 31, 3.4))
        else:
            wide = 1.5 + 5.5 * share
            parts += [pen.ring(x, 31, wide * 0.9, wide), pen.disc(x, 31, 2.2)]
    if share >= 0.75:
        lift = 19 - 3 * share
        parts += [pen.line((x - 5, lift), (x, lift - 4), (x + 5, lift), stroke=2.2) for x in _EYES]
    parts.append(pen.star(50, 95, 3 + 18 * share, 2 + 8.5 * share, 12))
    return parts
