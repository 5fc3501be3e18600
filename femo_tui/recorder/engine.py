"""The run engine: one loop over one inbox that alone changes the run's state and writes it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from femo_tui.errors import DeviceError, DiskFull, IllegalCommand, StoreError
from femo_tui.model.events import DeviceNote, RunStop, StateChange, StepStart, StepStop
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import PlayerEvent, PlayerMoment, Severity, Stream
from femo_tui.model.run_state import RunState, RunStatus, advance
from femo_tui.recorder.asking_step import AskingStep
from femo_tui.recorder.disk_guard import DiskGuard
from femo_tui.recorder.gatekeeper import AUTO, Gatekeeper
from femo_tui.recorder.inbox import Asked, EngineInbox, Item
from femo_tui.recorder.intake import Intake
from femo_tui.recorder.opening import INTERRUPTED, OpenRun
from femo_tui.recorder.orders import Orders
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.step_kinds import make_step_run, what_is_seen
from femo_tui.recorder.steps import StepRun
from femo_tui.recorder.wall_clock import WallClock, iso

GRACE_S = 0.3  # frames stamped in a window may arrive this much later: detection, the pipe
PARTICIPANT_ABORT_KEY = "ESC"


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the run is to end, decided before its last records are in."""

    status: RunStatus
    reason: str
    at_s: float  # boot time at which the run is closed


