"""A planned run along its time: a row for each step, films by name, windows as blocks."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby

from textual.content import Content

from femo_tui.model.timeline import WINDOW, TimelineRow, minutes, timeline
from femo_tui.ui import words
from femo_tui.ui.blocking.plans import PlannedRun

LEAST_BAR = 10


def order_lines(plan: PlannedRun, width: int) -> list[Content]:
    """Return what the run is, by which rules it is ordered, and which films are missing."""
    waits = sum(step.duration_s is None for step in plan.protocol.steps)
    waiting = f"; {waits} wait for an answer or a key" if waits else ""
    width = max(width, 20)
    order = f"{plan.participant}: {'; '.join(plan.order)}{waiting}"
    lines = [Content(line) for line in textwrap.wrap(plan.protocol.title, width)]
    lines += [Content.styled(line, "$quiet") for line in textwrap.wrap(order, width)]
    for again in plan.again(""):
        told = textwrap.wrap(f"! {again}", width, subsequent_indent="  ")
        lines += [Content.styled(line, "$warning") for line in told]
    if plan.missing:
        first, *others = plan.missing
        more = f" (and {len(others)} more; `femo protocol check {plan.protocol.name}` names them)"
        told = textwrap.wrap(f"! {first}{more if others else ''}", width, subsequent_indent="  ")
        lines += [Content.styled(line, "$error bold") for line in told]
    return lines


def step_lines(plan: PlannedRun, width: int, *, windows_only: bool) -> list[Content]:
    """Return a row for each step, or for each that has a window, in the participant's order."""
    bare = timeline(plan.protocol, 1).rows
    shown = [at for at, row in enumerate(bare) if row.window is not None or not windows_only]
    name, kind, length, film = _columns([bare[at] for at in shown])
    bar = width - name - kind - length - film
    if bar < LEAST_BAR:  # a step's name tells its class, too
        bar, kind = bar + kind, 0
    if bar < LEAST_BAR:
        bar, film = bar + film, 0
    drawn = timeline(plan.protocol, max(bar, 1))
    lines = [
        Content.assemble(
            f"{row.name:<{name}}",
            (f"{row.class_name or '':<{kind}}" if kind else "", "$accent"),
            f"{_length(row):>{length - 2}}  ",
            (f"{_film(row):<{film}}" if film else "", "$quiet"),
            _bar(row.bar),
        )
        for row in (drawn.rows[at] for at in shown)
    ]
    axis = Content.styled(" " * (width - bar) + drawn.axis, "$quiet")
    left = len(bare) - len(shown)
    if left:
        rest = f"and {words.plural(left, 'step')} without a window"
        axis = Content.styled(f"{rest:<{width - bar}}{drawn.axis}", "$quiet")
    return [*lines, axis]


def _columns(rows: Sequence[TimelineRow]) -> tuple[int, int, int, int]:
    """Return how wide names, classes, lengths and films are, with the gaps after them."""
    return (
        max((len(row.name) for row in rows), default=0) + 2,
        max((len(row.class_name or "") for row in rows), default=0) + 2,
        max((len(_length(row)) for row in rows), default=0) + 2,
        max((len(_film(row)) for row in rows), default=0) + 2,
    )


def _length(row: TimelineRow) -> str:
    if row.duration_s is None:
        return "waits"
    return f"{'≤ ' if row.is_limit else ''}{minutes(row.duration_s)}"


def _film(row: TimelineRow) -> str:
    return row.clips[0].rpartition("/")[2] if row.clips else ""


def _bar(bar: str) -> Content:
    return Content.assemble(
        *(
            ("".join(run), "$accent bold" if mark == WINDOW else "$quiet")
            for mark, run in groupby(bar)
        )
    )
