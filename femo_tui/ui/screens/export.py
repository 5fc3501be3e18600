"""Writing results to a file: in which form, and where."""

from __future__ import annotations

from asyncio import to_thread
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from femo_tui.errors import FemoError
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.blocking.results import FORMS, export, proposed_path
from femo_tui.ui.screens.modal import Over, key_hints

if TYPE_CHECKING:
    from femo_tui.stats.results import StudyResults


class ExportDialog(Over[Path | None]):
    """Asks for form and path, and writes; returns the path, None if the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "form(-1)", "form", id="export.form-before", tooltip="The form before"),
        Binding("down", "form(1)", "form", id="export.form-after", tooltip="The next form"),
        Binding("escape", "dismiss(None)", "back", id="export.back", tooltip="Write nothing"),
    ]

    def __init__(self, desk: Desk, results: StudyResults) -> None:
        super().__init__()
        self._desk, self._results = desk, results
        self._form = 0
        self._proposed = proposed_path(desk, FORMS[0])

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -export"):
            yield Static(Content.styled("Write the results to a file", "bold"))
            yield Static("", id="forms")
            yield Input(self._proposed, compact=True)
            yield Static("", id="hint")
            key = self.key_of
            forms = f"{key('export.form-before')}{key('export.form-after')}"
            back = (key("export.back"), "back")
            yield Static(key_hints((forms, "form"), ("▸ enter", "write"), back))

    def on_mount(self) -> None:
        self._draw()

    def _draw(self, problem: str = "") -> None:
        lines = []
        for number, form in enumerate(FORMS):
            sign = "▸" if number == self._form else " "
            name = f"{sign} {form.stem}{form.suffix}"
            style = "$accent bold" if number == self._form else ""
            lines.append(Content.assemble((f"{name:<18}", style), (form.holds, "$quiet")))
        self.query_one("#forms", Static).update(Content("\n").join([*lines, Content("")]))
        p = "" if self._results.p_shown else " p-values stay hidden in it."
        hint = f"In the store, unless it begins with / or ~. Only you can read it.{p}"
        said = Content.styled(f"! {problem}", "$warning") if problem else Content(hint)
        self.query_one("#hint", Static).update(said.stylize("$quiet") if not problem else said)

    def action_form(self, by: int) -> None:
        """Choose another form; a path that was not touched follows it."""
        self._form = (self._form + by) % len(FORMS)
        path = self.query_one(Input)
        if path.value == self._proposed:
            self._proposed = path.value = proposed_path(self._desk, FORMS[self._form])
        self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if text:
            self._write(text)
        else:
            self._draw("write where the file goes")

    @work(exclusive=True, exit_on_error=False, group="export")
    async def _write(self, text: str) -> None:
        try:
            form = FORMS[self._form]
            path = await to_thread(export, self._desk, self._results, form, text)
        except FemoError as problem:
            self._draw(str(problem))
            return
        self.dismiss(path)
