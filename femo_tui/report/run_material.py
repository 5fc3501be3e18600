"""Everything that the page of a run is made of, read once; what may not be shown is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.bundle.outgoing.shares import OLDEST, RunFold
from femo_tui.bundle.outgoing.shift import DateShift
from femo_tui.errors import ConsentError, StoreError, UsageError
from femo_tui.model.events import Facts, Rating, RunEvent, RunStart, StepStart, StepStop, Verdict
from femo_tui.model.participants import Participant
from femo_tui.model.progress import Report, unheard
from femo_tui.model.run_state import AUTO, RunData
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.report.rules import Rules
from femo_tui.report.run_missing import Missing, missing_in
from femo_tui.store.decided import read_events
from femo_tui.store.layout import runs_of
from femo_tui.store.run_reader import RunReader
from femo_tui.store.tombstone import has_tombstone
from femo_tui.store.verify import verify_run

if TYPE_CHECKING:
    from femo_tui.stats.recording import Samples
    from femo_tui.store.rows import SavedFrame

AttemptKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RunMaterial:
    """A run as its page may show it."""

    run_dir: Path
    where: str  # S01/2026-11-22T101530/run-01; where dates are shifted S01/ses-01/run-01
    number: int  # the run's of its session
    session: int  # the session's of its participant
    rules: Rules
    start: RunStart
    run: RunSnapshot
    events: tuple[RunEvent, ...]  # without those of attempts that stay in the lab
    windows: tuple[WindowSummary, ...]  # as judged by now; of a page that leaves the accepted ones
    samples: Samples | None  # None: they are not shown
    no_samples: str  # why
    missing: tuple[Missing, ...]  # where the samples have gaps, or are not valid
    faces: Mapping[AttemptKey, tuple[SavedFrame, ...]]  # of accepted windows, not rejected by eye
    no_faces: str  # why none is shown
    cuts: tuple[tuple[float, float], ...]  # from ≤ t < to: what stays in the lab
    faults: tuple[str, ...]  # of the seal and the rows; none if it verifies
    may_leave: frozenset[tuple[str, int, str]]  # step, attempt, scale of answers
    texts: tuple[str, ...]  # that somebody typed and that do not stand here

    @property
    def participant(self) -> str:
        return self.start.participant

    @property
    def answers(self) -> list[Rating]:
        """Return what was answered about what was shown; about the person nothing."""
        about = [rating for rating in self.run.ratings if rating.about is not None]
        if not self.rules.leaves:
            return about
        return [r for r in about if (r.step, r.attempt, r.scale) in self.may_leave]

    @property
    def age(self) -> int | None:
        age = self.start.age
        return min(age, OLDEST) if age is not None and self.rules.leaves else age

    @property
    def criteria(self) -> dict[AttemptKey, Facts]:
        """Return what the gate looked at, by attempt."""
        given = (event for event in self.events if isinstance(event, Verdict))
        return {(verdict.step, verdict.attempt): verdict.criteria for verdict in given}

    @property
    def attempts(self) -> dict[AttemptKey, tuple[StepStart, StepStop | None]]:
        """Return every attempt at every step: how it began, and how it ended if it did."""
        begun = {(e.step, e.attempt): e for e in self.events if isinstance(e, StepStart)}
        ended = {(e.step, e.attempt): e for e in self.events if isinstance(e, StepStop)}
        return {key: (start, ended.get(key)) for key, start in begun.items()}


def read_material(
    root: Path,
    run_dir: Path,
    person: Participant | None,
    *,
    leaves: bool,
    looked_at: bool,
    report: Report = unheard,
) -> RunMaterial:
    """Read a run.

    Args:
        root: the store.
        run_dir: the run's folder.
        person: the participant as the catalog has them, None if it does not.
        leaves: the page is written outside the store.
        looked_at: somebody looked at what was typed, and it may stand there.
        report: told of each file that is hashed.

    Raises:
        UsageError: the run was discarded, or may not leave as it stands.
        ConsentError: nothing of it may leave.
        StoreError: it has not begun, or cannot be read.
    """
    where = "/".join(run_dir.parts[-3:])
    if has_tombstone(run_dir):
        raise UsageError(f"{where}: this run was discarded; nothing of it is left to report")
    run = RunReader(run_dir).poll()
    start = run.start
    if start is None:
        raise StoreError(f"{where}: nothing of this run was saved; look at `femo show {where}`")
    fold = RunFold(run_dir)
    sessions = list(dict.fromkeys(one.parent.name for one in runs_of(root, start.participant)))
    sessions = sessions or [run_dir.parent.name]
    shift = DateShift.from_sessions(sessions)
    rules = Rules.of(leaves=leaves, looked_at=looked_at, operators=fold.operators, shift=shift)
    then = start.scopes
    no_samples, no_faces = rules.no_conductance(person, then), rules.no_faces(person, then)
    if run.data is not RunData.KEEP:
        no_samples = no_faces = "kept until asked: decide about its data with `femo decide`"
    if leaves:
        _check_leaving(where, run, no_samples, no_faces)
    cuts = fold.cuts() if leaves else ()
    windows = tuple(w for w in run.windows if not leaves or w.accepted)
    samples = None if no_samples else _samples(run, cuts)
    number, session = int(run_dir.name.partition("-")[2]), sessions.index(run_dir.parent.name) + 1
    place = f"{start.participant}/ses-{session:02d}/{run_dir.name}"
    events = tuple(e for e in read_events(run_dir) if not any(a <= e.t_s < b for a, b in cuts))
    return RunMaterial(
        run_dir=run_dir,
        where=place if leaves else where,
        number=number,
        session=session,
        rules=rules,
        start=start,
        run=run,
        events=events,
        windows=windows,
        samples=samples,
        no_samples=no_samples,
        missing=()
        if samples is None
        else missing_in(samples, run.elapsed_s, _rate_hz(start), cuts),
        faces={} if no_faces else _faces(run_dir, run, windows),
        no_faces=no_faces,
        cuts=cuts,
        faults=tuple(verify_run(run_dir, report)) if run.sealed else (),
        may_leave=fold.answers(),
        texts=tuple(text for text in _typed(run, events) if not rules.texts.told(text)),
    )


def _check_leaving(where: str, run: RunSnapshot, no_samples: str, no_faces: str) -> None:
    if run.stop is None or not run.sealed:
        raise UsageError(
            f"{where}: this run is not closed, so no page of it leaves the store: close it with"
            f" `femo recover {where}` first, or leave --out out"
        )
    if no_samples and no_faces:
        raise ConsentError(
            f"{where}: nothing of it may leave the store ({no_samples}; {no_faces}); without --out"
            " the page stays in the store's exports"
        )


def _samples(run: RunSnapshot, cuts: tuple[tuple[float, float], ...]) -> Samples | None:
    """Return the samples by time, None where none was recorded."""
    import numpy as np

    from femo_tui.stats.recording import Samples, samples_of

    found = samples_of(run)
    kept = np.ones(len(found.t_s), np.bool_)
    for begin_s, end_s in cuts:
        kept &= ~((found.t_s >= begin_s) & (found.t_s < end_s))
    if not kept.any():
        return None
    return Samples(found.t_s[kept], found.gsr_us[kept], found.valid[kept])


def _rate_hz(start: RunStart) -> float | None:
    """Return what rate the sensor promised."""
    gsr = start.devices.get("gsr")
    rate = gsr.get("rate_hz") if isinstance(gsr, dict) else None
    return float(rate) if isinstance(rate, int | float) and rate > 0 else None


def _faces(
    run_dir: Path, run: RunSnapshot, windows: tuple[WindowSummary, ...]
) -> dict[AttemptKey, tuple[SavedFrame, ...]]:
    """Return the faces that were saved in accepted windows and not rejected since."""
    from femo_tui.store.saved_frames import saved_frames_by_attempt

    accepted = {(w.step, w.attempt) for w in windows if w.accepted}
    return {
        key: tuple(frame for frame in frames if frame.frame not in run.rejected_frames)
        for key, frames in saved_frames_by_attempt(run_dir).items()
        if key in accepted
    }


def _typed(run: RunSnapshot, events: tuple[RunEvent, ...]) -> list[str]:
    """Return what somebody typed into a run: notes, and reasons that are not the gate's."""
    from femo_tui.bundle.outgoing.selection import is_note
    from femo_tui.model.events import Marker

    notes = [e.text for e in events if isinstance(e, Marker) and is_note(e)]
    verdicts = [e.reason for e in events if isinstance(e, Verdict) and e.by != AUTO]
    later = [a.reason for a in run.amendments if a.amends in ("verdict", "frame", "data")]
    return [text for text in (*notes, *verdicts, *later) if text]
