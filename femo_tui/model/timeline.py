"""A protocol along its time: what a console or a terminal draws a row for each step from."""

from __future__ import annotations

from dataclasses import dataclass

from femo_tui.model.protocol import Step, StepKind, StudyProtocol, Window

STEP, WINDOW, WAITS = "─", "█", "·"
_LIMITED = {StepKind.RATING, StepKind.QUESTIONNAIRE}  # their length is how long an answer may take


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One step: when it begins, how long it is, and its bar on the axis of the whole run."""

    name: str
    kind: StepKind
    class_name: str | None
    block: str | None
    start_s: float  # if nothing before it waits
    duration_s: float | None  # None: it waits for an answer or a key, or lasts as long as its film
    is_limit: bool  # an answer ends it sooner
    window: Window | None
    clips: tuple[str, ...]  # of a film step: what it shows, then the alternates
    bar: str  # as wide as asked for


@dataclass(frozen=True, slots=True)
class Timeline:
    """All steps in order, and the time that they take."""

    rows: tuple[TimelineRow, ...]
    axis: str  # as wide as the bars: 0 at the left, the planned time at the right
    planned_s: float  # without what waits
    waits: int  # steps of unknown length


def timeline(protocol: StudyProtocol, width: int) -> Timeline:
    """Lay a protocol out in the order of its steps, bars and axis `width` cells wide."""
    planned_s = protocol.planned_s
    cell_s = planned_s / width or 1.0
    rows = []
    start_s = 0.0
    for step in protocol.steps:
        rows.append(_row(step, start_s, cell_s, width))
        start_s += step.duration_s or 0.0
    end = minutes(planned_s)
    return Timeline(
        rows=tuple(rows),
        axis=f"0{end:>{max(width - 1, 0)}}"[:width],
        planned_s=planned_s,
        waits=sum(step.duration_s is None for step in protocol.steps),
    )


def minutes(seconds: float) -> str:
    """Return a time as minutes and seconds, such as 33:40."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def _row(step: Step, start_s: float, cell_s: float, width: int) -> TimelineRow:
    shown = () if step.media is None else (step.media, *(clip.media for clip in step.alternates))
    return TimelineRow(
        name=step.name,
        kind=step.kind,
        class_name=step.condition.class_name if step.condition else None,
        block=step.block,
        start_s=start_s,
        duration_s=step.duration_s,
        is_limit=step.kind in _LIMITED and step.duration_s is not None,
        window=step.window,
        clips=shown if step.kind is StepKind.CLIP else (),
        bar=_bar(step, start_s, cell_s, width),
    )


def _bar(step: Step, start_s: float, cell_s: float, width: int) -> str:
    """Return the step's time as a line and its window as a block, each one cell or more."""
    cells = [" "] * width

    def draw(from_s: float, to_s: float, mark: str) -> None:
        first = min(round(from_s / cell_s), width - 1)
        for cell in range(first, min(max(round(to_s / cell_s), first + 1), width)):
            cells[cell] = mark

    if width > 0 and step.duration_s is None:
        draw(start_s, start_s, WAITS)
    elif width > 0:
        draw(start_s, start_s + (step.duration_s or 0.0), STEP)
        if step.window is not None:
            draw(start_s + step.window.start_s, start_s + step.window.end_s, WINDOW)
    return "".join(cells)
