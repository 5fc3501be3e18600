"""Runs that were broken off: may what was recorded be kept, now that the participant was asked?"""

from __future__ import annotations

from asyncio import to_thread
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from femo_tui.errors import FemoError
from femo_tui.model.run_state import RunData
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.dialogs import RECORDED, AskText, Confirm
from femo_tui.ui.screens.modal import Over, answer_line, key_hints

# Of the screens on which this can be decided.
DECIDE = Binding(
    "d", "decide", "data", id="run.decide", tooltip="Keep or discard what was broken off"
)


class DataDialog(Over[RunData | None]):
    """Asks what becomes of a run's data; None leaves the question open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "choose('keep')", "keep", id="data.keep", tooltip="It counts from now on"),
        Binding(
            "d", "choose('discarded')", "discard", id="data.discard", tooltip="Remove it for good"
        ),
        Binding(
            "escape", "dismiss(None)", "back", id="data.back", tooltip="Leave the question open"
        ),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name_of_run = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(
                Content.styled(f"What becomes of the data of {self._name_of_run}?", "bold")
            )
            yield Static(
                Content.styled(
                    "The run was broken off. Until somebody has asked the participant, its data"
                    " stay out of every analysis.",
                    "$quiet",
                )
            )
            yield Static("")
            key = self.key_of
            agreed = "the participant agrees: it counts from now on"
            yield Static(answer_line(key("data.keep"), "keep", agreed))
            gone = "remove it for good; that there was a run stays"
            yield Static(answer_line(key("data.discard"), "discard", gone))
            yield Static("")
            yield Static(key_hints((key("data.back"), "back: it waits")))

    def action_choose(self, data: str) -> None:
        self.dismiss(RunData(data))


class Decisions(FemoScreen):
    """A screen on which the data of a run that was broken off can be decided about."""

    @work(exclusive=True, exit_on_error=False, group="decide")
    async def decide(self, run_dir: Path) -> None:
        """Ask what becomes of a run's data, and do it."""
        name = f"{run_dir.parts[-3]} {run_dir.name}"
        data = await self.app.push_screen_wait(DataDialog(name))
        if data is None:
            return
        if data is RunData.DISCARDED and not await self.app.push_screen_wait(
            Confirm(f"Remove what was recorded in {name}?", "Nothing brings it back.")
        ):
            return
        question = AskText("Why?", RECORDED, needed=False)
        reason = await self.app.push_screen_wait(question)
        if reason is None:
            return
        try:
            await to_thread(self.desk.decide_data, run_dir, data, reason)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
            return
        kept = "is kept and counts" if data is RunData.KEEP else "is removed"
        self.console.say(f"{name}: what was recorded {kept}.")
        self.console.look()
