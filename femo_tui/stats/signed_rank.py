"""Wilcoxon's signed-rank test of pairs as SPSS computes it, with the exact answer beside it.

Differences are second − first, rounded to nine decimals; zeros are dropped; ties get mid-ranks; the
variance is corrected for ties; there is no continuity correction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from femo_tui.errors import UsageError
from femo_tui.stats.exact import counts_up_to
from femo_tui.stats.hodges_lehmann import EXACT_UP_TO, shift_of
from femo_tui.stats.shape import Skewness, sign_test, skewness

PER_UNIT = 10**9  # 0.1 + 0.2 and 0.3 are the same number: floats differ in the 17th digit


class BasedOn(StrEnum):
    """Which ranks have the smaller sum, on which Z is based."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class SignedRank:
    """The test of one pair of variables; every figure is of y − x (second − first)."""

    n_pairs: int  # zeros among them
    n_missing: int  # pairs left out because a value is missing
    n_negative: int
    sum_negative: float
    n_positive: int
    sum_positive: float
    n_ties: int
    z: float  # never positive, as SPSS prints it
    based_on: BasedOn
    p_asymptotic: float  # two-sided
    p_exact: float | None  # two-sided; None above 200 ranked pairs
    p_exact_less: float | None  # one-sided: y tends to be below x
    p_exact_greater: float | None  # one-sided: y tends to be above x
    p_point: float | None  # of exactly this rank sum
    rank_biserial: float | None  # matched pairs, −1 to 1; None where nothing was ranked
    hodges_lehmann: float | None  # None without pairs
    hl_low: float | None
    hl_high: float | None
    hl_level: float | None  # achieved
    p_smallest_possible: float  # two-sided, that this many ranked pairs can reach
    skewness: Skewness | None  # of the differences, zeros among them

    @property
    def n_ranked(self) -> int:
        return self.n_negative + self.n_positive

    @property
    def mean_rank_negative(self) -> float:
        return self.sum_negative / self.n_negative if self.n_negative else 0.0

    @property
    def mean_rank_positive(self) -> float:
        return self.sum_positive / self.n_positive if self.n_positive else 0.0

    @property
    def r(self) -> float | None:
        """Return Z/√n, with n the ranked pairs that Z rests on."""
        return self.z / math.sqrt(self.n_ranked) if self.n_ranked else None

    @property
    def p_best(self) -> float:
        """Return the exact p where there is one, else the asymptotic."""
        return self.p_asymptotic if self.p_exact is None else self.p_exact

    @property
    def p_sign(self) -> float:
        """Return the sign test's exact two-sided p, which asks for no symmetry."""
        return sign_test(self.n_negative, self.n_positive)


def signed_rank(x: Sequence[float | None], y: Sequence[float | None]) -> SignedRank:
    """Test the pairs (x, y); those with None, nan or an infinity are counted as missing.

    Raises:
        UsageError: the two are not of one length, or a difference is beyond any float.
    """
    if len(x) != len(y):
        raise UsageError(f"{len(x)} values against {len(y)}: pairs need as many of both")
    both = [(first, second) for first, second in zip(x, y, strict=True) if _is_pair(first, second)]
    differences = [_difference(first, second) for first, second in both]
    doubled = _doubled_ranks([abs(value) for value in differences if value])
    signs = [value > 0 for value in differences if value]
    positive = sum(rank for rank, above in zip(doubled, signs, strict=True) if above)
    negative = sum(doubled) - positive
    n = len(doubled)
    z = _z(doubled, min(positive, negative))
    exact = _exact(doubled, positive, negative) if n <= EXACT_UP_TO else None
    shift = shift_of(differences)
    return SignedRank(
        n_pairs=len(both),
        n_missing=len(x) - len(both),
        n_negative=n - sum(signs),
        sum_negative=negative / 2,
        n_positive=sum(signs),
        sum_positive=positive / 2,
        n_ties=len(both) - n,
        z=z,
        based_on=_based_on(positive, negative),
        p_asymptotic=math.erfc(-z / math.sqrt(2)),
        p_exact=exact and exact[0],
        p_exact_less=exact and exact[1],
        p_exact_greater=exact and exact[2],
        p_point=exact and exact[3],
        rank_biserial=(positive - negative) / (positive + negative) if n else None,
        hodges_lehmann=shift.estimate / PER_UNIT if shift else None,
        hl_low=shift.low / PER_UNIT if shift else None,
        hl_high=shift.high / PER_UNIT if shift else None,
        hl_level=shift.level if shift else None,
        p_smallest_possible=min(1.0, math.ldexp(1.0, 1 - n)),
        skewness=skewness(differences),
    )


def _is_pair(first: float | None, second: float | None) -> bool:
    return (
        first is not None and second is not None and math.isfinite(first) and math.isfinite(second)
    )


def _difference(first: float | None, second: float | None) -> int:
    """Return second − first in steps of 10⁻⁹."""
    assert first is not None
    assert second is not None
    try:
        return round((second - first) * PER_UNIT)
    except OverflowError:
        raise UsageError(
            f"{second} − {first}: this is beyond what can be counted; give both in a larger unit"
        ) from None


def _doubled_ranks(sizes: Sequence[int]) -> list[int]:
    """Return twice the mid-rank of each size, in the order given."""
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    doubled = [0] * len(sizes)
    before = 0
    for _, group in groupby(order, key=sizes.__getitem__):
        tied = list(group)
        for place in tied:
            doubled[place] = 2 * before + len(tied) + 1
        before += len(tied)
    return doubled


def _z(doubled: Sequence[int], smaller: int) -> float:
    """Return (T − n(n+1)/4)/√(n(n+1)(2n+1)/24 − Σ(t³−t)/48), 0 where nothing was ranked."""
    n = len(doubled)
    if n == 0:
        return 0.0
    ties = sum(
        size**3 - size for size in (len(list(group)) for _, group in groupby(sorted(doubled)))
    )
    above = 2 * smaller - n * (n + 1)  # four times the numerator
    variance = (2 * n * (n + 1) * (2 * n + 1) - ties) / 48
    return above / 4 / math.sqrt(variance)


def _exact(
    doubled: Sequence[int], positive: int, negative: int
) -> tuple[float, float, float, float]:
    """Return p two-sided, for y below x, for y above x, and of this very rank sum.

    The distribution is symmetric, so the smaller sum's lower tail answers all of them.
    """
    counts = counts_up_to(doubled, min(positive, negative))
    whole = 1 << len(doubled)
    at, up_to = counts[-1], sum(counts)
    near, far = up_to / whole, (whole - up_to + at) / whole
    less, greater = (near, far) if positive <= negative else (far, near)
    return min(1.0, 2 * up_to / whole), less, greater, at / whole


def _based_on(positive: int, negative: int) -> BasedOn:
    if positive == negative:
        return BasedOn.EQUAL
    return BasedOn.POSITIVE if positive < negative else BasedOn.NEGATIVE
