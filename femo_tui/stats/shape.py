"""What stands beside a signed-rank test of differences that lean: their skewness, the sign test.

The signed-rank test takes differences as symmetric about zero where nothing has an effect. The sign
test takes nothing but the signs, so it holds for leaning differences too, and finds less.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WHOLE_UP_TO = 500  # signs: beyond, whole numbers of so many digits take long to add up
LEANING = 2.0  # standard errors, the usual reading of SPSS's skewness


@dataclass(frozen=True, slots=True)
class Skewness:
    """Skewness of differences and its standard error, as SPSS's EXAMINE prints them."""

    g1: float  # adjusted Fisher–Pearson
    error: float

    @property
    def leans(self) -> bool:
        """Return whether the differences are not to be taken as symmetric."""
        return abs(self.g1) > LEANING * self.error


def skewness(differences: Sequence[float]) -> Skewness | None:
    """Return the skewness of differences; None below 3, or where all are alike."""
    n = len(differences)
    if n < 3 or max(differences) == min(differences):
        return None
    largest = max(abs(d) for d in differences)
    shares = [d / largest for d in differences]  # whose powers no float overflows
    mean = math.fsum(shares) / n
    second, third = (math.fsum((s - mean) ** power for s in shares) / n for power in (2, 3))
    if second == 0:  # they differ by less than a float can square
        return None
    g1 = third / second**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    return Skewness(g1, math.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3))))


def sign_test(n_negative: int, n_positive: int) -> float:
    """Return the exact two-sided p of so many negative and positive differences, zeros dropped.

    Twice the smaller tail of the binomial distribution with one half. Many signs are added up by
    logarithms: to the tenth digit, and 10 000 in no time.
    """
    n, fewer = n_negative + n_positive, min(n_negative, n_positive)
    if n <= WHOLE_UP_TO:
        return min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / (1 << n))
    log_whole = math.lgamma(n + 1) - n * math.log(2)
    tail = math.fsum(
        math.exp(log_whole - math.lgamma(k + 1) - math.lgamma(n - k + 1)) for k in range(fewer + 1)
    )
    return min(1.0, 2 * tail)
