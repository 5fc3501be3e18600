"""The samples and frames of a run as growing columns, and which of them lie in a span of time."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple, TypeVar

from femo_tui.model.snapshot import GsrTrace, TraceColumns
from femo_tui.store.rows import SavedFrame
from femo_tui.store.trace import TraceBuilder

_Number = TypeVar("_Number", int, float)
RATE_SPAN_S = 5.0
_SILENCE_S = 1.0  # a stream that is quiet for longer is slower than its last rows say
HELD_S = 20.0  # samples held where not all are: rates, and windows told of a little late
RECENT_STEP_S, RECENT_S = 0.05, 90.0  # finer than any sensor at 10 Hz; longer than a sweep
WHOLE_STEP_S = 1.0
_PER_US = 1_000_000  # gsr_us is written to six decimals: sums in whole parts are exact


class Times:
    """The times of a stream's rows, in order of arrival."""

    def __init__(self) -> None:
        self.t_s: array[float] = array("d")
        self.in_order = True  # False once a row was earlier than one before it

    def extend(self, t_s: Sequence[float]) -> None:
        newest = self.t_s[-1] if self.t_s else -math.inf
        if t_s and (t_s[0] < newest or list(t_s) != sorted(t_s)):
            self.in_order = False
        self.t_s = grown(self.t_s, t_s)

    def within(self, first: int, onset_s: float, end_s: float) -> Sequence[int]:
        """Return the places from `first` on with onset ≤ t < end."""
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


class SampleFigures(NamedTuple):
    """What the samples in a span of time come to; two of them can be added and taken away."""

    samples: int = 0
    valid: int = 0
    sum_parts: int = 0  # of the valid samples, in millionths of a µS

    def plus(self, other: SampleFigures, sign: int = 1) -> SampleFigures:
        return SampleFigures(*(a + sign * b for a, b in zip(self, other, strict=True)))


class GsrColumns(Times):
    """Samples: µS (nan where there is none) and whether each is valid.

    With `keep` all of them are held, else those of the last seconds; either way they are counted.
    """

    def __init__(self, *, keep: bool = True) -> None:
        super().__init__()
        self.gsr_us: array[float] = array("d")
        self.valid: array[int] = array("b")
        self.let_go = 0  # rows no longer held
        self.let_go_until_s = -math.inf  # no row from then on was let go
        self._keep = keep
        self._recent = TraceBuilder(RECENT_STEP_S, RECENT_S)
        self._whole = TraceBuilder(WHOLE_STEP_S)

    @property
    def count(self) -> int:
        """Return how many samples there were since run start."""
        return self.let_go + len(self.t_s)

    @property
    def newest_us(self) -> float | None:
        """Return the newest value, None if there is none or it is not valid."""
        return self.gsr_us[-1] if self.valid and self.valid[-1] else None

    def add(self, t_s: Sequence[float], gsr_us: Sequence[float], valid: Sequence[int]) -> None:
        if t_s:
            self.gsr_us = grown(self.gsr_us, gsr_us)
            self.valid = grown(self.valid, valid)
            self.extend(t_s)
            self._recent.add(t_s, gsr_us, valid)
            self._whole.add(t_s, gsr_us, valid)

    def forget(self) -> None:
        """Let the older samples go where not all are to be held; windows have counted them."""
        if self._keep or not self.t_s or self.t_s[-1] - self.t_s[0] < 2 * HELD_S:
            return
        old = bisect_left(self.t_s, self.t_s[-1] - HELD_S)
        self.let_go_until_s = max(self.let_go_until_s, *self.t_s[:old])
        self.let_go += old
        del self.t_s[:old], self.gsr_us[:old], self.valid[:old]

    def figures(
        self, first: int, onset_s: float, end_s: float, before: int | None = None
    ) -> SampleFigures:
        """Return what samples number `first` to before `before` with onset ≤ t < end come to."""
        here = max(first - self.let_go, 0)
        there = len(self.t_s) if before is None else max(before - self.let_go, 0)
        if self.in_order:
            low = bisect_left(self.t_s, onset_s, here, max(there, here))
            high = bisect_left(self.t_s, end_s, low, max(there, low))
            us, valid = self.gsr_us[low:high], self.valid[low:high]
        else:
            inside = [i for i in range(here, there) if onset_s <= self.t_s[i] < end_s]
            us = array("d", [self.gsr_us[i] for i in inside])
            valid = array("b", [self.valid[i] for i in inside])
        total_us = math.fsum(compress(us, valid))
        return SampleFigures(len(us), sum(valid), round(total_us * _PER_US))

    def trace(self) -> GsrTrace:
        if self._keep:
            return GsrTrace(self.count, self.t_s, self.gsr_us, self.valid)
        return GsrTrace(self.count, array("d"), array("d"), array("b"))

    def recent(self) -> TraceColumns:
        return self._recent.columns()

    def whole(self) -> TraceColumns:
        return self._whole.columns()


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
