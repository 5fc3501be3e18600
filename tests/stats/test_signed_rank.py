"""The signed-rank test against published numbers, SciPy where it is right, and full enumeration."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from statistics import NormalDist, median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femo_tui.errors import UsageError
from femo_tui.stats.exact import counts_up_to
from femo_tui.stats.hodges_lehmann import shift_of
from femo_tui.stats.holm import holm
from femo_tui.stats.signed_rank import BasedOn, SignedRank, signed_rank
from tests.support.scipys import scipys_asymptotic

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "wilcoxon" / "cases.json").read_text("utf-8")
)["cases"]
BY_ID = {case["id"]: case for case in CASES}
PUBLISHED = [
    (case["id"], number)
    for case in CASES
    for number, told in enumerate(case["published"])
    if "wrong" not in told["software"]  # some are there as warnings
]


def x_less_y(case: dict[str, Any]) -> SignedRank:
    """Test x − y, as R and SciPy do."""
    return signed_rank(case["y"], case["x"])


def enumerated(differences: Sequence[float], ranks: Sequence[float]) -> tuple[float, float, float]:
    """Return exact p (two-sided, less, greater) over all 2ⁿ signs, one by one."""
    above = sum(rank for rank, d in zip(ranks, differences, strict=True) if d > 0)
    n = len(ranks)
    signs = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    sums = signs @ np.asarray(ranks, float)
    less, greater = (float(np.mean(side)) for side in (sums <= above, sums >= above))
    return min(1.0, 2 * min(less, greater)), less, greater


def with_continuity(test: SignedRank) -> float:
    """Return R's default p: asymptotic with continuity correction, from our Z and its variance."""
    n = test.n_ranked
    off = min(test.sum_negative, test.sum_positive) - n * (n + 1) / 4
    deviation = off / test.z
    return 2 * NormalDist().cdf((off + 0.5) / deviation)


def printed_as(value: float, printed: float) -> bool:
    """Return whether a value is `printed` to as many digits as were printed."""
    digits = len(repr(printed).partition(".")[2].rstrip("0"))
    if "e" in repr(printed) or digits > 9:
        return math.isclose(value, printed, rel_tol=1e-12)
    return abs(value - printed) <= 0.5 * 10.0**-digits + 1e-12


def test_nothing_that_was_published_is_passed_over() -> None:
    """Every figure is one that the next test compares; `cles` alone is none of femo's."""
    compared = {"V", "Wplus", "Tplus", "W", "S", "n_used", "p", "rbc", "hl", "ci", "sample_median"}
    about = {"software", "call", "method", "tail", "note", "cles"}
    assert {key for case in CASES for told in case["published"] for key in told} == {
        *compared,
        *about,
    }
    assert (len(CASES), len(PUBLISHED)) == (8, 15)


@pytest.mark.parametrize(("case_id", "number"), PUBLISHED)
def test_published_numbers_to_their_printed_digits(case_id: str, number: int) -> None:
    case = BY_ID[case_id]
    told = case["published"][number]
    test = x_less_y(case)
    if told.get("method") == "exact-pratt":
        check_pratt(case, told)
        return
    if "V" in told or "Wplus" in told or "Tplus" in told:
        statistic = told.get("V", told.get("Wplus", told.get("Tplus")))
        assert test.sum_positive == statistic
    if "W" in told:
        ours = {
            "two-sided": min(test.sum_negative, test.sum_positive),
            "greater": test.sum_positive,
        }
        assert ours[told["tail"]] == told["W"]
    if "S" in told:  # SAS: T+ less its mean
        n = test.n_ranked
        assert test.sum_positive - n * (n + 1) / 4 == told["S"]
    if "n_used" in told:
        assert test.n_ranked == told["n_used"]
    if "rbc" in told:
        assert test.rank_biserial is not None
        assert printed_as(test.rank_biserial, told["rbc"])
    if "p" in told:
        method, tail = told["method"], told["tail"]
        p = {
            ("exact", "two-sided"): test.p_exact,
            ("exact", "greater"): test.p_exact_greater,
            ("asymptotic", "two-sided"): test.p_asymptotic,
            ("asymptotic+cc", "two-sided"): with_continuity(test) if test.z else 1.0,
        }[method, tail]
        assert p is not None
        assert printed_as(p, told["p"])
    if "ci" in told and told.get("method") == "exact":
        assert [test.hl_low, test.hl_high] == told["ci"]
    if "sample_median" in told:  # Julia's point estimate
        differences = [a - b for a, b in zip(case["x"], case["y"], strict=True)]
        assert median(differences) == told["sample_median"]
    if "hl" in told:  # R leaves the pair without a difference out of the averages
        tenths = [round(10 * (a - b)) for a, b in zip(case["x"], case["y"], strict=True)]
        shift = shift_of([d for d in tenths if d])
        assert shift is not None
        assert (shift.estimate / 10, shift.low / 10, shift.high / 10) == (told["hl"], *told["ci"])


