"""Where a lost run was cut: the step it had come to, the film that is not shown again unasked."""

from __future__ import annotations

from femo_tui.model.protocol import StepKind
from femo_tui.model.snapshot import RunSnapshot, StepStatus

# How a step ends that a resumed run does again, as a new attempt.
_CUT = frozenset({"running", "redo", "lost", "interrupted"})
LEAVE_OUT = "skip"  # in place of a film's name: go on with the next step


def last_step(run: RunSnapshot) -> StepStatus | None:
    """Return the step that a run had come to when it was lost."""
    begun = [step for step in run.steps if step.started_s is not None]
    return max(begun, key=lambda step: step.started_s or 0.0, default=None)


def film_that_was_cut(run: RunSnapshot) -> StepStatus | None:
    """Return the step whose film a lost run would show a second time, None if it would not."""
    step = last_step(run)
    cut = step is not None and step.kind == StepKind.CLIP and step.state in _CUT
    return step if cut and step is not None and step.began_to_play else None
