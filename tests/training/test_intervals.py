"""Intervals over participants: their coverage, held against simulations with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from femo_tui.training.intervals import accuracy_interval, mean_interval, t_quantile

REPETITIONS = 2000


@pytest.mark.parametrize(
    ("freedom", "expected"),
    # R 4.3: qt(0.975, df)
    [(1, 12.706205), (2, 4.302653), (3, 3.182446), (7, 2.364624), (21, 2.079614), (60, 2.000298)],
)
def test_students_quantile_is_rs(freedom: int, expected: float) -> None:
    assert t_quantile(0.975, freedom) == pytest.approx(expected, abs=1e-6)
    assert t_quantile(0.025, freedom) == pytest.approx(-expected, abs=1e-6)


@pytest.mark.parametrize("people", [8, 22])
@pytest.mark.parametrize(
    ("accuracy", "likeness"),
    [(0.125, 0.02), (0.4, 0.1), (0.6, 0.1), (0.6, 0.2), (0.8, 0.1)],
)
def test_95_of_100_intervals_hold_the_true_accuracy(
    people: int, accuracy: float, likeness: float
) -> None:
    """People differ (their accuracies are beta-distributed, `likeness` is the intraclass
    correlation), and so do the numbers of their images."""
    rng = np.random.default_rng(7)
    strength = 1 / likeness - 1
    theirs = rng.beta(accuracy * strength, (1 - accuracy) * strength, size=(REPETITIONS, people))
    images = rng.integers(70, 91, size=(REPETITIONS, people))
    right = rng.binomial(images, theirs)
    held = 0
    for correct, counts in zip(right.tolist(), images.tolist(), strict=True):
        found = accuracy_interval(correct, counts)
        assert found is not None
        held += found[0] <= accuracy <= found[1]
    assert 0.93 <= held / REPETITIONS <= 0.97


@pytest.mark.parametrize("people", [8, 22])
def test_95_of_100_intervals_hold_the_true_difference(people: int) -> None:
    rng = np.random.default_rng(7)
    gains = rng.normal(0.03, 0.1, size=(REPETITIONS, people)).round(2)
    held = 0
    for values in gains.tolist():
        found = mean_interval(values)
        assert found is not None
        held += found[0] <= 0.03 <= found[1]
    assert 0.93 <= held / REPETITIONS <= 0.97


def test_nobody_differing_is_no_certainty() -> None:
    # Wilson's lower bound of 8 of 8 with t = 2.364624 in place of z: 1 / (1 + t²/8)
    assert accuracy_interval([10] * 8, [10] * 8) == pytest.approx((0.588605, 1.0), abs=1e-6)
    low, high = accuracy_interval([0] * 8, [10] * 8) or (1.0, 0.0)
    assert (low, high) == pytest.approx((0.0, 0.411395), abs=1e-6)


def test_one_participant_has_no_interval() -> None:
    assert accuracy_interval([5], [10]) is None
    assert accuracy_interval([5, 0], [10, 0]) is None
    assert mean_interval([0.1]) is None


def test_an_interval_stays_between_0_and_1() -> None:
    low, high = accuracy_interval([0, 1], [10, 10]) or (-1.0, 2.0)
    assert 0 <= low < 0.05 < high <= 1
