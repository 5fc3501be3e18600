"""The set-up's first stage: who is recorded. Whoever waits to be recorded comes first."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from femo_tui.model.participants import Participant, Scope
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.ui import words
from femo_tui.ui.keys import keys_of
from femo_tui.ui.overview import Overview
from femo_tui.ui.rows import simulated_mark
from femo_tui.ui.widgets.row_list import RowList

_COLUMNS = (("code", 12), ("consent", 46), ("recorded", 17))


class PersonChoice(RowList[Participant]):
    """Participants: enter chooses one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "choose", id="setup.person", tooltip="Record this participant"),
    ]


class PersonStage(Vertical):
    """A list of participants with a search field over it."""

    class Chosen(Message):
        """A participant was chosen."""

        def __init__(self, code: str) -> None:
            super().__init__()
            self.code = code

    def __init__(self) -> None:
        super().__init__(id="person")
        self._people: tuple[Participant, ...] = ()
        self._runs: dict[str, int] = {}
        self._simulated: dict[str, set[bool]] = {}  # by code: whether the runs are
        self._done: set[str] = set()  # who has a complete run of the study's protocol

    def compose(self) -> ComposeResult:
        key = keys_of(self)("setup.search")
        yield Input(compact=True, placeholder=f"{key} search by code or note", id="who")
        yield PersonChoice(_COLUMNS, lambda person: person.code, self._cells)

    def show_overview(self, overview: Overview) -> None:
        self._runs, self._simulated = {}, {}
        for run in overview.runs:
            self._simulated.setdefault(run.participant, set()).add(run.simulated)
            self._runs[run.participant] = self._runs.get(run.participant, 0) + 1
        self._done = {
            run.participant
            for run in overview.runs
            if run.protocol == overview.study.protocol
            and (run.status, run.data) == (RunStatus.COMPLETE.value, RunData.KEEP.value)
        }
        self._people = tuple(
            sorted(overview.participants, key=lambda person: person.code in self._runs)
        )
        self._show()

    def enter(self) -> None:
        self.query_one(PersonChoice).focus()

    def search(self) -> None:
        self.query_one("#who", Input).focus()

    def _show(self) -> None:
        wanted = self.query_one("#who", Input).value.strip().casefold()
        found = [p for p in self._people if wanted in f"{p.code} {p.notes}".casefold()]
        self.query_one(PersonChoice).show(found)

    def _cells(self, person: Participant) -> list[Content]:
        given = ", ".join(scope.value for scope in Scope if person.allows(scope)) or "none"
        n = self._runs.get(person.code, 0)
        kinds = self._simulated.get(person.code, set())
        return [
            Content.styled(person.code, "bold"),
            Content.styled(given, "$quiet"),
            Content.assemble(
                f"{words.plural(n, 'run') if n else 'no run'}{self._sign(person)} ",
                simulated_mark(all_of_it=kinds == {True}, some=True in kinds),
            ),
        ]

    def _sign(self, person: Participant) -> str:
        """Return that somebody has a complete run, as long as the column has room for it."""
        if person.code not in self._done:
            return ""
        return " ✓" if True in self._simulated[person.code] else " ✓ done"

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def choose(self) -> None:
        """Choose who is pointed at."""
        self.query_one(PersonChoice).action_choose()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.choose()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        person = self.query_one(PersonChoice).item
        if person is not None:
            self.post_message(self.Chosen(person.code))
