"""The sweep of a bedside monitor as braille cells: a pen that writes over what it wrote before.

Nothing here draws; `Sweep.feed` says which cells changed, so that only those need to be drawn.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from femo_tui.model.snapshot import TraceColumns

_LEFT_DOTS = (0x01, 0x02, 0x04, 0x40)
_RIGHT_DOTS = (0x08, 0x10, 0x20, 0x80)
_BRAILLE = 0x2800

MIN_SPAN_US = 0.5  # a narrower scale would show the sensor's own noise as if it meant something
JOIN_S = 0.35  # samples further apart than three periods at 10 Hz are not joined by a line
JOIN_COLUMNS = 1.5  # nor are columns with an empty one between them
SHRINK_BELOW = 0.5  # at the end of a sweep, a trace filling less of the scale than this regains it
ERASED_COLUMNS = 6  # dot columns kept blank ahead of the pen


class Shade(Enum):
    """What the stretch of time under a cell was."""

    BLANK = "blank"
    PLAIN = "plain"
    WINDOW = "window"
    NO_DATA = "no data"  # samples were missing or not valid


@dataclass(frozen=True, slots=True)
class Scale:
    """A vertical axis in µS with its ticks `step_us` apart."""

    low_us: float
    high_us: float
    step_us: float

    @classmethod
    def around(cls, low_us: float, high_us: float) -> Scale:
        """Return the smallest round scale that holds both, with some air."""
        middle, span = (low_us + high_us) / 2, max((high_us - low_us) * 1.15, MIN_SPAN_US)
        low_us, high_us = middle - span / 2, middle + span / 2
        power = 10.0 ** math.floor(math.log10(span / 3))
        step = next(m * power for m in (1, 2, 5, 10) if span / (m * power) <= 4)
        low = max(math.floor(low_us / step) * step, 0.0)
        return cls(low, math.ceil(high_us / step) * step, step)

    @property
    def span_us(self) -> float:
        return self.high_us - self.low_us

    def ticks(self) -> list[float]:
        """Return the tick values, from the top down."""
        steps = round(self.span_us / self.step_us)
        return [self.high_us - i * self.step_us for i in range(steps + 1)]

    def row(self, us: float, rows: int) -> int:
        """Return the row of `rows` that `us` falls on, 0 at the top."""
        share = (self.high_us - us) / self.span_us
        return min(max(round(share * (rows - 1)), 0), rows - 1)


class Sweep:
    """`width` × `height` braille cells over `span_s` seconds of run time."""

    def __init__(self, width: int, height: int, span_s: float, *, wraps: bool = True) -> None:
        self.width, self.height, self.span_s, self.wraps = width, height, span_s, wraps
        self.columns = 2 * width
        self.column_s = span_s / self.columns
        self.scale = Scale.around(0.0, 1.0)
        self._clear()

    def _clear(self) -> None:
        self.pen = -1  # the newest column written, counted from run start
        self._low = [math.nan] * self.columns
        self._high = [math.nan] * self.columns
        self._seen = [False] * self.columns
        self._fed_s = -math.inf  # time of the newest trace column fed; it may have grown since
        self._last: tuple[float, float] | None = None  # the newest valid value
        self._cells = [[0] * self.width for _ in range(self.height)]

    def feed(self, trace: TraceColumns) -> set[tuple[int, int]] | None:
        """Take in the columns that are new; return the changed cells, None if all may have."""
        times = trace.t_s
        if not times:
            return set()
        if times[-1] < self._fed_s:
            self._clear()  # time has gone back
        before = self.pen
        first = bisect_left(times, self._fed_s)
        if self.wraps:
            oldest_s = times[-1] - self.span_s + (ERASED_COLUMNS + 2) * self.column_s
            first = max(first, bisect_left(times, oldest_s))
        join_s = max(JOIN_S, JOIN_COLUMNS * trace.step_s, self.column_s)
        for i in range(first, len(times)):
            extent = (trace.low_us[i], trace.high_us[i]) if trace.valid[i] else None
            self._take(times[i], extent, join_s)
        self._fed_s = times[-1]
        rescaled = self._rescale(before // self.columns != self.pen // self.columns)
        if before < 0 or rescaled or self.pen - before >= self.columns:
            self._draw(range(self.width))
            return None
        touched = range(before, self.pen + (ERASED_COLUMNS if self.wraps else 0) + 1)
        return self._draw({column % self.columns // 2 for column in touched})

    def cell(self, x: int, y: int) -> str:
        """Return the character of one cell."""
        bits = self._cells[y][x]
        return chr(_BRAILLE + bits) if bits else " "

    def time_s(self, x: int) -> float | None:
        """Return the run time under the cells of column `x`, None where nothing is written."""
        for slot in (2 * x, 2 * x + 1):
            if self._seen[slot]:
                return self._column_of(slot) * self.column_s
        return None

    def place(self, t_s: float) -> int | None:
        """Return the column of cells under which a run time stands, None if it does not."""
        column = int(t_s / self.column_s)
        slot = column % self.columns if self.wraps else min(column, self.columns - 1)
        return slot // 2 if self._seen[slot] and self._column_of(slot) == column else None

    def shades(self, windows: Iterable[tuple[float, float]]) -> list[Shade]:
        """Return what the time under each column was; `windows` are onset and end in run time."""
        ordered = sorted(windows)
        onsets_s = [onset_s for onset_s, _ in ordered]
        until_s = list(accumulate((end_s for _, end_s in ordered), max))
        return [self._shade(x, onsets_s, until_s) for x in range(self.width)]

    def _shade(self, x: int, onsets_s: Sequence[float], until_s: Sequence[float]) -> Shade:
        """Return it for one column; `until_s` is how far a window or one before it goes."""
        start_s = self.time_s(x)
        if start_s is None:
            return Shade.BLANK
        if any(math.isnan(self._low[s]) and self._seen[s] for s in (2 * x, 2 * x + 1)):
            return Shade.NO_DATA
        begun = bisect_left(onsets_s, start_s + 2 * self.column_s)
        return Shade.WINDOW if begun and start_s < until_s[begun - 1] else Shade.PLAIN

    def _column_of(self, slot: int) -> int:
        lap = self.pen - self.pen % self.columns
        return lap + slot if slot <= self.pen % self.columns else lap - self.columns + slot

    def _take(self, t_s: float, extent: tuple[float, float] | None, join_s: float) -> None:
        column = int(t_s / self.column_s)
        if not self.wraps:
            column = min(column, self.columns - 1)
        if column > self.pen:
            self._move_pen(column)
        if extent is None or column < self.pen:
            return
        middle = (t_s, (extent[0] + extent[1]) / 2)
        if self._last is not None and t_s - self._last[0] <= join_s:
            self._join(self._last, middle)
        for us in extent:
            self._widen(column % self.columns, us)
        self._last = middle

    def _move_pen(self, column: int) -> None:
        first = max(self.pen + 1, column - self.columns + 1)
        begun = self.pen >= 0
        self.pen = column
        for passed in range(first if begun else column, column + 1):
            self._reset(passed % self.columns, seen=True)
        if self.wraps:
            for ahead in range(column + 1, column + 1 + ERASED_COLUMNS):
                self._reset(ahead % self.columns, seen=False)

    def _reset(self, slot: int, *, seen: bool) -> None:
        self._low[slot] = self._high[slot] = math.nan
        self._seen[slot] = seen

    def _join(self, a: tuple[float, float], b: tuple[float, float]) -> None:
        """Fill the columns between two neighbouring samples, so that the line has no holes."""
        first, last = int(a[0] / self.column_s) + 1, int(b[0] / self.column_s)
        for column in range(max(first, last - self.columns + 1), last):
            share = (column * self.column_s - a[0]) / (b[0] - a[0])
            self._widen(column % self.columns, a[1] + share * (b[1] - a[1]))

    def _widen(self, slot: int, us: float) -> None:
        low, high = self._low[slot], self._high[slot]
        self._low[slot] = us if math.isnan(low) else min(low, us)
        self._high[slot] = us if math.isnan(high) else max(high, us)

    def _rescale(self, sweep_ended: bool) -> bool:
        lows = [us for us in self._low if not math.isnan(us)]
        if not lows:
            return False
        low, high = min(lows), max(us for us in self._high if not math.isnan(us))
        wanted = Scale.around(low, high)
        outside = low < self.scale.low_us or high > self.scale.high_us
        roomy = wanted.span_us < SHRINK_BELOW * self.scale.span_us
        if not (outside or (roomy and sweep_ended)):
            return False
        self.scale = wanted
        return True

    def _draw(self, xs: Iterable[int]) -> set[tuple[int, int]]:
        changed: set[tuple[int, int]] = set()
        for x in xs:
            left, right = self._dots(2 * x), self._dots(2 * x + 1)
            for y in range(self.height):
                bits = 0
                for dot in range(4):
                    if left is not None and left[0] <= 4 * y + dot <= left[1]:
                        bits |= _LEFT_DOTS[dot]
                    if right is not None and right[0] <= 4 * y + dot <= right[1]:
                        bits |= _RIGHT_DOTS[dot]
                if self._cells[y][x] != bits:
                    self._cells[y][x] = bits
                    changed.add((x, y))
        return changed

    def _dots(self, slot: int) -> tuple[int, int] | None:
        """Return the first and last dot row of a column, drawn up to its neighbour's."""
        own = self._extent(slot)
        if own is None:
            return None
        top, bottom = own
        before = self._extent(slot - 1) if slot else None
        if before is not None:
            top, bottom = min(top, before[1] + 1), max(bottom, before[0] - 1)
        return top, bottom

    def _extent(self, slot: int) -> tuple[int, int] | None:
        if math.isnan(self._low[slot]):
            return None
        rows = 4 * self.height
        return self.scale.row(self._high[slot], rows), self.scale.row(self._low[slot], rows)
