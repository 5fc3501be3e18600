"""What operators ask of a run: checked against its state, obeyed, written into it, answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from femo_tui.errors import FemoError, IllegalCommand, UsageError
from femo_tui.model.events import Marker
from femo_tui.model.run_state import CommandName, RunData, RunStatus, check_allowed
from femo_tui.recorder.closing import EndRun
from femo_tui.recorder.controls import Controls
from femo_tui.recorder.inbox import Asked
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.standing import Standing
from femo_tui.recorder.wire import Command, Reply
from femo_tui.store.disposal import wanted_data

if TYPE_CHECKING:
    from femo_tui.recorder.course import Course


class Orders:
    """The operators' side of the engine."""

    def __init__(self, course: Course, end: EndRun, standing: Standing, stage: Stage) -> None:
        self._course = course
        self._end = end
        self._standing = standing
        self._stage = stage
        self._controls = Controls()
        self._obey: dict[CommandName, Callable[[Command], None]] = {
            CommandName.MARK: lambda command: None,
            CommandName.PAUSE: lambda command: course.pause(f"by {command.operator}"),
            CommandName.RESUME: lambda command: course.resume(command.operator),
            CommandName.SKIP: lambda command: course.skip(command.operator),
            CommandName.REDO: self._redo,
            CommandName.STOP: self._stop,
            CommandName.ABORT: self._abort,
            CommandName.VERDICT: self._verdict,
            CommandName.RATING: self._rating,
            CommandName.TAKE_OVER: lambda command: None,
        }

    def take(self, asked: Asked) -> None:
        """Do what is asked, or say why not; either way it stands in the run."""
        command = asked.command
        error: str | None = None
        try:
            self._controls.check(command)
            check_allowed(command.command, self._standing.state)
            self._obey[command.command](command)
            self._controls.obeyed(command)
        except FemoError as problem:
            error = str(problem)
        self._mark(command, error)
        asked.answer(Reply(command.id, error is None, self._standing.state, error))

    def _stop(self, command: Command) -> None:
        self._end(RunStatus.STOPPED, f"stopped by {command.operator}")

    def _abort(self, command: Command) -> None:
        reason = _reason(command) or f"broken off by {command.operator}"
        try:
            data = wanted_data(_text(command, "data") or RunData.UNTIL_ASKED)
        except UsageError as problem:
            # what was meant can be decided later; the screen has to be black now
            data = RunData.UNTIL_ASKED
            reason = f"{reason}; {problem}"
        self._end(RunStatus.ABORTED, reason, data)

    def _redo(self, command: Command) -> None:
        self._course.redo(command.operator, _reason(command), _text(command, "media"))

    def _verdict(self, command: Command) -> None:
        verdict = _text(command, "verdict")
        if verdict == "redo":
            self._redo(command)
        else:
            self._course.decide(verdict, command.operator, _reason(command))

    def _rating(self, command: Command) -> None:
        value = command.args.get("value")
        if isinstance(value, bool) or not isinstance(value, int):
            raise IllegalCommand(f"rating: {value!r} is no whole number")
        self._course.rate(_text(command, "scale"), value)

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
                command.console,
            )
        )


def _text(command: Command, name: str) -> str:
    return str(command.args.get(name) or "").strip()


def _reason(command: Command) -> str:
    return _text(command, "reason")
