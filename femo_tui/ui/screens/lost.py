"""Lost runs: resume, redo or close one, asked in one calm dialog."""

from __future__ import annotations

from asyncio import to_thread
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from femo_tui.errors import FemoError, UsageError
from femo_tui.model.cut import film_that_was_cut, last_step
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui import status, words
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.modal import Over, answer_line, key_hints
from femo_tui.ui.screens.steer_dialogs import FilmAgain

GROUP = "settle"
_CANNOT_RESUME = "not possible: the run does not say how it was recorded"
# Of the screens on which a lost run can be settled.
SETTLE = Binding(
    "l", "settle", "lost run", id="run.settle", tooltip="Resume, redo or close a lost run"
)


class LostRunDialog(Over[str | None]):
    """Asks what becomes of a lost run: `resume`, `redo`, `close`; None leaves it as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r", "choose('resume')", "resume", id="lost.resume", tooltip="Go on where it was cut"
        ),
        Binding("n", "choose('redo')", "redo", id="lost.redo", tooltip="Set up the same run anew"),
        Binding("c", "choose('close')", "close", id="lost.close", tooltip="Seal it as partial"),
        Binding("escape", "dismiss(None)", "back", id="lost.back", tooltip="Leave it lost for now"),
    ]

    def __init__(self, run: RunSnapshot, *, resumable: bool) -> None:
        super().__init__()
        self._run, self._resumable = run, resumable

    def compose(self) -> ComposeResult:
        step = last_step(self._run)
        where = "before its first step" if step is None else f"in {step.name}"
        what_resume = f"go on {'from the first step' if step is None else f'from {step.name}'}"
        resume = f"{what_resume}; the gap is marked" if self._resumable else _CANNOT_RESUME
        title = (
            f"{status.name_of(self._run)} was lost {where}, at {words.clock(self._run.elapsed_s)}"
        )
        with Vertical(classes="dialog"):
            yield Static(Content.styled(title, "bold"))
            yield Static(Content.styled("What was saved is kept, whichever you choose.", "$quiet"))
            yield Static("")
            key = self.key_of
            yield Static(answer_line(key("lost.resume"), "resume", resume, on=self._resumable))
            anew = "set up a new run, the same as this one"
            yield Static(answer_line(key("lost.redo"), "redo", anew))
            sealed = "seal it as partial; it cannot go on afterwards"
            yield Static(answer_line(key("lost.close"), "close", sealed))
            yield Static("")
            yield Static(key_hints((key("lost.back"), "back: it stays lost for now")))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._resumable or parameters != ("resume",)

    def action_choose(self, choice: str) -> None:
        self.dismiss(choice)


class LostRuns(FemoScreen):
    """A screen on which a lost run can be settled."""

    def settle(self, run_dir: Path) -> None:
        """Ask what becomes of a lost run, and do it; one at a time."""
        if not any(w.group == GROUP and not w.is_finished for w in self.app.workers):
            self._settle(run_dir)

    def settled(self) -> None:
        """Take down what showed the run as lost."""

    @work(exit_on_error=False, group=GROUP)
    async def _settle(self, run_dir: Path) -> None:
        try:
            run = await to_thread(self.desk.read_run, run_dir)
            request = await to_thread(self._request, run_dir)
            dialog = LostRunDialog(run, resumable=request is not None)
            choice = await self.app.push_screen_wait(dialog)
            if choice == "resume" and request is not None:
                await self._resume(run, request)
            elif choice == "redo":
                self._redo(run, request)
            elif choice == "close":
                await self._close(run)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)

    def _request(self, run_dir: Path) -> RecordRequest | None:
        try:
            return self.desk.lost_request(run_dir)
        except UsageError:
            return None  # the dialog says so

    async def _resume(self, run: RunSnapshot, request: RecordRequest) -> None:
        step = film_that_was_cut(run)
        if step is not None:
            media = await self.app.push_screen_wait(FilmAgain(run, step, lost=True))
            if media is None:
                return
            request = replace(request, media=media)
        self.console.say(f"{status.name_of(run)}: the recorder opens its devices …")
        await to_thread(self.desk.start, request)
        self.console.say(f"{status.name_of(run)} goes on.")
        self.settled()
        self.console.look()
        self.console.go("live")

    def _redo(self, run: RunSnapshot, request: RecordRequest | None) -> None:
        if request is None:
            protocol = "" if run.start is None else str(run.start.protocol.get("name", ""))
            request = replace(
                self.console.request_defaults,
                participant=status.participant_of(run),
                protocol=protocol,
            )
        self.settled()
        self.console.set_up(request)

    async def _close(self, run: RunSnapshot) -> None:
        question = Confirm(
            f"Close {status.name_of(run)} as partial?",
            "What was saved is sealed as it is. The run cannot be resumed afterwards.",
        )
        if not await self.app.push_screen_wait(question):
            return
        await to_thread(self.desk.close_partial, run.run_dir)
        self.console.say(f"{status.name_of(run)} is closed as partial and sealed.")
        self.settled()
        self.console.look()
