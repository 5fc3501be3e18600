"""The first and last line of one attempt at a step."""

from __future__ import annotations

from femo_tui.model.events import StepStart, StepStop
from femo_tui.model.protocol import Step, StepKind
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.step_kinds import what_is_asked, what_is_seen
from femo_tui.recorder.steps import StepRun


def step_start(stage: Stage, step: Step, attempt: int) -> StepStart:
    """Return the record of an attempt that begins now."""
    exposure = None
    if step.kind is StepKind.CLIP and step.media is not None:
        exposure = stage.exposures.next(step.name, step.media).count
    return StepStart(
        stage.run_s(stage.clock.now_s()),
        step.name,
        attempt,
        step.kind.value,
        step.condition.class_name if step.condition else None,
        step.media,
        what_is_seen(step),
        what_is_asked(step),
        exposure,
    )


def step_stop(stage: Stage, step: Step, attempt: int, run: StepRun) -> StepStop:
    """Return the record of an attempt that ends now."""
    played_s = run.media_played_s
    return StepStop(
        stage.run_s(stage.clock.now_s()),
        step.name,
        attempt,
        run.ended or "complete",
        played_s,
        None if played_s is None else step.duration_s,
    )
