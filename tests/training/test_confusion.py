"""Figures from counts: a matrix that does not add up cannot be made."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.errors import MalformedRecord
from femo_tui.model.counting import THIN
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
    assert confusion_lines(Confusion.of(THREE, PAIRS)) == [
        "Counts:",
        "true ↓  predicted →        1     2     3    n",
        " 1 a                       2     1     ·    3",
        " 2 b                       ·     3     1    4",
        " 3 c                       1     ·     2    3",
        "",
        "Percent of each row, the true class:",
        "true ↓  predicted →        1     2     3    %",
        " 1 a                    66.7  33.3     ·  100",
        " 2 b                       ·  75.0  25.0  100",
        " 3 c                    33.3     ·  66.7  100",
    ]


@pytest.mark.parametrize("size", [8, 13, 24, 101])
@pytest.mark.parametrize("images", [7, 12_345])
def test_a_matrix_of_many_classes_fits_80_columns(size: int, images: int) -> None:
    names = [f"Curiosity_{'S' if number % 2 else 'A'}{number}" for number in range(size)]
    pairs = [(true, (true + step) % size) for true in range(size) for step in (0, 1, 3)]
    found = Confusion.of(names, pairs)
    found = Confusion(found.classes, tuple(tuple(n * images for n in row) for row in found.counts))
    lines = confusion_lines(found)
    assert max(map(len, lines)) <= 80
    # each column is there once in counts and once in percent, whatever block it stands in
    heads = [line.split("→")[1].split() for line in lines if "predicted →" in line]
    in_order = [str(number + 1) for number in range(size)]
    assert [one for head in heads for one in head] == [*in_order, "n", *in_order, "%"]
    counted = [
        int(cell)
        for line in lines[: lines.index("Percent of each row, the true class:")]
        if (cells := line.replace(THIN, "").split()) and "Curiosity" in line
        for cell in cells[2:]
        if cell != "·"
    ]
    assert sum(counted) == 2 * found.n  # each cell once, and the sums of the rows
    # columns end where their heads end
    for head, row in pairwise(lines):
        if "predicted →" in head and row.strip():
            assert len(head) == len(row)


def test_numbers_never_touch_and_a_long_name_is_cut() -> None:
    names = ["Happy", "a folder of images that somebody has named at great length"]
    lines = confusion_lines(Confusion(tuple(names), ((123_456, 99_999), (0, 1))))
    row = next(line for line in lines if line.startswith(" 1 Happy"))
    assert row.replace(THIN, "'").split() == ["1", "Happy", "123'456", "99'999", "223'455"]
    assert " 2 a folder of images that somebod… " in "\n".join(lines)
