"""People: who takes part, what they consented to, what was recorded with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Label

from femo_tui.errors import FemoError
from femo_tui.model.participants import Participant, Scope, next_code
from femo_tui.ui import words
from femo_tui.ui.messages import Said
from femo_tui.ui.needs import registered
from femo_tui.ui.overview import Overview
from femo_tui.ui.rows import began, simulated_mark
from femo_tui.ui.screens.history import HistoryScreen
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.screens.withdraw import Withdrawing
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.row_list import RowList

_COLUMNS = (
    ("code", 6),
    (" age", 6),
    ("sex", 5),
    *((scope.value, len(scope.value) + 2) for scope in Scope),
    ("runs", 6),
    ("last", 6),
    ("", 0),
)
# Closer together, where any are simulated: there is room for that word at 80 columns, too.
_WITH_SIMULATED = (
    ("code", 5),
    ("age", 4),
    ("sex", 4),
    *((scope.value, len(scope.value) + 1) for scope in Scope),
    ("runs", 5),
    ("last", 7),
    ("simulated", 9),
)


@dataclass(frozen=True, slots=True)
class Saved:
    """Who was registered or changed."""

    code: str
    is_new: bool


class PeopleTable(RowList[Participant]):
    """Participants: enter sets a session up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "set up",
            id="participant.set-up",
            tooltip="Set up a session with this participant",
        ),
    ]


