"""The course of a run through its protocol: from step to step, and what may come between."""

from __future__ import annotations

import math

from femo_tui.errors import IllegalCommand
from femo_tui.model.cut import LEAVE_OUT
from femo_tui.model.protocol import OnFailure, Step, StepKind, StudyProtocol
from femo_tui.model.records import PlayerEvent
from femo_tui.model.run_state import AUTO, RunState, RunStatus
from femo_tui.recorder.closing import EndRun
from femo_tui.recorder.gatekeeper import Gatekeeper
from femo_tui.recorder.intake import Intake
from femo_tui.recorder.place import Place
from femo_tui.recorder.rig import Rig
from femo_tui.recorder.screen import FAILURES, PLAYER_DIED, Screen, policy_of
from femo_tui.recorder.screening import Screening
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.standing import Standing
from femo_tui.recorder.step_kinds import make_step_run
from femo_tui.recorder.step_records import step_start, step_stop
from femo_tui.recorder.steps import StepRun

JUDGED_AFTER_S = 0.3  # frames stamped in a window may arrive this much later: detection, the pipe
NOT_ASKED = "not_asked"  # how a rating ends whose film was not seen


class Course:
    """The step that runs, and what follows when it ends, fails, is answered or is left."""

    def __init__(
        self,
        protocol: StudyProtocol,
        rig: Rig,
        stage: Stage,
        standing: Standing,
        gate: Gatekeeper,
        screen: Screen,
        intake: Intake,
        end: EndRun,
        *,
        attended: bool,
    ) -> None:
        self._protocol = protocol
        self._rig = rig
        self._stage = stage
        self._standing = standing
        self._gate = gate
        self._screen = screen
        self._intake = intake
        self._end = end
        self._attended = attended
        self._screening = Screening(attended=attended)
        self._index, self._attempt = 0, 1
        self._step = protocol.steps[0]  # with the film that it shows this time
        self._run: StepRun | None = None  # None between steps
        self._began_s = 0.0  # boot time at which it began
        self._judge_at_s = math.inf
        self._judges_alone = not attended  # the window at the gate waits for nobody
        self._asked_about: Step | None = None  # the step that ratings are about

    def set_out(self, place: Place, operator: str) -> None:
        """Begin with the first step, or where a lost run was cut; `operator` goes on with it."""
        self._index, self._attempt = place.index, place.attempt
        if place.index < len(self._protocol.steps):
            self._step = place.step or self._protocol.steps[place.index]
        self._asked_about = self._step_asked_about()
        self._stage.window = place.pending
        if place.choice == LEAVE_OUT:
            self._standing.become(RunState.PAUSED, place.held)
            self.skip(operator)
        elif place.choice:
            self.redo(operator, "the run was lost", place.choice)
        elif place.held and self._attended:
            self._standing.become(RunState.PAUSED, place.held)
        elif place.pending is not None:
            self._judge_at_s = self._now_s()
        else:
            self._begin(place.index + bool(place.held), 1 if place.held else place.attempt)

    def _step_asked_about(self) -> Step | None:
        before = self._protocol.steps[: self._index + 1]
        return next((step for step in reversed(before) if step.condition is not None), None)

    def _now_s(self) -> float:
        return self._stage.clock.now_s()

    # --- what is due, what the participant's screen says ----------------------------------------

    def deadline_s(self) -> float:
        """Return when `reach` wants to be called, infinity if never."""
        if self._run is not None:
            return self._run.deadline_s()
        return self._judge_at_s if self._standing.state is RunState.RUNNING else math.inf

    def reach(self, now_s: float) -> None:
        """Do what is due."""
        if self._run is not None:
            self._run.reach(now_s)
            self._follow_up()
        else:
            self._judge()

    def hear(self, event: PlayerEvent) -> None:
        """Take in a moment of the participant's screen; one of the step before says nothing."""
        if self._run is not None and event.t_s >= self._began_s:
            self._run.hear(event)
            self._follow_up()

    def lose_screen(self, t_s: float) -> None:
        """Open the screen again; what was shown on it is shown again, a film never by itself."""
        there = self._screen.revive()
        run = self._run
        if run is not None:
            run.lose_screen(t_s, PLAYER_DIED)
        if there:
            self._follow_up()
            return
        if run is not None and run.ended is not None:
            self._stop_step(run)
        self._miss_screen()

    def _miss_screen(self) -> None:
        """Wait for somebody who brings the screen back; where nobody can, the run is over."""
        if policy_of(self._step, attended=self._attended) is not OnFailure.PAUSE:
            self._end(RunStatus.FAILED, self._screen.problem)
        elif self._standing.state is not RunState.AWAITING_VERDICT:
            self.pause(self._screen.problem)

    # --- what an operator asks ------------------------------------------------------------------

    def pause(self, why: str) -> None:
        """Hold the run; the step is held with it."""
        run = self._run
        if run is not None and run.ended is None and self._standing.state is RunState.RUNNING:
            run.pause(self._now_s())
        self._standing.become(RunState.PAUSED, why)

    def resume(self, by: str) -> None:
        """Go on after a pause; one that came as the step ended leads to its gate."""
        if self._run is None:
            if self._judge_at_s == math.inf:
                raise IllegalCommand(
                    f"resume: {self._step.name} has ended; redo it, skip it, or stop"
                )
            self._standing.become(RunState.RUNNING, f"by {by}")
            return
        was_gone = bool(self._screen.problem)
        self._need_screen("resume")
        if was_gone:
            self._run.lose_screen(self._now_s(), PLAYER_DIED)
        self._standing.become(RunState.RUNNING, f"by {by}")
        if self._run.ended is None:
            self._run.resume(self._now_s())
        self._follow_up()

    def skip(self, by: str) -> None:
        """Leave the step; a window of it that waits for its verdict has failed."""
        if self._run is None and self._standing.state is RunState.RUNNING:
            raise IllegalCommand("skip: the step has just ended")
        self._standing.go_on()
        if self._run is not None:
            if self._run.ended is None:
                self._run.cut(self._now_s(), "skipped")
            self._follow_up()
            return
        if self._gate.window is not None:
            self._gate.give("failed", by, "skipped")
        self._begin(self._index + 1)

    def redo(self, by: str, reason: str, media: str) -> None:
        """Do the step again as a new attempt; the one before is given the verdict `redo`."""
        step = self._stage.exposures.again(self._step, media)
        self._need_screen("redo")
        self.cut(self._now_s(), "redo")
        if self._gate.window is not None:
            self._gate.give("redo", by, reason)
        self._standing.go_on()
        self._begin(self._index, self._attempt + 1, step)

    def decide(self, verdict: str, by: str, reason: str) -> None:
        """Give the window at the gate its verdict and go on."""
        if self._run is not None:
            raise IllegalCommand("verdict: the step still runs; resume it, redo it or skip it")
        self._gate.give(verdict, by, reason)
        self._standing.go_on()
        self._begin(self._index + 1)

    def rate(self, scale: str, value: int) -> None:
        """Take an answer that the operator types for the participant."""
        if self._run is None:
            raise IllegalCommand("rating: nothing is asked now")
        self._run.answer(scale, value, self._now_s(), "operator")
        self._follow_up()

    def cut(self, now_s: float, reason: str) -> None:
        """End the step that runs, if one does, and nothing more."""
        if self._run is not None:
            if self._run.ended is None:
                self._run.cut(now_s, reason)
            self._stop_step(self._run)

    def _need_screen(self, command: str) -> None:
        if not self._screen.is_there():
            raise IllegalCommand(f"{command}: {self._screen.problem}")

    # --- from step to step ----------------------------------------------------------------------

    def _begin(self, index: int, attempt: int = 1, step: Step | None = None) -> None:
        """Begin a step, as it stands in the protocol unless `step` shows another film."""
        self._judge_at_s = math.inf
        self._judges_alone = not self._attended
        if index >= len(self._protocol.steps):
            self._end(RunStatus.COMPLETE, "the protocol is complete")
            return
        step = step or self._protocol.steps[index]
        self._index, self._attempt, self._step = index, attempt, step
        self._began_s = self._now_s()
        if step.condition is not None:
            self._asked_about = step
        self._stage.window = None
        self._intake.step = (step.name, attempt)
        self._rig.cue(step.condition)
        self._stage.log.event(step_start(self._stage, step, attempt))
        about = None if self._asked_about is None else self._asked_about.name
        self._run = make_step_run(self._stage, step, attempt, about)
        if self._is_about_nothing(step):
            self._run.ended = NOT_ASKED
            self._follow_up()
            return
        there = self._screen.is_there()
        self._run.begin()
        if not there:
            self._miss_screen()

    def _is_about_nothing(self, step: Step) -> bool:
        """Return whether a rating is about a film of which nothing was seen."""
        about = self._asked_about
        if step.kind is not StepKind.RATING or about is None or about.kind is not StepKind.CLIP:
            return False
        return not self._stage.exposures.began(about.name)

    def _follow_up(self) -> None:
        """Do what follows from an answer, and from the end of the step that ran."""
        run = self._run
        if run is None:
            return
        follows = self._screening.look(self._step, self._attempt, run.answers)
        if follows is not None and follows.ends:
            self._end(RunStatus.STOPPED, follows.reason)
        elif follows is not None:
            self.pause(follows.reason)
        elif run.ended in FAILURES:
            self._stop_step(run)
            self._fail(f"{self._step.name}: {FAILURES[run.ended]}")
        elif run.ended is not None and self._standing.state is RunState.RUNNING:
            self._stop_step(run)
            self._leave_step()

    def _fail(self, why: str) -> None:
        """Do what the protocol says of a step whose screen or film failed."""
        policy = policy_of(self._step, attended=self._attended)
        if policy is OnFailure.STOP:
            self._end(RunStatus.FAILED, why)
        elif policy is OnFailure.PAUSE or self._standing.state is RunState.PAUSED:
            self.pause(why)
        else:
            self._judges_alone = True
            self._leave_step()

    def _leave_step(self) -> None:
        if self._gate.window is None:
            self._begin(self._index + 1)
        else:
            assert self._gate.window.end_s is not None
            self._judge_at_s = self._gate.window.end_s + JUDGED_AFTER_S

    def _stop_step(self, run: StepRun) -> None:
        stop = step_stop(self._stage, self._step, self._attempt, run)
        if self._gate.window is not None:
            self._gate.window.media_played_s = stop.media_played_s
            self._gate.window.media_declared_s = stop.media_declared_s
        self._stage.log.event(stop)
        self._run = None
        self._rig.cue(None)

    def _judge(self) -> None:
        """Look at the window at the gate; it waits for a person where there is one."""
        self._judge_at_s = math.inf
        self._intake.sync()
        window = self._gate.window
        assert window is not None
        missed = self._gate.look()
        if self._judges_alone or window.reason == "skipped":
            self._gate.give("failed" if missed else "accepted", AUTO, missed)
            self._begin(self._index + 1)
        else:
            self._stage.player.blank()
            self._standing.become(
                RunState.AWAITING_VERDICT, missed or "all criteria are met", self._gate.criteria()
            )
