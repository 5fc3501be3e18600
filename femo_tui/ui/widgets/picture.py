"""The camera as a small grey picture in half blocks, with a box where the face is.

Greys are few and steady, and only strips of cells that changed are sent, because every cell costs
some thirty bytes on the line.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.containers import Horizontal
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from femo_tui.model.records import Box
from femo_tui.model.thumbnail import Thumbnail

GREYS = 12
STEP = 256 / GREYS
STEADY = 0.75  # steps that a level must leave its grey by: a camera's noise is not worth sending
BOX = GREYS  # the level of the line around the face
STRIP_WIDTH = 8
HALF = "▀"

Levels: TypeAlias = list[list[int]]  # one a half block, row by row from the top


def half_blocks(picture: Thumbnail, width: int, height: int, before: Levels | None) -> Levels:
    """Return the picture as greys 0 … GREYS - 1, at most `width` wide and `height` lines high.

    Its sides keep their ratio. A level of `before` stays where the new one is nearly the same.
    """
    scale = min(width / picture.width, 2 * height / picture.height)
    wide, high = max(int(picture.width * scale), 1), max(int(picture.height * scale) // 2 * 2, 2)
    columns = [_span(x, wide, picture.width) for x in range(wide)]
    lines = [_span(y, high, picture.height) for y in range(high)]
    fits = before is not None and (len(before), len(before[0])) == (high, wide)
    levels = []
    for y, (top, bottom) in enumerate(lines):
        rows = [picture.grey[row * picture.width :][: picture.width] for row in range(top, bottom)]
        old = before[y] if fits and before is not None else [-1] * wide
        level = []
        for x, (left, right) in enumerate(columns):
            total = sum(sum(row[left:right]) for row in rows)
            value = total / ((right - left) * (bottom - top)) / STEP
            steady = 0 <= old[x] < GREYS and abs(value - old[x] - 0.5) < STEADY
            level.append(old[x] if steady else min(int(value), GREYS - 1))
        levels.append(level)
    if picture.box is not None:
        _draw_box(levels, picture, picture.box)
    return levels


def _span(index: int, count: int, size: int) -> tuple[int, int]:
    """Return which of `size` pixels lie in part `index` of `count`: one at least."""
    first = index * size // count
    return first, max((index + 1) * size // count, first + 1)


def _draw_box(levels: Levels, picture: Thumbnail, box: Box) -> None:
    high, wide = len(levels), len(levels[0])
    left, right = (
        min(max(round(x * wide / picture.width), 0), wide - 1) for x in (box.x, box.x + box.w)
    )
    top, bottom = (
        min(max(round(y * high / picture.height), 0), high - 1) for y in (box.y, box.y + box.h)
    )
    for x in range(left, right + 1):
        levels[top][x] = levels[bottom][x] = BOX
    for y in range(top, bottom + 1):
        levels[y][left] = levels[y][right] = BOX


@lru_cache(512)
def cell_style(top: int, bottom: int, line: str) -> Style:
    """Return the colours of a cell; `line` is the box's, in the theme."""
    return Style(color=_colour(top, line), bgcolor=_colour(bottom, line))


def _colour(level: int, line: str) -> RichColor:
    """Return a grey of the 256-colour palette, in half the bytes of a true colour.

    Textual turns palette colours into true ones unless they carry their triplet.
    """
    if level == BOX:
        return RichColor.parse(line)
    number = 232 + round(level * 23 / (GREYS - 1))
    value = 8 + 10 * (number - 232)
    return RichColor(f"grey{number}", ColorType.EIGHT_BIT, number, ColorTriplet(*(value,) * 3))


class PictureStrip(Widget):
    """A few columns of the picture: what is sent of a line when one of its cells changes."""

    def __init__(self, picture: Picture, left: int) -> None:
        super().__init__()
        self._picture, self._left = picture, left

    def render_line(self, y: int) -> Strip:
        return self._picture.line(self._left, self.size.width, y)


class Picture(Horizontal):
    """Draws thumbnails as large as it is; blank while there is none."""

    DEFAULT_CSS = """
    Picture > PictureStrip { width: 8; height: 100%; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._levels: Levels | None = None
        self._shown: Thumbnail | None = None

    def on_resize(self, _event: Resize) -> None:
        self._levels = None
        self.show(self._shown)

    def show(self, picture: Thumbnail | None) -> None:
        """Draw `picture`; cells that are as before cost nothing."""
        before, self._shown = self._levels, picture
        size = self.content_size
        strips = list(self.query(PictureStrip))
        for left in range(STRIP_WIDTH * len(strips), size.width, STRIP_WIDTH):
            strips.append(PictureStrip(self, left))
            self.mount(strips[-1])
        if picture is None or size.width == 0 or size.height == 0:
            self._levels = None
        else:
            self._levels = half_blocks(picture, size.width, size.height, before)
        now = self._levels
        if before is None or now is None or len(before) != len(now):
            for strip in strips:
                strip.refresh()
            return
        for y in range(0, len(now), 2):
            changed = [
                x
                for x in range(len(now[y]))
                if (now[y][x], now[y + 1][x]) != (before[y][x], before[y + 1][x])
            ]
            for number, xs in groupby(changed, lambda x: x // STRIP_WIDTH):
                if number < len(strips):
                    end = max(xs) % STRIP_WIDTH
                    strips[number].refresh(Region(0, y // 2, end + 1, 1))

    def line(self, left: int, width: int, y: int) -> Strip:
        """Return `width` cells of line `y` from column `left`."""
        levels, ground = self._levels, self.visual_style.rich_style
        if levels is None or 2 * y + 1 >= len(levels):
            return Strip.blank(width, ground)
        top, bottom = levels[2 * y][left:], levels[2 * y + 1][left:]
        cells = list(zip(top, bottom, strict=True))[:width]
        line = self.app.theme_variables["accent"]
        segments = [
            Segment(HALF * len(list(run)), cell_style(*pair, line)) for pair, run in groupby(cells)
        ]
        return Strip(segments, len(cells)).adjust_cell_length(width, ground)
