"""Saved faces side by side, of which some may be picked or out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from femo_tui.ui.widgets.tiles import Tiles

if TYPE_CHECKING:
    from femo_tui.store.rows import SavedFrame


SIDE = 12  # pixels of a face, two a line


class FaceGrid(Tiles["SavedFrame"]):
    """Draws the frames of a window by their numbers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pick", "pick", id="frames.pick", tooltip="Pick this face, or not"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            lambda frame: frame.frame, self._words_of, side=SIDE, width=SIDE + 2, id=id
        )
        self._rejected: Collection[int] = ()
        self.picked: set[int] = set()

    @property
    def frame(self) -> SavedFrame | None:
        """Return what is pointed at."""
        return self.item

    @property
    def chosen(self) -> set[int]:
        """Return the numbers of the frames that are picked, else of the one pointed at."""
        frame = self.item
        return self.picked or (set() if frame is None else {frame.frame})

    def show(self, frames: Sequence[SavedFrame], rejected: Collection[int]) -> None:
        """Show `frames`, those that are rejected marked; their pictures may come later."""
        self._rejected = rejected
        self.show_items(frames)

    def show_rejected(self, rejected: Collection[int]) -> None:
        self._rejected = rejected
        self.picked = set()
        self.refresh()

    def action_pick(self) -> None:
        if self.item is not None:
            self.picked ^= {self.item.frame}
            self.draw_again(self.cursor)
            self.post_message(self.Pointed())

    def _words_of(self, frame: SavedFrame) -> list[Content]:
        picked = "●" if frame.frame in self.picked else " "
        rejected = frame.frame in self._rejected
        return [
            Content.assemble(
                f"{picked}{frame.frame:06d}",
                (" out" if rejected else "", "$error bold" if rejected else ""),
            )
        ]
