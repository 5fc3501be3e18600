"""A question's answers on the participant's screen: a row of boxes, with figures or words."""

from __future__ import annotations

from dataclasses import dataclass

from femo_tui.devices.base import Question
from femo_tui.devices.mpv_manikin import ASPECT, FIGURES, arousal_figure, valence_figure
from femo_tui.devices.mpv_shapes import box, frame, shape_event
from femo_tui.devices.mpv_text import BLACK, GREY, LIGHT, break_lines, fit, text_event
from femo_tui.model.protocol import ScaleLook

_LINE = r"\c&H8A8A8A&"
_FIGURE = r"\c&HDCDCDC&"
_BOX, _PITCH, _STROKE = 68.0, 100.0, 2.5
_WORD_BOX, _WORD_PITCH = 210.0, 270.0
_ROW_Y, _ROW_Y_BELOW_FIGURES = 430.0, 500.0
_FIGURE_WIDTH, _FIGURES_BOTTOM = 150.0, 448.0
_END_SIZES = (32, 30, 28, 26, 24, 22, 20)
_ENDS_HEIGHT = 90.0

_FIGURES = {ScaleLook.SAM_VALENCE: valence_figure, ScaleLook.SAM_AROUSAL: arousal_figure}


@dataclass(frozen=True, slots=True)
class _Row:
    """Where the boxes stand: `first` is the middle of the first one."""

    first: float
    pitch: float
    count: int
    y: float
    box_width: float
    box_height: float

    def x(self, index: float) -> float:
        return self.first + index * self.pitch

    @property
    def left(self) -> float:
        return self.first - self.box_width / 2

    @property
    def right(self) -> float:
        return self.x(self.count - 1) + self.box_width / 2


def room_for_text(question: Question, width: float) -> float:
    """Return down to where, on a screen `width` wide, the question's text may reach."""
    row = _row(question, width)
    if question.look in _FIGURES:
        return _FIGURES_BOTTOM - _figure_width(row) * ASPECT - 16
    return row.y - row.box_height / 2 - 30


def answer_events(question: Question, width: float) -> list[str]:
    """Return the answers, the chosen one filled, on a screen `width` wide."""
    row = _row(question, width)
    events = [_lines(question, row), *_marks(question, row)]
    if question.look in _FIGURES:
        events.append(_figures(question, row))
    return events + _ends(question, row)


def _row(question: Question, width: float) -> _Row:
    count = question.high - question.low + 1
    words = question.look is ScaleLook.YES_NO
    usable = width * 0.86
    pitch = min(_WORD_PITCH if words else _PITCH, usable / count)
    share = (_WORD_BOX / _WORD_PITCH) if words else (_BOX / _PITCH)
    box_width = pitch * max(share, 0.8 if pitch < _PITCH else 0)
    return _Row(
        first=width / 2 - pitch * (count - 1) / 2,
        pitch=pitch,
        count=count,
        y=_ROW_Y_BELOW_FIGURES if question.look in _FIGURES else _ROW_Y,
        box_width=box_width,
        box_height=min(_BOX, box_width),
    )


def _lines(question: Question, row: _Row) -> str:
    corner = row.box_height * 0.16
    return shape_event(
        _LINE,
        *(
            frame(row.x(i), row.y, row.box_width, row.box_height, corner, _STROKE)
            for i in range(row.count)
        ),
    )


def _marks(question: Question, row: _Row) -> list[str]:
    """Return what stands in the boxes, dark on light in the chosen one."""
    events = []
    size = row.box_height * 0.52
    for index in range(row.count):
        value = question.low + index
        x, colour = row.x(index), LIGHT
        if value == question.chosen:
            corner = row.box_height * 0.16
            filled = box(x, row.y, row.box_width, row.box_height, corner)
            events.append(shape_event(LIGHT, filled))
            colour = BLACK
        word = str(value)
        if question.look is ScaleLook.YES_NO:
            word = question.high_text if value == question.high else question.low_text
        events.append(text_event(f"\\an5\\pos({x:.0f},{row.y:.0f})\\fs{size:.0f}{colour}", word))
    return events


def _figure_width(row: _Row) -> float:
    between = row.pitch * (row.count - 1) / (FIGURES - 1)
    return min(_FIGURE_WIDTH, between * 0.82)


def _figures(question: Question, row: _Row) -> str:
    draw, width = _FIGURES[question.look], _figure_width(row)
    outlines: list[str] = []
    for index in range(FIGURES):
        x = row.x(index * (row.count - 1) / (FIGURES - 1))
        outlines += draw(index, x, _FIGURES_BOTTOM - width * ASPECT, width)
    return shape_event(_FIGURE, *outlines)


def _ends(question: Question, row: _Row) -> list[str]:
    """Return what the ends mean, below the first and the last box."""
    if question.look is ScaleLook.YES_NO:
        return []
    top = row.y + row.box_height / 2 + 14
    half = (row.right - row.left) / 2 - 16
    size = min(
        fit(text, half, _ENDS_HEIGHT, _END_SIZES).size
        for text in (question.low_text, question.high_text)
    )
    places = ((question.low_text, 7, row.left), (question.high_text, 9, row.right))
    return [
        text_event(
            f"\\an{corner}\\pos({x:.0f},{top:.0f})\\fs{size}{GREY}",
            "\n".join(break_lines(text, half, size)),
        )
        for text, corner, x in places
        if text
    ]