def check_pratt(case: dict[str, Any], told: dict[str, Any]) -> None:
    """Recompute R ≥ 4.6's answer, which ranks zeros and drops them then, by our distribution."""
    from scipy import stats as scipy_stats

    differences = [round(a - b, 9) for a, b in zip(case["x"], case["y"], strict=True)]
    ranks = scipy_stats.rankdata(np.abs(differences))
    kept = [(rank, d) for rank, d in zip(ranks, differences, strict=True) if d]
    above = sum(rank for rank, d in kept if d > 0)
    assert above == told["V"]
    below = sum(rank for rank, _ in kept) - above
    counts = counts_up_to([round(2 * rank) for rank, _ in kept], round(2 * min(above, below)))
    assert printed_as(2 * sum(counts) / 2 ** len(kept), told["p"])


@pytest.mark.parametrize(
    ("case_id", "estimate", "low", "high", "level"),
    [  # StatsDirect help; Hollander and Wolfe 1973, p. 29ff; Cureton 1967
        ("conover_twins", 1.5, -2.5, 6.5, "95.8"),
        ("hollander_depression", 0.46, 0.010, 0.786, "96.1"),
        ("darwin_zea_mays", 25, 4, 41.5, "95.2"),
    ],
)
def test_hodges_lehmann_is_the_published_one(
    case_id: str, estimate: float, low: float, high: float, level: str
) -> None:
    test = x_less_y(BY_ID[case_id])
    assert (test.hodges_lehmann, test.hl_low, test.hl_high) == (estimate, low, high)
    assert test.hl_level is not None
    assert f"{100 * test.hl_level:.1f}" == level


@pytest.mark.parametrize("case_id", BY_ID)
def test_z_is_scipys_asymptotic_one(case_id: str) -> None:
    case = BY_ID[case_id]
    x, y = np.array(case["x"]), np.array(case["y"])
    found = scipys_asymptotic(np.round(y - x, 9))
    test = signed_rank(case["x"], case["y"])
    assert abs(test.z) == pytest.approx(abs(found.zstatistic), abs=1e-9)
    assert test.z <= 0
    assert test.p_asymptotic == pytest.approx(found.pvalue, abs=1e-9)


def test_z_is_scipys_on_random_sets_with_ties_and_zeros() -> None:
    rng = random.Random(7)
    for _ in range(200):
        n = rng.randint(2, 300)
        x = [rng.randint(0, 9) / 10 for _ in range(n)]
        y = [value + rng.randint(-3, 4) / 10 for value in x]
        d = np.round(np.array(y) - np.array(x), 9)
        if not d.any():
            continue
        found = scipys_asymptotic(d)
        test = signed_rank(x, y)
        assert abs(test.z) == pytest.approx(abs(found.zstatistic), abs=1e-9)
        assert min(test.sum_negative, test.sum_positive) == found.statistic


