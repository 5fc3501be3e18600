"""What happened in a run, by time: its steps, notes, answers, troubles, verdicts, amendments."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from femo_tui.model.records import Severity
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import status, words
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.frame import StatusLine
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.row_list import RowList


@dataclass(frozen=True, slots=True)
class Happened:
    """One line: when, what kind, and in words."""

    t_s: float | None  # None: after the run
    kind: str
    text: str
    style: str = ""


_COLUMNS = (("time", 9), ("what", 10), ("", 200))


class EventsList(RowList[Happened]):
    """The events of one run."""


class EventsScreen(FemoScreen):
    """Draws the events of a run."""

    HELP_TEXT = "What happened in the run, as it was written down."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "back", id="events.back", tooltip="Back to the run"),
    ]

    def __init__(self, run: RunSnapshot) -> None:
        super().__init__()
        self._run = run

    def compose_body(self) -> ComposeResult:
        yield EventsList(_COLUMNS, lambda happened: f"{id(happened)}", _cells, id="events")
        yield Lines(id="event")

    def on_mount(self) -> None:
        events = self.query_one(EventsList)
        events.show(happened_in(self._run))
        events.focus()

    def on_row_list_pointed(self) -> None:
        """Show the whole of what a line has no room for."""
        happened = self.query_one(EventsList).item
        told = self.query_one("#event", Lines)
        lines = [] if happened is None else textwrap.wrap(happened.text, max(told.size.width, 40))
        told.show([Content.styled(line, "$quiet") for line in lines])

    def draw_status(self) -> None:
        self.query_one(StatusLine).say(partial(status.run_ends, self._run))


def happened_in(run: RunSnapshot) -> list[Happened]:
    """Return what happened, by time; what was decided afterwards comes last."""
    events = [
        *_of_steps(run),
        *_of_people(run),
        *(
            Happened(
                note.t_s,
                "LOSS" if note.severity is Severity.LOSS else note.stream.value,
                note.text,
                {Severity.LOSS: "$error bold", Severity.WARNING: "$warning"}.get(note.severity, ""),
            )
            for note in run.device_notes
        ),
    ]
    if run.stop is not None:
        why = f"{run.stop.status.value}: {run.stop.reason}"
        events.append(Happened(run.stop.t_s, "end", why, "bold"))
    after = [
        Happened(
            None,
            "amended",
            f"{a.about}: {a.decided}{f' ({a.reason})' if a.reason else ''}, {a.operator}, {a.utc}",
            "$warning",
        )
        for a in run.amendments
    ]
    unread = [Happened(None, "unread", problem, "$warning") for problem in run.problems]
    return [*sorted(events, key=lambda event: event.t_s or 0.0), *after, *unread]


def _of_steps(run: RunSnapshot) -> list[Happened]:
    events = [
        Happened(step.started_s, "step", f"{step.name}: {step.sees}", "$quiet")
        for step in run.steps
        if step.started_s is not None
    ]
    for window in run.windows:
        name = f"{window.class_name or window.step}, {window.step}-{window.attempt}"
        text = f"{name} opens (±{window.uncertainty_s * 1000:.0f} ms)"
        events.append(Happened(window.onset_s, "window", text, "$accent"))
        if window.end_s is not None:
            verdict = window.verdict.replace("_", " ") or "no verdict"
            why = f" ({window.verdict_reason})" if window.verdict_reason else ""
            text = f"{name} closes, {window.reason}: {verdict}{why}"
            events.append(Happened(window.end_s, "window", text, "$accent"))
    return events


def _of_people(run: RunSnapshot) -> list[Happened]:
    events = []
    for marker in run.markers:
        refused = "" if marker.ok else f" refused: {marker.error}"
        at_s = marker.t_s if marker.pressed_s is None else marker.pressed_s
        kind = "note" if marker.command == "mark" else "command"
        text = f"{marker.text}{refused}, {marker.operator}"
        events.append(Happened(at_s, kind, text, "" if marker.ok else "$warning"))
    for rating in run.ratings:
        value = "no answer" if rating.value is None else str(rating.value)
        about = f" about {rating.about}" if rating.about else ""
        events.append(Happened(rating.t_s, "answer", f"{rating.scale} {value}{about}"))
    return events


def _cells(happened: Happened) -> list[Content]:
    at = "after" if happened.t_s is None else words.clock(happened.t_s)
    return [
        Content.styled(f"{at:>7}", "$quiet"),
        Content.styled(happened.kind, "$quiet"),
        Content.styled(happened.text, happened.style),
    ]
