"""A confusion matrix in lines: one number a cell, both axes named."""

from __future__ import annotations

from textual.content import Content

from femo_tui.training.confusion import Confusion
from femo_tui.training.matrix import PAIRS, Look, matrix_blocks

STYLES = {
    Look.NONE: "$quiet",
    Look.RIGHT: "bold",
    Look.CONFUSED: "$warning bold",
    Look.PLAIN: "",
}


def matrix_lines(confusion: Confusion, room: int, *, in_percent: bool) -> list[Content]:
    """Return the matrix in counts, or in percent of each row, which is a true class."""
    lines: list[Content] = []
    for block in matrix_blocks(confusion, room, in_percent=in_percent):
        lines += [Content("")] if lines else []
        lines.append(Content.styled(block.head, "$quiet"))
        for row in block.rows:
            cells = ((text, STYLES[look]) for text, look in row.cells)
            lines.append(Content.assemble(row.label, *cells, (row.total, "$quiet")))
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
