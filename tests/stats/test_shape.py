"""Skewness and the sign test against SciPy, and what SPSS prints as a standard error."""

from __future__ import annotations

import random

import pytest

from femo_tui.stats.shape import sign_test, skewness


def test_the_sign_test_is_scipys_exact_binomial() -> None:
    from scipy.stats import binomtest

    rng = random.Random(4)
    counts = [(rng.randint(0, 40), rng.randint(0, 40)) for _ in range(200)]
    for negative, positive in [*counts, (4900, 5100), (1, 199), (0, 1)]:
        n = negative + positive
        expected = binomtest(positive, n).pvalue if n else 1.0
        assert sign_test(negative, positive) == pytest.approx(expected, rel=1e-9)


def test_no_sign_says_nothing() -> None:
    assert sign_test(0, 0) == 1.0


def test_skewness_is_scipys_without_bias() -> None:
    from scipy.stats import skew

    rng = random.Random(5)
    for _ in range(50):
        values = [rng.expovariate(1) for _ in range(rng.randint(3, 60))]
        found = skewness(values)
        assert found is not None
        assert found.g1 == pytest.approx(skew(values, bias=False), rel=1e-9)


@pytest.mark.parametrize(("n", "error"), [(22, 0.491), (30, 0.427), (100, 0.241)])
def test_the_standard_error_is_the_one_that_spss_prints(n: int, error: float) -> None:
    # as in SPSS's Descriptives of 22, 30 and 100 cases: .491, .427, .241
    found = skewness([float(i) for i in range(n)])
    assert found is not None
    assert (round(found.error, 3), found.leans) == (error, False)
    assert found.g1 == pytest.approx(0.0, abs=1e-12)


def test_what_leans_says_so() -> None:
    rng = random.Random(6)
    up = skewness([rng.expovariate(1) for _ in range(40)])
    assert up is not None
    assert up.leans
    assert up.g1 > 0


def test_too_few_or_alike_have_no_shape() -> None:
    assert skewness([1.0, 2.0]) is None
    assert skewness([2.0] * 9) is None


def test_the_unit_changes_nothing() -> None:
    values = [1.0, 2.0, 4.0, 8.0, 3.0]
    for unit in (1e-300, 1e150, 1e300):
        found, plain = skewness([value * unit for value in values]), skewness(values)
        assert found is not None
        assert plain is not None
        assert found.g1 == pytest.approx(plain.g1, rel=1e-12)
