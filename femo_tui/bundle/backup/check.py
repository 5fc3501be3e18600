"""Reads a folder of backups again and says what is not as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from femo_tui.bundle.backup.place import PIECE_BYTES, BackupPlace, open_place
from femo_tui.bundle.backup.snapshot import Snapshot
from femo_tui.errors import BundleError, StoreError
from femo_tui.model.progress import Progress, Report, unheard


@dataclass(frozen=True, slots=True)
class BackupChecked:
    """What a folder of backups holds, and whether it is whole."""

    folder: Path
    encrypted: bool
    opened: bool  # contents were compared, too: not without an identity where it is encrypted
    snapshots: tuple[str, ...]
    objects: int
    bytes: int
    faults: tuple[str, ...]  # one sentence each


def list_snapshots(folder: Path, identities: Sequence[Path] = ()) -> tuple[Snapshot, ...]:
    """Return the backups in a folder, the oldest first.

    Raises:
        UsageError: there are none of ours.
        BundleError: one was changed, or no identity fits.
    """
    place = open_place(folder)
    return tuple(place.read_snapshot(name, identities) for name in place.snapshot_files())


def check_backup(
    folder: Path, identities: Sequence[Path] = (), report: Report = unheard
) -> BackupChecked:
    """Read everything in a folder of backups; with an identity also what it was before encryption.

    Raises:
        UsageError: there is no backup.
    """
    place = open_place(folder)
    sums = place.checksums()
    sizes = {file: _size(place, file) for file in sums}
    total, done = sum(sizes.values()), 0
    faults = []
    for file, expected in sums.items():
        report(Progress(done, total, "bytes"))
        try:
            if place.digest(file) != expected:
                faults.append(f"{file}: changed since it was written; {_MEND}")
        except StoreError:
            faults.append(f"{file}: missing or unreadable; {_MEND}")
        done += sizes[file]
    opened = not place.recipients or bool(identities)
    if opened:
        damaged = {fault.partition(":")[0] for fault in faults}
        faults += _content_faults(place, identities, damaged)
    report(Progress(total, total, "bytes"))
    objects = [file for file in sums if file not in place.snapshot_files().values()]
    return BackupChecked(
        folder,
        bool(place.recipients),
        opened,
        tuple(place.snapshot_files()),
        len(objects),
        total,
        tuple(faults),
    )


_MEND = "remove it, and the next backup writes it again if the store still has it"


def _content_faults(
    place: BackupPlace, identities: Sequence[Path], damaged: set[str]
) -> Iterator[str]:
    """Yield what the snapshots list and the objects are not; each object is read once."""
    sums = place.checksums()
    seen: set[str] = set()
    for name, file in place.snapshot_files().items():
        if file in damaged:
            continue
        try:
            snapshot = place.read_snapshot(name, identities)
        except BundleError as problem:
            yield str(problem)
            continue
        for stored in snapshot.files:
            object_file = place.object_file(stored.object)
            if object_file in seen or object_file in damaged:
                continue
            seen.add(object_file)
            if object_file not in sums:
                yield f"{object_file}: not in the checksums, though {file} needs it"
            elif place.recipients or stored.object != stored.sha256:
                try:
                    content = _digest(place, object_file, identities)
                except BundleError as problem:
                    yield str(problem)
                else:
                    if content != stored.sha256:
                        yield f"{object_file}: not the content of {stored.path}"


def _digest(place: BackupPlace, file: str, identities: Sequence[Path]) -> str:
    read = hashlib.sha256()
    with place.opened(file, identities) as opened:
        while piece := opened.read(PIECE_BYTES):
            read.update(piece)
    return read.hexdigest()


def _size(place: BackupPlace, file: str) -> int:
    try:
        return (place.folder / file).stat().st_size
    except OSError:
        return 0
