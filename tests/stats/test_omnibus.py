"""Friedman and Shapiro–Wilk against SciPy and printed examples."""

from __future__ import annotations

import random

import pytest

from femo_tui.stats.omnibus import friedman, normality


def test_friedman_is_scipys_with_ties() -> None:
    from scipy import stats as scipy_stats

    rng = random.Random(3)
    for _ in range(50):
        k, n = rng.randint(3, 6), rng.randint(2, 30)
        rows = [[float(rng.randint(0, 4)) for _ in range(k)] for _ in range(n)]
        if all(len(set(row)) == 1 for row in rows):
            continue
        found = friedman([str(i) for i in range(k)], rows)
        expected = scipy_stats.friedmanchisquare(*zip(*rows, strict=True))
        assert found is not None
        assert found.chi_square == pytest.approx(expected.statistic)
        assert found.p_asymptotic == pytest.approx(expected.pvalue)
        assert found.kendall_w == pytest.approx(expected.statistic / (n * (k - 1)))


def test_friedmans_statistic_of_rounding_times() -> None:
    """Hollander and Wolfe 1973, p. 140ff, as R's ?friedman.test prints: 11.143, df 2, p .003805."""
    times = [
        *([5.40, 5.50, 5.55], [5.85, 5.70, 5.75], [5.20, 5.60, 5.50], [5.55, 5.50, 5.40]),
        *([5.90, 5.85, 5.70], [5.45, 5.55, 5.60], [5.40, 5.40, 5.35], [5.45, 5.50, 5.35]),
        *([5.25, 5.15, 5.00], [5.85, 5.80, 5.70], [5.25, 5.20, 5.10], [5.65, 5.55, 5.45]),
        *([5.60, 5.35, 5.45], [5.05, 5.00, 4.95], [5.50, 5.50, 5.40], [5.45, 5.55, 5.50]),
        *([5.55, 5.55, 5.35], [5.45, 5.50, 5.55], [5.50, 5.45, 5.25], [5.65, 5.60, 5.40]),
        *([5.70, 5.65, 5.55], [6.30, 6.30, 6.25]),
    ]
    found = friedman(["Round Out", "Narrow Angle", "Wide Angle"], times)
    assert found is not None
    assert (round(found.chi_square, 3), found.df, found.n) == (11.143, 2, 22)
    assert round(found.p_asymptotic, 6) == 0.003805


def test_two_conditions_or_one_row_have_no_omnibus() -> None:
    assert friedman(["a", "b"], [[1.0, 2.0]] * 5) is None
    assert friedman(["a", "b", "c"], [[1.0, 2.0, 3.0]]) is None


def test_rows_that_tie_everywhere_say_nothing() -> None:
    found = friedman(["a", "b", "c"], [[1.0, 1.0, 1.0]] * 4)
    assert found is not None
    assert (found.chi_square, found.p_asymptotic, found.kendall_w) == (0.0, 1.0, 0.0)


def test_shapiro_wilk_of_published_weights() -> None:
    """Shapiro and Wilk 1965, example 2 (eleven men's weights): W = 0.79."""
    weights = [148.0, 154, 158, 160, 161, 162, 166, 170, 182, 195, 236]
    found = normality(weights)
    assert found is not None
    assert round(found.w, 2) == 0.79
    assert found.p < 0.01


def test_differences_without_a_shape_are_not_tested() -> None:
    assert normality([1.0, 2.0]) is None
    assert normality([1.0] * 10) is None
