"""Which way each kind of step runs, and what the participant sees in it."""

from __future__ import annotations

from femo_tui.model.counting import plural
from femo_tui.model.protocol import Step, StepKind
from femo_tui.model.run_state import CONTENT_WARNING
from femo_tui.recorder.asking_step import AskingStep
from femo_tui.recorder.content_warning import WarnedFilm
from femo_tui.recorder.film_step import FilmStep
from femo_tui.recorder.stage import Stage
from femo_tui.recorder.steps import StepRun, TimedStep


def make_step_run(stage: Stage, step: Step, attempt: int, about: str | None) -> StepRun:
    """Return what runs `step`; `about` names the step that ratings ask about."""
    if step.kind is StepKind.CLIP:
        return (WarnedFilm if step.content_warning else FilmStep)(stage, step, attempt)
    if step.scales:
        return AskingStep(stage, step, attempt, about)
    return TimedStep(stage, step, attempt)


def what_is_asked(step: Step) -> list[str]:
    """Return the scales that a step asks, in order."""
    if step.kind is StepKind.CLIP:
        return [CONTENT_WARNING] if step.content_warning else []
    return [scale.name for scale in step.scales]


def what_is_seen(step: Step) -> str:
    """Say in a few words what the participant sees in a step."""
    if step.kind is StepKind.CLIP:
        return "a warning, then the film" if step.content_warning else "the film"
    if step.scales:
        return plural(len(step.scales), "question")
    if step.media is not None:
        return "an illustration and its instruction"
    return "text" if step.text else "a fixation cross"
