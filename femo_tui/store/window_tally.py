"""What was recorded in one window: counted once, row by row, as the run grows.

A row belongs to a window if onset ≤ t_s < end, whenever it was written.
"""

from __future__ import annotations

import math
from bisect import insort

from femo_tui.model.events import Verdict, WindowStart, WindowStop
from femo_tui.model.snapshot import WindowSummary
from femo_tui.store.streams import FrameColumns, GsrColumns


class WindowTally:
    """One window of one attempt."""

    def __init__(self, start: WindowStart) -> None:
        self.start = start
        self.stop: WindowStop | None = None
        self.verdict: Verdict | None = None
        self._clear()

    def _clear(self) -> None:
        self._counted_as: tuple[float, bool, bool] | None = None
        self._gsr_seen = self._frames_seen = 0
        self._samples = self._valid = 0
        self._sum_us = 0.0
        self._frames = self._with_face = self._with_eyes = 0
        self._sharpness: list[float] = []  # sorted

    def count(self, gsr: GsrColumns, frames: FrameColumns) -> None:
        """Take in the rows that were added since the last call."""
        end_s = self.stop.t_s if self.stop else math.inf
        rule = (end_s, gsr.in_order, frames.in_order)
        if rule != self._counted_as:
            self._clear()  # the end became known, or rows that were passed over may belong
            self._counted_as = rule
        for i in gsr.within(self._gsr_seen, self.start.t_s, end_s):
            self._samples += 1
            if gsr.valid[i]:
                self._valid += 1
                self._sum_us += gsr.gsr_us[i]
        for i in frames.within(self._frames_seen, self.start.t_s, end_s):
            self._frames += 1
            self._with_face += frames.has_face[i]
            self._with_eyes += frames.has_eyes[i]
            if frames.has_face[i] and math.isfinite(frames.sharpness[i]):
                insort(self._sharpness, frames.sharpness[i])
        self._gsr_seen, self._frames_seen = len(gsr.t_s), len(frames.t_s)

    def summary(self, now_s: float) -> WindowSummary:
        """Return the figures as they stand at run time `now_s`."""
        start, stop, verdict = self.start, self.stop, self.verdict
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
            gsr_samples=self._samples,
            gsr_valid=self._valid,
            gsr_mean_us=self._sum_us / self._valid if self._valid else None,
            gsr_rate_hz=self._samples / length_s if self._samples and length_s > 0 else None,
            frames=self._frames,
            frames_with_face=self._with_face,
            frames_with_eyes=self._with_eyes,
            sharpness=_median(self._sharpness),
            verdict=verdict.verdict if verdict else "",
            verdict_by=verdict.by if verdict else "",
            verdict_reason=verdict.reason if verdict else "",
        )


def _median(ordered: list[float]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
