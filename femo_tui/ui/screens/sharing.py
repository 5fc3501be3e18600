"""What the three ways of the Share screen have in common."""

from __future__ import annotations

from femo_tui.ui.blocking.sharing import Book, ShareRoom
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.share_lines import Entry


class Sharing(FemoScreen):
    """A screen from which a store is shared, filled and copied."""

    book: Book | None = None  # None until it was read
    bundle_path = ""  # of the one that was written or read last

    @property
    def room(self) -> ShareRoom:
        return ShareRoom(self.desk)

    @property
    def entry(self) -> Entry | None:
        """Return what is pointed at."""
        return None

    def read(self) -> object:
        """Read the store again: something was given out, brought in or backed up."""
        return None
