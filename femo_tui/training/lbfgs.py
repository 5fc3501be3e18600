"""Minimise a smooth function by limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.5).

SciPy's own is not used here: importing scipy.optimize costs 45 MB, more than a quarter of what a
whole training may take.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Point: TypeAlias = "NDArray[np.float32]"

MEMORY = 10  # pairs of steps and gradient changes
MAX_STEPS = 300
GRADIENT = 1e-4  # largest entry of the gradient at which the minimum counts as reached
NO_GAIN = 1e-7  # relative decrease below which float32 tells nothing more
_ARMIJO = 1e-4
_SHORTEST = 1e-6


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the search ended."""

    point: Point
    value: float
    steps: int


def minimise(
    function: Callable[[Point], tuple[float, Point]],
    start: Point,
    on_step: Callable[[int, float, Point], None] = lambda step, value, point: None,
) -> Minimum:
    """Return the minimum of a convex function, given as point → (value, gradient)."""
    point = start
    value, gradient = function(point)
    memory: deque[tuple[Point, Point, float]] = deque(maxlen=MEMORY)
    for step in range(1, MAX_STEPS + 1):
        if float(np.abs(gradient).max()) < GRADIENT:
            return Minimum(point, value, step - 1)
        direction = _direction(gradient, memory)
        slope = float(direction.dot(gradient))
        length = 1.0
        while True:
            next_point = point + np.float32(length) * direction
            next_value, next_gradient = function(next_point)
            if next_value <= value + _ARMIJO * length * slope or length < _SHORTEST:
                break
            length /= 2
        moved, changed = next_point - point, next_gradient - gradient
        curvature = float(moved.dot(changed))
        if curvature > 0:
            memory.append((moved, changed, 1 / curvature))
        gained = value - next_value
        if gained <= NO_GAIN * abs(value):
            if gained > 0:
                point, value = next_point, next_value
            return Minimum(point, value, step)
        point, value, gradient = next_point, next_value, next_gradient
        on_step(step, value, point)
    return Minimum(point, value, MAX_STEPS)


def _direction(gradient: Point, memory: deque[tuple[Point, Point, float]]) -> Point:
    """Return the way down: minus the gradient, turned and scaled by the steps remembered."""
    if not memory:
        return -gradient / max(1.0, float(np.sqrt(gradient.dot(gradient))))
    turned = gradient
    shares = []
    for moved, changed, scale in reversed(memory):
        share = scale * float(moved.dot(turned))
        turned = turned - np.float32(share) * changed
        shares.append(share)
    _, changed, scale = memory[-1]
    turned = turned * np.float32(1 / (scale * float(changed.dot(changed))))
    for (moved, changed, scale), share in zip(memory, reversed(shares), strict=True):
        turned = turned + np.float32(share - scale * float(changed.dot(turned))) * moved
    return -turned
