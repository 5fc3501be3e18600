"""Home: today, the study, what needs a person, and the one next action."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from femo_tui.model.participants import Participant, Scope
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import status, words
from femo_tui.ui.needs import Need, needs_of, next_participant, registered
from femo_tui.ui.overview import Overview
from femo_tui.ui.rows import began, status_word
from femo_tui.ui.screens.base import heading
from femo_tui.ui.screens.decide import Decisions
from femo_tui.ui.screens.lost import LostRuns
from femo_tui.ui.widgets.lines import Columns, Lines, spread

if TYPE_CHECKING:
    from femo_tui.store.catalog import RunRow

_DOING = {
    RunState.AWAITING_VERDICT: "waits for your verdict on",
    RunState.PAUSED: "is paused, in",
}
LOW = 30  # lines: below this every one counts
TODAY_SHOWN = {True: 5, False: 12}  # on a low terminal, on a higher one
NEEDS_SHOWN = {True: 6, False: 14}
BAR_WIDTH = 24
ALL = "all:"  # what the line of the needs that have no room leads to


class HomeList(OptionList):
    """What can be done from here: enter does it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "do it", id="home.do", tooltip="Do what is chosen"),
    ]


class HomeScreen(LostRuns, Decisions):
    """Draws an overview of the store; `enter` does what is chosen."""

    HELP_TEXT = "Home shows today, what needs you, and what comes next."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "look", "look again", id="home.refresh", tooltip="Read the store again"),
        Binding(
            "m",
            "examine",
            "machine",
            id="machine.check",
            tooltip="What works on this machine, and what mends the rest",
            show=False,
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[object, ...] = ()  # of the run and the disk, what the list says
        self._shows_all = False  # that needs somebody

    def compose_body(self) -> ComposeResult:
        with Columns(id="top"):
            yield Lines(id="today")
            yield Lines(id="study")
        yield Lines(id="needs-heading")
        yield HomeList(id="actions", compact=True)

    def on_mount(self) -> None:
        reading = Content.styled("reading the store …", "$quiet")
        self.query_one("#today", Lines).show_all([heading("Today"), reading])

    def on_screen_resume(self) -> None:
        self.give_focus(self.query_one(HomeList))
        if self._shows_all and self.console.overview is not None:
            self._shows_all = False
            self._show_actions(self.console.overview)

    def show_snapshot(self, snapshot: RunSnapshot | None) -> None:
        self.draw_status()
        overview = self.console.overview
        if overview is not None and self._facts() != self._drawn:
            self.query_one("#today", Lines).show_all(self._today(overview))
            self._show_actions(overview)

    def on_resize(self, event: Resize) -> None:
        overview = self.console.overview
        if overview is not None and self.is_current:
            self.show_overview(overview)

    def show_overview(self, overview: Overview) -> None:
        self.query_one("#today", Lines).show_all(self._today(overview))
        self.query_one("#study", Lines).show_all(_study(overview))
        self._show_actions(overview)

    def show_trouble(self, trouble: str) -> None:
        if trouble:
            told = self.query_one("#needs-heading", Lines)
            text = f"! {trouble}. Looking again every few seconds."
            lines = textwrap.wrap(text, max(told.size.width, 40))
            told.show_all([Content.styled(line, "$error bold") for line in lines])
            if self.console.overview is None:
                unknown = Content.styled("not known", "$quiet")
                self.query_one("#today", Lines).show_all([heading("Today"), unknown])
        elif self.console.overview is not None:
            self._show_actions(self.console.overview)

    def _facts(self) -> tuple[object, ...]:
        run, free = self.console.recording, self.console.disk_free_bytes
        recording = None if run is None else (run.run_dir, run.state, run.current)
        return recording, free is not None and free < status.LOW_DISK_BYTES

    def _show_actions(self, overview: Overview) -> None:
        self._drawn = self._facts()
        needs = needs_of(overview, self.console.disk_free_bytes)
        title = heading("Needs you" if needs else "Nothing needs you")
        self.query_one("#needs-heading", Lines).show_all([title])
        options = self.query_one(HomeList)
        at = options.highlighted_option
        width = options.size.width or 76
        # One run may need two things: the text makes an option's id its own.
        lines = [Option(_need_line(need, width), id=f"{need.target} {need.text}") for need in needs]
        shown = NEEDS_SHOWN[self.size.height < LOW]
        if len(lines) > shown and not self._shows_all:
            left = Content(f"  and {words.count(len(needs) - shown)} more")
            more = spread(left, Content.styled("look", "$quiet"), width)
            lines[shown:] = [Option(more, id=ALL)]
        text, target = self._next(overview)
        do_it = spread(
            Content.assemble(("▸ ", "$accent bold"), (text, "bold")),
            Content.styled(self.key_of("home.do"), "$quiet"),
            width,
        )
        lines += [Option("", disabled=True), Option(heading("Next"), disabled=True)]
        options.clear_options()
        options.add_options([*lines, Option(do_it, id=target)])
        stays = at is not None and at.id in {option.id for option in options.options}
        last = options.option_count - 1
        options.highlighted = options.get_option_index(at.id or "") if stays and at else last

    def _next(self, overview: Overview) -> tuple[str, str]:
        run = self.console.recording
        if run is not None:
            doing = _DOING.get(run.state, "is being recorded, in")
            where = "" if run.current is None else run.steps[run.current].name
            return f"{status.name_of(run)} {doing} {where}".removesuffix(", in "), "live:"
        waiting = next_participant(overview)
        if not overview.participants:
            return "Register the first participant", "people:new"
        if waiting is None:
            return "Register the next participant", "people:new"
        return f"Set up a session for {waiting.code}", f"setup:{waiting.code}"

    def _at_this_moment(self, run: RunRow) -> RunRow:
        """Return a run as the line at the top has it: the catalog learns of each step later."""
        live = self.console.recording
        if live is None or live.run_dir != self.desk.store_root / run.run_dir:
            return run
        accepted = {w.step for w in live.windows if w.verdict.startswith("accepted")}
        return replace(run, status=live.state.value, windows_accepted=len(accepted))

    def _today(self, overview: Overview) -> list[Content]:
        """Return the runs of today, and who was registered today and is not recorded yet."""
        today = overview.at.date()
        rows: list[tuple[datetime, Content]] = []
        for run in overview.runs:
            at = self.desk.local(began(run))
            if at.date() == today:
                run = self._at_this_moment(run)
                figure = f"{run.windows_accepted}/{run.windows_planned} windows"
                line = Content.assemble(
                    f"{at:%H:%M}  {run.participant:<5}", status_word(run, 12), (figure, "$quiet")
                )
                rows.append((at, line))
        recorded = {run.participant for run in overview.runs}
        for person in overview.participants:
            moment = registered(person)
            if person.code not in recorded and moment is not None:
                at = self.desk.local(moment)
                if at.date() == today:
                    rows.append((at, _registered_line(person, at)))
        rows.sort(key=lambda row: row[0])
        shown = TODAY_SHOWN[self.size.height < LOW]
        lines = [line for _, line in rows[-shown:]]
        if not lines:
            lines = [Content.styled("nothing recorded yet", "$quiet")]
        if len(rows) > shown:
            earlier = (
                f"{words.count(len(rows) - shown + 1)} earlier: press {self.key_of('screen.runs')}"
            )
            lines[0] = Content.styled(earlier, "$quiet")
        return [heading("Today"), *lines]

    def action_look(self) -> None:
        self.console.look()

    @work(exclusive=True, exit_on_error=False, group="machine")
    async def action_examine(self) -> None:
        """Show what `femo doctor` says: it opens no device, so a recording goes on."""
        from femo_tui.ui.blocking.machine import examine
        from femo_tui.ui.screens.long_work import in_sight
        from femo_tui.ui.screens.machine import MachineScreen

        look = partial(examine, self.desk.store_root)
        outcome = await in_sight(self.app, "Look at the machine", look)
        if outcome.result is not None:
            self.app.push_screen(MachineScreen(outcome.result))
        elif outcome.problem:
            self.console.say(outcome.problem, refused=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        target = (event.option_id or "").partition(" ")[0]
        mode, _, rest = target.partition(":")
        if target == ALL:
            self._show_all()
        elif mode == "lost":
            self.settle(self.desk.store_root / rest)
        elif mode == "data":
            self.decide(self.desk.store_root / rest)
        elif mode:
            self.console.open(mode, rest)

    def _show_all(self) -> None:
        """List all that needs somebody, from what had no room on."""
        if self.console.overview is not None:
            self._shows_all = True
            self._show_actions(self.console.overview)
            self.query_one(HomeList).highlighted = NEEDS_SHOWN[self.size.height < LOW]


def _need_line(need: Need, width: int) -> Content:
    style = "$error bold" if need.loses else "$warning bold"
    text = Content.assemble(("! ", style), need.text)
    return spread(text, Content.styled(need.what, "$quiet"), width)


def _registered_line(person: Participant, at: datetime) -> Content:
    given = sum(person.allows(scope) for scope in Scope)
    consent = {0: "none", len(Scope): "all"}.get(given, f"{given} of {len(Scope)}")
    return Content.assemble(
        f"{at:%H:%M}  {person.code:<5}registered  ", (f"consent: {consent}", "$quiet")
    )


def _study(overview: Overview) -> list[Content]:
    """Return how far the study is: participants with a complete run of its protocol."""
    study = overview.study
    lines = [heading("Study"), Content(study.title or study.protocol)]
    complete = [
        run
        for run in overview.runs
        if run.status == "complete"
        and run.protocol == study.protocol
        and run.participant not in study.pilots
        and run.data != "discarded"
    ]
    real = {run.participant for run in complete if not run.simulated}
    done = len(real or {run.participant for run in complete})
    if study.planned_n:
        filled = round(BAR_WIDTH * min(done / study.planned_n, 1.0))
        lines.append(Content(f"{done} of {study.planned_n} participants"))
        lines.append(
            Content.assemble(("━" * filled, "$accent"), ("─" * (BAR_WIDTH - filled), "$rule"))
        )
    else:
        lines.append(Content(f"{words.plural(done, 'participant')} complete"))
    if complete and not real:
        lines.append(Content.styled("SIMULATED", "$warning bold"))
    registered_n = f"{words.count(len(overview.participants))} registered"
    lines.append(Content.styled(registered_n, "$quiet"))
    return lines
