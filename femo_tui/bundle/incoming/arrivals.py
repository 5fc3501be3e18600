"""The runs of a bundle as an import takes them: each becomes a run folder again, and is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from femo_tui.bundle.incoming.staging import Staging
from femo_tui.bundle.layout import FACES, FEMO, PAYLOAD, RUN_FOLDER
from femo_tui.errors import BundleError, MalformedRecord
from femo_tui.model.events import (
    FORMAT_VERSION,
    Facts,
    RunEvent,
    RunStart,
    RunStop,
    from_line,
    to_line,
)
from femo_tui.model.participants import AGE_RANGE, Consent, Participant, Scope, Sex
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store import files, layout
from femo_tui.store.files import explained, make_new_folder
from femo_tui.store.imported import Origin, write_origin
from femo_tui.store.layout import session_utc
from femo_tui.store.rows import read_frame_row
from femo_tui.store.run_reader import RunReader
from femo_tui.store.seal import seal_run
from femo_tui.store.tail import LineTail
from femo_tui.store.verify import verify_run

_SESSION = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}")
_RUN = re.compile(r"run-\d{2,4}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One run of a bundle, as a folder of its own in the staging."""

    where: str  # sub-S01/ses-01/run-01
    code: str  # as the bundle calls the participant
    run_dir: Path
    start: RunStart
    snapshot: RunSnapshot


def unpack_runs(staging: Staging, places: list[str]) -> tuple[list[Arrival], list[str]]:
    """Return the runs of a bundle, and one sentence for whatever is wrong with one."""
    arrivals, faults = [], []
    make_new_folder(staging.runs, staging.modes)
    for number, where in enumerate(sorted(places)):
        try:
            arrivals.append(_unpacked(staging, where, staging.runs / f"{number:05d}"))
        except BundleError as problem:
            faults.append(str(problem))
    return arrivals, faults


def _unpacked(staging: Staging, where: str, run_dir: Path) -> Arrival:
    match = RUN_FOLDER.fullmatch(where)
    assert match is not None  # its shape was looked at
    start = _check_events(staging.run_folder(where), where)
    if start.participant != match["code"]:
        raise _wrong(where, f"tells of {start.participant[:20]!r}, not of {match['code']}")
    staging.run_folder(where).rename(run_dir)
    if staging.face_folder(where).exists():
        staging.face_folder(where).rename(run_dir / layout.FACES)
    snapshot = RunReader(run_dir, keep_samples=False).poll()
    if snapshot.problems:
        raise BundleError(f"{PAYLOAD}/{FEMO}/{where}/{'; '.join(snapshot.problems[:5])}")
    _check_faces(run_dir, where)
    return Arrival(where, match["code"], run_dir, start, snapshot)


def _check_events(folder: Path, where: str) -> RunStart:
    """Check every line of run.jsonl; return the first."""
    events: list[RunEvent] = []
    with explained(folder), (folder / layout.RUN_FILE).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                event = from_line(line.decode())
            except (MalformedRecord, UnicodeDecodeError) as problem:
                raise _wrong(where, f"line {number}: {problem}") from None
            if isinstance(event, RunStart | RunStop):
                events.append(event)
            elif not events or isinstance(events[-1], RunStop):
                raise _wrong(where, f"line {number} stands before its run_start or after its end")
    match events:
        case [RunStart() as start, RunStop()]:
            _check_start(start, where)
            return start
    raise _wrong(where, "does not begin with run_start and end with run_stop, once each")


def _check_start(start: RunStart, where: str) -> None:
    if start.format > FORMAT_VERSION:
        raise _wrong(where, f"is of format {start.format}, this femo knows {FORMAT_VERSION}")
    if start.age is not None and start.age not in AGE_RANGE:
        raise _wrong(where, f"tells of an age of {start.age}")
    if start.sex is not None and start.sex not in set(Sex):
        raise _wrong(where, f"tells of the sex {start.sex[:20]!r}")
    if not _RUN.fullmatch(start.run) or not _SESSION.fullmatch(start.session):
        raise _wrong(where, "names its run or its session in no way that a store does")
    try:
        session_utc(start.session)
    except ValueError:
        raise _wrong(where, f"has a session on no day: {start.session}") from None


def _check_faces(run_dir: Path, where: str) -> None:
    """Check that a row of frames.csv names each picture; that each named is there comes later."""
    named: set[str] = set()
    for _, line in LineTail(run_dir / layout.FRAMES_FILE).read():
        try:
            row = read_frame_row(line)
        except MalformedRecord:
            continue  # the header: other lines were looked at
        named |= {row.face_file, row.eyes_file}
    for path in (run_dir / layout.FACES).rglob("*.jpg"):
        name = path.relative_to(run_dir).as_posix()
        if name not in named:
            short = name.removeprefix(f"{layout.FACES}/")
            raise BundleError(
                f"{PAYLOAD}/{FACES}/{where}/{short}: no row of {layout.FRAMES_FILE} names it"
            )


def _wrong(where: str, what: str) -> BundleError:
    return BundleError(f"{PAYLOAD}/{FEMO}/{where}/{layout.RUN_FILE}: {what}")


def person_of(arrivals: list[Arrival], code: str, registered_utc: str) -> Participant:
    """Return a participant as their runs tell: with what all of these may be used for.

    Args:
        arrivals: the runs of one participant.
        code: how the store will call them.
        registered_utc: when they are entered.
    """
    start = arrivals[-1].start
    scopes = frozenset.intersection(*(_scopes(arrival.start) for arrival in arrivals))
    given = start.consent.get("given_utc")
    form = start.consent.get("form_version")
    return Participant(
        code=code,
        age=start.age,
        sex=None if start.sex is None else Sex(start.sex),
        notes="",
        consent=Consent(
            scopes,
            form if isinstance(form, str) else "",
            given if isinstance(given, str) and given else registered_utc,
        ),
        registered_utc=registered_utc,
    )


def _scopes(start: RunStart) -> frozenset[Scope]:
    given = start.consent.get("scopes")
    words = given if isinstance(given, list) else []
    return frozenset(scope for scope in Scope if scope.value in words)


def finish_run(arrival: Arrival, code: str, run: str, origin: Origin, staging: Staging) -> None:
    """Give a run the participant and the number that the store has for it, and seal it.

    Raises:
        BundleError: the sealed run does not verify.
    """
    run_dir, start = arrival.run_dir, arrival.start
    if (code, run) != (start.participant, start.run):
        here = replace(start, participant=code, run=run, protocol=_protocol(start, code))
        _rewrite_start(run_dir, here)
    write_origin(run_dir, origin, staging.modes)
    seal_run(run_dir, staging.modes)
    if faults := verify_run(run_dir):
        what = "; ".join(faults[:5])
        raise BundleError(f"{PAYLOAD}/{FEMO}/{arrival.where}: does not verify: {what}")


def _protocol(start: RunStart, code: str) -> Facts:
    """Return what a run says of its protocol, arranged for the participant's code here."""
    arranged = start.protocol.get("arranged")
    if not isinstance(arranged, dict) or "participant" not in arranged:
        return dict(start.protocol)
    return {**start.protocol, "arranged": {**arranged, "participant": code}}


def _rewrite_start(run_dir: Path, start: RunStart) -> None:
    path = run_dir / layout.RUN_FILE
    with explained(path):
        _, _, rest = path.read_bytes().partition(b"\n")
    files.replace(path, to_line(start).encode() + b"\n" + rest)
