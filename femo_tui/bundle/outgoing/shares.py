"""What of one run may leave the lab: accepted attempts, and what lies around them.

A moment belongs to the attempt that began last. The moments of an attempt that is not shared are
cut out of every stream; a window that is shared keeps its own, also where it reaches beyond its
step by the study's lag.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from femo_tui.bundle.layout import RunPlace
from femo_tui.bundle.outgoing.shift import DateShift
from femo_tui.errors import BundleError, MalformedRecord
from femo_tui.model.events import (
    Facts,
    Marker,
    Rating,
    RunEvent,
    RunResume,
    RunStart,
    RunStop,
    StepStart,
    StepStop,
    Verdict,
    WindowStart,
    WindowStop,
)
from femo_tui.model.participants import Participant
from femo_tui.model.run_state import ACCEPTED, AUTO, RunData
from femo_tui.store import rows
from femo_tui.store.decided import Decided, DecidedReader, read_events
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, RUN_FILE
from femo_tui.store.seal import digest, read_manifest
from femo_tui.store.tail import LineTail

OLDEST = 89  # HIPAA, 164.514
_IMAGE = (b".jpg", b".jpg,")
_DONE_AGAIN = "redo"


@dataclass(frozen=True, slots=True)
class SharedWindow:
    """One accepted window."""

    start: WindowStart
    end_s: float
    kind: str  # of its step
    verdict: str
    reason: str  # free text
    criteria: Facts

    @property
    def attempt(self) -> tuple[str, int]:
        return self.start.step, self.start.attempt


@dataclass(frozen=True, slots=True)
class RunShare:
    """What of one run goes into a bundle."""

    place: RunPlace
    run_dir: Path
    name: str  # relative to the store
    person: Participant
    shift: DateShift
    start: RunStart
    stop: RunStop
    gsr: bool  # consented to, and part of the level
    faces: bool
    windows: tuple[SharedWindow, ...]
    attempts: frozenset[tuple[str, int]]  # shared ones, of steps without a window too
    answers: frozenset[tuple[str, int, str]]  # step, attempt, scale of the ratings that are shared
    cuts: tuple[tuple[float, float], ...]  # what is left out: from ≤ t < to, in order
    reach_s: float  # by so much GSR windows come later than the film's
    rejected: frozenset[int]  # frames, by eye
    chosen: bool  # a person marked it as the participant's primary run
    not_accepted: Counter[str]  # class, or the step's kind → attempts

    @property
    def age(self) -> int | None:
        """Return the age as it is told: above OLDEST it would single a person out."""
        return None if self.person.age is None else min(self.person.age, OLDEST)

    @property
    def sex(self) -> str | None:
        return None if self.person.sex is None else self.person.sex.value

    def covers(self, t_s: float) -> bool:
        """Return whether what was recorded at a moment may go."""
        place = bisect_right(self.cuts, (t_s, float("inf"))) - 1
        if place < 0 or t_s >= self.cuts[place][1]:
            return True
        return any(w.start.t_s <= t_s < w.end_s + self.reach_s for w in self.windows)

    def events(self) -> Iterator[RunEvent]:
        """Yield the events that may go, as they count now; who tells them leaves more out."""
        for event in read_events(self.run_dir):
            step = getattr(event, "step", None)
            attempt = getattr(event, "attempt", None)
            if step is not None and attempt is not None:
                if (step, attempt) in self.attempts:
                    yield event
            elif isinstance(event, RunStart | RunStop) or not self._is_cut(event.t_s):
                yield event

    def sample_lines(self) -> Iterator[tuple[float, bytes]]:
        """Yield (run time, row of gsr.csv) of every sample that may go."""
        if not self.gsr:
            return
        for _, line in LineTail(self.run_dir / GSR_FILE).read():
            try:
                t_s, _, _ = rows.read_gsr_row(line)
            except MalformedRecord:
                continue  # the header, or a torn line
            if self.covers(t_s):
                yield t_s, line

    def frame_lines(self, *, with_images: bool = False) -> Iterator[tuple[rows.SavedFrame, bytes]]:
        """Yield every frame that may go, or those with crops, and its row of frames.csv."""
        if not self.faces:
            return
        for _, line in LineTail(self.run_dir / FRAMES_FILE).read():
            if with_images and not line.endswith(_IMAGE):  # most lie outside windows: left unread
                continue
            try:
                frame = rows.read_frame_row(line)
            except MalformedRecord:
                continue
            if self._is_cut(frame.t_s) or frame.frame in self.rejected:
                continue
            if not frame.face_file or (frame.step, frame.attempt) in self.attempts:
                yield frame, line

    def _is_cut(self, t_s: float) -> bool:
        place = bisect_right(self.cuts, (t_s, float("inf"))) - 1
        return place >= 0 and t_s < self.cuts[place][1]

    def check(self) -> None:
        """Compare the files that are read line by line with the seal.

        Raises:
            BundleError: one of them was changed since the run was sealed.
        """
        sealed = read_manifest(self.run_dir)
        for name in (RUN_FILE, GSR_FILE, FRAMES_FILE):
            path = self.run_dir / name
            if not path.is_file() or digest(path) != sealed.get(name):
                raise BundleError(
                    f"{self.name}/{name}: changed since the run was sealed; look at"
                    f" `femo show {self.name} --verify`, and restore it from a backup"
                )


class RunFold:
    """The events and amendments of a run, as far as they decide what may go."""

    def __init__(self, run_dir: Path) -> None:
        self.start: RunStart | None = None
        self.stop: RunStop | None = None
        self.begun: list[StepStart] = []
        self._ended: dict[tuple[str, int], StepStop] = {}
        self._windows: dict[tuple[str, int], WindowStart] = {}
        self._closed: dict[tuple[str, int], WindowStop] = {}
        self._verdicts: dict[tuple[str, int], Verdict] = {}
        self._ratings: list[Rating] = []
        self.operators: set[str] = set()
        for event in read_events(run_dir):
            self._fold(event)
        self.decided: Decided = DecidedReader(run_dir).read()
        self.operators |= {amendment.operator for amendment in self.decided.amendments}

    def _fold(self, event: RunEvent) -> None:
        if isinstance(event, RunStart | RunResume | Marker):
            self.operators.add(event.operator)
        match event:
            case RunStart():
                self.start = self.start or event
            case RunStop():
                self.stop = event
            case StepStart():
                self.begun.append(event)
            case StepStop():
                self._ended[event.step, event.attempt] = event
            case WindowStart():
                self._windows[event.step, event.attempt] = event
            case WindowStop():
                self._closed[event.step, event.attempt] = event
            case Verdict():
                self._verdicts[event.step, event.attempt] = event
                self.operators |= {event.by} - {AUTO}
            case Rating():
                self._ratings.append(event)

    @property
    def data(self) -> RunData:
        """Return what was last decided about the run's data."""
        return self.decided.data or (self.stop.data if self.stop else RunData.KEEP)

    def windows(self) -> Iterator[SharedWindow]:
        """Yield the accepted windows, in order of time."""
        kinds = {(step.step, step.attempt): step.kind for step in self.begun}
        for key, window in sorted(self._windows.items(), key=lambda item: item[1].t_s):
            verdict, closed = self._verdicts.get(key), self._closed.get(key)
            later = self.decided.verdicts.get(key)
            given = later.decided if later else verdict.verdict if verdict else ""
            if given in ACCEPTED and closed is not None:
                yield SharedWindow(
                    start=window,
                    end_s=closed.t_s,
                    kind=kinds.get(key, ""),
                    verdict=given,
                    reason=later.reason if later else verdict.reason if verdict else "",
                    criteria=verdict.criteria if verdict else {},
                )

    def attempts(self) -> frozenset[tuple[str, int]]:
        """Return the attempts that are shared: accepted, or of a step that asks for no window."""
        accepted = {window.attempt for window in self.windows()}
        with_window = {step for step, _ in self._windows} | _planned_windows(self.start)
        return frozenset(
            key
            for step in self.begun
            if (key := (step.step, step.attempt)) in accepted
            or (step.step not in with_window and not self._was_done_again(key))
        )

    def answers(self) -> frozenset[tuple[str, int, str]]:
        """Return the answers about shared attempts; those about the person stay in the lab."""
        shared = self.attempts()
        return frozenset(
            (rating.step, rating.attempt, rating.scale)
            for rating in self._ratings
            if (rating.step, rating.attempt) in shared and self._rated(rating) in shared
        )

    def _rated(self, rating: Rating) -> tuple[str, int] | None:
        """Return the attempt that a rating is about: the latest of its step by then."""
        found = [s for s in self.begun if s.step == rating.about and s.t_s <= rating.t_s]
        return (found[-1].step, found[-1].attempt) if found else None

    def _was_done_again(self, key: tuple[str, int]) -> bool:
        ended = self._ended.get(key)
        return ended is not None and ended.reason == _DONE_AGAIN

    def cuts(self) -> tuple[tuple[float, float], ...]:
        """Return the spans of the attempts that are not shared, each to where the next begins."""
        shared = self.attempts()
        ends = [step.t_s for step in self.begun[1:]] + [float("inf")]
        return tuple(
            sorted(
                (step.t_s, end_s)
                for step, end_s in zip(self.begun, ends, strict=True)
                if (step.step, step.attempt) not in shared
            )
        )

    def not_accepted(self) -> Counter[str]:
        """Return how many attempts of each class are not shared."""
        shared = self.attempts()
        return Counter(
            step.class_name or step.kind
            for step in self.begun
            if (step.step, step.attempt) not in shared
        )


def _planned_windows(start: RunStart | None) -> set[str]:
    steps = start.protocol.get("steps") if start is not None else None
    return {
        str(step.get("name"))
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, dict) and step.get("window")
    }
