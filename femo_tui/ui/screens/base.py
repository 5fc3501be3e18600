"""The frame that every screen fills, and how a screen hears of what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import status
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.overview import Overview
from femo_tui.ui.screens.console_screen import ConsoleScreen
from femo_tui.ui.screens.modal import Over
from femo_tui.ui.widgets.frame import KeyLine, NoticeLine, StatusLine
from femo_tui.ui.widgets.lines import Lines, Rows, first_line

if TYPE_CHECKING:
    from femo_tui.ui.tour import Tour

SMALLEST = (60, 16)  # below this, lines that belong together no longer stand together


class FemoScreen(ConsoleScreen[None]):
    """Status line, body, notice, keys. Subclasses compose the body and draw what they are told."""

    HELP_TEXT = ""  # what the screen is for, on top of its keys in the help
    _look: tuple[object, ...] = ()  # what its styles were worked out for
    _styled = False  # they hold, though Textual is about to ask for them again
    _shown: tuple[object, ...] = ()  # what of the overview is on the screen
    _focus_before: Widget | None = None  # while the terminal is too small
    is_painted = False  # since it was last gone to; a question may come before that

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield Lines(id="too-small")
        with Rows(id="body"):
            yield from self.compose_body()
        yield NoticeLine()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """Yield what stands between the two lines."""
        yield from ()

    @property
    def desk(self) -> Desk:
        return self.console.desk

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(first_line(crop)) * crop.height

    def _compositor_refresh(self) -> None:
        """Paint what changed; behind a question, hand it to the question.

        Textual would mark it as changed once more here, and so paint the whole screen for ever.
        """
        top, dirty = self.app.screen, self._compositor._dirty_regions
        if isinstance(top, Over):
            top.repaint(dirty)
            dirty.clear()
            self._dirty_widgets.clear()
        else:
            super()._compositor_refresh()
            # While screens change, nothing of it is sent to the terminal.
            self.is_painted = self.is_painted or not self.app._batch_count

    # Textual calls these in every class of a screen, the subclass first: they are not overridden.

    def on_mount(self) -> None:
        self.watch(self.app, "snapshot", self._snapshot_changed)
        self.watch(self.app, "overview", self._overview_changed)
        self.watch(self.app, "trouble", self._trouble_changed)
        self.watch(self.app, "active", lambda _: self.draw_status())
        self.watch(self.app, "minute", lambda _: self.draw_status())
        self.watch(self.app, "notice", self._notice_changed)
        self.watch(self.app, "tour", self._tour_changed)

    def on_screen_resume(self) -> None:
        self.is_painted = False
        self._snapshot_changed(self.console.snapshot)
        self._overview_changed(self.console.overview)
        # Textual works all styles out again now, and draws every line anew: half of what a key
        # costs, and needless unless the theme has become another.
        look = (self.app.theme, self.app.app_focus)
        self._styled, self._look = look == self._look, look
        self.call_next(self._expect_styles)

    def _expect_styles(self) -> None:
        self._styled = False  # Textual did not ask

    def update_node_styles(self, animate: bool = True) -> None:
        if self._styled:
            self._styled = False
        else:
            super().update_node_styles(animate)

    def give_focus(self, widget: Widget) -> None:
        """Focus a widget; Textual would draw it anew even where it has the focus already."""
        if self.focused is not widget:
            widget.focus()

    def on_resize(self, event: Resize) -> None:
        wide, high = event.size
        too_small = wide < SMALLEST[0] or high < SMALLEST[1]
        if too_small and not self.has_class("-too-small"):
            self._focus_before = self.focused  # what is hidden loses the focus
        elif not too_small and self.has_class("-too-small"):
            self.call_after_refresh(self.set_focus, self._focus_before)
        self.set_class(too_small, "-too-small")
        if too_small:
            lines = [Content("femo needs 80×24;"), Content(f"this is {wide}×{high}")]
            self.query_one("#too-small", Lines).show(lines)

    def draw_status(self) -> None:
        app = self.console
        parts = (
            status.place(self.desk.station, self.desk.store_root.name),
            status.recorder(app.snapshot, app.active),
            status.disk(app.disk_free_bytes),
            self.desk.now(),
        )
        self.query_one(StatusLine).say(lambda width: status.ends(*parts, width))

    def show_snapshot(self, snapshot: RunSnapshot | None) -> None:
        """Draw what a new snapshot changes."""
        self.draw_status()

    def aim(self, target: str) -> None:
        """Show what `target` names: a participant's code, a run folder, `new`."""

    def show_overview(self, overview: Overview) -> None:
        """Draw what a new look at the catalog changes."""

    def show_trouble(self, trouble: str) -> None:
        """Draw that the catalog could not be read, or, where it is empty, that it can again."""

    def _snapshot_changed(self, snapshot: RunSnapshot | None) -> None:
        # A screen that is not looked at draws nothing; it catches up when it is.
        if self.is_current:
            self.show_snapshot(snapshot)

    def _overview_changed(self, overview: Overview | None) -> None:
        # As above; and what is shown already is not drawn again: a thousand rows take a while.
        if overview is None or not self.is_current:
            return
        read = (
            overview.study,
            overview.participants,
            overview.runs,
            overview.unjudged,
            overview.undecided,
            overview.waiting,
        )
        shown = (*read, overview.at.date())
        if shown != self._shown:
            self._shown = shown
            self.draw_status()
            self.show_overview(overview)

    def _trouble_changed(self, trouble: str) -> None:
        self.show_trouble(trouble)

    def _notice_changed(self, notice: tuple[str, bool]) -> None:
        self.query_one(NoticeLine).say(notice[0], refused=notice[1])

    async def _tour_changed(self, tour: Tour | None) -> None:
        if tour is None:
            await self.query("TourCaption").remove()
        else:
            from femo_tui.ui.widgets.caption import TourCaption

            await self.mount(TourCaption(), before=self.query_one(KeyLine))


def heading(text: str) -> Content:
    """Return the heading of a part of a screen."""
    return Content.styled(text, "$quiet bold")
