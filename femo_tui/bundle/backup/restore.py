"""Brings a store back from a backup: into a new place only, every byte checked on the way."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from femo_tui.bundle.backup.place import PIECE_BYTES, BackupPlace, open_place
from femo_tui.bundle.backup.snapshot import Snapshot, StoredFile
from femo_tui.bundle.backup.without import TakenBack, taken_back_since, without
from femo_tui.errors import BundleError, FemoError, UsageError
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.events import Facts
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.stats.figures_cache import make_figures
from femo_tui.store import audit
from femo_tui.store.files import (
    PRIVATE,
    explained,
    make_folder,
    open_private,
    sync_filesystem,
    write_all,
)
from femo_tui.store.layout import iter_runs
from femo_tui.store.sharing import keep_sharing
from femo_tui.store.verify import verify_run

_STAGING = ".restoring"
_OF_A_CHECKOUT = {"README.md", ".gitignore"}


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of bringing a store back."""

    store: Path
    snapshot_id: str
    made_utc: str
    files: int
    bytes: int
    runs: int
    participants: tuple[str, ...]
    withdrawn: tuple[str, ...]  # codes of those who withdrew after it was made: left out
    stripped: tuple[str, ...]  # runs that a scope was taken out of since: as they are now
    left: tuple[str, ...]  # what was not in the backup, one sentence each
    problems: tuple[str, ...]  # what does not verify, one sentence each


def restore(
    source: Path,
    root: Path,
    operator: str,
    *,
    snapshot_id: str = "",
    identities: Sequence[Path] = (),
    clock: Clock | None = None,
    report: Report = unheard,
) -> Restored:
    """Bring a store back into a new or an empty folder; without a snapshot's id the newest.

    What was taken back after it was made, as a newer backup there tells, is not brought back but
    named.
    Then the runs are indexed again and verified. Progress is told in bytes; whoever is told may
    end it by raising Cancelled: nothing is left then.

    Raises:
        UsageError: there is no backup, or the store's place holds something.
        UnknownName: there is no such snapshot.
        BundleError: the backup is damaged, or no identity fits; nothing is left then.
        StoreError: the store cannot be written.
    """
    clock = clock or HostClock()
    place = open_place(source)
    known = tuple(place.snapshot_files())
    if not known:
        raise UsageError(f"{source}: no backup was finished here; there is nothing to restore")
    snapshot, gone = _without_withdrawn(place, snapshot_id or known[-1], identities)
    is_new = _check_empty(root)
    staging = root.with_name(f".{root.name}{_STAGING}") if is_new else root / _STAGING
    telling = _Telling(report, 2 * snapshot.size_bytes)
    try:
        with explained(staging):
            shutil.rmtree(staging, ignore_errors=True)
        make_folder(staging)
        for file in snapshot.files:
            _bring_back(place, file, staging, identities, telling.more)
        with explained(staging):
            sync_filesystem(staging)
            _put_in_place(staging, root, is_new=is_new)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    problems = _settle(root, snapshot, operator, clock)
    runs = list(iter_runs(root))
    for run in runs:
        before = telling.done
        where = run.relative_to(root).as_posix()
        problems += [f"{where}: {fault}" for fault in verify_run(run, telling.part_of(before))]
    report(Progress(telling.total, telling.total, "bytes"))
    return Restored(
        root,
        snapshot.id,
        snapshot.made_utc,
        len(snapshot.files),
        snapshot.size_bytes,
        len(runs),
        snapshot.participants,
        tuple(sorted(gone.people)),
        tuple(sorted(gone.runs)),
        snapshot.left,
        tuple(problems),
    )


class _Telling:
    """How far it has come."""

    def __init__(self, report: Report, total: int) -> None:
        self.total = total
        self.done = 0
        self._report = report

    def more(self, count: int) -> None:
        self.done += count
        self._report(Progress(min(self.done, self.total), self.total, "bytes"))

    def part_of(self, before: int) -> Report:
        """Take the report of a part that began at `before`."""

        def report(progress: Progress) -> None:
            self.done = before + progress.done
            self.more(0)

        return report


def _without_withdrawn(
    place: BackupPlace, snapshot_id: str, identities: Sequence[Path]
) -> tuple[Snapshot, TakenBack]:
    """Return a backup without what was taken back since, as the newest tells, and what that is."""
    snapshot = place.read_snapshot(snapshot_id, identities)
    files = place.snapshot_files()
    newest = place.read_snapshot(list(files)[-1], identities)
    gone = taken_back_since(place, snapshot, newest, identities)
    if not gone:
        return snapshot, gone
    every = (place.read_snapshot(name, identities) for name in files)
    return without(snapshot, newest, gone, every), gone


def _check_empty(root: Path) -> bool:
    """Return whether the place is new; one that is empty is not."""
    with explained(root):
        if not root.exists():
            return True
        entries = {entry.name for entry in root.iterdir()} if root.is_dir() else {root.name}
    if entries - _OF_A_CHECKOUT - {_STAGING}:
        raise UsageError(
            f"{root}: holds something, and nothing is ever restored over it; name a new folder"
            " with --store"
        )
    return False


def _bring_back(
    place: BackupPlace,
    file: StoredFile,
    staging: Path,
    identities: Sequence[Path],
    more: Callable[[int], None],
) -> None:
    """Write one file, and check that it is what was backed up."""
    target = staging / file.path
    make_folder(target.parent)
    read = hashlib.sha256()
    name = place.object_file(file.object)
    with explained(target):
        descriptor = open_private(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with place.opened(name, identities) as content:
                while piece := content.read(PIECE_BYTES):
                    read.update(piece)
                    write_all(descriptor, piece)
                    more(len(piece))
            if file.mtime_ns:  # what is cached of a file is told by it
                os.utime(descriptor, ns=(file.mtime_ns, file.mtime_ns))
            if file.sealed:
                os.fchmod(descriptor, PRIVATE.sealed)
        finally:
            os.close(descriptor)
    if read.hexdigest() != file.sha256:
        raise BundleError(
            f"{place.folder / name}: not what was backed up as {file.path}; restore another"
            " snapshot (`femo backup … --list`), or from another backup"
        )


def _put_in_place(staging: Path, root: Path, *, is_new: bool) -> None:
    """Have all of a store be there: at once where its place is new."""
    if is_new:
        staging.rename(root)
        return
    for entry in sorted(staging.iterdir()):
        entry.rename(root / entry.name)
    staging.rmdir()
    with suppress(PermissionError):  # a folder that was given to us
        root.chmod(PRIVATE.folder)


def _settle(root: Path, snapshot: Snapshot, operator: str, clock: Clock) -> list[str]:
    """Have sharing, catalog and audit log fit the restored files; return what could not be."""
    from femo_tui.store.catalog import Catalog

    problems = []
    try:
        keep_sharing(root)
    except FemoError as problem:  # another machine, without the group: still private
        problems.append(str(problem))
    with Catalog.open(root) as catalog:
        problems += catalog.reindex().problems
    with suppress(FemoError):  # whoever asks for results makes them then
        make_figures(root)
    utc = iso_seconds(clock.utc())
    facts: Facts = {"snapshot": snapshot.id, "made_utc": snapshot.made_utc}
    audit.note(root, "restore", operator, facts, snapshot.participants, utc=utc)
    return problems
