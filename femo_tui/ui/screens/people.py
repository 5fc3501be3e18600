"""People: who takes part, what they consented to, what was recorded with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from femo_tui.errors import FemoError
from femo_tui.model.participants import Participant, Scope, next_code
from femo_tui.ui import words
from femo_tui.ui.desk import Overview
from femo_tui.ui.messages import Said
from femo_tui.ui.rows import began
from femo_tui.ui.screens.base import FemoScreen, heading
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.widgets.chooser import PeopleTable
from femo_tui.ui.widgets.lines import Lines

_COLUMNS = (
    ("code", 6),
    (" age", 6),
    ("sex", 5),
    *((scope.value, len(scope.value) + 2) for scope in Scope),
    ("runs", 6),
    ("last", 6),
)


class PeopleScreen(FemoScreen):
    """Draws the participants; registers and edits them."""

    HELP_TEXT = "People are codes here. Names stay outside the store."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n", "register", "register", id="participant.register", tooltip="Register a participant"
        ),
        Binding("e", "edit", "edit", id="participant.edit", tooltip="Change age, consent, notes"),
    ]

    def compose_body(self) -> ComposeResult:
        yield Lines(id="people-heading")
        yield PeopleTable(id="people", cursor_type="row", cell_padding=0)
        yield Lines(id="about")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for name, width in _COLUMNS:
            table.add_column(name, width=width, key=name)

    def on_screen_resume(self) -> None:
        self.query_one(DataTable).focus()

    def aim(self, target: str) -> None:
        if target == "new":
            self.action_register()
        else:
            self._point_at(target)

    def show_overview(self, overview: Overview) -> None:
        table = self.query_one(DataTable)
        at = self._chosen()
        table.clear()
        for person in overview.participants:
            table.add_row(*_row(person, overview, self.desk.local), key=person.code)
        n = len(overview.participants)
        title = f"{n} registered" if n else "Nobody is registered yet: press n"
        self.query_one("#people-heading", Lines).show([heading(title)])
        if at is not None:
            self._point_at(at.code)
        self._tell_about()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._tell_about()
        self.refresh_bindings()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.action_set_up()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "edit":
            return self._chosen() is not None
        return True

    def _chosen(self) -> Participant | None:
        overview = self.console.overview
        table = next(iter(self.query(PeopleTable)), None)  # none before the screen is composed
        if overview is None or table is None or not table.is_valid_row_index(table.cursor_row):
            return None
        code = table.coordinate_to_cell_key(Coordinate(table.cursor_row, 0)).row_key.value
        return next((p for p in overview.participants if p.code == code), None)

    def _point_at(self, code: str) -> None:
        table = self.query_one(DataTable)
        if code in table.rows:
            table.move_cursor(row=table.get_row_index(code))

    def _tell_about(self) -> None:
        person = self._chosen()
        lines = []
        if person is not None:
            form = person.consent.form_version or "not recorded"
            lines = [
                Content.assemble(
                    (person.code, "bold"),
                    (f"  consent form {form}, given {person.consent.given_utc[:10]}", "$quiet"),
                ),
                Content(person.notes) if person.notes else Content.styled("no notes", "$quiet"),
            ]
        self.query_one("#about", Lines).show(lines)

    def action_set_up(self) -> None:
        person = self._chosen()
        if person is not None:
            self.console.open("setup", person.code)

    @work
    async def action_register(self) -> None:
        overview = self.console.overview
        if overview is None:
            return
        taken = {person.code for person in overview.participants}
        form = PersonForm(next_code(taken), taken, overview.study.form_version, self.desk.clock)
        person = await self.app.push_screen_wait(form)
        if person is not None:
            self._save(person, new=True)

    @work
    async def action_edit(self) -> None:
        overview, chosen = self.console.overview, self._chosen()
        if overview is None or chosen is None:
            return
        form = PersonForm(
            chosen.code, set(), overview.study.form_version, self.desk.clock, known=chosen
        )
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
            self.app.post_message(Said(str(problem), refused=True))
            return
        done = f"{person.code} is {'registered' if new else 'changed'}."
        self.app.post_message(Said(done))
        self.app.call_from_thread(self.console.look)


def _row(
    person: Participant, overview: Overview, local: Callable[[datetime], datetime]
) -> list[Content]:
    runs = [run for run in overview.runs if run.participant == person.code]
    last = max((began(run) for run in runs), default=None)
    given = [
        Content.styled("✓", "$success") if person.allows(scope) else Content.styled("·", "$quiet")
        for scope in Scope
    ]
    return [
        Content.styled(person.code, "bold"),
        Content(f"{words.NONE if person.age is None else person.age:>4}"),
        Content(words.NONE if person.sex is None else person.sex.value),
        *given,
        Content(f"{len(runs):>4}"),
        Content.styled("" if last is None else f"{local(last):%d %b}", "$quiet"),
    ]
