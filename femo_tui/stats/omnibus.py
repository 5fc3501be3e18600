"""Tests beside the pairs: Friedman's over all conditions at once, Shapiro–Wilk of differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Friedman:
    """Friedman's test of three or more conditions, as SPSS prints it, with Kendall's W."""

    conditions: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    n: int  # participants with a value in every condition
    chi_square: float
    df: int
    p_asymptotic: float
    kendall_w: float  # agreement of the participants, 0 to 1


def friedman(conditions: Sequence[str], rows: Sequence[Sequence[float]]) -> Friedman | None:
    """Test rows of one value a condition; None below three conditions or two rows.

    Mid-ranks within rows, corrected for ties (Conover 1999, section 5.8): rows that tie
    everywhere say nothing, and the statistic is 0 then.
    """
    k, n = len(conditions), len(rows)
    if k < 3 or n < 2:
        return None
    sums = [0.0] * k
    ties = 0
    for row in rows:
        order = sorted(range(k), key=row.__getitem__)
        before = 0
        for _, group in groupby(order, key=row.__getitem__):
            tied = list(group)
            for place in tied:
                sums[place] += before + (len(tied) + 1) / 2
            before += len(tied)
            ties += len(tied) ** 3 - len(tied)
    spread = 12 * sum((total - n * (k + 1) / 2) ** 2 for total in sums)
    scale = n * k * (k + 1) - ties / (k - 1)
    chi_square = spread / scale if scale > 0 else 0.0
    from scipy.special import chdtrc

    return Friedman(
        conditions=tuple(conditions),
        mean_ranks=tuple(total / n for total in sums),
        n=n,
        chi_square=chi_square,
        df=k - 1,
        p_asymptotic=float(chdtrc(k - 1, chi_square)),
        kendall_w=chi_square / (n * (k - 1)),
    )


@dataclass(frozen=True, slots=True)
class Normality:
    """Shapiro and Wilk's test of the differences; information, no gate."""

    w: float
    p: float


def normality(differences: Sequence[float]) -> Normality | None:
    """Test differences; None where the test is not defined: below 3, above 5000, or all alike."""
    if not 3 <= len(differences) <= 5000 or max(differences) == min(differences):
        return None
    from scipy.stats import shapiro

    found = shapiro(differences)
    return Normality(float(found.statistic), float(found.pvalue))
