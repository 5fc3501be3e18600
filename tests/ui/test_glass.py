"""What goes over the line: nothing that the terminal shows already, and all that it does not."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from femo_tui.ui.glass import Glass

WIDTH, HEIGHT = 12, 4
STYLES = (Style(), Style(bold=True), Style(color="red"), Style(bgcolor="#123456"))
PIECES = st.lists(st.tuples(st.text("ab ─字é", max_size=6), st.sampled_from(STYLES)), max_size=6)
SCREENS = st.lists(st.lists(PIECES, min_size=HEIGHT, max_size=HEIGHT), min_size=1, max_size=6)
CONSOLE = Console(force_terminal=True, width=WIDTH)


def strip_of(pieces: list[tuple[str, Style]]) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(WIDTH)


class Paper:
    """A terminal that keeps what is written where."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, Style | None]] = {}
        self.written = 0

    def write(self, update: object) -> None:
        if update is None:
            return
        x = y = 0
        for text, style, control in update.__rich_console__(CONSOLE, CONSOLE.options):  # type: ignore[attr-defined]
            if control:
                # "\x1b[row;columnH", both counted from one
                row, _, column = text[2:-1].partition(";")
                x, y = int(column) - 1, int(row) - 1
                continue
            for character in text:
                for half in range(cell_len(character)):
                    self.cells[x + half, y] = ("" if half else character, style)
                    self.written += 1
                x += cell_len(character)


def whole(lines: list[Strip]) -> LayoutUpdate:
    return LayoutUpdate([[line] for line in lines], Region(0, 0, WIDTH, HEIGHT))


def cells_of(lines: list[Strip]) -> Iterator[tuple[tuple[int, int], tuple[str, Style | None]]]:
    for y, line in enumerate(lines):
        x = 0
        for text, style, _ in line:
            for character in text:
                for half in range(cell_len(character)):
                    yield (x + half, y), ("" if half else character, style)
                x += cell_len(character)


@settings(deadline=None, max_examples=150)
@given(SCREENS)
def test_the_terminal_shows_what_was_painted_last(screens: list[list[object]]) -> None:
    glass, paper = Glass(), Paper()
    for pieces in screens:
        lines = [strip_of(line) for line in pieces]  # type: ignore[arg-type]
        paper.write(glass.changed(whole(lines)))
        assert paper.cells == dict(cells_of(lines))


def test_what_is_shown_already_is_not_sent() -> None:
    glass, paper = Glass(), Paper()
    lines = [strip_of([("hello", STYLES[0])]) for _ in range(HEIGHT)]
    paper.write(glass.changed(whole(lines)))
    assert glass.changed(whole(lines)) is None
    lines[2] = strip_of([("hell", STYLES[0]), ("a", STYLES[2])])
    before = paper.written
    paper.write(glass.changed(whole(lines)))
    assert paper.written - before == 1


def test_a_terminal_that_others_wrote_on_is_painted_whole() -> None:
    glass, paper = Glass(), Paper()
    lines = [strip_of([("hello", STYLES[0])]) for _ in range(HEIGHT)]
    paper.write(glass.changed(whole(lines)))
    glass.forget()
    before = paper.written
    paper.write(glass.changed(whole(lines)))
    assert paper.written - before == WIDTH * HEIGHT


def test_a_part_that_is_painted_is_known_afterwards() -> None:
    glass, paper = Glass(), Paper()
    paper.write(glass.changed(whole([strip_of([]) for _ in range(HEIGHT)])))
    part = Strip([Segment("new", STYLES[1])])
    chops = ChopsUpdate([{}, {4: part}, {}, {}], [(1, 4, 7)], [[], [7], [], []])
    paper.write(glass.changed(chops))
    assert [paper.cells[x, 1][0] for x in range(3, 8)] == [" ", "n", "e", "w", " "]
    assert glass.changed(chops) is None
