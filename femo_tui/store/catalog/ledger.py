"""The catalog's ledger: what was given out and what was backed up, and whose data these hold."""

from __future__ import annotations

from collections.abc import Collection

from femo_tui.model.given_out import Backup, Export
from femo_tui.store.catalog.given_out import (
    backups_of,
    enter_backup,
    enter_export,
    exports_of,
    forget_in_backups,
    newest_backup,
)
from femo_tui.store.catalog.opened import OpenCatalog


class Ledger(OpenCatalog):
    """What left the store, and copies of it."""

    def note_export(self, export: Export) -> None:
        """Enter a bundle that was given out."""
        with self._write() as session:
            enter_export(session, export)

    def exports(self, code: str | None = None) -> list[Export]:
        """Return all bundles given out, or those that hold a participant, the oldest first."""
        with self._read() as session:
            return exports_of(session, code)

    def note_backup(self, backup: Backup) -> None:
        """Enter a backup that was made."""
        with self._write() as session:
            enter_backup(session, backup, self.store)

    def note_forgotten(
        self, destination: str, backup_ids: Collection[str], names: Collection[str]
    ) -> None:
        """Enter that backups hold participants, named as they are in them, no more."""
        with self._write() as session:
            forget_in_backups(session, destination, backup_ids, names)

    def last_backup_utc(self) -> str | None:
        """Return when the last backup was made, None where none was."""
        with self._read() as session:
            return newest_backup(session, self.store)

    def backups(self, code: str | None = None) -> list[Backup]:
        """Return all backups, or those that hold a participant, the oldest first."""
        with self._read() as session:
            return backups_of(session, code)
