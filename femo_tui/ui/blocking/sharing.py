"""The console's way to bundles and backups: what was given out, brought in, copied.

Whatever reads or writes more than a few files is done in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import UsageError
from femo_tui.model.given_out import Backup, Export
from femo_tui.model.progress import Report
from femo_tui.store.imported import Imported, imported_bundles
from femo_tui.ui import words
from femo_tui.ui.blocking import share_jobs
from femo_tui.ui.blocking.child import in_child
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.blocking.share_jobs import (
    Contradictions,
    ExportDone,
    ExportLook,
    ExportWish,
    ImportWish,
)

if TYPE_CHECKING:
    from femo_tui.bundle.backup.check import BackupChecked
    from femo_tui.bundle.backup.making import BackedUp
    from femo_tui.bundle.incoming.importing import ImportResult
    from femo_tui.bundle.incoming.verifying import BundleReport


@dataclass(frozen=True, slots=True)
class Book:
    """What a store gave out, took in, and has copies of; each the oldest first."""

    exports: tuple[Export, ...]
    imports: tuple[Imported, ...]
    backups: tuple[Backup, ...]
    backup_days: int  # how old the last backup may be
    participants: tuple[str, ...]  # registered
    withdrawn: int
    at: datetime
    is_there: bool = True  # where the last backup lies


@dataclass(frozen=True, slots=True)
class ShareRoom:
    """What leaves and enters one store, on behalf of one operator."""

    desk: Desk

    def book(self) -> Book:
        """Read what was given out, brought in and backed up.

        Raises:
            FemoError: the catalog, the study or an imported bundle's facts cannot be read.
        """
        from femo_tui.store.catalog import Catalog
        from femo_tui.store.study import load_study
        from femo_tui.store.withdrawn import withdrawn_people

        root = self.desk.store_root
        with Catalog.open(root) as catalog:
            exports = tuple(catalog.exports())
            backups = tuple(sorted(catalog.backups(), key=lambda one: one.utc))
            people = tuple(person.code for person in catalog.participants())
        return Book(
            exports,
            tuple(sorted(imported_bundles(root), key=lambda one: one.imported_utc)),
            backups,
            load_study(root).backup_days,
            people,
            len(withdrawn_people(root)),
            self.desk.now(),
            not backups or Path(backups[-1].destination).is_dir(),
        )

    def own_keys(self) -> tuple[str, ...]:
        """Return the names of the lab's own keys."""
        from femo_tui.bundle.keys import SIGNING, keys_folder

        return tuple(sorted(path.stem for path in keys_folder().glob(f"*{SIGNING}")))

    def signing_key(self, given: str) -> Path | None:
        """Return the file of a signing key: of the lab's keys of that name, or as given.

        Raises:
            UsageError: there is none.
        """
        from femo_tui.bundle.keys import SIGNING, keys_folder

        if not given:
            return None
        for path in (keys_folder() / f"{given}{SIGNING}", words.path_of(given)):
            if path.is_file():
                return path
        raise UsageError(f"{given}: no key of that name; `femo keys new {given}` makes it")

    # --- in a process of its own --------------------------------------------------------------

    def look(self, wish: ExportWish, report: Report) -> ExportLook:
        return in_child(share_jobs.look, (self.desk.acting, wish), report)

    def export(self, wish: ExportWish, report: Report) -> ExportDone:
        return in_child(share_jobs.export, (self.desk.acting, wish), report)

    def verify(self, path: Path, report: Report) -> BundleReport:
        return in_child(share_jobs.verify, path, report)

    def take_in(
        self, path: Path, as_code: Mapping[str, str], report: Report
    ) -> ImportResult | Contradictions:
        wish = ImportWish(path, dict(as_code))
        return in_child(share_jobs.take_in, (self.desk.acting, wish), report)

    def back_up(self, destination: Path, recipients: Sequence[str], report: Report) -> BackedUp:
        asked = (self.desk.acting, destination, tuple(recipients))
        return in_child(share_jobs.back_up, asked, report)

    def check(self, folder: Path, report: Report) -> BackupChecked:
        return in_child(share_jobs.check, folder, report)
