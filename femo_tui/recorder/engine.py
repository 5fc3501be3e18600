"""The run engine: one loop over one inbox that alone changes the run's state and writes it."""

from __future__ import annotations

from femo_tui.errors import StoreError
from femo_tui.model.events import RunStop
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.records import DeviceEvent, PlayerEvent, PlayerMoment
from femo_tui.model.run_state import AUTO, RunData, RunState, RunStatus
from femo_tui.recorder.closing import Ending, interruption, run_stop
from femo_tui.recorder.course import Course
from femo_tui.recorder.disk_guard import DiskGuard
from femo_tui.recorder.gatekeeper import Gatekeeper
from femo_tui.recorder.inbox import Asked, EngineInbox, Item
from femo_tui.recorder.intake import Intake
from femo_tui.recorder.opening import OpenRun
from femo_tui.recorder.orders import Orders
from femo_tui.recorder.place import INTERRUPTED
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.screen import Screen
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.standing import Standing
from femo_tui.recorder.wall_clock import WallClock

GRACE_S = 0.3  # what was stamped before the end may arrive this much later: detection, the pipe
PARTICIPANT_ABORT_KEY = "ESC"


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
        self.interrupted = False  # the disk took no more: the run is to go on later
        self._opened = opened
        self._writer = opened.writer
        self._inbox = inbox
        self._stage = stage
        self._counts = opened.counts
        self._standing = Standing(stage)
        self._screen = Screen(rig, inbox)
        self._intake = Intake(opened.writer, stage, self._counts, rig.gsr_info)
        self._gate = Gatekeeper(protocol, rig, stage, self._counts)
        self._course = Course(
            protocol,
            rig,
            stage,
            self._standing,
            self._gate,
            self._screen,
            self._intake,
            self.end,
            attended=not auto,
        )
        self._orders = Orders(self._course, self.end, self._standing, stage)
        self._wall_clock = WallClock(stage)
        self._disk = DiskGuard(stage, opened.writer, protocol)
        self._ending: Ending | None = None

    def run(self) -> RunStop:
        """Run the protocol to its end, whichever way it ends; return the record of that."""
        try:
            self._standing.become(RunState.RUNNING)
            self._course.set_out(self._opened.place, self._opened.operator)
            while self._ending is None or self._now_s() < self._ending.at_s:
                item = self._inbox.take(self._deadline_s())
                if item is None:
                    self._reach(self._now_s())
                else:
                    self._handle(item)
            self._standing.become(RunState.DONE)
            stop = run_stop(self._stage, self._counts, self._ending)
            self._writer.event(stop)
            return stop
        except StoreError as problem:
            return self._interrupt(problem)

    def end(self, status: RunStatus, reason: str, data: RunData = RunData.KEEP) -> None:
        """Show black at once; close the run when the last records have had time to arrive."""
        now_s = self._now_s()
        self._screen.black()
        self._course.cut(now_s, status.value)
        if self._gate.window is not None:
            self._gate.give("failed", AUTO, f"the run was {status.value}")
        aborted = status is RunStatus.ABORTED
        self._standing.become(RunState.ABORTING if aborted else RunState.STOPPING, reason)
        self._ending = Ending(status, reason, now_s + GRACE_S, data)

    def _now_s(self) -> float:
        return self._stage.clock.now_s()

    def _deadline_s(self) -> float:
        due_s = min(self._wall_clock.look_at_s, self._disk.look_at_s)
        step_s = self._course.deadline_s() if self._ending is None else self._ending.at_s
        return min(due_s, step_s)

    def _reach(self, now_s: float) -> None:
        if now_s >= self._wall_clock.look_at_s:
            self._wall_clock.look()
        elif now_s >= self._disk.look_at_s:
            self._disk.look()
        elif self._ending is None:
            self._course.reach(now_s)

    def _handle(self, item: Item) -> None:
        if isinstance(item, Asked):
            self._orders.take(item)
        elif isinstance(item, PlayerEvent):
            self._hear(item)
        else:
            if isinstance(item, DeviceEvent):
                self._screen.heed(item)
            self._intake.take(item)

    def _hear(self, event: PlayerEvent) -> None:
        if self._ending is not None:
            return
        if event.moment is PlayerMoment.KEY and event.key == PARTICIPANT_ABORT_KEY:
            self.end(RunStatus.ABORTED, "broken off by the participant", RunData.UNTIL_ASKED)
        elif event.moment is PlayerMoment.DIED:
            self._course.lose_screen(event.t_s)
        else:
            self._course.hear(event)

    def _interrupt(self, problem: StoreError) -> RunStop:
        """Leave off in order where the disk takes no more; what is written comes from the reserve.

        The run gets no `run_stop` and is not sealed: once there is room it can go on.
        """
        self.interrupted = True
        self._screen.black()
        self._writer.release_reserve()
        note, ending = interruption(self._stage, problem)
        self._writer.event(note)
        self._course.cut(self._now_s(), INTERRUPTED)
        if self._gate.window is not None:
            self._gate.give("failed", AUTO, note.name)
        self._standing.become(RunState.FAILED, str(problem))
        return run_stop(self._stage, self._counts, ending)
