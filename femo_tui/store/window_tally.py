"""What was recorded in one window: counted once, row by row, as the run grows.

A row belongs to a window if onset ≤ t_s < end, whenever it was written.
"""

from __future__ import annotations

import math
from array import array
from bisect import insort
from collections.abc import Sequence

from femo_tui.model.events import Verdict, WindowStart, WindowStop
from femo_tui.model.snapshot import WindowSummary
from femo_tui.store.streams import FrameColumns, GsrColumns, SampleFigures

_PER_US = 1_000_000


class WindowTally:
    """One window of one attempt."""

    def __init__(self, start: WindowStart) -> None:
        self.start = start
        self.stop: WindowStop | None = None
        self.verdict: Verdict | None = None
        self._gsr = SampleFigures()
        self._gsr_seen = 0
        self._gsr_end_s = math.inf  # what the samples so far were counted up to
        self._clear_frames()

    def _clear_frames(self) -> None:
        self._frames_rule: tuple[float, bool] | None = None
        self._frames_seen = self._frames = self._with_face = self._with_eyes = 0
        self._sharpness: array[float] = array("d")  # sorted

    def recount(self) -> None:
        """Forget the samples counted so far: they are all read again."""
        self._gsr, self._gsr_seen, self._gsr_end_s = SampleFigures(), 0, math.inf

    def needs_older(self, gsr: GsrColumns) -> bool:
        """Return whether the window was told of so late that samples of it are not held."""
        if self._gsr_seen == 0:
            return gsr.let_go_until_s >= self.start.t_s
        return self._end_s() != self._gsr_end_s and gsr.let_go_until_s >= self._end_s()

    def count_samples(self, gsr: GsrColumns) -> None:
        """Take in the samples that were added since the last call."""
        onset_s, end_s = self.start.t_s, self._end_s()
        if end_s != self._gsr_end_s:
            past = gsr.figures(0, max(onset_s, end_s), math.inf, before=self._gsr_seen)
            self._gsr = self._gsr.plus(past, -1)
            self._gsr_end_s = end_s
        over = gsr.in_order and gsr.t_s and gsr.t_s[0] >= end_s  # whatever comes is later still
        if not over:
            self._gsr = self._gsr.plus(gsr.figures(self._gsr_seen, onset_s, end_s))
        self._gsr_seen = gsr.count

    def count_frames(self, frames: FrameColumns) -> None:
        """Take in the frames that were added since the last call."""
        end_s = self._end_s()
        if self._frames_rule != (end_s, frames.in_order):
            self._clear_frames()  # the end became known, or frames passed over may belong
            self._frames_rule = (end_s, frames.in_order)
        for i in frames.within(self._frames_seen, self.start.t_s, end_s):
            self._frames += 1
            self._with_face += frames.has_face[i]
            self._with_eyes += frames.has_eyes[i]
            if frames.has_face[i] and math.isfinite(frames.sharpness[i]):
                insort(self._sharpness, frames.sharpness[i])
        self._frames_seen = len(frames.t_s)

    def summary(self, now_s: float) -> WindowSummary:
        """Return the figures as they stand at run time `now_s`."""
        start, stop, verdict, gsr = self.start, self.stop, self.verdict, self._gsr
        length_s = (stop.t_s if stop else now_s) - start.t_s
        return WindowSummary(
            step=start.step,
            attempt=start.attempt,
            class_name=start.class_name,
            onset_s=start.t_s,
            end_s=stop.t_s if stop else None,
            reason=stop.reason if stop else "",
            media_s=start.media_s,
            uncertainty_s=start.uncertainty_s,
            gsr_samples=gsr.samples,
            gsr_valid=gsr.valid,
            gsr_mean_us=gsr.sum_parts / _PER_US / gsr.valid if gsr.valid else None,
            gsr_rate_hz=gsr.samples / length_s if gsr.samples and length_s > 0 else None,
            frames=self._frames,
            frames_with_face=self._with_face,
            frames_with_eyes=self._with_eyes,
            sharpness=_median(self._sharpness),
            verdict=verdict.verdict if verdict else "",
            verdict_by=verdict.by if verdict else "",
            verdict_reason=verdict.reason if verdict else "",
            media=start.media,
            exposure=start.exposure,
            primary=start.primary,
        )

    def _end_s(self) -> float:
        return self.stop.t_s if self.stop else math.inf


def _median(ordered: Sequence[float]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
