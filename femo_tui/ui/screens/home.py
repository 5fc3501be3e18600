"""Home: today, the study, what needs a person, and the one next action."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from femo_tui.model.participants import Participant, Scope
from femo_tui.ui import words
from femo_tui.ui.desk import Overview
from femo_tui.ui.rows import began, run_is_lost, status_word
from femo_tui.ui.screens.base import heading
from femo_tui.ui.screens.lost import LostRuns
from femo_tui.ui.widgets.lines import Lines, spread

TODAY_SHOWN = 7
NEEDS_SHOWN = 6
BAR_WIDTH = 24


class HomeScreen(LostRuns):
    """Draws an overview of the store; `enter` does what is chosen."""

    HELP_TEXT = "Home shows today, what needs you, and what comes next."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "look", "look again", id="home.refresh", tooltip="Read the store again"),
    ]

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Lines(id="today")
            yield Lines(id="study")
        yield Lines(id="needs-heading")
        yield OptionList(id="actions", compact=True)

    def on_mount(self) -> None:
        self.query_one("#today", Lines).show([heading("Today"), Content.styled("…", "$quiet")])

    def on_screen_resume(self) -> None:
        self.query_one(OptionList).focus()

    def show_overview(self, overview: Overview) -> None:
        self.query_one("#today", Lines).show(self._today(overview))
        self.query_one("#study", Lines).show(_study(overview))
        needs = _needs(overview)
        title = heading("Needs you" if needs else "Nothing needs you")
        self.query_one("#needs-heading", Lines).show([title])
        options = self.query_one(OptionList)
        options.clear_options()
        width = options.size.width or 76
        for text, what, target in needs[:NEEDS_SHOWN]:
            line = spread(
                Content.assemble(("! ", "$warning bold"), text),
                Content.styled(what, "$quiet"),
                width,
            )
            options.add_option(Option(line, id=target))
        options.add_option(Option("", disabled=True))
        options.add_option(Option(heading("Next"), disabled=True))
        text, target = _next(overview)
        line = spread(
            Content.assemble(("▸ ", "$accent bold"), (text, "bold")),
            Content.styled("enter", "$quiet"),
            width,
        )
        options.add_option(Option(line, id=target))
        options.highlighted = options.option_count - 1

    def _today(self, overview: Overview) -> list[Content]:
        today = overview.at.date()
        lines = [heading("Today")]
        for run in overview.runs:
            at = self.desk.local(began(run))
            if at.date() == today:
                figure = f"{run.windows_accepted}/{run.windows_planned} windows"
                lines.append(
                    Content.assemble(
                        f"{at:%H:%M}  {run.participant:<5}",
                        status_word(run, 10),
                        (figure, "$quiet"),
                    )
                )
        if len(lines) == 1:
            lines.append(Content.styled("nothing recorded yet", "$quiet"))
        return lines[: TODAY_SHOWN + 1]

    def action_look(self) -> None:
        self.console.look()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        mode, _, rest = (event.option_id or "home").partition(":")
        if mode == "lost":
            self.settle(self.desk.store_root / rest)
        else:
            self.console.open(mode, rest)


def _study(overview: Overview) -> list[Content]:
    study = overview.study
    done = len({run.participant for run in overview.runs if run.status == "complete"})
    lines = [heading("Study"), Content(study.title or study.protocol)]
    if study.planned_n:
        filled = round(BAR_WIDTH * min(done / study.planned_n, 1.0))
        lines.append(Content(f"{done} of {study.planned_n} participants"))
        lines.append(
            Content.assemble(("━" * filled, "$accent"), ("─" * (BAR_WIDTH - filled), "$rule"))
        )
    else:
        lines.append(Content(f"{words.plural(done, 'participant')} complete"))
    registered = f"{words.count(len(overview.participants))} registered"
    lines.append(Content.styled(registered, "$quiet"))
    return lines


def _needs(overview: Overview) -> list[tuple[str, str, str]]:
    """Return what a person has to settle: text, what can be done, where."""
    needs = []
    for run in overview.runs:
        name = f"{run.participant} {run.run}"
        if run_is_lost(run):
            text = f"{name} was lost after {words.clock(run.duration_s)}"
            needs.append((text, "resume · redo · close", f"lost:{run.run_dir}"))
        elif run.status == "complete" and run.windows_accepted < run.windows_planned:
            missing = run.windows_planned - run.windows_accepted
            text = f"{name}: {words.plural(missing, 'window')} not accepted"
            needs.append((text, "look", f"runs:{run.run_dir}"))
    needs += [
        (f"{person.code} has no consent for skin conductance", "edit", f"people:{person.code}")
        for person in overview.participants
        if not person.allows(Scope.GSR)
    ]
    return needs


def _next(overview: Overview) -> tuple[str, str]:
    waiting = _waiting(overview)
    if not overview.participants:
        return "Register the first participant", "people:new"
    if waiting is None:
        return "Register the next participant", "people:new"
    return f"Set up a session for {waiting.code}", f"setup:{waiting.code}"


def _waiting(overview: Overview) -> Participant | None:
    """Return who is registered, consented, and not recorded yet; the one longest waiting."""
    recorded = {run.participant for run in overview.runs}
    return next(
        (p for p in overview.participants if p.code not in recorded and p.allows(Scope.GSR)), None
    )
