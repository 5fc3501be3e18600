"""Backups: made, and read again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from femo_tui.model.given_out import Backup
from femo_tui.ui import words
from femo_tui.ui.screens.long_work import in_sight
from femo_tui.ui.screens.modal import Over, key_hints
from femo_tui.ui.screens.sharing import Sharing
from femo_tui.ui.screens.told import Told, warnings
from femo_tui.ui.widgets.path_field import PathField

if TYPE_CHECKING:
    from femo_tui.bundle.backup.check import BackupChecked
    from femo_tui.bundle.backup.making import BackedUp


class BackupForm(Over[tuple[str, tuple[str, ...]] | None]):
    """Asks where the backup goes and who may open it; None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="backup.back", tooltip="Back up nothing"),
        Binding(
            "up,down",
            "app.focus_next",
            "other",
            id="backup.field",
            tooltip="The other field",
            priority=True,
        ),
    ]

    def __init__(self, destination: str, recipients: str = "", problem: str = "") -> None:
        super().__init__()
        self._destination, self._recipients, self._problem = destination, recipients, problem

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -share"):
            yield Static(Content.styled("Back the store up", "bold"))
            with Horizontal(classes="field"):
                yield Label("Folder")
                yield PathField(self._destination, id="destination")
            yield Static("on another disk; → completes the path", classes="hint")
            with Horizontal(classes="field"):
                yield Label("For")
                yield Input(self._recipients, id="recipients", compact=True)
            yield Static(
                "age keys or .pub files, with the first one there; else open", classes="hint"
            )
            said = f"! {self._problem}" if self._problem else ""
            yield Static(Content.styled(said, "$warning"), id="problem")
            fields = ("".join(self.key_of.all_of("backup.field")), "field")
            back = (self.key_of("backup.back"), "back")
            yield Static(key_hints(("▸ enter", "back up"), fields, back))

    def on_mount(self) -> None:
        self.query_one("#destination", Input).focus()

    def on_input_submitted(self) -> None:
        destination = self.query_one("#destination", Input).value.strip()
        if destination:
            recipients = self.query_one("#recipients", Input).value
            self.dismiss((destination, tuple(recipients.replace(",", " ").split())))
        else:
            said = Content.styled("! Write a folder on another disk.", "$warning")
            self.query_one("#problem", Static).update(said)


class Keeping(Sharing):
    """Backs the store up and reads backups again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "back_up", "back up", id="backup.make", tooltip="Back the store up now"),
        Binding(
            "c",
            "check_backup",
            "check",
            id="backup.check",
            tooltip="Read all backups in a folder again",
        ),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "check_backup":
            return self._backup is not None
        return super().check_action(action, parameters)

    @property
    def _backup(self) -> Backup | None:
        """Return the backup that is pointed at, or the newest one."""
        if self.entry is not None and isinstance(self.entry.of, Backup):
            return self.entry.of
        return self.book.backups[-1] if self.book is not None and self.book.backups else None

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_back_up(self) -> None:
        backups = self.book.backups if self.book is not None else ()
        destination, problem = backups[-1].destination if backups else "", ""
        recipients: tuple[str, ...] = ()
        while True:
            form = BackupForm(destination, " ".join(recipients), problem)
            asked = await self.app.push_screen_wait(form)
            if asked is None:
                return
            destination, recipients = asked
            place = words.path_of(destination)
            outcome = await in_sight(
                self.app, "Back up", partial(self.room.back_up, place, recipients)
            )
            self.read()
            if outcome.cancelled:
                self.console.say("Not backed up: cancelled. The next one goes on from there.")
                return
            if outcome.result is not None:
                self.app.push_screen(Told(*backed_up(outcome.result)))
                self.console.look()
                return
            problem = outcome.problem

    @work(exclusive=True, exit_on_error=False, group="ask")
    async def action_check_backup(self) -> None:
        backup = self._backup
        if backup is None:
            return
        folder = Path(backup.destination)
        outcome = await in_sight(self.app, f"Read {folder} again", partial(self.room.check, folder))
        if outcome.result is not None:
            self.app.push_screen(Told(*checked(outcome.result)))
        else:
            text = outcome.problem or "Not read to the end: cancelled."
            self.console.say(text, refused=bool(outcome.problem))


def backed_up(done: BackedUp) -> tuple[Content, list[Content]]:
    """Return in plain words what came of a backup."""
    command = f"femo backup {done.destination}"
    closed = "encrypted" if done.encrypted else "not encrypted: whoever has the disk can read it"
    lines = [
        Content(f"{done.destination} · {done.snapshot_id}"),
        Content(
            f"{words.plural(len(done.participants), 'participant')},"
            f" {words.plural(done.files, 'file')}, {words.size(done.bytes)}"
        ),
        Content(f"{words.size(done.new_bytes)} of it new, read back after it was written"),
        Content.styled(closed, "" if done.encrypted else "$warning"),
        *warnings((*done.left, *done.problems), command),
        Content(""),
        Content.styled(f"brought back by: femo restore {done.destination} --store NEW", "$quiet"),
    ]
    return Content("The store is backed up."), lines


def checked(found: BackupChecked) -> tuple[Content, list[Content]]:
    """Return in plain words whether backups are as they were written."""
    command = f"femo backup {found.folder} --verify"
    what = (
        f"{words.plural(len(found.snapshots), 'backup')}, {words.plural(found.objects, 'object')},"
        f" {words.size(found.bytes)}"
    )
    lines = [Content(str(found.folder)), Content(what)]
    if found.faults:
        return Content("These backups are damaged."), [*lines, *warnings(found.faults, command)]
    if not found.opened:
        told = "Encrypted for others: its bytes are as written; what is inside was not compared."
        lines.append(Content.styled(told, "$quiet"))
    return Content("All is as it was written."), lines
