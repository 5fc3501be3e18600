"""Figures from counts: a matrix that does not add up cannot be made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.errors import MalformedRecord
from femo_tui.training.confusion import Confusion
from femo_tui.training.report import confusion_lines

# true, predicted; the figures below are scikit-learn's 1.7 for these ten: accuracy_score,
# balanced_accuracy_score, f1_score(average="macro"), cohen_kappa_score
PAIRS = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (1, 1), (1, 2), (2, 2), (2, 0), (2, 2)]
THREE = ("a", "b", "c")


def test_figures_are_those_of_scikit_learn() -> None:
    found = Confusion.of(THREE, PAIRS)
    assert found.counts == ((2, 1, 0), (0, 3, 1), (1, 0, 2))
    assert found.accuracy == pytest.approx(0.7)
    assert found.balanced_accuracy == pytest.approx(0.6944444444444443)
    assert found.macro_f1 == pytest.approx(0.6944444444444443)
    assert found.kappa == pytest.approx(0.5454545454545454)


def test_the_most_confused_pair_is_named_with_its_share() -> None:
    found = Confusion.of(THREE, [*PAIRS, (0, 2), (2, 0)])
    # a and c: 1 + 2 of 4 + 4 taken for each other
    assert found.most_confused[0] == ("c", "a", 3 / 8)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60))
def test_rows_add_up_whatever_is_counted(pairs: list[tuple[int, int]]) -> None:
    found = Confusion.of("wxyz", pairs)
    assert found.n == len(pairs)
    for true in range(4):
        assert sum(found.counts[true]) == sum(one == true for one, _ in pairs)
        assert sum(found.row_percent[true]) == pytest.approx(100 if sum(found.counts[true]) else 0)
    assert 0 <= found.accuracy <= 1
    assert 0 <= found.chance <= 1


def test_a_matrix_of_percentages_typed_by_hand_is_refused() -> None:
    for wrong in (
        [[94.4, 5.6], [0, 100]],
        [[1, 2]],
        [[1, -1], [0, 2]],
        "none",
        [[True, 1], [1, 1]],
    ):
        with pytest.raises(MalformedRecord):
            Confusion.from_json(("a", "b"), wrong)


def test_both_axes_are_named_and_percentages_are_of_the_row() -> None:
    lines = confusion_lines(Confusion.of(THREE, PAIRS))
    assert "true ↓  predicted →" in lines[0]
    assert "% of the row (true class)" in lines[1]
    assert lines[2].split() == ["1", "a", "2", "1", "0", "66.7", "33.3", "0.0"]
