"""A screen that lies over another one, which stays in sight and goes on being drawn."""

from __future__ import annotations

from typing import TypeVar

from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip

Result = TypeVar("Result")


class Over(ModalScreen[Result]):
    """Shows the screen behind as it is.

    Textual would draw all of it anew, cell by cell in another colour, three times before the first
    paint and again at every change: 100 ms a key and 15 kB on the line.
    """

    DEFAULT_CSS = "Over { background: transparent; }"

    def render_lines(self, crop: Region) -> list[Strip]:
        """Take the lines that the screen behind has drawn already."""
        stack = self.app.screen_stack
        behind = stack[stack.index(self) - 1]
        if isinstance(behind, Over):
            return behind.render_lines(crop)
        chops = behind._compositor._render_chops(crop, crop.line_range.__contains__)
        lines = [
            Strip.join(chops[y].values()) if y < len(chops) else Strip([]) for y in crop.line_range
        ]
        return [line.crop_extend(crop.x, crop.right, None) for line in lines]
