"""What the three ways of the Share screen have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from femo_tui.model.progress import Report
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.long_work import LongWork, Outcome
from femo_tui.ui.sharing import Book, ShareRoom
from femo_tui.ui.widgets.share_lines import Entry

Result = TypeVar("Result")


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

    async def do(self, title: str, what: Callable[[Report], Result]) -> Outcome[Result]:
        """Do long work in sight; only from a worker."""
        doing: LongWork[Result] = LongWork(title, what)
        outcome: Outcome[Result] = await self.app.push_screen_wait(doing)
        return outcome
