"""Shapes on the participant's screen as ASS drawings: filled outlines, to a quarter of a unit.

Coordinates are those of the overlay, y downwards. ASS fills what its outlines wind around, so a
ring is a disc with a smaller one that runs the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

Point: TypeAlias = "tuple[float, float]"

_FINE = 4  # \p3: a drawing's own units to one of the overlay
_ARC_POINTS = 40


def shape_event(colour: str, *outlines: str) -> str:
    """Return one event that fills `outlines`; `colour` is an ASS tag."""
    return f"{{\\an7\\pos(0,0)\\bord0\\shad0{colour}\\p3}}{' '.join(outlines)}{{\\p0}}"


def polygon(points: Sequence[Point]) -> str:
    """Return the outline through `points`."""
    (x, y), *rest = [(round(x * _FINE), round(y * _FINE)) for x, y in points]
    return f"m {x} {y} l " + " ".join(f"{px} {py}" for px, py in rest)


def disc(x: float, y: float, rx: float, ry: float | None = None) -> str:
    """Return a filled ellipse."""
    return polygon(_arc(x, y, rx, rx if ry is None else ry))


def ring(x: float, y: float, rx: float, ry: float, stroke: float) -> str:
    """Return an ellipse's line."""
    half = stroke / 2
    inner = _arc(x, y, rx - half, ry - half)
    return f"{polygon(_arc(x, y, rx + half, ry + half))} {polygon(inner[::-1])}"


def box(x: float, y: float, width: float, height: float, radius: float) -> str:
    """Return a filled rectangle around (x, y) with round corners."""
    return polygon(_box(x, y, width, height, radius))


def frame(x: float, y: float, width: float, height: float, radius: float, stroke: float) -> str:
    """Return the line of a rectangle with round corners, `stroke` wide, inside its edge."""
    inner = _box(x, y, width - 2 * stroke, height - 2 * stroke, max(1.0, radius - stroke))
    return f"{polygon(_box(x, y, width, height, radius))} {polygon(inner[::-1])}"


def curve(control: Sequence[Point], stroke: float) -> str:
    """Return a Bézier curve's line with round ends."""
    path = [_bezier(control, i / 24) for i in range(25)]
    left, right = [], []
    for index, (x, y) in enumerate(path):
        (ax, ay), (bx, by) = path[max(0, index - 1)], path[min(len(path) - 1, index + 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = (by - ay) / length * stroke / 2, -(bx - ax) / length * stroke / 2
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    ends = [disc(*path[0], stroke / 2), disc(*path[-1], stroke / 2)]
    return " ".join([_wound_as_a_disc([*left, *right[::-1]]), *ends])


def star(x: float, y: float, outer: float, inner: float, tips: int) -> str:
    """Return a filled star whose first tip points upwards."""
    points = []
    for index in range(2 * tips):
        angle = index * math.pi / tips - math.pi / 2
        radius = outer if index % 2 == 0 else inner
        points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return polygon(points)


def _arc(x: float, y: float, rx: float, ry: float) -> list[Point]:
    turns = [2 * math.pi * i / _ARC_POINTS for i in range(_ARC_POINTS)]
    return [(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns]


def _box(x: float, y: float, width: float, height: float, radius: float) -> list[Point]:
    points = []
    for index, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        cx, cy = x + sx * (width / 2 - radius), y + sy * (height / 2 - radius)
        for step in range(7):
            turn = (index + step / 6) * math.pi / 2
            points.append((cx + radius * math.cos(turn), cy + radius * math.sin(turn)))
    return points


def _bezier(control: Sequence[Point], t: float) -> Point:
    degree = len(control) - 1
    weights = [math.comb(degree, i) * (1 - t) ** (degree - i) * t**i for i in range(degree + 1)]
    return (
        sum(w * x for w, (x, _) in zip(weights, control, strict=True)),
        sum(w * y for w, (_, y) in zip(weights, control, strict=True)),
    )


def _wound_as_a_disc(points: list[Point]) -> str:
    """A line that winds against its round ends would cut holes where they overlap."""
    turned = points[1:] + points[:1]
    area = sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(points, turned, strict=True))
    return polygon(points if area > 0 else points[::-1])
