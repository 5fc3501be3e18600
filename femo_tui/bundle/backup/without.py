"""A backup without what was taken back after it was made, put together from it and a newer one.

The files of those who withdrew are left out, and so is a run that was theirs under another code at
the time; a run that a scope was taken out of is as the newer backup has it. What may speak of
anybody (the catalog, models, the audit log, whatever is no run and no film) is the newer one's too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from femo_tui.bundle.backup.place import BackupPlace
from femo_tui.bundle.backup.snapshot import Snapshot, StoredFile
from femo_tui.errors import BundleError
from femo_tui.store.layout import AMENDMENTS, FRAMES_FILE, GSR_FILE, SESSIONS
from femo_tui.store.stripping import WITHDRAWN as TAKEN_BACK
from femo_tui.store.withdrawn import WITHDRAWN

_SPEAKS_OF_NOBODY = ("stimuli/", "calibrations/")
_A_HEADER_BYTES = 500  # a file of rows that is longer is of one recording only


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a backup holds that was taken back after it was made."""

    people: dict[str, str]  # code → the tombstone's id, of those who withdrew
    runs: frozenset[str]  # that a scope was taken out of

    def __bool__(self) -> bool:
        return bool(self.people or self.runs)


def taken_back_since(
    place: BackupPlace, snapshot: Snapshot, newer: Snapshot, identities: Sequence[Path]
) -> TakenBack:
    """Return what a backup holds that a newer one says was taken back.

    Raises:
        BundleError: a tombstone or an amendment cannot be read.
    """
    before = withdrawn_in(place, snapshot, identities)
    people = {
        code: name
        for code, name in withdrawn_in(place, newer, identities).items()
        if code not in before and _holds(snapshot, code)
    }
    old = {file.path: file for file in snapshot.files}
    runs = {
        _run_of(file.path)
        for file in newer.files
        if file.path == f"{_run_of(file.path)}/{AMENDMENTS}"
        and old.get(file.path) != file
        and f"{_run_of(file.path)}/{GSR_FILE}" in old
        and _times_taken_back(place, file, identities)
        > _times_taken_back(place, old.get(file.path), identities)
    }
    return TakenBack(people, frozenset(runs))


def without(
    snapshot: Snapshot, newer: Snapshot, taken_back: TakenBack, all_known: Iterable[Snapshot]
) -> Snapshot:
    """Return a backup without what was taken back, none of which is in the newer one.

    Args:
        snapshot: the backup as it was made.
        newer: one that was made after it was taken back.
        taken_back: what.
        all_known: every backup of the place, which tell what else was recorded of them.
    """

    def is_touched(run: str) -> bool:
        return run in taken_back.runs or _is_of(f"{run}/", taken_back.people)

    known_theirs = {
        trace
        for known in all_known
        for run, trace in _traces(known.files).items()
        if is_touched(run)
    }
    theirs = {run for run, trace in _traces(snapshot.files).items() if trace in known_theirs}
    theirs |= taken_back.runs

    def stays(file: StoredFile) -> bool:
        """Return whether a file says nothing of them, and nothing that may speak of anybody."""
        if file.path.startswith(f"{SESSIONS}/"):
            return not _is_of(file.path, taken_back.people) and _run_of(file.path) not in theirs
        return file.path.startswith(_SPEAKS_OF_NOBODY)

    kept = {file.path: file for file in snapshot.files if stays(file)}
    taken = {
        file.path: file
        for file in newer.files
        if not file.path.startswith((f"{SESSIONS}/", *_SPEAKS_OF_NOBODY))
        or _run_of(file.path) in theirs
    }
    files = kept | taken
    return replace(
        snapshot,
        participants=tuple(c for c in snapshot.participants if c not in taken_back.people),
        files=tuple(files[path] for path in sorted(files)),
    )


def withdrawn_in(
    place: BackupPlace, snapshot: Snapshot, identities: Sequence[Path]
) -> dict[str, str]:
    """Return code → tombstone's id of everybody who had withdrawn when a backup was made."""
    found = {}
    for file in snapshot.files:
        if file.path.startswith(f"{WITHDRAWN}/"):
            try:
                body = json.loads(_content(place, file, identities))
                found[str(body["code"])] = str(body["id"])
            except (ValueError, KeyError, TypeError):
                raise BundleError(f"{file.path} in {snapshot.id}: this is no tombstone") from None
    return found


def _times_taken_back(
    place: BackupPlace, file: StoredFile | None, identities: Sequence[Path]
) -> int:
    """Return how often something was taken out of a run, as its amendments tell."""
    if file is None:
        return 0
    try:
        lines = [json.loads(line) for line in _content(place, file, identities).splitlines()]
        return sum(line["amends"] == TAKEN_BACK for line in lines)
    except (ValueError, KeyError, TypeError):
        raise BundleError(f"{file.path}: a line is no amendment") from None


def _content(place: BackupPlace, file: StoredFile, identities: Sequence[Path]) -> bytes:
    with place.opened(place.object_file(file.object), identities) as opened:
        return opened.read()


def _holds(snapshot: Snapshot, code: str) -> bool:
    """Return whether a backup holds anything of a participant."""
    theirs = f"{SESSIONS}/{code}/"
    return code in snapshot.participants or any(f.path.startswith(theirs) for f in snapshot.files)


def _traces(files: Iterable[StoredFile]) -> dict[str, str]:
    """Return what tells each recording wherever it lies: the hash of its samples, or its frames."""
    found: dict[str, str] = {}
    for name in (FRAMES_FILE, GSR_FILE):  # the samples tell, where there are any
        for file in files:
            run, _, last = file.path.rpartition("/")
            if last == name and run == _run_of(file.path) and file.size_bytes > _A_HEADER_BYTES:
                found[run] = file.sha256
    return found


def _is_of(path: str, codes: Collection[str]) -> bool:
    top, _, rest = path.partition("/")
    return top == SESSIONS and rest.partition("/")[0] in codes


def _run_of(path: str) -> str:
    """Return the run folder that a file lies in; of a file that lies in none what is above it."""
    return "/".join(path.split("/")[:4])
