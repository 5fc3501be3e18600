"""The run engine: one loop over one inbox that alone changes the run's state and writes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from femo_tui.errors import DiskFull, FemoError, IllegalCommand, StoreError
from femo_tui.model.events import (
    ClockNote,
    DeviceNote,
    Marker,
    RunStop,
    StateChange,
    StepStart,
    StepStop,
    Verdict,
)
from femo_tui.model.protocol import Step, StudyProtocol
from femo_tui.model.records import PlayerEvent, PlayerMoment, Severity, Stream
from femo_tui.model.run_state import CommandName, RunState, RunStatus, advance, check_allowed
from femo_tui.recorder.counts import RunCounts
from femo_tui.recorder.gate import Criterion, WindowTally, as_facts, judge, why_failed
from femo_tui.recorder.inbox import Asked, EngineInbox, Item
from femo_tui.recorder.intake import Intake
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.steps import AskingStep, StepRun, make_step_run
from femo_tui.recorder.wire import Command, Reply
from femo_tui.store.run_writer import RunWriter

GRACE_S = 0.3  # frames stamped in a window may arrive this much later: detection, the pipe
CLOCK_NOTE_EVERY_S = 60.0
CLOCK_STEP_S = 0.5  # a wall clock that moved this much against boot time was stepped
PARTICIPANT_ABORT_KEY = "ESC"
AUTO = "auto"  # who gave a verdict when nobody did


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the run is to end, decided before its last records are in."""

    status: RunStatus
    reason: str
    at_s: float  # boot time at which the run is closed


