"""The acceptance gate: what was recorded in a window, held against the protocol's thresholds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from femo_tui.model.protocol import FilmLength, Thresholds
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
class GatedWindow:
    """What falls into one window, collected while it runs. Times are boot time."""

    step: str
    attempt: int
    class_name: str | None
    onset_s: float
    duration_s: float  # as planned
    end_s: float | None = None
    reason: str = ""
    stalls: int = 0
    uncertainty_s: float = 0.0  # of the onset
    media_played_s: float | None = None  # of the whole film, once it is over
    media_declared_s: float | None = None
    samples: list[GsrSample] = field(default_factory=list)
    samples_before: list[GsrSample] = field(default_factory=list)  # what voids its first seconds
    frames: int = 0
    frames_with_face: int = 0
    sharpness: list[float] = field(default_factory=list)  # of the faces
    camera_losses: list[str] = field(default_factory=list)  # what it said that lost faces

    def holds(self, t_s: float) -> bool:
        """Return whether boot time `t_s` lies in the window."""
        return t_s >= self.onset_s and (self.end_s is None or t_s < self.end_s)

    @property
    def length_s(self) -> float:
        """Return how long it was, once it is closed."""
        assert self.end_s is not None
        return self.end_s - self.onset_s

    @property
    def longest_gap_s(self) -> float:
        """Return the longest stretch without a sample, of the whole window."""
        assert self.end_s is not None
        edges = [self.onset_s, *sorted(sample.t_s for sample in self.samples), self.end_s]
        return max(later - earlier for earlier, later in pairwise(edges))

    def add_frame(self, frame: Frame, *, frozen: bool = False) -> None:
        """Count a frame; the face in an image that stands still is nobody's."""
        self.frames += 1
        self.frames_with_face += frame.faces > 0 and not frozen
        if frame.sharpness is not None:
            self.sharpness.append(frame.sharpness)


def judge(
    window: GatedWindow,
    thresholds: Thresholds,
    film_length: FilmLength,
    *,
    gsr_rate_hz: float | None,
    camera_fps: float | None,
) -> list[Criterion]:
    """Return every criterion that applies; a stream that is not recorded has none.

    `gsr_rate_hz` and `camera_fps` are what the devices promise, None without the device. A frame
    that was promised and did not come shows no face. How the participant rated what they saw is
    none of this: it labels the data, it does not select it.
    """
    criteria = [
        Criterion("window", window.reason, "complete", window.reason == "complete"),
        _at_most("onset_uncertainty_s", window.uncertainty_s, thresholds.onset_uncertainty_s),
        *_of_film(window, film_length),
    ]
    if gsr_rate_hz is not None:
        criteria += _of_gsr(window, thresholds, gsr_rate_hz)
    if camera_fps is not None:
        criteria += _of_camera(window, thresholds, camera_fps)
    return criteria


def _of_film(window: GatedWindow, film_length: FilmLength) -> Iterator[Criterion]:
    if window.stalls:
        yield Criterion("film_stalls", window.stalls, 0, False)
    played_s, declared_s = window.media_played_s, window.media_declared_s
    if played_s is None or declared_s is None:
        return
    near = abs(played_s - declared_s) <= film_length.tolerance_s
    note = "" if near else "the protocol allows it" if not film_length.refuse else ""
    yield Criterion(
        "media_played_s", round(played_s, 3), declared_s, near or not film_length.refuse, note
    )


def _of_gsr(window: GatedWindow, thresholds: Thresholds, rate_hz: float) -> Iterator[Criterion]:
    expected = rate_hz * window.length_s
    yield _gsr_valid_share(window, rate_hz, thresholds.gsr_valid_share)
    yield _at_most("longest_gap_s", window.longest_gap_s, thresholds.longest_gap_s)
    yield _at_least("gsr_rate_share", len(window.samples), expected, thresholds.gsr_rate_share)


def _of_camera(window: GatedWindow, thresholds: Thresholds, fps: float) -> Iterator[Criterion]:
    promised = max(window.frames, fps * window.length_s)
    needed = math.floor(promised * thresholds.face_yield)  # with fewer no yield can be enough
    yield Criterion("frames", window.frames, needed, window.frames >= needed)
    faces = _at_least("face_yield", window.frames_with_face, promised, thresholds.face_yield)
    yield replace(faces, note="" if faces.ok else "; ".join(dict.fromkeys(window.camera_losses)))
    sharpness = round(statistics.median(window.sharpness), 3) if window.sharpness else 0.0
    yield Criterion("sharpness", sharpness, thresholds.sharpness, sharpness >= thresholds.sharpness)


def load_what_judges() -> None:
    """Import what the gate needs: at the first window it would hold up the thread that stamps."""
    import femo_tui.signals.quality  # noqa: F401


def _gsr_valid_share(window: GatedWindow, rate_hz: float, need: float) -> Criterion:
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


def _at_most(name: str, value: float, need: float) -> Criterion:
    return Criterion(name, round(value, 4), need, value <= need)


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
