"""The samples and frames of a run as growing columns, and which of them lie in a span of time."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from femo_tui.model.snapshot import GsrTrace
from femo_tui.store.rows import SavedFrame

_Number = TypeVar("_Number", int, float)
RATE_SPAN_S = 5.0
_SILENCE_S = 1.0  # a stream that is quiet for longer is slower than its last rows say


class Times:
    """The times of a stream's rows, in order of arrival."""

    def __init__(self) -> None:
        self.t_s: array[float] = array("d")
        self.in_order = True  # False once a row was earlier than one before it

    def extend(self, t_s: Sequence[float]) -> None:
        newest = self.t_s[-1] if self.t_s else -math.inf
        for value in t_s:
            if value < newest:
                self.in_order = False
            newest = value
        self.t_s = grown(self.t_s, t_s)

    def within(self, first: int, onset_s: float, end_s: float) -> Sequence[int]:
        """Return the rows from number `first` on with onset ≤ t < end."""
        times = self.t_s
        if self.in_order:
            return range(bisect_left(times, onset_s, first), bisect_left(times, end_s, first))
        return [i for i in range(first, len(times)) if onset_s <= times[i] < end_s]

    def rate_hz(self, now_s: float) -> float | None:
        """Return rows a second over the last five seconds, None before the second row."""
        count = len(self.t_s)
        if count < 2:
            return None
        first = bisect_right(self.t_s, now_s - RATE_SPAN_S)
        if count - first < 2:
            return (count - first) / RATE_SPAN_S
        last_s = self.t_s[-1]
        if now_s - last_s > _SILENCE_S:
            last_s = now_s
        span_s = last_s - self.t_s[first]
        return (count - 1 - first) / span_s if span_s > 0 else None


class GsrColumns(Times):
    """Samples: µS (nan where there is none) and whether each is valid."""

    def __init__(self) -> None:
        super().__init__()
        self.gsr_us: array[float] = array("d")
        self.valid: array[int] = array("b")

    def add(self, rows: Sequence[tuple[float, float, bool]]) -> None:
        if rows:
            t_s, gsr_us, valid = zip(*rows, strict=True)
            self.gsr_us = grown(self.gsr_us, gsr_us)
            self.valid = grown(self.valid, valid)
            self.extend(t_s)

    def trace(self) -> GsrTrace:
        return GsrTrace(len(self.t_s), self.t_s, self.gsr_us, self.valid)


class FrameColumns(Times):
    """Frames: whether a face, and eyes in it, were found, and how sharp it is (nan without)."""

    def __init__(self) -> None:
        super().__init__()
        self.has_face: array[int] = array("b")
        self.has_eyes: array[int] = array("b")
        self.sharpness: array[float] = array("d")

    def add(self, rows: Sequence[SavedFrame]) -> None:
        self.has_face = grown(self.has_face, [row.faces > 0 for row in rows])
        self.has_eyes = grown(self.has_eyes, [row.eyes > 0 for row in rows])
        sharpness = [math.nan if row.sharpness is None else row.sharpness for row in rows]
        self.sharpness = grown(self.sharpness, sharpness)
        self.extend([row.t_s for row in rows])


def grown(column: array[_Number], more: Sequence[_Number]) -> array[_Number]:
    """Return the column with `more` behind it: the same one, unless a reader holds its buffer."""
    try:
        column.extend(more)
    except BufferError:
        column = column[:]
        column.extend(more)
    return column
