"""Removes what was taken back from every backup in a folder, for good."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from femo_tui.bundle.backup.making import back_up
from femo_tui.bundle.backup.objects import check_reads_back
from femo_tui.bundle.backup.place import OBJECTS, BackupPlace, held, open_place
from femo_tui.bundle.backup.snapshot import Snapshot
from femo_tui.bundle.backup.without import TakenBack, taken_back_since, withdrawn_in, without
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.events import Facts
from femo_tui.model.progress import Report, unheard
from femo_tui.store import audit
from femo_tui.store.files import explained, sync_filesystem


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What came of forgetting."""

    people: tuple[str, ...]  # who withdrew: ids of their tombstones
    runs: tuple[str, ...]  # that a scope was taken out of
    snapshots: tuple[str, ...]  # backups that held something of these, and do no more
    removed_objects: int


def forget_withdrawn(
    root: Path,
    destination: Path,
    operator: str,
    *,
    identities: Sequence[Path] = (),
    clock: Clock | None = None,
    report: Report = unheard,
) -> Forgotten:
    """Back the store up, then remove from the backups before whatever was taken back since.

    Those backups keep everybody else's runs; what may speak of anybody is in them from now on as
    the new backup has it. Cut short, it leaves every backup as it was or as it is to be.

    Raises:
        UsageError: there is no backup of this store.
        BundleError: the backups are encrypted and no identity fits, or one is damaged.
        StoreError: something cannot be written.
    """
    clock = clock or HostClock()
    place = open_place(destination)
    before = _read(place, identities)  # first of all: without an identity nothing is begun
    newest = place.read_snapshot(
        back_up(root, destination, operator, clock=clock, report=report).snapshot_id, identities
    )
    utc = iso_seconds(clock.utc())
    with held(destination, operator, utc):
        sums = place.checksums()
        files = place.snapshot_files()
        changed: dict[str, Snapshot] = {}
        people: set[str] = set()
        runs: set[str] = set()
        for name, snapshot in before.items():
            gone = taken_back_since(place, snapshot, newest, identities)
            if gone:
                kept = without(snapshot, newest, gone, before.values())
                changed[name] = replace(kept, left=(*snapshot.left, _told(gone, utc)))
                people |= set(gone.people.values())
                runs |= gone.runs
        for name, snapshot in changed.items():
            file = _next_revision(place, name, files[name])
            with explained(destination):
                sums[file] = place.put(file, [snapshot.to_json()])
                sync_filesystem(destination)
            check_reads_back(place, file, sums[file])
            del sums[files[name]]
        everything = {**before, newest.id: newest, **changed}
        needed = {place.object_file(f.object) for s in everything.values() for f in s.files}
        objects = {file for file in sums if file.startswith(f"{OBJECTS}/")}
        listed = {file: sums[file] for file in sums if file in needed or file not in objects}
        place.write_checksums(listed)
        place.prune(listed)
    _note_in_catalog(root, place, newest, identities)
    if changed:
        facts: Facts = {
            "destination": str(destination.absolute()),
            "snapshots": list(changed),
            "people": sorted(people),
            "runs": len(runs),
        }
        audit.note(root, "backup_forget", operator, facts)
    return Forgotten(
        tuple(sorted(people)), tuple(sorted(runs)), tuple(changed), len(objects - needed)
    )


def _told(gone: TakenBack, utc: str) -> str:
    who = ", ".join(sorted({*gone.people.values(), *gone.runs}))
    return f"{who}: consent was taken back; forgotten here on {utc[:10]}"


def _read(place: BackupPlace, identities: Sequence[Path]) -> dict[str, Snapshot]:
    return {name: place.read_snapshot(name, identities) for name in place.snapshot_files()}


def _next_revision(place: BackupPlace, name: str, file: str) -> str:
    """Name the file that takes the place of `file`, a snapshot's."""
    revision = re.search(r"\.r(\d+)\.json", file)
    return place.snapshot_file(name, int(revision[1]) + 1 if revision else 2)


def _note_in_catalog(
    root: Path, place: BackupPlace, newest: Snapshot, identities: Sequence[Path]
) -> None:
    """Have the store know that no backup there holds anybody who withdrew.

    Of all of them, since one that was cut short may have got as far as the backups only.
    """
    from femo_tui.store.catalog import Catalog

    everybody = withdrawn_in(place, newest, identities).values()
    with Catalog.open(root) as catalog:
        catalog.note_forgotten(
            str(place.folder.absolute()), tuple(place.snapshot_files()), tuple(everybody)
        )
