"""Knows what the terminal shows, cell by cell, and lets only what differs go over the line.

Textual paints whole screens anew where little has changed: when a question opens, when one goes
from area to area. On a bad line each of these is seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

# Unchanged cells between two changed ones that are sent along: to jump costs more than they do.
BRIDGED = 6

_Key: TypeAlias = "tuple[str, int]"  # a cell as it looks: its character, the hash of its style
_UNKNOWN: _Key = ("", 0)  # no cell looks like this


class Glass:
    """The terminal's cells as they were last sent."""

    def __init__(self) -> None:
        self._rows: list[list[_Key]] = []

    def forget(self) -> None:
        """Take nothing for shown: the terminal was resized, or others have written to it."""
        self._rows = []

    def changed(self, update: RenderableType | None) -> RenderableType | None:
        """Return what of an update differs from what is shown, None if nothing does."""
        if not isinstance(update, LayoutUpdate | ChopsUpdate):
            return update
        pieces: list[tuple[int, int, Strip]] = []
        for y, x, strip in _pieces(update):
            pieces += ((y, at, piece) for at, piece in self._differing(y, x, strip))
        return _Pieces(pieces) if pieces else None

    def _differing(self, y: int, x: int, strip: Strip) -> Iterator[tuple[int, Strip]]:
        new, styles = _cells(strip)
        while len(self._rows) <= y:
            self._rows.append([])
        row = self._rows[y]
        row += [_UNKNOWN] * (x + len(new) - len(row))
        for first, end in _runs(row[x : x + len(new)], new):
            groups = groupby(range(first, end), key=lambda i: id(styles[i]))
            segments = [
                Segment("".join(new[i][0] for i in places), styles[places[0]])
                for places in (list(group) for _, group in groups)
            ]
            yield x + first, Strip(segments)
        row[x : x + len(new)] = new


class _Pieces(CompositorUpdate):
    """Pieces of lines, each with its place."""

    def __init__(self, pieces: Sequence[tuple[int, int, Strip]]) -> None:
        self._pieces = pieces

    def render_segments(self, console: Console) -> str:
        return "".join(
            Control.move_to(x, y).segment.text + strip.render(console)
            for y, x, strip in self._pieces
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for y, x, strip in self._pieces:
            yield Control.move_to(x, y).segment
            yield from strip


def _pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield line, column and content of each piece that an update paints."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield y, update.region.x, Strip.join(strips)
    else:
        for y, x1, x2 in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x <= x2 and end > x1:
                    yield y, x, strip.crop(0, min(end, x2) - x)


def _cells(strip: Strip) -> tuple[list[_Key], list[Style | None]]:
    """Return the cells of a strip, the second half of a wide one empty, and their styles."""
    keys: list[_Key] = []
    styles: list[Style | None] = []
    for text, style, control in strip:
        if control:
            continue
        look = hash(style)
        if cell_len(text) == len(text):
            keys += [(character, look) for character in text]
        else:
            for character in text:
                width = get_character_cell_size(character)
                if width:
                    keys += [(character, look), ("", look)][:width]
                elif keys:  # an accent of its own: it belongs to what it stands on
                    keys[-1] = (keys[-1][0] + character, look)
        styles += [style] * (len(keys) - len(styles))
    return keys, styles


def _runs(old: Sequence[_Key], new: Sequence[_Key]) -> Iterator[tuple[int, int]]:
    """Yield the spans of cells that differ; those a few cells apart as one."""
    differing = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    first = end = -1
    for place in differing:
        if first >= 0 and place - end <= BRIDGED:
            end = place + 1
            continue
        if first >= 0:
            yield _whole(new, first, end)
        first, end = place, place + 1
    if first >= 0:
        yield _whole(new, first, end)


def _whole(new: Sequence[_Key], first: int, end: int) -> tuple[int, int]:
    """Return a span that cuts no wide character in two."""
    if not new[first][0]:
        first -= 1
    while end < len(new) and not new[end][0]:
        end += 1
    return first, end
