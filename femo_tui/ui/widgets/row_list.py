"""A list of rows under a line of names; only the rows in sight are made, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

Item = TypeVar("Item")


def _way(keys: str, action: str, name: str, tooltip: str) -> Binding:
    return Binding(keys, action, name, id=f"list.{name}", tooltip=tooltip, show=False)


class RowList(ScrollView, Generic[Item], can_focus=True):
    """Shows items as rows of cells; one of them is pointed at and can be chosen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--names", "row-list--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        _way("up,k", "move(-1)", "up", "One row up"),
        _way("down,j", "move(1)", "down", "One row down"),
        _way("pageup", "page(-1)", "page-up", "A page up"),
        _way("pagedown", "page(1)", "page-down", "A page down"),
        _way("home", "edge(False)", "first", "The first row"),
        _way("end", "edge(True)", "last", "The last row"),
    ]

    cursor: var[int] = var(0, init=False)

    class Pointed(Message):
        """Another row is pointed at."""

    class Chosen(Message):
        """Enter was pressed on a row."""

    def __init__(
        self,
        columns: Sequence[tuple[str, int]],
        key: Callable[[Item], str],
        cells: Callable[[Item], Sequence[Content]],
        *,
        id: str | None = None,
    ) -> None:
        """Show each item as `cells` gives it in columns of these names and widths."""
        super().__init__(id=id)
        self._columns, self._key, self._cells = columns, key, cells
        self._items: Sequence[Item] = ()

    @property
    def items(self) -> Sequence[Item]:
        """Return all that is shown."""
        return self._items

    @property
    def item(self) -> Item | None:
        """Return what is pointed at."""
        return self._items[self.cursor] if 0 <= self.cursor < len(self._items) else None

    def name_columns(self, columns: Sequence[tuple[str, int]]) -> None:
        """Have other columns than before; cells have to follow."""
        self._columns = columns
        self.refresh()

    def show(self, items: Sequence[Item]) -> None:
        """Show `items`; the one pointed at stays so if it is still among them."""
        at, fills = self.item, bool(items) != bool(self._items)
        self._items = items
        self.virtual_size = Size(self.size.width, len(items) + 1)
        self.refresh()
        if at is None or not self.point_at(self._key(at)):
            self.cursor = min(self.cursor, max(len(items) - 1, 0))
        self.post_message(self.Pointed())
        if fills:
            self.screen.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "choose" or self.item is not None

    def point_at(self, key: str) -> bool:
        """Point at the item of a key; return whether there is one."""
        for number, item in enumerate(self._items):
            if self._key(item) == key:
                self.cursor = number
                return True
        return False

    def watch_cursor(self, before: int, now: int) -> None:
        top = int(self.scroll_offset.y)
        for number in (before, now):
            self.refresh(Region(0, number + 1 - top, self.size.width, 1))
        room = max(self.size.height - 1, 1)
        if not top <= now < top + room:
            self.scroll_to(y=now if now < top else now - room + 1, animate=False)
        self.post_message(self.Pointed())

    def on_resize(self, event: Resize) -> None:
        self.virtual_size = Size(event.size.width, len(self._items) + 1)

    def action_move(self, by: int) -> None:
        self.cursor = min(max(self.cursor + by, 0), max(len(self._items) - 1, 0))

    def action_page(self, by: int) -> None:
        self.action_move(by * max(self.size.height - 2, 1))

    def action_edge(self, last: bool) -> None:
        self.cursor = max(len(self._items) - 1, 0) if last else 0

    def action_choose(self) -> None:
        if self.item is not None:
            self.post_message(self.Chosen())

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number = y - 1 + int(self.scroll_offset.y)
        style = self.visual_style
        if y == 0:
            line = self._line([Content(name) for name, _ in self._columns])
            style = self.get_visual_style("row-list--names")
        elif number < len(self._items):
            line = self._line(self._cells(self._items[number]))
            if number == self.cursor:
                style = self.get_visual_style("row-list--cursor")
        else:
            return Strip.blank(width, style.rich_style)
        strips = Visual.to_strips(
            self, line.truncate(width, ellipsis=True), width, 1, style, pad=True
        )
        return strips[0].simplify() if strips else Strip.blank(width, style.rich_style)

    def _line(self, cells: Sequence[Content]) -> Content:
        parts: list[Content | str] = []
        for (_, width), cell in zip(self._columns, cells, strict=True):
            shown = cell.truncate(width, ellipsis=True)
            parts += [shown, " " * (width - shown.cell_length)]
        return Content.assemble(*parts[:-1])  # what follows the last cell is no text to be cut
