"""The acceptance gate: what was recorded in a window, held against the protocol's thresholds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from femo_tui.model.protocol import Thresholds
from femo_tui.model.records import Frame, GsrSample, JsonValue


@dataclass(frozen=True, slots=True)
class Criterion:
    """One figure that a window must reach."""

    name: str
    value: float | str
    need: float | str
    ok: bool
    note: str = ""


@dataclass(slots=True)
class WindowTally:
    """What falls into one window, collected while it runs. Times are boot time."""

    step: str
    attempt: int
    class_name: str | None
    onset_s: float
    duration_s: float  # as planned
    end_s: float | None = None
    reason: str = ""
    stalls: int = 0
    samples: list[GsrSample] = field(default_factory=list)
    samples_before: list[GsrSample] = field(default_factory=list)  # what voids its first seconds
    frames: int = 0
    frames_with_face: int = 0

    def holds(self, t_s: float) -> bool:
        """Return whether boot time `t_s` lies in the window."""
        return t_s >= self.onset_s and (self.end_s is None or t_s < self.end_s)

    def add_frame(self, frame: Frame, *, frozen: bool = False) -> None:
        """Count a frame; the face in an image that stands still is nobody's."""
        self.frames += 1
        self.frames_with_face += frame.faces > 0 and not frozen


def judge(
    window: WindowTally,
    thresholds: Thresholds,
    *,
    gsr_rate_hz: float | None,
    camera_fps: float | None,
) -> list[Criterion]:
    """Return every criterion that applies; a stream that is not recorded has none.

    `gsr_rate_hz` and `camera_fps` are what the devices promise, None without the device. A frame
    that was promised and did not come shows no face.
    """
    assert window.end_s is not None
    length_s = window.end_s - window.onset_s
    criteria = [Criterion("window", window.reason, "complete", window.reason == "complete")]
    if window.stalls:
        criteria.append(Criterion("film_stalls", window.stalls, 0, False))
    if gsr_rate_hz is not None:
        expected = gsr_rate_hz * length_s
        criteria += [
            _gsr_valid_share(window, gsr_rate_hz, thresholds.gsr_valid_share),
            _at_least("gsr_rate_share", len(window.samples), expected, thresholds.gsr_rate_share),
        ]
    if camera_fps is not None:
        promised = max(window.frames, camera_fps * length_s)
        criteria.append(
            _at_least("face_yield", window.frames_with_face, promised, thresholds.face_yield)
        )
    return criteria


def _gsr_valid_share(window: WindowTally, rate_hz: float, need: float) -> Criterion:
    import numpy as np

    from femo_tui.signals.quality import assess_gsr

    assert window.end_s is not None
    samples = window.samples_before + window.samples
    quality = assess_gsr(
        np.array([sample.t_s for sample in samples]),
        np.array([math.nan if s.gsr_us is None else s.gsr_us for s in samples]),
        [sample.flag for sample in samples],
        window.onset_s,
        window.end_s,
        rate_hz,
    )
    by_padding = quality.valid_share < need <= quality.unpadded_share
    note = "; ".join(quality.reasons)
    if by_padding:
        note = f"only by the 5 s around what is invalid: {note}"
    share = round(quality.valid_share, 4)
    return Criterion("gsr_valid_share", share, need, quality.valid_share >= need, note)


def _at_least(name: str, got: float, of: float, need: float) -> Criterion:
    share = min(got / of, 1.0) if of > 0 else 0.0
    return Criterion(name, round(share, 4), need, share >= need)


def as_facts(criteria: list[Criterion]) -> dict[str, JsonValue]:
    """Return the criteria as they stand in the run."""
    return {
        c.name: {"value": c.value, "need": c.need, "ok": c.ok}
        | ({"note": c.note} if c.note else {})
        for c in criteria
    }


def why_failed(criteria: list[Criterion]) -> str:
    """Name the criteria that were not met, empty if all were."""
    missed = [c for c in criteria if not c.ok]
    return ", ".join(
        f"{c.name} {c.value} (need {c.need}{f'; {c.note}' if c.note else ''})" for c in missed
    )
