"""Runs: everything recorded, and one run window by window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize

from femo_tui.errors import FemoError
from femo_tui.model.run_state import RunData
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import words
from femo_tui.ui.blocking.review import Review
from femo_tui.ui.messages import Said
from femo_tui.ui.overview import Overview
from femo_tui.ui.rows import began, has_ended, run_is_lost, simulated_mark, status_word
from femo_tui.ui.screens.base import heading
from femo_tui.ui.screens.decide import DECIDE, Decisions
from femo_tui.ui.screens.long_work import in_sight
from femo_tui.ui.screens.lost import SETTLE, LostRuns
from femo_tui.ui.screens.primary import PRIMARY, Choosing
from femo_tui.ui.screens.reassign import GIVE, Reassigning
from femo_tui.ui.screens.run import RunScreen
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from femo_tui.store.catalog import RunRow

_COLUMNS = {
    "began": 13,
    "who": 6,
    "run": 8,
    "status": 11,
    "data": 10,  # only where any are simulated
    " length": 8,
    "  windows": 10,
    "  samples": 10,
    " frames": 8,  # gives way to the word SIMULATED where there is no room for both
}
_ROOM = sum(_COLUMNS.values())


class RunsTable(RowList["RunRow"]):
    """Runs: enter shows one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "look", id="run.look", tooltip="One run, window by window"),
    ]


class RunsScreen(LostRuns, Decisions, Reassigning, Choosing):
    """Draws the runs of the catalog, the newest first."""

    HELP_TEXT = "Runs are never overwritten. A lost run was left by its recorder."
    BINDINGS: ClassVar[list[BindingType]] = [
        SETTLE,
        DECIDE,
        GIVE,
        PRIMARY,
        Binding(
            "i",
            "index",
            "index",
            id="run.index",
            tooltip="Read every run folder again and enter it into the catalog",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()  # of the columns

    def compose_body(self) -> ComposeResult:
        yield Lines(id="runs-heading")
        yield RunsTable((), lambda run: run.run_dir, self._cells, id="runs")

    def on_resize(self, event: Resize) -> None:
        self._name_columns()

    def _name_columns(self) -> None:
        """Have the columns that there is room and use for."""
        table = self.query_one(RunsTable)
        names = dict(_COLUMNS)
        if not any(run.simulated for run in table.items):
            del names["data"]
        elif self.query_one("#body").content_size.width < _ROOM:
            del names[" frames"]
        self._names = tuple(names)
        table.name_columns(tuple(names.items()))

    def on_screen_resume(self) -> None:
        self.give_focus(self.query_one(RunsTable))
        self.call_after_refresh(self.console.look)  # the list first: both would share the core

    def aim(self, target: str) -> None:
        self.query_one(RunsTable).point_at(target)

    def show_overview(self, overview: Overview) -> None:
        runs = sorted(overview.runs, key=lambda run: run.started_utc, reverse=True)
        self.query_one(RunsTable).show(runs)
        self._name_columns()
        n = len(runs)
        nothing = (
            f"Nothing is recorded yet: press {self.key_of('screen.setup')} to set up a session"
        )
        title = words.plural(n, "run") if n else nothing
        self.query_one("#runs-heading", Lines).show([heading(title)])
        self.refresh_bindings()

    def _cells(self, run: RunRow) -> list[Content]:
        cells = _row(run, f"{self.desk.local(began(run)):%d %b %H:%M}")
        return [cells[name] for name in self._names]

    def on_row_list_pointed(self) -> None:
        self.refresh_bindings()

    def on_row_list_chosen(self) -> None:
        self.action_show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        run = self._chosen()
        if action == "settle":
            return run is not None and run_is_lost(run)
        if action == "decide":
            return run is not None and run.data == RunData.UNTIL_ASKED and not run.station
        if action == "choose_primary":
            kept = run is not None and run.data == RunData.KEEP and not run.station
            return kept and run is not None and has_ended(run)
        if action == "give":
            ended = run is not None and has_ended(run) and not run.station
            return ended and run is not None and run.data != RunData.DISCARDED
        return True

    def _chosen(self) -> RunRow | None:
        table = next(iter(self.query(RunsTable)), None)  # none before the screen is composed
        return None if table is None else table.item

    def action_show(self) -> None:
        run = self._chosen()
        if run is not None and run.station:
            where = f"{run.participant} {run.run} lies on station {run.station}"
            self.console.say(f"{where}: look at it there.")
        elif run is not None:
            self._read(self.desk.store_root / run.run_dir)

    @work(thread=True, exclusive=True, exit_on_error=False, group="read")
    def _read(self, run_dir: Path) -> None:
        try:
            snapshot = self.desk.read_run(run_dir)
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))
            return
        self.app.call_from_thread(self._show, snapshot)

    def _show(self, snapshot: RunSnapshot) -> None:
        self.app.push_screen(RunScreen(snapshot, Review(self.desk, snapshot.run_dir)))

    def action_settle(self) -> None:
        run = self._chosen()
        if run is not None:
            self.settle(self.desk.store_root / run.run_dir)

    def action_decide(self) -> None:
        run = self._chosen()
        if run is not None:
            self.decide(self.desk.store_root / run.run_dir)

    def action_choose_primary(self) -> None:
        run = self._chosen()
        if run is not None:
            self.have_count(self.desk.store_root / run.run_dir)

    def action_give(self) -> None:
        run = self._chosen()
        if run is not None:
            self.give(self.desk.store_root / run.run_dir)

    @work(exit_on_error=False, group="index")
    async def action_index(self) -> None:
        outcome = await in_sight(self.app, "Index every run again", self.desk.reindex)
        done = outcome.result
        if done is not None:
            wrong = f" {done.problems[0]}" if done.problems else ""
            text = f"{words.plural(done.runs, 'run')} indexed, {done.removed} removed.{wrong}"
            self.console.say(text, refused=bool(wrong))
        else:
            text = outcome.problem or "Indexing was cancelled; what was entered is entered."
            self.console.say(text, refused=bool(outcome.problem))
        self.console.look()


def _row(run: RunRow, at: str) -> dict[str, Content]:
    return {
        "began": Content.styled(at, "$quiet"),
        "who": Content.styled(run.participant, "bold"),
        "run": Content(run.run),
        "status": status_word(run, 9),
        "data": simulated_mark(all_of_it=run.simulated),
        " length": Content(f"{words.clock(run.duration_s):>7}"),
        "  windows": Content(f"{f'{run.windows_accepted}/{run.windows_planned}':>9}"),
        "  samples": Content(f"{words.count(run.gsr_samples):>9}"),
        " frames": Content(f"{words.count(run.frames):>7}"),
    }
