"""One run in review: its whole trace with the windows, and the verdicts that can be changed."""

from __future__ import annotations

from asyncio import to_thread
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from femo_tui.errors import FemoError
from femo_tui.model.progress import Report
from femo_tui.model.run_state import AUTO, RunData, RunState
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.ui import status
from femo_tui.ui.blocking.reports import report_on_run
from femo_tui.ui.blocking.review import Review
from femo_tui.ui.screens.decide import DECIDE, Decisions
from femo_tui.ui.screens.dialogs import RECORDED, AskText
from femo_tui.ui.screens.faces import FacesScreen
from femo_tui.ui.screens.long_work import in_sight
from femo_tui.ui.screens.lost import SETTLE, LostRuns
from femo_tui.ui.screens.reassign import GIVE, Reassigning
from femo_tui.ui.screens.reporting import Reporting
from femo_tui.ui.screens.run_events import EventsScreen
from femo_tui.ui.widgets.frame import StatusLine
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.run_facts import RunFacts
from femo_tui.ui.widgets.trace import MinuteAxis, Trace
from femo_tui.ui.widgets.windows import WindowsTable, about_window


class RunScreen(LostRuns, Decisions, Reassigning, Reporting):
    """Draws a run that has ended, and takes verdicts on its windows."""

    HELP_TEXT = "One run as it lies on disk. Verdicts given here are added; nothing is overwritten."
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "accept", id="review.accept", tooltip="Accept, saying why"),
        Binding("x", "fail", "fail", id="review.fail", tooltip="Count as failed, saying why"),
        Binding("e", "events", "events", id="run.events", tooltip="What happened, by time"),
        Binding(
            "v",
            "verify",
            "verify",
            id="run.verify",
            tooltip="Hash every file and read every row, against the seal",
        ),
        DECIDE,
        GIVE,
        SETTLE,
        Binding("escape", "app.pop_screen", "back", id="run.back", tooltip="Back to the runs"),
    ]

    def __init__(self, run: RunSnapshot, review: Review) -> None:
        super().__init__()
        self._run, self._review = run, review

    def compose_body(self) -> ComposeResult:
        yield RunFacts(id="facts")
        yield Trace(fits=True, id="session")
        yield MinuteAxis(id="minutes")
        yield WindowsTable()
        yield Lines(id="window")

    def on_mount(self) -> None:
        self.query_one(WindowsTable).focus()

    def on_screen_resume(self) -> None:
        self._draw()
        self._read()

    def draw_status(self) -> None:
        self.query_one(StatusLine).say(partial(status.run_ends, self._run))

    def _draw(self) -> None:
        run = self._run
        self.query_one(RunFacts).tell(run, self.desk.now())
        trace = self.query_one(Trace)
        trace.display = bool(run.whole.t_s)
        trace.show(run)
        axis = self.query_one(MinuteAxis)
        axis.span_s = max(run.elapsed_s, 1.0) if run.whole.t_s else 0.0
        axis.redraw()
        self.query_one(WindowsTable).show(run.windows)
        self.draw_status()
        self.refresh_bindings()

    @work(thread=True, exclusive=True, exit_on_error=False, group="read")
    def _read(self) -> None:
        """Read the run again: what was decided on another screen, or by somebody else."""
        try:
            run = self._review.read()
        except FemoError as problem:
            self.app.call_from_thread(self.console.say, str(problem), refused=True)
            return
        if run != self._run:
            self.app.call_from_thread(self._take, run)

    def _take(self, run: RunSnapshot) -> None:
        self._run = run
        self._draw()

    def on_row_list_pointed(self) -> None:
        window = self._window()
        lines = [] if window is None else about_window(self._run, window)
        if window is not None:
            end_s = self._run.elapsed_s if window.end_s is None else window.end_s
            self.query_one(Trace).point_at(window.onset_s, end_s)
        elif self._run.start is not None:
            lines = [Content.styled("no window was opened", "$quiet")]
        self.query_one("#window", Lines).show(lines)
        self.refresh_bindings()

    def _window(self) -> WindowSummary | None:
        tables = self.query(WindowsTable)  # none before the screen is composed
        return tables.first().item if tables else None

    # --- keys -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        run, window = self._run, self._window()
        match action:
            case "settle":
                return run.state is RunState.LOST
            case "decide":
                return run.data is RunData.UNTIL_ASKED
            case "give":
                return run.sealed and run.data is not RunData.DISCARDED
            case "verify":
                return run.start is not None
            case "report":
                return run.start is not None and run.data is not RunData.DISCARDED
            case "accept" | "fail":
                judged = window is not None and window.end_s is not None and run.sealed
                failed = window is not None and window.verdict in ("failed", "redo", "")
                if action == "accept":
                    return judged and failed
                # What the rules failed stays so once somebody says it.
                open_yet = window is not None and window.verdict_by in ("", AUTO)
                return judged and (open_yet or not failed)
        return True

    def on_row_list_chosen(self) -> None:
        window = self._window()
        if window is not None:
            self.app.push_screen(FacesScreen(self._review, self._run, window))

    def action_events(self) -> None:
        self.app.push_screen(EventsScreen(self._run))

    def action_settle(self) -> None:
        self.settle(self._run.run_dir)

    def settled(self) -> None:
        if self.is_current:
            self.dismiss()

    def action_decide(self) -> None:
        self.decide(self._run.run_dir)

    def action_give(self) -> None:
        self.give(self._run.run_dir)

    def reassigned(self) -> None:
        if self.is_current:
            self.dismiss()

    def action_accept(self) -> None:
        self._judge("accepted_with_reason", "Accept the window, because …")

    def action_fail(self) -> None:
        self._judge("failed", "Count the window as failed, because …")

    @work(exit_on_error=False, group="judge")
    async def _judge(self, verdict: str, question: str) -> None:
        window = self._window()
        if window is None:
            return
        dialog = AskText(question, RECORDED, needed=True)
        reason = await self.app.push_screen_wait(dialog)
        if not reason:
            return
        try:
            run = await to_thread(self._review.judge_window, window, verdict, reason)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
            return
        self._take(run)
        self.console.look()

    def write_report(self, report: Report) -> Path:
        return report_on_run(self.desk, self._run.run_dir, report)

    @work(exit_on_error=False, group="verify")
    async def action_verify(self) -> None:
        name = status.name_of(self._run)
        outcome = await in_sight(self.app, f"Verify {name}", self._review.verify)
        if outcome.problem:
            self.console.say(outcome.problem, refused=True)
        elif outcome.result is None:
            self.console.say(f"{name}: verifying was cancelled.")
        elif outcome.result:
            more = len(outcome.result) - 1
            place = "/".join(self._run.run_dir.parts[-3:])
            others = f" (and {more} more: `femo show {place} --verify`)" if more else ""
            self.console.say(f"{name}: {outcome.result[0]}{others}", refused=True)
        else:
            self.console.say(f"{name} verifies: the seal holds and every row reads.")
