"""A confusion matrix in lines: one number a cell, both axes named."""

from __future__ import annotations

from textual.content import Content

from femo_tui.training.confusion import Confusion
from femo_tui.ui import words

CELL = 6  # columns of a number, where there is room
TOTAL = 5  # of the last column
AXES = "true ↓  predicted →"
PAIRS = 3  # the most confused that are marked


def matrix_lines(confusion: Confusion, room: int, *, in_percent: bool) -> list[Content]:
    """Return the matrix in counts, or in percent of each row, which is a true class.

    Where `room` is small, percentages lose their decimals.
    """
    width = max(len(name) for name in (*confusion.classes, AXES)) + 3
    cell = min((room - width - TOTAL) // max(len(confusion.classes), 1), CELL)
    head = "".join(f"{i + 1:>{cell}}" for i in range(len(confusion.classes)))
    unit = f"{'%' if in_percent else 'n':>{TOTAL}}"
    lines = [Content.styled(f"{AXES:<{width}}{head}{unit}", "$quiet")]
    marked = {frozenset(pair[:2]) for pair in confusion.most_confused[:PAIRS]}
    for i, name in enumerate(confusion.classes):
        counts, shares = confusion.counts[i], confusion.row_percent[i]
        cells: list[tuple[str, str]] = []
        for j, count in enumerate(counts):
            share = f"{shares[j]:.1f}" if cell == CELL else f"{shares[j]:.0f}"
            text = share if in_percent else words.count(count)
            is_pair = i != j and frozenset((name, confusion.classes[j])) in marked
            style = "bold" if i == j else "$warning bold" if is_pair and count else ""
            cells.append((f"{text if count else '·':>{cell}}", style if count else "$quiet"))
        total = f"{sum(shares):.0f}" if in_percent else words.count(sum(counts))
        label = f"{i + 1:>2} {name:<{width - 3}}"
        lines.append(Content.assemble(label, *cells, (f"{total:>{TOTAL}}", "$quiet")))
    return lines


def pair_lines(confusion: Confusion) -> list[Content]:
    """Return the pairs that are taken for each other most, and how often."""
    shown = confusion.most_confused[:PAIRS]
    if not shown:
        return [Content.styled("no two classes are taken for each other", "$quiet")]
    return [
        Content.assemble((f"{100 * share:5.1f} %", "$warning bold"), f"  {one} ↔ {other}")
        for one, other, share in shown
    ]
