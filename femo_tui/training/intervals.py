"""Intervals over participants: how sure a figure is, given how few people it rests on.

A participant's images are alike, so the participant is the unit. For an accuracy: Wilson's score
interval with the effective sample size p(1−p)/v in place of n, where v is the between-participant
variance of the pooled share (ratio estimator, linearised), and Student's t with participants − 1
degrees of freedom in place of z: the modified Wilson interval of Dean and Pagano 2015 (Journal of
Survey Statistics and Methodology 3, 484–503) with the effective sample size of Korn and Graubard
1998 (Survey Methodology 24, 193–201). For a paired difference: Student's t over participants.
`tests/training/test_intervals.py` holds their coverage against simulations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LEVEL = 0.95
_HALVINGS = 80  # of the bracket that holds the quantile: to the last digit


def accuracy_interval(
    correct: Sequence[int], counts: Sequence[int], level: float = LEVEL
) -> tuple[float, float] | None:
    """Return the interval of an accuracy, None for fewer than two participants.

    Args:
        correct: images told rightly, one number for each participant.
        counts: their images.
        level: the share of such intervals that hold the true accuracy.
    """
    of = [(right, n) for right, n in zip(correct, counts, strict=True) if n]
    people = len(of)
    if people < 2:
        return None
    n = sum(count for _, count in of)
    share = sum(right for right, _ in of) / n
    spread = sum((right - share * count) ** 2 for right, count in of)
    variance = people / (people - 1) * spread / n**2
    # Nobody differs: then no more is known than one image from each would tell.
    effective = share * (1 - share) / variance if variance > 0 else people
    t2 = t_quantile((1 + level) / 2, people - 1) ** 2 / max(effective, people)
    middle = (share + t2 / 2) / (1 + t2)
    half = math.sqrt(t2 * share * (1 - share) + t2 * t2 / 4) / (1 + t2)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """Return the interval of the mean of one value from each participant, None below two."""
    n = len(values)
    if n < 2:
        return None
    mean = math.fsum(values) / n
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    half = t_quantile((1 + level) / 2, n - 1) * math.sqrt(variance / n)
    return mean - half, mean + half


def t_quantile(probability: float, freedom: int) -> float:
    """Return Student's t below which `probability` lies, by halving between bounds.

    The distribution for whole degrees of freedom is a finite series (Abramowitz and Stegun 1964,
    26.7.3 and 26.7.4).
    """
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    low, high = 0.0, 1.0
    while _t_probability(high, freedom) < probability:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _t_probability(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _t_probability(t: float, freedom: int) -> float:
    angle = math.atan(t / math.sqrt(freedom))
    cosine2 = math.cos(angle) ** 2
    odd = freedom % 2
    term = total = math.cos(angle) if odd else 1.0
    if freedom == 1:
        total = 0.0
    for k in range(3 if odd else 2, freedom - 1, 2):
        term *= (k - 1) / k * cosine2
        total += term
    within = total * math.sin(angle)
    if odd:
        within = 2 / math.pi * (angle + within)
    return (1 + within) / 2
