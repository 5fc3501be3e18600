"""A screen that lies over another one, which stays in sight and goes on being drawn."""

from __future__ import annotations

from collections.abc import Collection

from textual.content import Content
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip

from femo_tui.ui.screens.console_screen import ConsoleScreen, Result


class Over(ModalScreen[Result], ConsoleScreen[Result]):
    """Shows the screen behind as it is.

    Textual would draw all of it anew, cell by cell in another colour, three times before the first
    paint and again at every change: 100 ms a key and 15 kB on the line.
    """

    DEFAULT_CSS = "Over { background: transparent; }"

    def __init__(self) -> None:
        super().__init__()
        self._behind_changed: set[Region] = set()

    def repaint(self, regions: Collection[Region]) -> None:
        """Paint again where the screen behind has changed."""
        room = self._compositor.size.region
        if not room or not self.is_running:
            self._behind_changed |= set(regions)  # it is not laid out yet: with its first paint
            return
        inside = {region.intersection(room) for region in regions if region.overlaps(room)}
        if inside:
            self._compositor._dirty_regions.update(inside)
            super()._compositor_refresh()

    def _compositor_refresh(self) -> None:
        """Paint what changed of the question: around it lies what is painted already."""
        dirty = self._compositor._dirty_regions
        room = self._compositor.size.region
        if room in dirty and self._is_around_painted():
            dirty.remove(room)
            dirty.update(child.region.intersection(room) for child in self.children)
            dirty.update(region.intersection(room) for region in self._behind_changed)
            dirty.discard(Region())
            self._behind_changed.clear()
        super()._compositor_refresh()

    def _is_around_painted(self) -> bool:
        """Return whether the terminal shows the screen behind; it will now, if it does not."""
        stack = self.app.screen_stack
        behind = next(s for s in reversed(stack) if not isinstance(s, Over))
        is_painted = getattr(behind, "is_painted", True)
        behind.is_painted = True
        return is_painted

    def way_out(self, what: str, does: str) -> tuple[str, str]:
        """Return the keys that change nothing, for `key_hints`: those and enter stand out."""
        first, *others = self.key_of.all_of(what)
        return f"▸ {first}", f"{does} (enter)" if "enter" in others else does

    def render_lines(self, crop: Region) -> list[Strip]:
        """Take the lines that the screen behind has drawn already."""
        stack = self.app.screen_stack
        behind = stack[stack.index(self) - 1]
        if isinstance(behind, Over):
            return behind.render_lines(crop)
        chops = behind._compositor._render_chops(crop, crop.line_range.__contains__)
        lines = [Strip.join(chops[y].values()) for y in crop.line_range if y < len(chops)]
        lines += [Strip([])] * (crop.height - len(lines))  # while it is being resized
        return [line.crop_extend(crop.x, crop.right, None) for line in lines]


def key_hints(*keys: tuple[str, str]) -> Content:
    """Return the keys of a question with what each does."""
    told = (Content.assemble((key, "$accent bold"), f" {does}") for key, does in keys)
    return Content("     ").join(told)


def answer_line(key: str, name: str, what: str, *, width: int = 9, on: bool = True) -> Content:
    """Return one of several answers: its key, its name, what follows from it."""
    style = "$accent bold" if on else "$quiet"
    return Content.assemble((f"{key}  ", style), (f"{name:<{width}}", "bold"), (what, "$quiet"))