class RunEngine:
    """Executes a protocol once. Everything reaches it through the inbox, on one thread."""

    def __init__(
        self,
        protocol: StudyProtocol,
        rig: Rig,
        inbox: EngineInbox,
        stage: Stage,
        opened: OpenRun,
        *,
        auto: bool,
    ) -> None:
        self.state = RunState.ARMING
        self.interrupted = False  # the disk took no more: the run is to go on later
        self._protocol = protocol
        self._rig = rig
        self._opened = opened
        self._writer = opened.writer
        self._inbox = inbox
        self._stage = stage
        self._auto = auto
        self._counts = opened.counts
        self._intake = Intake(opened.writer, stage, self._counts, rig.gsr_info)
        self._gate = Gatekeeper(protocol, rig, stage, self._counts)
        self._orders = Orders(self, stage)
        self._wall_clock = WallClock(stage)
        self._disk = DiskGuard(stage, opened.writer, protocol)
        self._index = 0
        self._attempt = 1
        self._run: StepRun | None = None  # None between steps
        self._judge_at_s = math.inf
        self._asked_about: str | None = None  # the step that ratings are about
        self._ending: _Ending | None = None

    def run(self) -> RunStop:
        """Run the protocol to its end, whichever way it ends; return the record of that."""
        try:
            self._become(RunState.RUNNING)
            self._set_out()
            while self._ending is None or self._now_s() < self._ending.at_s:
                item = self._inbox.take(self._deadline_s())
                if item is None:
                    self._reach(self._now_s())
                else:
                    self._handle(item)
            return self._close(self._ending)
        except StoreError as problem:
            return self._interrupt(problem)

    def _set_out(self) -> None:
        """Begin with the first step, or where a lost run was cut."""
        self._index, self._attempt = self._opened.step_index, self._opened.attempt
        if self._opened.pending is None:
            self._begin(self._index, self._attempt)
        else:
            self._stage.window = self._opened.pending
            self._judge_at_s = self._now_s()

    def _now_s(self) -> float:
        return self._stage.clock.now_s()

    # --- what is due, what arrives -----------------------------------------------------------

    def _deadline_s(self) -> float:
        due_s = min(self._wall_clock.look_at_s, self._disk.look_at_s)
        if self._ending is not None:
            return min(due_s, self._ending.at_s)
        if self._run is not None:
            return min(due_s, self._run.deadline_s())
        return min(due_s, self._judge_at_s) if self.state is RunState.RUNNING else due_s

    def _reach(self, now_s: float) -> None:
        if now_s >= self._wall_clock.look_at_s:
            self._wall_clock.look()
        elif now_s >= self._disk.look_at_s:
            self._disk.look()
        elif self._ending is not None:
            return
        elif self._run is not None:
            self._run.reach(now_s)
            self._leave_ended_step()
        else:
            self._judge()

    def _handle(self, item: Item) -> None:
        if isinstance(item, Asked):
            self._orders.take(item)
        elif isinstance(item, PlayerEvent):
            self._hear(item)
        else:
            self._intake.take(item)

    def _hear(self, event: PlayerEvent) -> None:
        if self._ending is not None:
            return
        if event.moment is PlayerMoment.KEY and event.key == PARTICIPANT_ABORT_KEY:
            self.end(RunStatus.ABORTED, "broken off by the participant")
            return
        if event.moment is PlayerMoment.DIED and not self._revive_player():
            return
        if self._run is not None:
            self._run.hear(event)
            self._leave_ended_step()

    def _revive_player(self) -> bool:
        """Open the participant's screen again; without one the run is over."""
        self._rig.player.close()
        try:
            self._rig.player.open()
        except DeviceError as problem:
            self.end(RunStatus.FAILED, f"the participant's screen is gone: {problem}")
            return False
        self._rig.player.start(self._inbox)
        return True

    # --- what an operator asks ---------------------------------------------------------------

    def pause(self, by: str) -> None:
        if self._run is not None:
            self._run.pause(self._now_s())
        self._become(RunState.PAUSED, f"by {by}")

    def resume(self, by: str) -> None:
        self._become(RunState.RUNNING, f"by {by}")
        if self._run is not None:
            self._run.resume(self._now_s())

    def skip(self) -> None:
        if self._run is None:
            raise IllegalCommand("skip: the step has just ended")
        self._run.cut(self._now_s(), "skipped")
        self._leave_ended_step()

    def redo(self, by: str, reason: str) -> None:
        """Do the step again as a new attempt; the one before is given the verdict `redo`."""
        if self._run is not None:
            self._run.cut(self._now_s(), "redo")
            self._stop_step(self._run)
        if self._gate.window is not None:
            self._gate.give("redo", by, reason)
        if self.state is RunState.AWAITING_VERDICT:
            self._become(RunState.RUNNING)
        self._begin(self._index, self._attempt + 1)

    def decide(self, verdict: str, by: str, reason: str) -> None:
        """Give the window at the gate its verdict and go on."""
        self._gate.give(verdict, by, reason)
        self._become(RunState.RUNNING)
        self._begin(self._index + 1)

    def rate(self, scale: str, value: int) -> None:
        """Take an answer that the operator types for the participant."""
        if not isinstance(self._run, AskingStep):
            raise IllegalCommand("rating: nothing is asked now")
        self._run.answer(scale, value, self._now_s(), "operator")
        self._leave_ended_step()

    def end(self, status: RunStatus, reason: str) -> None:
        """Show black at once; close the run when the last records have had time to arrive."""
        now_s = self._now_s()
        self._stage.player.blank()
        if self._run is not None:
            self._run.cut(now_s, status.value)
            self._stop_step(self._run)
        if self._gate.window is not None:
            self._gate.give("failed", AUTO, f"the run was {status.value}")
        aborted = status is RunStatus.ABORTED
        self._become(RunState.ABORTING if aborted else RunState.STOPPING, reason)
        self._ending = _Ending(status, reason, now_s + GRACE_S)

    # --- from step to step -------------------------------------------------------------------

    def _begin(self, index: int, attempt: int = 1) -> None:
        self._judge_at_s = math.inf
        if index >= len(self._protocol.steps):
            self.end(RunStatus.COMPLETE, "the protocol is complete")
            return
        self._index, self._attempt = index, attempt
        step = self._protocol.steps[index]
        if step.condition is not None:
            self._asked_about = step.name
        self._stage.window = None
        self._intake.step = (step.name, attempt)
        self._rig.cue(step.condition)
        self._writer.event(
            StepStart(
                self._stage.run_s(self._now_s()),
                step.name,
                attempt,
                step.kind.value,
                step.condition.class_name if step.condition else None,
                step.media,
                what_is_seen(step),
            )
        )
        self._run = make_step_run(self._stage, step, attempt, self._asked_about)
        self._run.begin()

    def _leave_ended_step(self) -> None:
        if self._run is None or self._run.ended is None:
            return
        self._stop_step(self._run)
        if self._gate.window is None:
            self._begin(self._index + 1)
        else:
            assert self._gate.window.end_s is not None
            self._judge_at_s = self._gate.window.end_s + GRACE_S

    def _stop_step(self, run: StepRun) -> None:
        step = self._protocol.steps[self._index]
        played_s = run.media_played_s
        self._writer.event(
            StepStop(
                self._stage.run_s(self._now_s()),
                step.name,
                self._attempt,
                run.ended or "complete",
                played_s,
                None if played_s is None else step.duration_s,
            )
        )
        self._run = None
        self._rig.cue(None)

    def _judge(self) -> None:
        self._judge_at_s = math.inf
        self._writer.sync()
        window = self._gate.window
        assert window is not None
        missed = self._gate.look()
        if window.reason == "skipped" or self._auto:
            self._gate.give("failed" if missed else "accepted", AUTO, missed)
            self._begin(self._index + 1)
        else:
            self._stage.player.blank()
            self._become(RunState.AWAITING_VERDICT, missed or "all criteria are met")

    # --- the end -----------------------------------------------------------------------------

    def _become(self, state: RunState, reason: str = "") -> None:
        self.state = advance(self.state, state)
        self._writer.event(StateChange(self._stage.run_s(self._now_s()), state, reason))

    def _close(self, ending: _Ending) -> RunStop:
        self._become(RunState.DONE)
        stop = RunStop(
            self._stage.run_s(self._now_s()),
            ending.status,
            ending.reason,
            iso(self._stage.clock.utc()),
            self._counts.facts(),
        )
        self._writer.event(stop)
        return stop

    def _interrupt(self, problem: StoreError) -> RunStop:
        """Leave off in order where the disk takes no more; what is written comes from the reserve.

        The run gets no `run_stop` and is not sealed: once there is room it can go on.
        """
        self.interrupted = True
        self._stage.player.blank()
        self._writer.release_reserve()
        now_s = self._now_s()
        name = "disk_full" if isinstance(problem, DiskFull) else "write_failed"
        self._writer.event(
            DeviceNote(self._stage.run_s(now_s), Stream.DISK, name, Severity.LOSS, str(problem))
        )
        if self._run is not None:
            self._run.cut(now_s, INTERRUPTED)
            self._stop_step(self._run)
        if self._gate.window is not None:
            self._gate.give("failed", AUTO, name)
        self._become(RunState.FAILED, str(problem))
        return RunStop(
            self._stage.run_s(now_s),
            RunStatus.FAILED,
            f"{problem}; then go on with `femo recover --resume`",
            iso(self._stage.clock.utc()),
            self._counts.facts(),
        )
