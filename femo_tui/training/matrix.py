"""A confusion matrix laid out in a width: numbered columns, in blocks where they are too many."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from femo_tui.model.counting import count as written
from femo_tui.training.confusion import Confusion

AXES = "true ↓  predicted →"
CELL = 6  # columns of a number, where there is room
WHOLE_PERCENT = 4  # of ` 100`
TOTAL = 5  # of the last column, at least
NUMBER = 2  # of a class, at least
NAME = 32  # columns of a class's name, at most
PAIRS = 3  # the most confused that are marked


class Look(Enum):
    """What a cell says besides its number."""

    NONE = auto()
    RIGHT = auto()  # on the diagonal
    CONFUSED = auto()  # of a pair that is taken for each other most
    PLAIN = auto()


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A true class: its label, its cells, and in the last block their sum."""

    label: str
    cells: tuple[tuple[str, Look], ...]
    total: str

    @property
    def text(self) -> str:
        return f"{self.label}{''.join(cell for cell, _ in self.cells)}{self.total}"


@dataclass(frozen=True, slots=True)
class MatrixBlock:
    """As many columns as fit side by side."""

    head: str
    rows: tuple[MatrixRow, ...]


def matrix_blocks(confusion: Confusion, room: int, *, in_percent: bool) -> list[MatrixBlock]:
    """Return the matrix in counts, or in percent of each row, no line wider than `room`.

    Where `room` is small, percentages lose their decimals; then columns go on below.
    """
    size = len(confusion.classes)
    place = max(len(str(size)), NUMBER)
    label = place + 1 + min(max(map(len, (*confusion.classes, AXES))), NAME)
    total = max(TOTAL, len(written(max((sum(row) for row in confusion.counts), default=0))) + 1)
    largest = max((count for row in confusion.counts for count in row), default=0)
    least = max(WHOLE_PERCENT if in_percent else len(written(largest)) + 1, place + 1)
    space = max(room - label - total, least)
    count = max(math.ceil(size * least / space), 1)
    while math.ceil(size / count) * least > space:  # a last block that is fuller than the others
        count += 1
    step = max(math.ceil(size / count), 1)  # blocks of one width, or nearly
    cell = max(min(space // step, CELL), least)
    marked = {frozenset(pair[:2]) for pair in confusion.most_confused[:PAIRS]}
    return [
        MatrixBlock(
            _head(columns, label, cell, _unit(in_percent, total) if columns.stop == size else ""),
            tuple(_rows(confusion, columns, marked, (label, cell, total), in_percent)),
        )
        for columns in (range(at, min(at + step, size)) for at in range(0, size, step))
    ]


def _head(columns: range, label: int, cell: int, unit: str) -> str:
    return f"{AXES:<{label}}{''.join(f'{column + 1:>{cell}}' for column in columns)}{unit}"


def _unit(in_percent: bool, total: int) -> str:
    return f"{'%' if in_percent else 'n':>{total}}"


def _rows(
    confusion: Confusion,
    columns: range,
    marked: set[frozenset[str]],
    widths: tuple[int, int, int],
    in_percent: bool,
) -> Iterator[MatrixRow]:
    label_width, cell_width, total_width = widths
    size = len(confusion.classes)
    percents = confusion.row_percent
    for i, name in enumerate(confusion.classes):
        counts, shares = confusion.counts[i], percents[i]
        cells = []
        for j in columns:
            share = f"{shares[j]:.{int(cell_width >= CELL)}f}"
            text = share if in_percent else written(counts[j])
            is_pair = frozenset((name, confusion.classes[j])) in marked
            look = Look.RIGHT if i == j else Look.CONFUSED if is_pair else Look.PLAIN
            cells.append(
                (f"{text if counts[j] else '·':>{cell_width}}", look if counts[j] else Look.NONE)
            )
        number = f"{i + 1:>{max(len(str(size)), NUMBER)}}"
        label = f"{number} {_cut(name)}".ljust(label_width)
        total = f"{sum(shares):.0f}" if in_percent else written(sum(counts))
        last = columns.stop == size
        yield MatrixRow(label, tuple(cells), f"{total:>{total_width}}" if last else "")


def _cut(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"