def test_exact_p_is_that_of_full_enumeration() -> None:
    """1 000 sets with ties and zeros, n up to 12; ranks by SciPy, signs one by one."""
    from scipy import stats as scipy_stats

    rng = random.Random(20261122)
    for _ in range(1000):
        n = rng.randint(1, 12)
        d = [rng.randint(-5, 6) * rng.choice((0.1, 0.5)) for _ in range(n)]
        kept = [value for value in np.round(d, 9) if value]
        test = signed_rank([0.0] * n, d)
        ranks = list(scipy_stats.rankdata(np.abs(kept)))
        expected = enumerated(kept, ranks) if kept else (1.0, 1, 1)
        ours = test.p_exact, test.p_exact_less, test.p_exact_greater
        assert ours == pytest.approx(expected, abs=1e-12)
        assert test.p_smallest_possible == pytest.approx(min(1.0, 2 / 2 ** len(kept)), abs=1e-15)


def test_two_hundred_pairs_are_exact_and_agree_with_the_normal_limit() -> None:
    rng = random.Random(2)
    y = [rng.gauss(0.1, 1) for _ in range(201)]
    test = signed_rank([0.0] * 200, y[:200])
    assert test.p_exact == pytest.approx(test.p_asymptotic, rel=0.02)
    assert signed_rank([0.0] * 201, y).p_exact is None


VALUES = st.integers(-1000, 1000).map(lambda whole: whole / 8)
PAIRS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=25)


def p_values(test: SignedRank) -> tuple[object, ...]:
    return test.z, test.p_asymptotic, test.p_exact, test.p_point, test.p_smallest_possible


@given(PAIRS)
def test_swapping_the_pair_flips_signs_only(pairs: list[tuple[float, float]]) -> None:
    x, y = [a for a, _ in pairs], [b for _, b in pairs]
    one, other = signed_rank(x, y), signed_rank(y, x)
    assert p_values(one) == p_values(other)
    assert (one.p_exact_less, one.p_exact_greater) == (other.p_exact_greater, other.p_exact_less)
    assert (one.sum_negative, one.n_negative) == (other.sum_positive, other.n_positive)
    assert one.hodges_lehmann is not None
    assert one.hl_low is not None
    assert (one.hodges_lehmann, one.hl_low) == (-(other.hodges_lehmann or 0), -(other.hl_high or 0))
    assert one.hl_level == other.hl_level
    assert one.rank_biserial == (None if other.rank_biserial is None else -other.rank_biserial)


@given(PAIRS, st.integers(1, 5))
def test_adding_zeros_changes_no_p(pairs: list[tuple[float, float]], zeros: int) -> None:
    x, y = [a for a, _ in pairs], [b for _, b in pairs]
    more = signed_rank([*x, *[1.25] * zeros], [*y, *[1.25] * zeros])
    assert p_values(more) == p_values(signed_rank(x, y))
    assert more.n_ties == signed_rank(x, y).n_ties + zeros


@given(PAIRS, st.sampled_from([0.25, 3.0, 1e-3, 1e4]))
def test_scaling_changes_nothing(pairs: list[tuple[float, float]], scale: float) -> None:
    x, y = [a for a, _ in pairs], [b for _, b in pairs]
    one = signed_rank(x, y)
    other = signed_rank([a * scale for a in x], [b * scale for b in y])
    assert p_values(one) == p_values(other)
    assert (one.rank_biserial, one.r) == (other.rank_biserial, other.r)
    assert other.hodges_lehmann == pytest.approx((one.hodges_lehmann or 0) * scale, abs=1e-9)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=11))
