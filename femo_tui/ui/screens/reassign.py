"""A run that was recorded under a wrong code: given to whose it is."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from femo_tui.errors import FemoError
from femo_tui.model.participants import Participant
from femo_tui.ui import words
from femo_tui.ui.blocking.privacy import PrivacyRoom
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.dialogs import RECORDED, AskText, Confirm
from femo_tui.ui.screens.modal import Over, key_hints

# Of the screens on which a run can be given.
GIVE = Binding(
    "g",
    "give",
    "give to",
    id="run.reassign",
    tooltip="It is another participant's: give it to them",
)


class AskWhose(Over[Participant | None]):
    """Asks whose a run is, by code; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="whose.back", tooltip="Leave it as it is"),
    ]

    def __init__(self, name: str, people: Sequence[Participant]) -> None:
        super().__init__()
        self._of = name
        self._people = {person.code: person for person in people}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled(f"Whose is {self._of}?", "bold"))
            codes = SuggestFromList(self._people, case_sensitive=False)
            yield Input(compact=True, max_length=12, suggester=codes)
            yield Static("", id="hint")
            yield Static(key_hints(("▸ enter", "give it"), (self.key_of("whose.back"), "back")))

    def on_mount(self) -> None:
        self._hint("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._hint(event.value)

    def _hint(self, text: str) -> None:
        code = text.strip().upper()
        person = self._people.get(code)
        said = Content.styled("the code of a participant; → completes it", "$quiet")
        if person is not None:
            age = words.NONE if person.age is None else f"{person.age} years"
            sex = words.NONE if person.sex is None else person.sex.value
            said = Content(f"{code}: {age}, {sex}")
        self.query_one("#hint", Static).update(said)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        person = self._people.get(event.value.strip().upper())
        if person is not None:
            self.dismiss(person)
        else:
            said = Content.styled("! Nobody else here has that code.", "$warning")
            self.query_one("#hint", Static).update(said)


class Reassigning(FemoScreen):
    """A screen on which a run can be given to another participant."""

    def reassigned(self) -> None:
        """Take in that the run lies elsewhere now."""

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def give(self, run_dir: Path) -> None:
        """Ask whose a run is and why, have it confirmed, give it."""
        overview = self.console.overview
        if overview is None:
            return
        before, run = run_dir.parts[-3], run_dir.name
        others = [person for person in overview.participants if person.code != before]
        person = await self.app.push_screen_wait(AskWhose(f"{before} {run}", others))
        if person is None:
            return
        question = AskText("How came it?", RECORDED, needed=False)
        reason = await self.app.push_screen_wait(question)
        if reason is None:
            return
        follows = (
            f"Its files are written anew with {person.code} and sealed again. {before} stays in"
            " the audit log only, as a pseudonym."
        )
        sure = Confirm(f"Give {run} of {before} to {person.code}?", follows)
        if not await self.app.push_screen_wait(sure):
            return
        self.console.say(f"{run} of {before} is given to {person.code} …")
        try:
            room = PrivacyRoom(self.desk)
            done = await to_thread(room.reassign, run_dir, person.code, reason)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
            return
        now = f"{run} of {before} is {person.code} {done.run_dir.name} now"
        lacking = " and ".join(scope.value for scope in done.lacking)
        if lacking:
            key = self.key_of("participant.withdraw")
            text = f"{now}. {person.code} did not consent to {lacking}: {key} in People removes it."
        else:
            text = f"{now}, and sealed again."
        if done.recounted:
            key = self.key_of("run.events")
            text += f" Films counted anew: {len(done.recounted)}; {key} in a run tells which."
        if done.elsewhere:
            text += f" Not so {' and '.join(done.elsewhere)}."
        self.console.say(text, refused=bool(lacking))
        self.reassigned()
        self.console.look()
