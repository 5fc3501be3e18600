"""Lines of text of which only those that changed are drawn again."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

_EMPTY = Content("")


def first_line(crop: Region) -> Region:
    """Return the first line of a region, for what only holds others and draws no more than that.

    Textual draws what lies behind others, too, and keeps every line of it in as many pieces as
    there are widgets in front: on Live most of what a key costs, and three megabytes. With this all
    lines are one.
    """
    return Region(crop.x, 0, crop.width, 1)


class Rows(Vertical):
    """One below the other, on a plain background."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(first_line(crop)) * crop.height


class Columns(Horizontal):
    """One beside the other, on a plain background."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(first_line(crop)) * crop.height


class Lines(Widget):
    """Shows lines handed to it; over ssh a figure that changes costs its own line, no more."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Content] = []

    @property
    def text(self) -> str:
        """Return what is shown, without its colours."""
        return "\n".join(line.plain for line in self._lines)

    def show(self, lines: Sequence[Content]) -> None:
        """Draw `lines`; those that are as before cost nothing."""
        before, self._lines = self._lines, list(lines)
        for y in range(max(len(before), len(self._lines))):
            old = before[y] if y < len(before) else _EMPTY
            new = self._lines[y] if y < len(self._lines) else _EMPTY
            if not new.is_same(old):
                # Blanks to the right of both are there already.
                width = max(old.cell_length, new.cell_length)
                self.refresh(Region(0, y, max(width, 1), 1))

    def show_all(self, lines: Sequence[Content]) -> None:
        """Draw `lines`, as high as they are many."""
        if self.styles.height is None or self.styles.height.value != len(lines):
            self.styles.height = len(lines)
        self.show(lines)

    def redraw(self) -> None:
        """Lay the lines out again for another size; for those that fit themselves to it."""

    def on_resize(self, event: Resize) -> None:
        self.redraw()

    def render_line(self, y: int) -> Strip:
        width, style = self.content_size.width, self.visual_style
        if y >= len(self._lines):
            return Strip.blank(width, style.rich_style)
        line = self._lines[y].truncate(width, ellipsis=True)
        strips = Visual.to_strips(self, line, width, 1, style, pad=True)
        return strips[0].simplify() if strips else Strip.blank(width, style.rich_style)


def page(view: Widget, by: int) -> None:
    """Scroll a view by pages; a line of the last one stays in sight."""
    view.scroll_relative(y=by * max(view.size.height - 1, 1), animate=False)


def spread(left: Content, right: Content, width: int) -> Content:
    """Put `left` and `right` at the two ends of a line; `left` gives way."""
    room = width - right.cell_length
    if room <= 0:
        return right.truncate(width)
    left = left.truncate(max(room - 1, 0), ellipsis=True)
    return Content.assemble(left, " " * (room - left.cell_length), right)
