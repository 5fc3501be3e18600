"""Saved faces side by side, small and grey; one is pointed at, some may be picked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

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

if TYPE_CHECKING:
    from femo_tui.store.rows import SavedFrame

SIDE = 12  # pixels of a face, two a line
WIDTH, HEIGHT = SIDE + 2, SIDE // 2 + 1  # of a cell: the face, a gap, a line of words


class FaceGrid(ScrollView, can_focus=True):
    """Draws the faces that are in sight."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"face-grid--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left", "move(-1)", "left", id="frames.left", tooltip="The face before", show=False
        ),
        Binding(
            "right", "move(1)", "right", id="frames.right", tooltip="The next face", show=False
        ),
        Binding("up", "line(-1)", "up", id="frames.up", tooltip="The face above", show=False),
        Binding("down", "line(1)", "down", id="frames.down", tooltip="The face below", show=False),
        Binding(
            "home", "edge(False)", "first", id="frames.first", tooltip="The first face", show=False
        ),
        Binding("end", "edge(True)", "last", id="frames.last", tooltip="The last face", show=False),
        Binding("space", "pick", "pick", id="frames.pick", tooltip="Pick this face, or not"),
    ]

    cursor: var[int] = var(0, init=False)

    class Pointed(Message):
        """Another face is pointed at, or picked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._frames: Sequence[SavedFrame] = ()
        self._pictures: dict[int, Levels] = {}
        self._rejected: Collection[int] = ()
        self.picked: set[int] = set()

    @property
    def frame(self) -> SavedFrame | None:
        """Return what is pointed at."""
        return self._frames[self.cursor] if self.cursor < len(self._frames) else None

    @property
    def chosen(self) -> set[int]:
        """Return the numbers of the frames that are picked, else of the one pointed at."""
        frame = self.frame
        return self.picked or (set() if frame is None else {frame.frame})

    @property
    def _columns(self) -> int:
        return max(self.size.width // WIDTH, 1)

    def show(self, frames: Sequence[SavedFrame], rejected: Collection[int]) -> None:
        """Show `frames`, those that are rejected marked; their pictures may come later."""
        self._frames, self._rejected = frames, rejected
        self._lay_out()

    def show_rejected(self, rejected: Collection[int]) -> None:
        self._rejected = rejected
        self.picked = set()
        self.refresh()

    def take(self, frame: int, picture: Thumbnail) -> None:
        """Draw the picture of a frame."""
        self._pictures[frame] = half_blocks(picture, SIDE, SIDE // 2, None)
        place = next((i for i, shown in enumerate(self._frames) if shown.frame == frame), None)
        if place is not None:
            self._refresh(place)

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        lines = -(-len(self._frames) // self._columns)
        self.virtual_size = Size(self.size.width, lines * HEIGHT)
        self.refresh()

    def _refresh(self, place: int) -> None:
        line, column = divmod(place, self._columns)
        top = line * HEIGHT - int(self.scroll_offset.y)
        self.refresh(Region(column * WIDTH, top, WIDTH, HEIGHT))

    def watch_cursor(self, before: int, now: int) -> None:
        self._refresh(before)
        self._refresh(now)
        line, top = now // self._columns * HEIGHT, int(self.scroll_offset.y)
        if not top <= line <= top + self.size.height - HEIGHT:
            y = line if line < top else line + HEIGHT - self.size.height
            self.scroll_to(y=max(y, 0), animate=False)
        self.post_message(self.Pointed())

    def action_move(self, by: int) -> None:
        self.cursor = min(max(self.cursor + by, 0), max(len(self._frames) - 1, 0))

    def action_line(self, by: int) -> None:
        if 0 <= self.cursor + by * self._columns < len(self._frames):
            self.cursor += by * self._columns

    def action_edge(self, last: bool) -> None:
        self.cursor = max(len(self._frames) - 1, 0) if last else 0

    def action_pick(self) -> None:
        if self.frame is not None:
            self.picked ^= {self.frame.frame}
            self._refresh(self.cursor)
            self.post_message(self.Pointed())

    def render_line(self, y: int) -> Strip:
        line, inside = divmod(y + int(self.scroll_offset.y), HEIGHT)
        first = line * self._columns
        cells = [
            self._cell(place, inside)
            for place in range(first, min(first + self._columns, len(self._frames)))
        ]
        ground = self.visual_style.rich_style
        return Strip.join(cells).adjust_cell_length(self.size.width, ground)

    def _cell(self, place: int, inside: int) -> Strip:
        """Return one line of a cell: the face, or the words under it."""
        frame, ground = self._frames[place], self.visual_style.rich_style
        if inside == HEIGHT - 1:
            return self._words(frame, pointed=place == self.cursor)
        levels = self._pictures.get(frame.frame)
        if levels is None or 2 * inside + 1 >= len(levels):
            return Strip.blank(WIDTH, ground)
        pairs = zip(levels[2 * inside], levels[2 * inside + 1], strict=True)
        line = self.app.theme_variables["accent"]
        segments = [
            Segment(HALF * len(list(run)), cell_style(*pair, line)) for pair, run in groupby(pairs)
        ]
        return Strip(segments).adjust_cell_length(WIDTH, ground)

    def _words(self, frame: SavedFrame, *, pointed: bool) -> Strip:
        picked = "●" if frame.frame in self.picked else " "
        number = f"{picked}{frame.frame:06d}"
        rejected = frame.frame in self._rejected
        text = Content.assemble(
            number, (" out" if rejected else "", "$error bold" if rejected else "")
        )
        style = self.get_visual_style("face-grid--cursor") if pointed else self.visual_style
        strips = Visual.to_strips(self, text, WIDTH - 1, 1, style, pad=True)
        return Strip.join([strips[0], Strip.blank(1, self.visual_style.rich_style)])
