"""The keys that steer a run: each becomes a command, stamped with when it was pressed."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from femo_tui.model.protocol import Scale, StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import (
    ALLOWED_IN,
    CONTENT_WARNING,
    NEEDS_NO_CONTROLS,
    CommandName,
    RunState,
)
from femo_tui.model.snapshot import StepStatus
from femo_tui.ui.screens.dialogs import RECORDED, AskRating, AskText, Confirm
from femo_tui.ui.screens.lost import SETTLE, LostRuns
from femo_tui.ui.screens.steer_dialogs import (
    DISCARD,
    BreakOff,
    FilmAgain,
    FilmWanted,
    what_goes,
)
from femo_tui.ui.status import name_of
from femo_tui.ui.widgets.gate import missed

_COMMAND_OF: dict[str, CommandName] = {
    "mark": CommandName.MARK,
    "note": CommandName.MARK,
    "pause": CommandName.PAUSE,
    "resume": CommandName.RESUME,
    "skip": CommandName.SKIP,
    "accept": CommandName.VERDICT,
    "accept_with_reason": CommandName.VERDICT,
    "fail": CommandName.VERDICT,
    "redo": CommandName.REDO,
    "rate": CommandName.RATING,
    "stop": CommandName.STOP,
    "abort": CommandName.ABORT,
    "take_over": CommandName.TAKE_OVER,
}
_NO_QUESTION = (
    "the run's protocol is not in this store, or was changed since. The participant answers on"
    " their own screen."
)


class Steering(LostRuns):
    """A screen on which the run that is recorded is steered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", id="run.mark", tooltip="Mark this moment"),
        Binding("n", "note", "note", id="run.note", tooltip="Mark this moment with a few words"),
        Binding("p", "pause", "pause", id="run.pause", tooltip="Pause; the sensors go on"),
        Binding("p", "resume", "resume", id="run.resume", tooltip="Go on with the run"),
        Binding("s", "skip", "skip", id="run.skip", tooltip="Leave this step for the next"),
        Binding("a", "accept", "accept", id="window.accept", tooltip="Accept the window"),
        Binding(
            "w",
            "accept_with_reason",
            "reason",
            id="window.accept-with-reason",
            tooltip="Accept a window that misses something, saying why",
        ),
        Binding(
            "f",
            "fail",
            "fail",
            id="window.fail",
            tooltip="Count the window as failed and go on, saying why",
        ),
        Binding("r", "redo", "redo", id="run.redo", tooltip="Do this step again, as a new attempt"),
        Binding(
            "t", "rate", "answer", id="run.rating", tooltip="Type what the participant answers"
        ),
        Binding(
            "e",
            "stop",
            "end",
            id="run.end",
            tooltip="End the run in order, before its time",
            show=False,
        ),
        Binding(
            "x", "abort", "abort", id="run.abort", tooltip="Black screen now, then end the run"
        ),
        Binding(
            "o",
            "take_over",
            "take over",
            id="run.take-over",
            tooltip="Take the controls over from the console that holds them",
        ),
        SETTLE,
    ]

    def protocol_of_run(self) -> StudyProtocol | None:
        """Return the protocol of the run that is shown, once it is read."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only where the run, and whoever holds its controls, allow what it asks."""
        run = self.console.snapshot
        if action == "settle":
            return run is not None and run.state is RunState.LOST
        command = _COMMAND_OF.get(action)
        if command is None:
            return True
        if run is None or self.console.active is None or run.state not in ALLOWED_IN[command]:
            return False
        watches = self.desk.held_elsewhere(run) is not None
        if action == "take_over":
            return watches
        if watches and command not in NEEDS_NO_CONTROLS:
            return False
        if action == "rate":
            return bool(run.asks)
        if action in ("accept", "accept_with_reason", "fail"):
            at_gate = run.state is RunState.AWAITING_VERDICT
            return at_gate and not (action == "accept" and missed(run))
        return True

    def _send(
        self,
        command: CommandName,
        args: dict[str, JsonValue] | None = None,
        pressed_s: float | None = None,
    ) -> None:
        self.console.command(command, args or {}, self._now_s() if pressed_s is None else pressed_s)

    def _now_s(self) -> float:
        return self.desk.clock.now_s()

    def _current_step(self) -> StepStatus | None:
        run = self.console.snapshot
        return None if run is None or run.current is None else run.steps[run.current]

    def action_settle(self) -> None:
        if self.console.snapshot is not None:
            self.settle(self.console.snapshot.run_dir)

    def action_mark(self) -> None:
        self._send(CommandName.MARK, {"text": "mark"})

    @work(exit_on_error=False)
    async def action_note(self) -> None:
        pressed_s = self._now_s()  # the moment noted is when the key went down
        hint = f"Stands at the moment you pressed {self.key_of('run.note')}. No names."
        question = AskText("Note", hint, needed=False)
        text = await self.app.push_screen_wait(question)
        if text:
            self._send(CommandName.MARK, {"text": text}, pressed_s)

    def action_pause(self) -> None:
        self._send(CommandName.PAUSE)

    def action_resume(self) -> None:
        self._send(CommandName.RESUME)

    @work(exit_on_error=False)
    async def action_take_over(self) -> None:
        run = self.console.snapshot
        held = None if run is None else self.desk.held_elsewhere(run)
        if held is None:
            return
        question = Confirm(
            f"Take the controls over from {held.operator}?",
            f"{held.operator} steers this run from another console, and is told.",
        )
        if await self.app.push_screen_wait(question):
            self._send(CommandName.TAKE_OVER)

    @work(exit_on_error=False)
    async def action_skip(self) -> None:
        pressed_s = self._now_s()
        step = self._current_step()
        if step is not None and step.window is not None:
            question = Confirm("Skip this step?", "Its window will count as failed.")
            if not await self.app.push_screen_wait(question):
                return
        self._send(CommandName.SKIP, {}, pressed_s)

    @work(exit_on_error=False)
    async def action_redo(self) -> None:
        pressed_s = self._now_s()
        step, run = self._current_step(), self.console.snapshot
        if step is None or run is None:
            return
        args: dict[str, JsonValue] = {"reason": ""}
        if step.kind == "clip" and step.began_to_play:
            media = await self.app.push_screen_wait(FilmAgain(run, step))
            if media is None:
                return
            args["media"] = media
        elif not await self.app.push_screen_wait(
            Confirm("Do this step again?", "The attempt so far stays in the record.")
        ):
            return
        run = self.console.snapshot
        if run is not None and run.state is RunState.AWAITING_VERDICT:
            self._send(CommandName.VERDICT, {"verdict": "redo", **args}, pressed_s)
        else:
            self._send(CommandName.REDO, args, pressed_s)

    def action_accept(self) -> None:
        self._send(CommandName.VERDICT, {"verdict": "accepted", "reason": ""})

    def action_accept_with_reason(self) -> None:
        self._give_with_reason("accepted_with_reason", "Accept the window, because …")

    def action_fail(self) -> None:
        self._give_with_reason("failed", "Count the window as failed, because …")

    @work(exit_on_error=False)
    async def _give_with_reason(self, verdict: str, question: str) -> None:
        pressed_s = self._now_s()
        dialog = AskText(question, RECORDED, needed=True)
        reason = await self.app.push_screen_wait(dialog)
        if reason:
            self._send(CommandName.VERDICT, {"verdict": verdict, "reason": reason}, pressed_s)

    @work(exit_on_error=False)
    async def action_rate(self) -> None:
        run = self.console.snapshot
        if run is None or run.start is None:
            return
        for name in run.asks:
            if name == CONTENT_WARNING:
                wanted = await self.app.push_screen_wait(FilmWanted())
                value = None if wanted is None else int(wanted)
            elif (scale := self._scale(name)) is not None:
                value = await self.app.push_screen_wait(AskRating(scale, run.start.language))
            else:
                text = f"{name} cannot be answered from here: {_NO_QUESTION}"
                self.console.say(text, refused=True)
                return
            if value is None:
                return
            self._send(CommandName.RATING, {"scale": name, "value": value})

    def _scale(self, name: str) -> Scale | None:
        step, protocol = self._current_step(), self.protocol_of_run()
        if step is None or protocol is None:
            return None
        scales = protocol.steps[protocol.step_index(step.name)].scales
        return next((scale for scale in scales if scale.name == name), None)

    @work(exit_on_error=False)
    async def action_stop(self) -> None:
        pressed_s = self._now_s()
        question = Confirm(
            "End the run here?", "What was recorded is sealed; the rest is not made."
        )
        if await self.app.push_screen_wait(question):
            self._send(CommandName.STOP, {}, pressed_s)

    @work(exit_on_error=False)
    async def action_abort(self) -> None:
        pressed_s = self._now_s()
        data = await self.app.push_screen_wait(BreakOff())
        while data == DISCARD and not await self._agrees_to_discard():
            data = await self.app.push_screen_wait(BreakOff())
        if data is not None:
            self._send(CommandName.ABORT, {"data": data}, pressed_s)

    async def _agrees_to_discard(self) -> bool:
        """Ask once more: the recorder removes the run, and one key may have been a slip."""
        run = self.console.snapshot
        name, goes = ("it", "") if run is None else (name_of(run), what_goes(run))
        question = Confirm(f"Abort, and remove what was recorded in {name}?", goes)
        return await self.app.push_screen_wait(question)
