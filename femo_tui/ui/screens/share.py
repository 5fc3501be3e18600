"""Share: what was given out, what was brought in, what is backed up; and the keys to do each."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from femo_tui.errors import FemoError
from femo_tui.ui.blocking.sharing import Book, ShareRoom
from femo_tui.ui.keys import KeyOf
from femo_tui.ui.messages import Said
from femo_tui.ui.overview import Overview
from femo_tui.ui.screens.bringing_in import BringingIn
from femo_tui.ui.screens.giving_out import GivingOut
from femo_tui.ui.screens.keeping import Keeping
from femo_tui.ui.screens.told import Told
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.row_list import RowList
from femo_tui.ui.widgets.share_lines import (
    COLUMNS,
    Entry,
    about,
    entries_of,
    row,
    standing_lines,
    whole,
)

BACK_UP = "backup"  # what Home may come here for


class ShareTable(RowList[Entry]):
    """Bundles and backups: enter shows all of one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "look",
            id="bundle.look",
            tooltip="Everything known of this bundle, or backup",
        ),
    ]


class ShareScreen(Keeping, BringingIn, GivingOut):
    """Draws what left the store and what came in, the newest first."""

    HELP_TEXT = "What leaves the lab, what comes in, and what a dead disk would not take."

    class Read(Message):
        """The store was read; a newer reading takes this one's place."""

        def __init__(self, book: Book) -> None:
            super().__init__()
            self.book = book

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ShareScreen.Read)

    def compose_body(self) -> ComposeResult:
        yield Lines(id="standing")
        cells = lambda entry: row(entry, self.desk.now().tzinfo)  # noqa: E731
        yield ShareTable(COLUMNS, lambda entry: entry.key, cells, id="shared")
        yield Lines(id="about")

    def on_mount(self) -> None:
        reading = Content.styled("reading the store …", "$quiet")
        self.query_one("#standing", Lines).show([reading])

    def on_screen_resume(self) -> None:
        self.give_focus(self.query_one(ShareTable))
        self.read()

    def show_overview(self, overview: Overview) -> None:
        self.read()

    def aim(self, target: str) -> None:
        if target == BACK_UP:
            self.action_back_up()

    @work(thread=True, exclusive=True, exit_on_error=False, group="book")
    def read(self) -> None:
        """Read again what was given out, brought in and backed up."""
        try:
            self.post_message(self.Read(ShareRoom(self.desk).book()))
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))

    def on_share_screen_read(self, message: Read) -> None:
        if not self.is_running:
            return
        self.book = message.book
        self.query_one("#standing", Lines).show(standing_lines(message.book))
        self.query_one(ShareTable).show(entries_of(message.book))
        self.refresh_bindings()

    def on_row_list_pointed(self) -> None:
        entry = self.entry
        lines = [] if self.book is None else _nothing(self.key_of)
        self.query_one("#about", Lines).show(lines if entry is None else about(entry))
        self.refresh_bindings()

    @property
    def entry(self) -> Entry | None:
        """Return what is pointed at."""
        table = next(iter(self.query(ShareTable)), None)  # none before the screen is composed
        return None if table is None else table.item

    def on_row_list_chosen(self) -> None:
        if (entry := self.entry) is not None:
            title = Content(f"{entry.way.value[0].capitalize()}")
            self.app.push_screen(Told(title, whole(entry, self.desk.now().tzinfo)))


def _nothing(key: KeyOf) -> list[Content]:
    ways = (
        f"{key('bundle.export')} gives a bundle out, {key('bundle.import')} brings one in,"
        f" {key('backup.make')} makes a backup"
    )
    return [
        Content("Nothing has left this store or entered it yet."),
        Content.styled(ways, "$quiet"),
    ]
