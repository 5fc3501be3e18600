"""The samples of a run as a screen draws them, at a size that does not grow with their rate."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import compress, pairwise

from femo_tui.model.snapshot import TraceColumns

LATE_S = 2.0  # rows this much behind the newest came late; further behind, time has gone back


class TraceBuilder:
    """Puts samples together into columns of `step_s`; those older than `keep_s` are let go."""

    def __init__(self, step_s: float, keep_s: float = math.inf) -> None:
        self._step_s, self._keep_s = step_s, keep_s
        self._numbers: array[int] = array("l")  # which stretch, counted from run start
        self._t_s: array[float] = array("d")
        self._low_us: array[float] = array("d")
        self._high_us: array[float] = array("d")
        self._samples: array[int] = array("l")
        self._valid: array[int] = array("l")
        self._published: TraceColumns | None = None

    def add(self, t_s: Sequence[float], gsr_us: Sequence[float], valid: Sequence[int]) -> None:
        """Take in samples in order of arrival; µS counts only where `valid`."""
        for first, end in _ordered(t_s):
            row = bisect_left(t_s, t_s[end - 1] - self._keep_s, first, end)
            while row < end:
                number = math.floor(t_s[row] / self._step_s)
                behind = bisect_left(t_s, (number + 1) * self._step_s, row + 1, end)
                self._put(number, t_s[row], gsr_us[row:behind], valid[row:behind])
                row = behind
        self._let_go()

    def columns(self) -> TraceColumns:
        """Return the columns as they stand: the same object until samples are added."""
        if self._published is None:
            self._published = TraceColumns(
                self._step_s,
                self._t_s[:],
                self._low_us[:],
                self._high_us[:],
                self._samples[:],
                self._valid[:],
            )
        return self._published

    def _put(self, number: int, t_s: float, us: Sequence[float], valid: Sequence[int]) -> None:
        newest = self._numbers[-1] if self._numbers else -1
        if number < newest:
            if (newest - number) * self._step_s <= LATE_S:
                return
            self._cut(bisect_left(self._numbers, number), len(self._numbers))
        self._published = None
        values = list(compress(us, valid))
        low, high = (min(values), max(values)) if values else (math.nan, math.nan)
        if number == newest:
            if values and self._valid[-1]:
                low, high = min(low, self._low_us[-1]), max(high, self._high_us[-1])
            elif not values:
                low, high = self._low_us[-1], self._high_us[-1]
            self._low_us[-1], self._high_us[-1] = low, high
            self._samples[-1] += len(us)
            self._valid[-1] += len(values)
            return
        self._numbers.append(number)
        self._t_s.append(t_s)
        self._low_us.append(low)
        self._high_us.append(high)
        self._samples.append(len(us))
        self._valid.append(len(values))

    def _let_go(self) -> None:
        """Drop what is too old, a good piece at a time."""
        if self._t_s and self._t_s[-1] - self._t_s[0] > 1.25 * self._keep_s:
            self._cut(0, bisect_left(self._t_s, self._t_s[-1] - self._keep_s))

    def _cut(self, first: int, end: int) -> None:
        self._published = None
        columns = (self._t_s, self._low_us, self._high_us)
        for column in columns:
            del column[first:end]
        for counts in (self._numbers, self._samples, self._valid):
            del counts[first:end]


def _ordered(t_s: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Yield the spans of rows in which time does not go back."""
    if list(t_s) == sorted(t_s):  # far the most, and far the fastest to tell
        return iter([(0, len(t_s))] if t_s else [])
    breaks = [i + 1 for i, (a, b) in enumerate(pairwise(t_s)) if b < a]
    edges = [0, *breaks, len(t_s)]
    return ((a, b) for a, b in pairwise(edges) if a < b)
