"""What operators ask of a run: checked against its state, obeyed, written into it, answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from femo_tui.errors import FemoError, IllegalCommand
from femo_tui.model.events import Marker
from femo_tui.model.run_state import CommandName, RunStatus, check_allowed
from femo_tui.recorder.inbox import Asked
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.wire import Command, Reply

if TYPE_CHECKING:
    from femo_tui.recorder.engine import RunEngine


class Orders:
    """The operators' side of the engine."""

    def __init__(self, engine: RunEngine, stage: Stage) -> None:
        self._engine = engine
        self._stage = stage
        self._obey: dict[CommandName, Callable[[Command], None]] = {
            CommandName.MARK: lambda command: None,
            CommandName.PAUSE: lambda command: engine.pause(command.operator),
            CommandName.RESUME: lambda command: engine.resume(command.operator),
            CommandName.SKIP: lambda command: engine.skip(),
            CommandName.REDO: lambda command: engine.redo(command.operator, _reason(command)),
            CommandName.STOP: self._stop,
            CommandName.ABORT: self._abort,
            CommandName.VERDICT: self._verdict,
            CommandName.RATING: self._rating,
        }

    def take(self, asked: Asked) -> None:
        """Do what is asked, or say why not; either way it stands in the run."""
        command = asked.command
        error: str | None = None
        try:
            check_allowed(command.command, self._engine.state)
            self._obey[command.command](command)
        except FemoError as problem:
            error = str(problem)
        self._mark(command, error)
        asked.answer(Reply(command.id, error is None, self._engine.state, error))

    def _stop(self, command: Command) -> None:
        self._engine.end(RunStatus.STOPPED, f"stopped by {command.operator}")

    def _abort(self, command: Command) -> None:
        self._engine.end(RunStatus.ABORTED, _reason(command) or f"broken off by {command.operator}")

    def _verdict(self, command: Command) -> None:
        verdict = str(command.args.get("verdict", ""))
        if verdict == "redo":
            self._engine.redo(command.operator, _reason(command))
        else:
            self._engine.decide(verdict, command.operator, _reason(command))

    def _rating(self, command: Command) -> None:
        value = command.args.get("value")
        if not isinstance(value, int):
            raise IllegalCommand(f"rating: {value!r} is no whole number")
        self._engine.rate(str(command.args.get("scale", "")), value)

    def _mark(self, command: Command, error: str | None) -> None:
        pressed_s = command.sent_monotonic_s
        self._stage.log.event(
            Marker(
                self._stage.run_s(self._stage.clock.now_s()),
                str(command.args.get("text", command.command.value)),
                command.operator,
                command.command.value,
                command.args,
                None if pressed_s is None else self._stage.run_s(pressed_s),
                error is None,
                error,
            )
        )


def _reason(command: Command) -> str:
    return str(command.args.get("reason") or "").strip()
