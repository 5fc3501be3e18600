"""Draws a protocol in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten, wrap

from femo_tui.model.order_words import say_order
from femo_tui.model.protocol import Scale, Step, StudyProtocol, say
from femo_tui.model.timeline import STEP, WAITS, WINDOW, Timeline, TimelineRow, minutes, timeline

WIDTH = 80
_BEGIN, _NAME, _CLASS, _LENGTH, _WINDOW = 6, 20, 12, 6, 11
_BAR = WIDTH - _BEGIN - 3 - _NAME - _CLASS - _LENGTH - _WINDOW - 2


def draw(
    written: StudyProtocol, arranged: StudyProtocol | None, language: str | None
) -> Iterator[str]:
    """Yield the lines: what it is, by which rule it is ordered, and a row for each step.

    `arranged` is the protocol for one participant; with a language also what they read.
    """
    shown = arranged or written
    line = timeline(shown, _BAR)
    yield f"{shown.name} · {shorten(shown.title, WIDTH - len(shown.name) - 3, placeholder=' …')}"
    yield _total(shown, line)
    if arranged is not None and arranged.arranged is not None:
        who = f"{arranged.arranged.participant} · " if arranged.arranged.participant else ""
        yield f"{who}number {arranged.arranged.number} in order of registration"
    for sentence in say_order(written, arranged):
        yield from wrap(f"▸ {sentence}", WIDTH, subsequent_indent="  ")
    yield ""
    yield (
        f"{'begin':>{_BEGIN}}   {'step':<{_NAME}}{'class':<{_CLASS}}{'s':>{_LENGTH}}"
        f"{'window s':>{_WINDOW}}  {line.axis}"
    )
    steps = {step.name: step for step in shown.steps}
    block: str | None = None
    for row in line.rows:
        if row.block is not None and row.block != block:
            yield f"{'':>{_BEGIN}} ┌ {row.block}"
        block = row.block
        yield from _step(row)
        if language is not None:
            for text in _read(steps[row.name], language):
                yield f"{_gutter(row)}   › {text}"
    yield ""
    yield (
        f"{STEP} step  {WINDOW} window  {WAITS} waits for an answer or a key"
        "  ≤ an answer ends it sooner"
    )


def _total(shown: StudyProtocol, line: Timeline) -> str:
    waits = f", and {line.waits} that wait" if line.waits else ""
    return (
        f"{len(line.rows)} steps, {len(shown.windows)} windows,"
        f" {minutes(line.planned_s)} min{waits} · {', '.join(shown.languages)}"
        f" · sha256 {shown.sha256[:12]}"
    )


def _step(row: TimelineRow) -> Iterator[str]:
    length = "waits" if row.duration_s is None else f"{row.duration_s:g}"
    if row.is_limit:
        length = f"≤ {length}"
    window = f"{row.window.start_s:g}–{row.window.end_s:g}" if row.window else ""
    begin = f"{minutes(row.start_s):>{_BEGIN}}{_gutter(row)[_BEGIN:]}"
    yield (
        f"{begin} {_cut(row.name, _NAME)}{_cut(row.class_name or '', _CLASS)}"
        f"{length:>{_LENGTH}}{window:>{_WINDOW}}  {row.bar}"
    ).rstrip()
    for place, media in enumerate(row.clips):
        yield f"{_gutter(row)} {'  or ' if place else '  '}{media}"


def _gutter(row: TimelineRow) -> str:
    """Return what stands left of a line that belongs to a step."""
    return f"{'':>{_BEGIN}} {' ' if row.block is None else '│'}"


def _cut(text: str, width: int) -> str:
    """Return a text as wide as its column, with a space after it."""
    return f"{text if len(text) < width else f'{text[: width - 2]}…':<{width}}"


def _read(step: Step, language: str) -> Iterator[str]:
    """Yield what the participant reads in a step."""
    texts = [say(step.content_warning, language), say(step.text, language)]
    texts += [_question(scale, language) for scale in step.scales]
    for text in filter(None, texts):
        for paragraph in text.split("\n"):
            yield from wrap(paragraph, WIDTH - _BEGIN - 7)


def _question(scale: Scale, language: str) -> str:
    low, high = (
        f"{answer} {say(text, language)}".rstrip()
        for answer, text in ((scale.low, scale.low_text), (scale.high, scale.high_text))
    )
    return f"{say(scale.text, language)}\n  {low} … {high}"