class PeopleScreen(Withdrawing):
    """Draws the participants; searches, registers and edits them."""

    AUTO_FOCUS = ""  # keys that were typed ahead are not for the search field
    HELP_TEXT = "People are codes here. Names stay outside the store."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n", "register", "new", id="participant.register", tooltip="Register a participant"
        ),
        Binding("e", "edit", "edit", id="participant.edit", tooltip="Change age, consent, notes"),
        Binding(
            "h",
            "history",
            "history",
            id="participant.history",
            tooltip="All runs and consents of this participant",
        ),
        Binding(
            "w",
            "withdraw",
            "withdraw",
            id="participant.withdraw",
            tooltip="They take consent back: all of it, or a part",
        ),
        Binding(
            "slash", "search", "search", id="participant.search", tooltip="Find by code or note"
        ),
        Binding(
            "escape", "list", "list", id="participant.list", tooltip="Back from the search field"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._runs: dict[str, tuple[int, str]] = {}  # how many, and the newest one's day
        self._simulated: dict[str, set[bool]] = {}  # by code: whether the runs are
        self._age_width = 4
        self._saved: Saved | None = None  # whom the next look at the catalog will know
        self._untold: Saved | None = None  # whom the notice has yet to name
        self._invitation = ""  # the notice that names a key of this screen
        # What could not be kept, for the next form: by code, and of somebody new by "".
        self._unsaved: dict[str, Participant] = {}

    def compose_body(self) -> ComposeResult:
        with Horizontal(classes="field", id="search"):
            yield Label("", id="people-count")
            key = self.key_of("participant.search")
            yield Input(compact=True, placeholder=f"{key} search by code or note", id="wanted")
        yield PeopleTable(_COLUMNS, lambda person: person.code, self._cells, id="people")
        yield Lines(id="about")

    def on_screen_resume(self) -> None:
        self.give_focus(self.query_one(PeopleTable))

    def on_screen_suspend(self) -> None:
        self._tell_saved()
        self.console.unsay(self._invitation)  # its key is none of the screen that comes
        self._invitation = ""

    def _tell_saved(self) -> None:
        saved, self._untold = self._untold, None
        if saved is None:
            return
        done = f"{saved.code} is {'registered' if saved.is_new else 'changed'}"
        # What is pressed means who is pointed at: here, and once the list knows them.
        if saved.is_new and self.is_current:
            key = self.key_of("participant.set-up")
            self._invitation = f"{done}: {key} sets up a session."
            self.console.say(self._invitation)
        else:
            self.console.say(f"{done}.")

    def aim(self, target: str) -> None:
        if target == "new":
            self.action_register()
        else:
            self.query_one("#wanted", Input).value = ""
            self._show_people()
            self.query_one(PeopleTable).point_at(target)

    def show_overview(self, overview: Overview) -> None:
        runs: dict[str, list[str]] = {}
        self._simulated = {}
        for run in overview.runs:
            self._simulated.setdefault(run.participant, set()).add(run.simulated)
            runs.setdefault(run.participant, []).append(f"{self.desk.local(began(run)):%d %b}")
        self._runs = {code: (len(days), days[-1]) for code, days in runs.items()}
        marked = any(True in kinds for kinds in self._simulated.values())
        self._age_width = 3 if marked else 4
        self.query_one(PeopleTable).name_columns(_WITH_SIMULATED if marked else _COLUMNS)
        self._show_people()
        saved = self._saved
        if saved is not None and self.query_one(PeopleTable).point_at(saved.code):
            self._saved = None
            self._tell_saved()

    def _show_people(self) -> None:
        overview = self.console.overview
        if overview is None:
            return
        people = overview.participants
        wanted = self.query_one("#wanted", Input).value.strip().casefold()
        found = [p for p in people if wanted in f"{p.code} {p.notes}".casefold()]
        title = f"{words.count(len(people))} registered"
        if not people:
            title = f"Nobody yet: press {self.key_of('participant.register')}"
        elif wanted:
            title = f"{words.count(len(found))} of {words.count(len(people))}"
        elif overview.withdrawn:
            title += f" · {words.count(len(overview.withdrawn))} withdrew"
        self.query_one("#people-count", Label).update(Content.styled(title, "$quiet bold"))
        self.query_one(PeopleTable).show(found)

    def on_input_changed(self) -> None:
        self._show_people()

    def on_input_submitted(self) -> None:
        self.action_list()

    def on_row_list_pointed(self) -> None:
        self._tell_about()
        self.refresh_bindings()

    def on_row_list_chosen(self) -> None:
        self.action_set_up()

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "list":
            return isinstance(self.focused, Input)
        if action == "search":
            return not isinstance(self.focused, Input)
        if action in ("edit", "history", "withdraw"):
            return self._chosen() is not None
        return True

    def _chosen(self) -> Participant | None:
        table = next(iter(self.query(PeopleTable)), None)  # none before the screen is composed
        return None if table is None else table.item

    def _cells(self, person: Participant) -> list[Content]:
        kinds = self._simulated.get(person.code, set())
        count, last = self._runs.get(person.code, (0, ""))
        given = [
            Content.styled("✓", "$success")
            if person.allows(scope)
            else Content.styled("·", "$quiet")
            for scope in Scope
        ]
        return [
            Content.styled(person.code, "bold"),
            Content(f"{words.NONE if person.age is None else person.age:>{self._age_width}}"),
            Content(words.NONE if person.sex is None else person.sex.value),
            *given,
            Content(f"{count:>4}"),
            Content.styled(last, "$quiet"),
            simulated_mark(all_of_it=kinds == {True}, some=True in kinds),
        ]

    def _tell_about(self) -> None:
        person = self._chosen()
        lines = []
        if person is not None:
            form = person.consent.form_version or "not recorded"
            at = registered(person)
            since = "" if at is None else f"registered {self.desk.local(at):%d %b %Y}, "
            consent = person.consent
            until = (consent.expires_utc or "")[:10]
            ends = until and f", {'expired' if consent.lapsed else 'until'} {until}"
            text = f"  {since}consent form {form}, given {consent.given_utc[:10]}{ends}"
            lines = [
                Content.assemble((person.code, "bold"), (text, "$quiet")),
                Content(person.notes) if person.notes else Content.styled("no notes", "$quiet"),
            ]
        self.query_one("#about", Lines).show(lines)

    # --- keys ---------------------------------------------------------------------------------

    def action_search(self) -> None:
        self.query_one("#wanted", Input).focus()

    def action_list(self) -> None:
        self.give_focus(self.query_one(PeopleTable))

    def action_set_up(self) -> None:
        person = self._chosen()
        if person is not None:
            self.console.open("setup", person.code)

    def action_history(self) -> None:
        person = self._chosen()
        if person is not None:
            self.app.push_screen(HistoryScreen(person))

    def action_withdraw(self) -> None:
        person = self._chosen()
        if person is not None:
            self.take_back(person)

    @work(exit_on_error=False)
    async def action_register(self) -> None:
        overview = self.console.overview
        if overview is None:
            return
        taken = {person.code for person in overview.participants} | overview.withdrawn
        typed = self._unsaved.pop("", None)
        code = next_code(taken) if typed is None or typed.code in taken else typed.code
        version, clock = overview.study.form_version, self.desk.clock
        form = PersonForm(code, taken, version, clock, typed=typed)
        person = await self.app.push_screen_wait(form)
        if person is not None:
            self._save(person, new=True)

    @work(exit_on_error=False)
    async def action_edit(self) -> None:
        overview, chosen = self.console.overview, self._chosen()
        if overview is None or chosen is None:
            return
        typed = self._unsaved.pop(chosen.code, None)
        version, clock = overview.study.form_version, self.desk.clock
        form = PersonForm(chosen.code, set(), version, clock, known=chosen, typed=typed)
        person = await self.app.push_screen_wait(form)
        if person is not None:
            self._save(person, new=False)

    @work(thread=True, exit_on_error=False, group="save")
    def _save(self, person: Participant, *, new: bool) -> None:
        try:
            if new:
                self.desk.register(person)
            else:
                self.desk.edit(person)
        except FemoError as problem:
            self._unsaved["" if new else person.code] = person
            key = self.key_of("participant.register" if new else "participant.edit")
            again = f"{problem}. {key} shows again what you wrote."
            self.app.post_message(Said(again, refused=True))
            return
        self.app.call_from_thread(self._look_for, Saved(person.code, new))

    def _look_for(self, saved: Saved) -> None:
        self.query_one("#wanted", Input).value = ""
        self._saved = self._untold = saved
        if not self.is_current:
            self._tell_saved()
        self.console.look()
