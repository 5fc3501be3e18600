"""Holds the runs of a bundle against a store: who is new, what is here already, what contradicts.

A code that both know is the same person if one of the bundle's runs is here already. Where none is,
age and sex can only tell that it is another person; that it is the same one, somebody has to say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from femo_tui.bundle.incoming.arrivals import Arrival, person_of
from femo_tui.errors import BundleError, FemoError, UsageError
from femo_tui.model.participants import Participant, check_code
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.store.imported import read_origin
from femo_tui.store.layout import SESSIONS, runs_in, runs_of
from femo_tui.store.library import load_protocol
from femo_tui.store.run_reader import RunReader
from femo_tui.store.study import load_study
from femo_tui.store.tombstone import has_tombstone
from femo_tui.store.withdrawn import withdrawn_ids

_ROUNDED = 1e-9  # of figures from the same rows


@dataclass(frozen=True, slots=True)
class Conflict:
    """What contradicts the store, and what to do."""

    participant: str  # as the bundle calls them
    sentence: str


class ImportConflict(BundleError):
    """A bundle holds, but contradicts the store; nothing of it was taken in."""

    def __init__(self, path: Path, conflicts: Sequence[Conflict]) -> None:
        super().__init__(
            f"{path}: nothing was imported: {'; '.join(one.sentence for one in conflicts)}"
        )
        self.conflicts = tuple(conflicts)


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run that is taken in, and where to."""

    arrival: Arrival
    code: str  # of the store
    run: str
    is_chosen_here: bool  # may be marked as primary: its participant is new

    @property
    def place(self) -> str:
        """Return where it will lie, relative to the store."""
        return f"{SESSIONS}/{self.code}/{self.arrival.start.session}/{self.run}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does once nothing contradicts it."""

    people: tuple[Participant, ...]  # to be registered
    runs: tuple[PlannedRun, ...]
    known: tuple[str, ...]  # runs of the bundle that are here already, by their place here
    codes: tuple[str, ...]  # of everybody whose runs are in the bundle, as the store calls them
    notes: tuple[str, ...]  # what to know, one sentence each


def make_plan(
    root: Path,
    path: Path,
    arrivals: Sequence[Arrival],
    people: Mapping[str, Participant],
    as_code: Mapping[str, str],
    content_sha256: str,
    now_utc: str,
) -> Plan:
    """Hold a bundle's runs against the store.

    Args:
        root: the store.
        path: the bundle, for messages.
        arrivals: its runs.
        people: the catalog's, by code.
        as_code: code there → code here, where somebody said so; to the same code: the same person.
        content_sha256: of the bundle.
        now_utc: when people are registered.

    Raises:
        UsageError: `as_code` names nobody of the bundle, or gives two people one code.
        ImportConflict: something contradicts the store; all of it is named.
    """
    of: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        of.setdefault(arrival.code, []).append(arrival)
    codes = _codes(of, as_code)
    new: list[Participant] = []
    runs: list[PlannedRun] = []
    known: list[str] = []
    conflicts: list[Conflict] = []
    for code, theirs in of.items():
        desk = _Person(root, code, codes[code], theirs, content_sha256)
        here = people.get(desk.here)
        if said := desk.contradicts(here, stated=code in as_code):
            conflicts.append(Conflict(code, said))
            continue
        known += [run_dir.relative_to(root).as_posix() for run_dir in desk.same.values()]
        fresh = [arrival for arrival in theirs if arrival.where not in desk.same]
        is_new = here is None and not desk.runs
        if is_new:
            new.append(person_of(theirs, desk.here, now_utc))
        runs += _placed(root, desk.here, fresh, is_new=is_new)
    if conflicts:
        raise ImportConflict(path, conflicts)
    notes = tuple(_protocol_notes(root, runs))
    return Plan(tuple(new), tuple(runs), tuple(known), tuple(codes.values()), notes)


def _codes(of: Mapping[str, list[Arrival]], as_code: Mapping[str, str]) -> dict[str, str]:
    """Return code there → code here."""
    for code in as_code:
        if code not in of:
            raise UsageError(f"--as-code {code}: the bundle has no runs of {code}")
    codes = {code: check_code(as_code.get(code, code)) for code in of}
    for code, here in codes.items():
        others = [other for other, taken in codes.items() if taken == here and other != code]
        if others:
            raise UsageError(
                f"--as-code: {code} and {others[0]} would both be {here}; choose another code"
            )
    return codes


