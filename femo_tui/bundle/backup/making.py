"""Backs a store up into a folder: only what is new there, read back after it is written."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from femo_tui import __version__
from femo_tui.bundle.backup.objects import ObjectWriter, check_reads_back
from femo_tui.bundle.backup.place import (
    MARKER,
    UNFINISHED,
    BackupPlace,
    held,
    make_place,
    open_place,
)
from femo_tui.bundle.backup.snapshot import Snapshot, StoredFile
from femo_tui.bundle.backup.source import find_sources
from femo_tui.bundle.keys import read_recipients
from femo_tui.errors import DiskFull, StoreError, UsageError
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.events import Facts
from femo_tui.model.given_out import Backup
from femo_tui.model.progress import Report, unheard
from femo_tui.store import audit, pending
from femo_tui.store.files import explained, sync_filesystem, write_json
from femo_tui.store.layout import SESSIONS

KEYS_FILE = "backup-keys.json"  # in the store: which folders hold its backups
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What came of a backup."""

    destination: Path
    snapshot_id: str
    files: int
    bytes: int
    new_objects: int
    new_bytes: int  # of their content
    encrypted: bool
    participants: tuple[str, ...]
    left: tuple[str, ...]  # what goes with the next one, one sentence each
    problems: tuple[str, ...]  # files of the store that are damaged, one sentence each


def back_up(
    root: Path,
    destination: Path,
    operator: str,
    *,
    recipients: Sequence[str] = (),
    clock: Clock | None = None,
    report: Report = unheard,
) -> BackedUp:
    """Back a store up; what is cut short harms no backup before it, and the next one goes on.

    Recipients (`age1…`, or files of some) are given with the first backup in a folder and hold for
    all of it. Progress is told in bytes of the store; whoever is told may end it by raising
    Cancelled.

    Raises:
        UsageError: there is no store, the folder lies in it, holds other things, or belongs to
            another store or other recipients.
        StoreError: the store cannot be read, or the folder not be written; DiskFull where no room
            is left there.
        BundleError: what was written does not read back.
    """
    clock = clock or HostClock()
    now = clock.utc()
    utc = iso_seconds(now)
    _check(root, destination)
    wanted = read_recipients(recipients)
    with ExitStack() as at_end:
        with _room_on(destination):
            at_end.enter_context(held(destination, operator, utc))
            place = _place(root, destination, wanted)
        at_end.enter_context(_nothing_taken_back_meanwhile(root, operator))
        key = _key(root, place)
        sources = find_sources(root)
        writing = ObjectWriter(
            root, place, key, report, sum(file.size_bytes for file in sources.files)
        )
        with _room_on(destination):
            files = writing.all(sources.files)
        snapshot = Snapshot(
            id=place.next_id(now),
            made_utc=utc,
            operator=operator,
            femo=__version__,
            participants=_participants(root, files),
            left=(*sources.left, *writing.left),
            files=files,
        )
        _publish(root, place, snapshot, writing.sums)
    return BackedUp(
        destination,
        snapshot.id,
        len(files),
        snapshot.size_bytes,
        writing.new_objects,
        writing.new_bytes,
        bool(place.recipients),
        snapshot.participants,
        snapshot.left,
        tuple(writing.problems),
    )


@contextmanager
def _room_on(destination: Path) -> Iterator[None]:
    """Say of a disk without room what becomes of the backup."""
    try:
        yield
    except DiskFull:
        raise DiskFull(
            f"{destination}: the disk is full; free some room on it and back up again, which goes"
            " on from here; the backups before are as they were"
        ) from None


@contextmanager
def _nothing_taken_back_meanwhile(root: Path, operator: str) -> Iterator[None]:
    """Keep withdrawals and corrections waiting; one that was cut short is finished first."""
    from femo_tui.store.catalog import Catalog

    with Catalog.open(root):
        pass
    with pending.at_work(root, "a backup", operator):
        yield


def _check(root: Path, destination: Path) -> None:
    with explained(root):
        if not root.is_dir() or not any(root.iterdir()):
            raise UsageError(f"{root}: there is no store to back up; name one with --store")
    if destination.resolve().is_relative_to(root.resolve()):
        raise UsageError(
            f"{destination}: lies in the store itself, and would be lost with it; name a folder on"
            " another disk"
        )


def _place(root: Path, destination: Path, recipients: tuple[str, ...]) -> BackupPlace:
    if not (destination / MARKER).exists():
        return make_place(destination, recipients)
    place = open_place(destination)
    if recipients and set(recipients) != set(place.recipients):
        now = "for other recipients" if place.recipients else "not encrypted"
        raise UsageError(f"{destination}: its backups are {now}; name another folder for these")
    if place.id not in _keys(root):
        raise UsageError(f"{destination}: holds backups of another store; name another folder")
    return place


def _keys(root: Path) -> dict[str, str]:
    path = root / KEYS_FILE
    with explained(path):
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:
            raise StoreError(f"{path}: damaged; remove it, and name a new folder") from None
    return {str(name): str(key) for name, key in found.items()}


def _key(root: Path, place: BackupPlace) -> bytes:
    """Return what names a folder's objects; the store keeps it, and so do its backups."""
    keys = _keys(root)
    if place.id not in keys:
        keys[place.id] = secrets.token_hex(_KEY_BYTES)
        write_json(root / KEYS_FILE, dict(keys))
    return bytes.fromhex(keys[place.id])


def _participants(root: Path, files: Iterable[StoredFile]) -> tuple[str, ...]:
    """Return whom a backup holds: who is registered, and who has any file in it."""
    from femo_tui.store.catalog import Catalog

    with Catalog.open(root) as catalog:
        codes = {person.code for person in catalog.participants()}
    paths = (file.path.split("/") for file in files)
    return tuple(sorted(codes | {p[1] for p in paths if p[0] == SESSIONS and len(p) > 2}))


def _publish(root: Path, place: BackupPlace, snapshot: Snapshot, sums: dict[str, str]) -> None:
    """Have a snapshot exist, after the store knows of it: a withdrawal has to find it."""
    from femo_tui.store.catalog import Catalog

    file = place.snapshot_file(snapshot.id)
    with _room_on(place.folder), explained(place.folder):
        written = place.put(file, [snapshot.to_json()])
        sync_filesystem(place.folder)
    check_reads_back(place, file, written)
    made = Backup(
        snapshot.made_utc,
        snapshot.operator,
        str(place.folder.absolute()),
        snapshot.id,
        snapshot.participants,
    )
    with Catalog.open(root) as catalog:
        catalog.note_backup(made)
    facts: Facts = {
        "destination": made.destination,
        "snapshot": snapshot.id,
        "files": len(snapshot.files),
    }
    audit.note(root, "backup", snapshot.operator, facts, snapshot.participants)
    objects = {place.object_file(stored.object) for stored in snapshot.files}
    listed = place.checksums() | {name: sums[name] for name in objects} | {file: written}
    with _room_on(place.folder):
        place.write_checksums(listed)
    with explained(place.folder):
        (place.folder / UNFINISHED).unlink(missing_ok=True)
    place.prune(listed)
