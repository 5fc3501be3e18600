"""A backup without those who withdrew after it was made, put together from it and a newer one.

Their own files are left out, and so is a run that was theirs under another code at the time. What
may speak of anybody (the catalog, models, the audit log, whatever is no run and no film) is taken
from the newer backup, which was made after they withdrew.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from femo_tui.bundle.backup_place import BackupPlace
from femo_tui.bundle.backup_snapshot import Snapshot, StoredFile
from femo_tui.errors import BundleError
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, SESSIONS
from femo_tui.store.withdrawn import WITHDRAWN

_SPEAKS_OF_NOBODY = ("stimuli/", "calibrations/")
_A_HEADER_BYTES = 500  # a file of rows that is longer is of one recording only


def withdrawn_in(
    place: BackupPlace, snapshot: Snapshot, identities: Sequence[Path]
) -> dict[str, str]:
    """Return code → tombstone's id of everybody who had withdrawn when a backup was made.

    Raises:
        BundleError: a tombstone cannot be read.
    """
    found = {}
    for file in snapshot.files:
        if file.path.startswith(f"{WITHDRAWN}/"):
            with place.opened(place.object_file(file.object), identities) as opened:
                content = opened.read()
            try:
                body = json.loads(content)
                found[str(body["code"])] = str(body["id"])
            except (ValueError, KeyError, TypeError):
                raise BundleError(f"{file.path} in {snapshot.id}: this is no tombstone") from None
    return found


def holds(snapshot: Snapshot, code: str) -> bool:
    """Return whether a backup holds anything of a participant."""
    theirs = f"{SESSIONS}/{code}/"
    return code in snapshot.participants or any(f.path.startswith(theirs) for f in snapshot.files)


def without(
    snapshot: Snapshot, newer: Snapshot, gone: Collection[str], all_known: Iterable[Snapshot]
) -> Snapshot:
    """Return a backup without the participants `gone`, who are in none of the newer one.

    Args:
        snapshot: the backup as it was made.
        newer: one that was made after they withdrew.
        gone: their codes.
        all_known: every backup of the place, which tell what else was recorded of them.
    """
    known_theirs = {
        trace
        for known in all_known
        for run, trace in _traces(known.files).items()
        if _is_of(f"{run}/", gone)
    }
    theirs = {run for run, trace in _traces(snapshot.files).items() if trace in known_theirs}

    def stays(file: StoredFile) -> bool:
        """Return whether a file says nothing of them, and nothing that may speak of anybody."""
        if file.path.startswith(f"{SESSIONS}/"):
            return not _is_of(file.path, gone) and _run_of(file.path) not in theirs
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
        participants=tuple(code for code in snapshot.participants if code not in gone),
        files=tuple(files[path] for path in sorted(files)),
    )


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