def test_counts_are_those_of_enumeration(ranks: list[int]) -> None:
    counts = [0] * (sum(ranks) + 1)
    for signs in range(1 << len(ranks)):
        counts[sum(rank for i, rank in enumerate(ranks) if signs >> i & 1)] += 1
    assert counts_up_to(ranks, sum(ranks)) == counts
    assert counts_up_to(ranks, sum(ranks) // 2) == counts[: sum(ranks) // 2 + 1]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40))
def test_walsh_averages_are_the_sorted_ones(differences: list[int]) -> None:
    averages = sorted((a + b) / 2 for a, b in combinations_with_replacement(differences, 2))
    shift = shift_of(differences)
    assert shift is not None
    assert shift.estimate == median(averages)
    assert shift.low in averages
    assert averages.index(shift.low) <= len(averages) - 1 - averages.index(shift.high)


def test_nothing_at_all() -> None:
    test = signed_rank([], [])
    assert (test.n_pairs, test.z, test.p_asymptotic, test.p_exact) == (0, 0.0, 1.0, 1.0)
    assert (test.hodges_lehmann, test.rank_biserial, test.r) == (None, None, None)


def test_one_pair() -> None:
    test = signed_rank([1.0], [3.0])
    assert (test.p_exact, test.p_exact_greater, test.p_exact_less) == (1.0, 0.5, 1.0)
    assert (test.hodges_lehmann, test.hl_low, test.hl_high, test.hl_level) == (2.0, 2.0, 2.0, 0.0)
    assert test.p_smallest_possible == 1.0


def test_all_zero() -> None:
    test = signed_rank([1.0, 2.0], [1.0, 2.0])
    assert (test.z, test.p_asymptotic, test.n_ties, test.based_on) == (0.0, 1.0, 2, BasedOn.EQUAL)


def test_all_of_one_sign() -> None:
    test = signed_rank([0.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert (test.n_negative, test.mean_rank_negative, test.rank_biserial) == (0, 0.0, 1.0)
    assert test.p_exact == test.p_smallest_possible == 2 / 2**6
    assert test.based_on is BasedOn.NEGATIVE


def test_pairs_with_a_missing_value_are_dropped_and_counted() -> None:
    whole = signed_rank([1.0, 2.0], [3.0, 1.5])
    holes = signed_rank([1.0, math.nan, 2.0, None, 5.0], [3.0, 1.0, 1.5, 2.0, math.inf])
    assert holes.n_missing == 3
    assert (holes.n_pairs, holes.p_exact, holes.z) == (2, whole.p_exact, whole.z)


def test_what_only_rounding_tells_apart_is_a_tie() -> None:
    assert signed_rank([0.3], [0.1 + 0.2]).n_ties == 1
    trap = BY_ID["scipy_roundoff_trap"]
    assert signed_rank(trap["y"], trap["x"]).p_exact_greater == 0.5


def test_ten_thousand_pairs() -> None:
    rng = random.Random(1)
    x = [rng.gauss(0, 1) for _ in range(10_000)]
    y = [value + rng.gauss(0.05, 1) for value in x]
    test = signed_rank(x, y)
    d = np.sort(np.round(np.array(y) - np.array(x), 9))
    found = scipys_asymptotic(d)
    assert abs(test.z) == pytest.approx(abs(found.zstatistic), abs=1e-9)
    assert test.hodges_lehmann is not None
    pairs_below = int(np.searchsorted(d, 2 * test.hodges_lehmann - d).sum())
    assert abs(pairs_below - 10_000**2 / 2) <= 10_000  # the middle of all Walsh averages
    assert test.hl_level == pytest.approx(0.95, abs=1e-4)


def test_five_pairs_cannot_reach_the_usual_level() -> None:
    test = signed_rank([0.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0])
    assert test.p_exact == test.p_smallest_possible == 0.0625


def test_a_difference_beyond_counting_is_named() -> None:
    with pytest.raises(UsageError, match="larger unit"):
        signed_rank([-1e308], [1e308])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(UsageError, match="2 values against 1"):
        signed_rank([1.0, 2.0], [1.0])


def test_holm_steps_down() -> None:
    # R: p.adjust(c(.01, .04, .03, .005, .2, .0083), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005, 0.2, 0.0083]) == pytest.approx(
        [0.0415, 0.09, 0.09, 0.03, 0.2, 0.0415]
    )
    assert holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]
