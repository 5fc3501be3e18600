"""How training stands, in lines: what there is to learn from, how far it is, what comes next."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from femo_tui.training.journal import STAGES, TUNING_STAGES, StageNow, TrainSnapshot, TrainState
from femo_tui.training.request import IMAGENET, NO_WEIGHTS, Head, TrainRequest
from femo_tui.ui import words
from femo_tui.ui.keys import KeyOf

if TYPE_CHECKING:
    from femo_tui.training.models import Model
    from femo_tui.training.survey import Survey

Clock = Callable[[datetime], datetime]  # from UTC to the station's wall clock
NAME_WIDTH = 10
FIGURES_WIDTH = 41  # `6 200 of 36 800  167 images/s  12 min left`
_UNITS = {"features": "images", "folds": "folds", "tune": "images"}


def data_line(survey: Survey | None) -> tuple[Content, Content]:
    """Return both ends of the first line: of whom there are images, and how many."""
    if survey is None:
        return Content.styled("looking at what there is to learn from …", "$quiet"), Content("")
    if not survey.groups:
        return Content.styled("nothing to learn from yet", "$quiet"), Content("")
    apart = (" · ", "$quiet")
    left = Content.assemble(
        (words.plural(len(survey.participants), "participant"), "bold"),
        apart,
        words.plural(len(survey.classes), "class", "classes"),
        apart,
        f"{words.count(survey.even)} even",
        apart,
        f"{words.count(survey.study)} study frames",
        *((apart, f"{words.count(survey.external)} external") if survey.external else ()),
    )
    return left, Content.styled("SIMULATED" if survey.simulated else "", "$warning bold")


def settings_line(asked: TrainRequest, key: KeyOf) -> Content:
    """Return what a training would be asked for."""
    weights = asked.weights
    if weights == NO_WEIGHTS:
        shown = "no weights: HOG"
    elif weights == IMAGENET:
        shown = "MobileNet, imagenet"
    else:
        shown = f"MobileNet, {Path(weights).name}"
    head = "the study's head (retrain)" if asked.head is Head.RETRAIN else "head lbfgs"
    parts = [head, "with GSR" if asked.with_gsr else "without GSR"]
    if asked.fine_tune:
        parts.append(f"fine-tuned, {words.plural(asked.fine_tune, 'epoch')} at most")
    if asked.datasets:
        parts.append(", ".join(asked.datasets))
    if asked.simulated:
        parts.append("simulated only")
    parts.append(shown)  # a file's name may be long
    apart = Content.styled(" · ", "$quiet")
    told = apart.join(Content(part) for part in parts)
    return Content.assemble((f"{key('train.options')} ", "$accent bold"), told)


def stage_lines(now: TrainSnapshot, width: int) -> list[Content]:
    """Return a bar for each stage, with images a second and the time that is left."""
    known = {stage.name: stage for stage in now.stages}
    last = now.stages[-1].name if now.stages else ""
    bar_width = max(width - NAME_WIDTH - FIGURES_WIDTH - 2, 8)
    lines = []
    for name in TUNING_STAGES if now.request.get("fine_tune") else STAGES:
        stage = known.get(name)
        share, figures = (0.0, Content("")) if stage is None else _progress(stage, name == last)
        filled = round(share * bar_width)
        lines.append(
            Content.assemble(
                (f"{name:<{NAME_WIDTH}}", "bold" if name == last else "$quiet"),
                ("━" * filled, "$accent"),
                ("─" * (bar_width - filled), "$rule"),
                "  ",
                figures,
            )
        )
    return lines


def _progress(stage: StageNow, is_last: bool) -> tuple[float, Content]:
    took_s = stage.now_s - stage.since_s
    if stage.total == 0:
        return 1.0, Content.styled("✓ nothing new to compute", "$quiet")
    if stage.done >= stage.total:
        total = f"{words.count(stage.total)} " if stage.name in _UNITS else ""
        return 1.0, Content.styled(f"✓ {total}in {took_s:.1f} s", "$quiet")
    if not is_last:  # left by a training that ended here
        return stage.done / stage.total, Content("")
    text = f"{words.count(stage.done)} of {words.count(stage.total)}"
    if stage.per_s is not None and stage.left_s is not None:
        rate = f"{stage.per_s:.0f}" if stage.per_s >= 10 else f"{stage.per_s:.1f}"
        text += f"  {rate} {_UNITS.get(stage.name, '')}".rstrip() + "/s"
        text += f"  {_left(stage.left_s)} left"
    return stage.done / stage.total, Content(text)


def _left(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def standing_lines(
    now: TrainSnapshot | None,
    model: Model | None,
    survey: Survey | None,
    local: Clock,
    width: int,
    key: KeyOf,
) -> list[Content]:
    """Return what became of the newest training, and the one next action."""
    problem = "" if survey is None else survey.problem
    if now is not None and now.state is TrainState.RUNNING:
        return [*stage_lines(now, width), Content.styled("".join(now.notes[-1:]), "$quiet")]
    lines: list[Content] = []
    if now is not None and now.state is TrainState.LOST:
        lost = f"The training of {_when(now.began_utc, local)} was lost{_at(now)}."
        lines += _sentence(lost, width)
        lines.append(_next((key("train.resume"), "resume: what is finished is not done again")))
        lines.append(_next((key("train.start"), "start anew")))
        return lines
    if now is not None and now.state is TrainState.FAILED:
        lines += _sentence(now.error or "The training failed.", width)
    elif now is not None and now.state is TrainState.CANCELLED:
        text = f"The training of {_when(now.began_utc, local)} was cancelled"
        lines.append(Content.styled(f"· {text}; what it computed is kept.", "$quiet"))
    if problem:
        lines += _sentence(f"{problem[:1].upper()}{problem[1:]}.", width)
        lines.append(_next((key("screen.setup"), "set up a session")))
    elif model is not None and model.stale:
        lines += _sentence(f"{model.name} is STALE: {words.first(model.stale)}.", width)
        lines.append(_next((key("train.start"), "train anew")))
    elif model is None or lines:
        if lines:
            lines.append(_next((key("train.resume"), "go on: what is finished is not done again")))
        lines = lines or [Content.styled("There is no model yet.", "bold")]
        lines.append(_next((key("train.start"), "train")))
    return lines


def _next(step: tuple[str, str]) -> Content:
    pressed, does = step
    return Content.assemble(("▸ ", "$accent bold"), (pressed, "$accent bold"), f" {does}")


def _at(now: TrainSnapshot) -> str:
    """Return where a training was when it was lost."""
    if not now.stages:
        return " before it looked at anything"
    stage = now.stages[-1]
    return f" at {stage.name}, {words.count(stage.done)} of {words.count(stage.total)}"


def _sentence(text: str, width: int) -> list[Content]:
    return [Content.styled(line, "$warning") for line in textwrap.wrap(f"! {text}", width)]


def model_line(model: Model, local: Clock) -> tuple[Content, Content]:
    """Return both ends of the line that names a model."""
    facts = model.facts
    parts = [_when(model.made_utc, local), f"{model.features}, {facts.get('head', '')}"]
    images = facts.get("images")
    if isinstance(images, int):
        of = words.people(len(model.participants))
        parts.append(f"{words.count(images)} images of {of}")
    left = Content.assemble((model.name, "bold"), (f" · {' · '.join(parts)}", "$quiet"))
    return left, marks(model)


def marks(model: Model, *, short: bool = False) -> Content:
    """Return the words that a model must not be shown without."""
    drawn = "SIM" if short and model.stale else "SIMULATED"
    said = [*(["STALE"] if model.stale else []), *([drawn] if model.simulated else [])]
    return Content.styled(" ".join(said), "$warning bold")


def _when(utc: str, local: Clock) -> str:
    return f"{moment(utc, local):%d %b %H:%M}"


def moment(utc: str, local: Clock) -> datetime:
    """Return a moment as the wall clock shows it; the epoch where it is none."""
    return local(words.moment(utc))
