"""Choose the images that stand for a window: evenly in time, or those furthest from neutral.

The even set does not look at labels, and what is measured on it can be believed. The study's set
does, and flatters: it takes the images on which the classes differ most.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PER_WINDOW = 10  # images; the study took as many per participant and class
# Faces blurred to less than this share of their run's median are no faces to learn from. Relative
# to the run, since light and camera set the level; the same for every window, blind to its class.
SHARPNESS_FLOOR = 0.5


def sharpness_floor(sharpness: Sequence[float | None]) -> float:
    """Return the least sharpness that counts, given that of all faces of a run."""
    known = [value for value in sharpness if value is not None]
    return SHARPNESS_FLOOR * float(np.median(known)) if known else 0.0


def evenly(
    t_s: Sequence[float], onset_s: float, end_s: float, count: int = PER_WINDOW
) -> tuple[int, ...]:
    """Return which images to take so that they lie evenly in onset ≤ t < end, in order of time.

    The span is cut into `count` equal slots; each gives the image nearest to its middle, and an
    empty slot gives none.
    """
    times = np.asarray(t_s, np.float64)
    edges = np.linspace(onset_s, end_s, count + 1)
    chosen = []
    for low, high in pairwise(edges):
        inside = np.flatnonzero((times >= low) & (times < high))
        if len(inside):
            nearest = np.abs(times[inside] - (low + high) / 2).argmin()
            chosen.append(int(inside[nearest]))
    return tuple(chosen)


def thinned(count: int, at_most: int) -> tuple[int, ...]:
    """Return up to `at_most` of `count` places, spread evenly from the first to the last."""
    if count <= at_most:
        return tuple(range(count))
    return tuple(sorted({round(i) for i in np.linspace(0, count - 1, at_most)}))


def furthest_from(
    features: NDArray[np.floating], neutral: NDArray[np.floating], count: int = PER_WINDOW
) -> tuple[int, ...]:
    """Return the images that differ most from a participant's neutral, in their own order.

    Args:
        features: of the candidates, n × dim.
        neutral: of the participant's neutral images, m × dim; their mean is what is differed from.
        count: how many to take.
    """
    distance = np.linalg.norm(features - neutral.mean(axis=0), axis=1)
    # a stable sort, so that of equals the earlier is taken wherever this runs
    order = np.argsort(-distance, kind="stable")[:count]
    return tuple(sorted(int(i) for i in order))
