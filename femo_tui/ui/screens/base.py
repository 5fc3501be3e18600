"""The frame that every screen fills, and how a screen hears of what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen

from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import status
from femo_tui.ui.desk import Desk, Overview
from femo_tui.ui.widgets.frame import KeyLine, NoticeLine, StatusLine

if TYPE_CHECKING:
    from femo_tui.ui.app import FemoApp


class FemoScreen(Screen[None]):
    """Status line, body, notice, keys. Subclasses compose the body and draw what they are told."""

    HELP_TEXT = ""  # what the screen is for, on top of its keys in the help

    def compose(self) -> ComposeResult:
        yield StatusLine()
        with Vertical(id="body"):
            yield from self.compose_body()
        yield NoticeLine()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """Yield what stands between the two lines."""
        yield from ()

    @property
    def console(self) -> FemoApp:
        from femo_tui.ui.app import FemoApp

        return cast(FemoApp, self.app)

    @property
    def desk(self) -> Desk:
        return self.console.desk

    # Textual calls these in every class of a screen, the subclass first: they are not overridden.

    def on_mount(self) -> None:
        self.watch(self.app, "snapshot", self._snapshot_changed)
        self.watch(self.app, "overview", self._overview_changed)
        self.watch(self.app, "minute", lambda _: self.draw_status())
        self.watch(self.app, "notice", self._notice_changed)

    def on_screen_resume(self) -> None:
        self._snapshot_changed(self.console.snapshot)

    def area(self) -> str:
        """Return what stands after the station in the status line."""
        overview = self.console.overview
        return overview.study.protocol if overview is not None else self.desk.store_root.name

    def draw_status(self) -> None:
        app = self.console
        ends = (
            status.place(self.desk.station, self.area()),
            status.recorder(app.recording, app.disk_free_bytes, self.desk.now()),
        )
        self.query_one(StatusLine).say(lambda _: ends)

    def show_snapshot(self, snapshot: RunSnapshot | None) -> None:
        """Draw what a new snapshot changes."""
        self.draw_status()

    def aim(self, target: str) -> None:
        """Show what `target` names: a participant's code, a run folder, `new`."""

    def show_overview(self, overview: Overview) -> None:
        """Draw what a new look at the catalog changes."""

    def _snapshot_changed(self, snapshot: RunSnapshot | None) -> None:
        # A screen that is not looked at draws nothing; it catches up when it is.
        if self.is_current:
            self.show_snapshot(snapshot)

    def _overview_changed(self, overview: Overview | None) -> None:
        if overview is not None:
            self.draw_status()
            self.show_overview(overview)

    def _notice_changed(self, notice: tuple[str, bool]) -> None:
        self.query_one(NoticeLine).say(notice[0], refused=notice[1])


def heading(text: str) -> Content:
    """Return the heading of a part of a screen."""
    return Content.styled(text, "$quiet bold")
