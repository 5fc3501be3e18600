"""Small grey pictures side by side, each with words under it; one is pointed at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from femo_tui.model.thumbnail import Thumbnail
from femo_tui.ui.widgets.picture import HALF, Levels, cell_style, half_blocks

Item = TypeVar("Item")


def _way(key: str, action: str, name: str, verb: str, tooltip: str) -> Binding:
    return Binding(key, action, name, id=f"frames.{verb}", tooltip=tooltip, show=False)


class Tiles(ScrollView, Generic[Item], can_focus=True):
    """Draws the pictures that are in sight."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tiles--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        _way("left", "move(-1)", "left", "left", "The face before"),
        _way("right", "move(1)", "right", "right", "The next face"),
        _way("up", "line(-1)", "up", "up", "The face above"),
        _way("down", "line(1)", "down", "down", "The face below"),
        _way("home", "edge(False)", "first", "first", "The first face"),
        _way("end", "edge(True)", "last", "last", "The last face"),
    ]

    cursor: var[int] = var(0, init=False)

    class Pointed(Message):
        """Another picture is pointed at."""

    def __init__(
        self,
        key: Callable[[Item], int],
        words: Callable[[Item], Sequence[Content]],
        *,
        side: int,
        width: int,
        lines: int = 1,
        id: str | None = None,
    ) -> None:
        """Show items, two pixels a line.

        Args:
            key: the number of an item, its own.
            words: what stands under it, `lines` lines.
            side: of a picture, in pixels.
            width: of a cell, at least a column more than the picture.
            lines: of words.
            id: the widget's.
        """
        super().__init__(id=id)
        self._key, self._words = key, words
        self._side, self._width, self._lines = side, width, lines
        self._items: Sequence[Item] = ()
        self._places: dict[int, int] = {}
        self._pictures: dict[int, Levels] = {}

    @property
    def item(self) -> Item | None:
        """Return what is pointed at."""
        return self._items[self.cursor] if self.cursor < len(self._items) else None

    @property
    def side(self) -> int:
        """Return how many pixels a picture has."""
        return self._side

    @property
    def _height(self) -> int:
        return self._side // 2 + self._lines

    @property
    def _columns(self) -> int:
        return max(self.size.width // self._width, 1)

    def show_items(self, items: Sequence[Item]) -> None:
        """Show `items`; their pictures may come later."""
        self._items = items
        self._places = {self._key(item): place for place, item in enumerate(items)}
        self._lay_out()

    def fit(self, side: int, width: int) -> None:
        """Draw the pictures in another size; they have to be taken again."""
        self._side, self._width, self._pictures = side, width, {}
        self._lay_out()

    def take(self, key: int, picture: Thumbnail) -> None:
        """Draw the picture of an item."""
        self._pictures[key] = half_blocks(picture, self._side, self._side // 2, None)
        if key in self._places:
            self.draw_again(self._places[key])

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        lines = -(-len(self._items) // self._columns)
        self.virtual_size = Size(self.size.width, lines * self._height)
        self.refresh()

    def draw_again(self, place: int) -> None:
        """Draw one picture and its words again."""
        line, column = divmod(place, self._columns)
        top = line * self._height - int(self.scroll_offset.y)
        self.refresh(Region(column * self._width, top, self._width, self._height))

    def watch_cursor(self, before: int, now: int) -> None:
        self.draw_again(before)
        self.draw_again(now)
        line, top = now // self._columns * self._height, int(self.scroll_offset.y)
        if not top <= line <= top + self.size.height - self._height:
            y = line if line < top else line + self._height - self.size.height
            self.scroll_to(y=max(y, 0), animate=False)
        self.post_message(self.Pointed())

    def action_move(self, by: int) -> None:
        self.cursor = min(max(self.cursor + by, 0), max(len(self._items) - 1, 0))

    def action_line(self, by: int) -> None:
        if 0 <= self.cursor + by * self._columns < len(self._items):
            self.cursor += by * self._columns

    def action_edge(self, last: bool) -> None:
        self.cursor = max(len(self._items) - 1, 0) if last else 0

    def render_line(self, y: int) -> Strip:
        line, inside = divmod(y + int(self.scroll_offset.y), self._height)
        first = line * self._columns
        cells = [
            self._cell(place, inside)
            for place in range(first, min(first + self._columns, len(self._items)))
        ]
        ground = self.visual_style.rich_style
        return Strip.join(cells).adjust_cell_length(self.size.width, ground)

    def _cell(self, place: int, inside: int) -> Strip:
        """Return one line of a cell: the face, or the words under it."""
        item, ground = self._items[place], self.visual_style.rich_style
        if inside >= self._side // 2:
            text = self._words(item)[inside - self._side // 2]
            return self._worded(text, pointed=place == self.cursor)
        levels = self._pictures.get(self._key(item))
        if levels is None or 2 * inside + 1 >= len(levels):
            return Strip.blank(self._width, ground)
        pairs = zip(levels[2 * inside], levels[2 * inside + 1], strict=True)
        line = self.app.theme_variables["accent"]
        segments = [
            Segment(HALF * len(list(run)), cell_style(*pair, line)) for pair, run in groupby(pairs)
        ]
        return Strip(segments).adjust_cell_length(self._width, ground)

    def _worded(self, text: Content, *, pointed: bool) -> Strip:
        style = self.get_visual_style("tiles--cursor") if pointed else self.visual_style
        strips = Visual.to_strips(
            self, text.truncate(self._width - 1), self._width - 1, 1, style, pad=True
        )
        return Strip.join([strips[0], Strip.blank(1, self.visual_style.rich_style)])