class RunEngine:
    """Executes a protocol once. Not thread-safe: everything reaches it through the inbox."""

    def __init__(
        self,
        protocol: StudyProtocol,
        rig: Rig,
        writer: RunWriter,
        inbox: EngineInbox,
        stage: Stage,
        *,
        auto: bool,
    ) -> None:
        self._protocol = protocol
        self._rig = rig
        self._writer = writer
        self._inbox = inbox
        self._stage = stage
        self._auto = auto
        self._clock = inbox.clock
        self._state = RunState.ARMING
        self._counts = RunCounts()
        self._intake = Intake(writer, stage, self._counts)
        self._index = -1
        self._attempt = 1
        self._run: StepRun | None = None
        self._judge_at_s = math.inf
        self._criteria: list[Criterion] = []
        self._last_condition_step: str | None = None
        self._ending: _Ending | None = None
        self._clock_note_at_s = stage.origin_s
        self._wall_offset: float | None = None

    def run(self) -> RunStop:
        """Run the protocol to its end, whichever way it ends; return the record of that."""
        try:
            self._become(RunState.RUNNING)
            self._begin(0)
            while self._ending is None or self._clock.now_s() < self._ending.at_s:
                item = self._inbox.take(self._deadline_s())
                if item is None:
                    self._reach(self._clock.now_s())
                else:
                    self._handle(item)
            return self._close(self._ending)
        except StoreError as problem:
            return self._close_on_full_disk(problem)

    # --- what is due -------------------------------------------------------------------------

    def _deadline_s(self) -> float:
        due_s = self._clock_note_at_s
        if self._ending is not None:
            return min(due_s, self._ending.at_s)
        if self._state is RunState.RUNNING:
            due_s = min(due_s, self._judge_at_s)
        if self._run is not None and self._run.ended is None:
            due_s = min(due_s, self._run.deadline_s())
        return due_s

    def _reach(self, now_s: float) -> None:
        if now_s >= self._clock_note_at_s:
            self._note_clock(now_s)
        elif self._ending is not None:
            return
        elif self._state is RunState.RUNNING and now_s >= self._judge_at_s:
            self._judge()
        elif self._run is not None and self._run.ended is None:
            self._run.reach(now_s)
            self._after_step()

    def _note_clock(self, now_s: float) -> None:
        utc = self._clock.utc()
        offset_s = utc.timestamp() - now_s
        step_s = None if self._wall_offset is None else offset_s - self._wall_offset
        stepped = step_s is not None and abs(step_s) >= CLOCK_STEP_S
        self._writer.event(
            ClockNote(self._stage.run_s(now_s), iso(utc), step_s if stepped else None)
        )
        self._wall_offset = offset_s
        self._clock_note_at_s = now_s + CLOCK_NOTE_EVERY_S

    # --- what arrives ------------------------------------------------------------------------

    def _handle(self, item: Item) -> None:
        if isinstance(item, Asked):
            self._answer(item)
        elif isinstance(item, PlayerEvent):
            self._hear(item)
        else:
            self._intake.take(item)

    def _hear(self, event: PlayerEvent) -> None:
        if self._ending is not None:
            return
        if event.moment is PlayerMoment.KEY and event.key == PARTICIPANT_ABORT_KEY:
            self._end(RunStatus.ABORTED, "the participant broke off")
        elif self._run is not None and self._run.ended is None:
            self._run.hear(event)
            self._after_step()

    def _answer(self, asked: Asked) -> None:
        command = asked.command
        error: str | None = None
        try:
            check_allowed(command.command, self._state)
            self._obey(command)
        except FemoError as problem:
            error = str(problem)
        self._mark(command, error)
        asked.answer(Reply(command.id, error is None, self._state, error))

    def _mark(self, command: Command, error: str | None) -> None:
        text = command.args.get("text")
        pressed_s = command.sent_monotonic_s
        self._writer.event(
            Marker(
                self._stage.run_s(self._clock.now_s()),
                str(text) if text is not None else command.command.value,
                command.operator,
                command.command.value,
                command.args,
                None if pressed_s is None else self._stage.run_s(pressed_s),
                error is None,
                error,
            )
        )

    # --- what an operator asks ---------------------------------------------------------------

    def _obey(self, command: Command) -> None:
        orders: dict[CommandName, Callable[[Command], None]] = {
            CommandName.MARK: lambda _: None,
            CommandName.PAUSE: self._pause,
            CommandName.RESUME: self._resume,
            CommandName.SKIP: self._skip,
            CommandName.REDO: self._redo,
            CommandName.STOP: self._stop,
            CommandName.ABORT: self._abort,
            CommandName.VERDICT: self._take_verdict,
            CommandName.RATING: self._take_rating,
        }
        orders[command.command](command)

    def _pause(self, command: Command) -> None:
        if self._run is not None and self._run.ended is None:
            self._run.pause(self._clock.now_s())
        self._become(RunState.PAUSED, f"by {command.operator}")

    def _resume(self, command: Command) -> None:
        self._become(RunState.RUNNING, f"by {command.operator}")
        if self._run is not None and self._run.ended is None:
            self._run.resume(self._clock.now_s())

    def _skip(self, command: Command) -> None:
        if self._run is None:
            raise IllegalCommand("skip: the step has just ended")
        self._run.cut(self._clock.now_s(), "skipped")
        self._after_step()

    def _redo(self, command: Command) -> None:
        if self._run is not None:
            self._run.cut(self._clock.now_s(), "redo")
            self._stop_step()
        if self._stage.window is not None:
            self._verdict("redo", command.operator, str(command.args.get("reason", "")))
        if self._state is RunState.AWAITING_VERDICT:
            self._become(RunState.RUNNING)
        self._begin(self._index, self._attempt + 1)

    def _stop(self, command: Command) -> None:
        self._end(RunStatus.STOPPED, f"stopped by {command.operator}")

    def _abort(self, command: Command) -> None:
        self._end(RunStatus.ABORTED, str(command.args.get("reason") or f"by {command.operator}"))

    def _take_verdict(self, command: Command) -> None:
        verdict = str(command.args.get("verdict", ""))
        reason = str(command.args.get("reason") or "").strip()
        if verdict == "redo":
            self._redo(command)
            return
        if verdict not in ("accepted", "accepted_with_reason", "failed"):
            raise IllegalCommand(
                f"verdict {verdict!r} is unknown: use accepted, accepted_with_reason, redo, failed"
            )
        if verdict == "accepted" and why_failed(self._criteria):
            raise IllegalCommand(
                f"the window misses {why_failed(self._criteria)}: accept it with a reason, or redo"
            )
        if verdict == "accepted_with_reason" and not reason:
            raise IllegalCommand("accepting a window that misses a criterion needs a reason")
        self._verdict(verdict, command.operator, reason)
        self._become(RunState.RUNNING)
        self._go_on()

    def _take_rating(self, command: Command) -> None:
        value = command.args.get("value")
        if not isinstance(self._run, AskingStep) or not isinstance(value, int):
            raise IllegalCommand("rating: nothing is asked now that takes this answer")
        now_s = self._clock.now_s()
        error = self._run.answer(str(command.args.get("scale", "")), value, now_s, "operator")
        if error is not None:
            raise IllegalCommand(error)
        self._after_step()

    # --- from step to step -------------------------------------------------------------------

    def _begin(self, index: int, attempt: int = 1) -> None:
        if index >= len(self._protocol.steps):
            self._end(RunStatus.COMPLETE, "the protocol is complete")
            return
        self._index, self._attempt = index, attempt
        self._judge_at_s = math.inf
        step = self._protocol.steps[index]
        if step.condition is not None:
            self._last_condition_step = step.name
        self._stage.window = None
        self._intake.step = (step.name, attempt)
        self._rig.cue(step.condition)
        self._writer.event(
            StepStart(
                self._stage.run_s(self._clock.now_s()),
                step.name,
                attempt,
                step.kind.value,
                step.condition.class_name if step.condition else None,
                step.media,
                what_is_seen(step),
            )
        )
        self._run = make_step_run(self._stage, step, attempt, self._last_condition_step)
        self._run.begin()

    def _after_step(self) -> None:
        if self._run is None or self._run.ended is None:
            return
        self._stop_step()
        window = self._stage.window
        if window is None or window.end_s is None:
            self._go_on()
        else:
            self._judge_at_s = window.end_s + GRACE_S

    def _stop_step(self) -> None:
        assert self._run is not None
        assert self._run.ended is not None
        step = self._protocol.steps[self._index]
        self._writer.event(
            StepStop(
                self._stage.run_s(self._clock.now_s()),
                step.name,
                self._attempt,
                self._run.ended,
                self._run.media_played_s,
                step.duration_s if self._run.media_played_s is not None else None,
            )
        )
        self._run = None
        self._rig.cue(None)

    def _judge(self) -> None:
        self._judge_at_s = math.inf
        self._writer.sync()
        window = self._stage.window
        assert window is not None
        self._criteria = self._look_at(window)
        failed = why_failed(self._criteria)
        if window.reason == "skipped":
            self._verdict("failed", AUTO, "skipped")
            self._go_on()
        elif self._auto:
            self._verdict("failed" if failed else "accepted", AUTO, failed)
            self._go_on()
        else:
            self._stage.player.blank()
            self._become(RunState.AWAITING_VERDICT, failed or "all criteria are met")

    def _look_at(self, window: WindowTally) -> list[Criterion]:
        gsr, camera = self._rig.gsr_info, self._rig.camera_info
        return judge(
            window,
            self._protocol.thresholds,
            gsr_rate_hz=None if gsr is None else gsr.rate_hz,
            camera_fps=None if camera is None else self._protocol.camera_fps,
        )

    def _verdict(self, verdict: str, by: str, reason: str) -> None:
        window = self._stage.window
        assert window is not None
        self._counts.windows_accepted += verdict.startswith("accepted")
        self._counts.windows_failed += verdict == "failed"
        self._writer.event(
            Verdict(
                self._stage.run_s(self._clock.now_s()),
                window.step,
                window.attempt,
                window.class_name,
                verdict,
                by,
                reason,
                as_facts(self._criteria or self._look_at(window)),
            )
        )
        self._criteria = []
        self._stage.window = None

    def _go_on(self) -> None:
        self._begin(self._index + 1)

    # --- the end -----------------------------------------------------------------------------

    def _become(self, state: RunState, reason: str = "") -> None:
        self._state = advance(self._state, state)
        self._writer.event(StateChange(self._stage.run_s(self._clock.now_s()), state, reason))

    def _end(self, status: RunStatus, reason: str) -> None:
        """Show black at once; close the run when the last records have had time to arrive."""
        now_s = self._clock.now_s()
        self._stage.player.blank()
        if self._run is not None:
            self._run.cut(now_s, status.value)
            self._stop_step()
        window = self._stage.window
        if window is not None and window.end_s is not None:
            self._verdict("failed", AUTO, f"the run was {status.value}")
        aborted = status is RunStatus.ABORTED
        self._become(RunState.ABORTING if aborted else RunState.STOPPING, reason)
        self._judge_at_s = math.inf
        self._ending = _Ending(status, reason, now_s + GRACE_S)

    def _close(self, ending: _Ending) -> RunStop:
        self._become(RunState.DONE)
        now_s = self._clock.now_s()
        stop = RunStop(
            self._stage.run_s(now_s),
            ending.status,
            ending.reason,
            iso(self._clock.utc()),
            self._counts.facts(),
        )
        self._writer.event(stop)
        return stop

    def _close_on_full_disk(self, problem: StoreError) -> RunStop:
        """End in order where nothing more can be written but what was kept in reserve."""
        self._stage.player.blank()
        self._writer.release_reserve()
        now_s = self._clock.now_s()
        name = "disk_full" if isinstance(problem, DiskFull) else "write_failed"
        self._writer.event(
            DeviceNote(self._stage.run_s(now_s), Stream.DISK, name, Severity.LOSS, str(problem), {})
        )
        self._state = RunState.FAILED
        self._writer.event(StateChange(self._stage.run_s(now_s), RunState.FAILED, str(problem)))
        return self._close(_Ending(RunStatus.FAILED, str(problem), now_s))


def what_is_seen(step: Step) -> str:
    """Say in a few words what the participant sees in a step."""
    if step.kind.value == "clip":
        return "the film"
    if step.scales:
        return f"{len(step.scales)} question{'s' if len(step.scales) > 1 else ''}"
    if step.media is not None:
        return "an illustration and its instruction"
    return "text" if step.text else "a fixation cross"


def iso(utc: datetime) -> str:
    """Return UTC as ISO 8601 to the millisecond."""
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