class _Person:
    """A participant of the bundle beside whoever the store knows by that code."""

    def __init__(
        self, root: Path, there: str, here: str, arrivals: list[Arrival], content_sha256: str
    ) -> None:
        self.there, self.here = there, here
        self._arrivals = arrivals
        self._has_withdrawn = here in withdrawn_ids(root)
        self.runs = [run for run in runs_of(root, here) if not has_tombstone(run)]
        self.same: dict[str, Path] = {}  # where in the bundle → the run here
        if self.runs:
            self._compare(content_sha256)

    def _compare(self, content_sha256: str) -> None:
        snapshots = [(run, RunReader(run, keep_samples=False).poll()) for run in self.runs]
        for arrival in self._arrivals:
            for run_dir, snapshot in snapshots:
                if _came_from(run_dir, arrival, content_sha256) or is_same_run(
                    snapshot, arrival.snapshot
                ):
                    self.same[arrival.where] = run_dir

    def contradicts(self, here: Participant | None, *, stated: bool) -> str:
        """Return what contradicts taking these runs in, and what to do; empty if nothing does.

        Args:
            here: whom the catalog knows by the code, if anybody.
            stated: somebody said that the code is right.
        """
        if self._has_withdrawn:
            return (
                f"{self.here} withdrew from this store, and nothing of theirs comes back; if the"
                f" bundle's is another person, give them a code: --as-code {self.there}=X01"
            )
        if self.same or (here is None and not self.runs):
            return ""
        if other := self._differs(here):
            return (
                f"{self.there} of the bundle is not {self.here} of this store ({other}): give them"
                f" another code: --as-code {self.there}=X01"
            )
        if stated:
            return ""
        return (
            f"{self.there} is a code of this store, too, and nothing tells whether it is the same"
            f" person: if so, say --as-code {self.there}={self.there}, else give another code:"
            f" --as-code {self.there}=X01"
        )

    def _differs(self, here: Participant | None) -> str:
        """Return by which fact the two are different people, empty if none tells."""
        start = self._arrivals[-1].start
        if here is None:
            return ""
        if None not in (start.sex, here.sex) and start.sex != here.sex:
            return f"sex {start.sex} there, {here.sex} here"
        if None not in (start.age, here.age) and start.age != here.age:
            return f"age {start.age} there, {here.age} here"
        return ""


def is_same_run(here: RunSnapshot, there: RunSnapshot) -> bool:
    """Return whether a bundle's run is one of this store: all its accepted windows are.

    Times within a run are not shifted, and means are of the same samples; where one of the two
    lacks a stream, the other facts decide.
    """
    if here.start is None or there.start is None:
        return False
    windows = {(w.step, w.attempt): w for w in here.windows}
    ours = [(windows.get((w.step, w.attempt)), w) for w in there.windows]
    return (
        bool(ours)
        and here.start.protocol.get("sha256") == there.start.protocol.get("sha256")
        and all(w is not None and _is_same_window(w, other) for w, other in ours)
    )


def _is_same_window(here: WindowSummary, there: WindowSummary) -> bool:
    if here.onset_s != there.onset_s or here.end_s != there.end_s:
        return False
    if here.gsr_mean_us is None or there.gsr_mean_us is None:
        return True
    return here.gsr_valid == there.gsr_valid and math.isclose(
        here.gsr_mean_us, there.gsr_mean_us, rel_tol=_ROUNDED
    )


def _came_from(run_dir: Path, arrival: Arrival, content_sha256: str) -> bool:
    """Return whether a run was imported from this very place of this very bundle."""
    origin = read_origin(run_dir)
    if origin is None or origin.content_sha256 != content_sha256:
        return False
    _, session, run = arrival.where.split("/")
    return (origin.session, origin.run) == (session, run)


def _placed(
    root: Path, code: str, arrivals: Iterable[Arrival], *, is_new: bool
) -> list[PlannedRun]:
    """Give each run a number that is free in its session."""
    planned: list[PlannedRun] = []
    for arrival in arrivals:
        session = root / SESSIONS / code / arrival.start.session
        taken = {run.name for run in runs_in(session)}
        taken |= {p.run for p in planned if p.arrival.start.session == arrival.start.session}
        run, number = arrival.start.run, 0
        while run in taken:
            number += 1
            run = f"run-{number:02d}"
        planned.append(PlannedRun(arrival, code, run, is_new))
    return planned


def _protocol_notes(root: Path, runs: Sequence[PlannedRun]) -> list[str]:
    """Tell of runs that the store's study will not count."""
    try:
        study = load_study(root)
        sha256 = study.protocol_sha256 or load_protocol(study.protocol, root).sha256
    except FemoError:
        return []  # whoever reads the study's file says what is wrong with it
    notes: dict[str, list[str]] = {}
    for planned in runs:
        protocol = planned.arrival.start.protocol
        name, theirs = str(protocol.get("name", "")), str(protocol.get("sha256", ""))
        if name != study.protocol:
            what = f"of protocol {name}; this study's is {study.protocol}"
        elif theirs != sha256:
            what = f"of another version of protocol {name} ({theirs[:8]}…, here {sha256[:8]}…)"
        else:
            continue
        notes.setdefault(what, []).append(f"{planned.code} {planned.run}")
    return [
        f"{', '.join(found[:3])}{f' and {len(found) - 3} more' if found[3:] else ''}: {what};"
        " `femo results` leaves that out"
        for what, found in notes.items()
    ]
