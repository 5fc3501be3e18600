"""One participant's history: every consent as it was given, every run as it went."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from femo_tui.errors import FemoError
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.run_state import RunData
from femo_tui.ui import words
from femo_tui.ui.messages import Said
from femo_tui.ui.overview import Overview
from femo_tui.ui.rows import began, status_word
from femo_tui.ui.screens.base import FemoScreen, heading
from femo_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from femo_tui.store.catalog import ConsentEntry, RunRow


class HistoryScreen(FemoScreen):
    """Draws what a participant agreed to and what was recorded, the newest first."""

    HELP_TEXT = "A consent that was given is never changed; another one is added."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "back", id="history.back", tooltip="Back to people"),
        Binding(
            "enter", "set_up", "set up", id="history.set-up", tooltip="Set up a session with them"
        ),
    ]

    def __init__(self, person: Participant) -> None:
        super().__init__()
        self._person = person

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="history"):
            yield Lines(id="who")
            yield Lines(id="consents")
            yield Lines(id="visits")

    def on_screen_resume(self) -> None:
        self.give_focus(self.query_one(VerticalScroll))
        self._read()

    @work(thread=True, exclusive=True, exit_on_error=False, group="history")
    def _read(self) -> None:
        try:
            entries = self.desk.history(self._person.code)
        except FemoError as problem:
            self.app.post_message(Said(str(problem), refused=True))
            return
        self.app.call_from_thread(self._show_consents, entries)

    def show_overview(self, overview: Overview) -> None:
        code = self._person.code
        known = next((p for p in overview.participants if p.code == code), self._person)
        self.query_one("#who", Lines).show_all(
            [_who(known), Content.styled(known.notes or "no notes", "$quiet")]
        )
        runs = [run for run in overview.runs if run.participant == code]
        lines = [Content(""), heading(words.plural(len(runs), "run") if runs else "No run yet")]
        runs.sort(key=lambda run: (run.session, run.run), reverse=True)
        for _, visit in groupby(runs, key=lambda run: run.session):
            lines += [self._run_line(run) for run in visit]
        self.query_one("#visits", Lines).show_all(lines)

    def _show_consents(self, entries: tuple[ConsentEntry, ...]) -> None:
        lines = [Content(""), heading("Consent")]
        for number, entry in enumerate(reversed(entries)):
            given = [scope.value for scope in Scope if scope in entry.consent.scopes]
            until = (entry.consent.expires_utc or "")[:10]
            form = f", form {entry.consent.form_version or '–'}{until and f', until {until}'}"
            facts = f"{form}, entered by {entry.recorded_by}"
            counts = ("  no longer counts", "$quiet") if number else ("  counts", "$success")
            lines += [
                Content.assemble(entry.consent.given_utc[:10], (facts, "$quiet"), counts),
                Content(f"            {', '.join(given) or 'none'}"),
            ]
        self.query_one("#consents", Lines).show_all(lines)

    def _run_line(self, run: RunRow) -> Content:
        at = self.desk.local(began(run))
        return Content.assemble(
            f"{at:%Y-%m-%d %H:%M}  {run.run}  ",
            status_word(run, 11),
            f"{words.clock(run.duration_s):>7}  ",
            f"{run.windows_accepted}/{run.windows_planned} windows  ",
            ("SIMULATED  ", "$warning bold") if run.simulated else "",
            ("data: ask  ", "$warning bold") if run.data == RunData.UNTIL_ASKED else "",
            (run.protocol, "$quiet"),  # last: it gives way where the line is too long
        )

    def action_set_up(self) -> None:
        self.console.open("setup", self._person.code)


def _who(person: Participant) -> Content:
    age = words.NONE if person.age is None else f"{person.age} years"
    sex = words.NONE if person.sex is None else person.sex.value
    registered = person.registered_utc[:10]
    return Content.assemble(
        (person.code, "bold"), f"  {age}  {sex}", (f"  registered {registered}", "$quiet")
    )
