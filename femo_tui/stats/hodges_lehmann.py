"""Hodges–Lehmann estimate of paired differences, over all Walsh averages, with its interval.

Differences come as whole numbers (see signed_rank), so averages are exact and compare exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from femo_tui.stats.exact import untied_quantile

LEVEL = 0.95
EXACT_UP_TO = 200  # pairs; beyond, quantiles are the normal distribution's


@dataclass(frozen=True, slots=True)
class Shift:
    """The median of all Walsh averages and its interval, in units of the differences."""

    estimate: float
    low: float
    high: float
    level: float  # achieved: at least 0.95, or the most that n allows


def shift_of(differences: Sequence[int]) -> Shift | None:
    """Return estimate and interval for one or more differences, zeros among them; None for none.

    The interval goes from the k-th smallest to the k-th largest average, with the largest k that
    keeps the level under the distribution without ties (Hollander and Wolfe 1973, section 3.3).
    """
    n = len(differences)
    if n == 0:
        return None
    ordered = sorted(differences)
    averages = n * (n + 1) // 2
    k, outside = _quantile(n)
    middle = (averages + 1) // 2, averages // 2 + 1
    at_middle = sum(_pair_sum(ordered, place) for place in middle)
    return Shift(
        estimate=at_middle / 4,
        low=_pair_sum(ordered, k) / 2,
        high=_pair_sum(ordered, averages + 1 - k) / 2,
        level=1 - 2 * outside,
    )


def _quantile(n: int) -> tuple[int, float]:
    """Return k and the probability that each end leaves outside."""
    share = (1 - LEVEL) / 2
    if n <= EXACT_UP_TO:
        return untied_quantile(n, share)
    normal = NormalDist(n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24))
    k = math.floor(normal.inv_cdf(share) + 0.5)
    return k, normal.cdf(k - 0.5)


def _pair_sum(ordered: Sequence[int], place: int) -> int:
    """Return the sum of the two differences whose average is number `place` (from 1) of all.

    Found by halving the span of values, so that 10 000 pairs need no 50 million averages.
    """
    low, high = 2 * ordered[0], 2 * ordered[-1]
    while low < high:
        middle = (low + high) // 2
        if _sums_up_to(ordered, middle) >= place:
            high = middle
        else:
            low = middle + 1
    return low


def _sums_up_to(ordered: Sequence[int], most: int) -> int:
    """Count the pairs i ≤ j whose sum is at most `most`."""
    count = 0
    last = len(ordered) - 1
    for first, value in enumerate(ordered):
        while last >= first and value + ordered[last] > most:
            last -= 1
        if last < first:
            break
        count += last - first + 1
    return count
