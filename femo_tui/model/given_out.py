"""What left a store, and where copies of it lie: bundles that were given out, and backups."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Export:
    """One bundle that was written."""

    utc: str
    operator: str
    file_name: str  # without its folder
    sha256: str  # of the file as given out, encrypted if it is
    level: str  # full, no-faces, statistics
    recipients: tuple[str, ...]  # the public keys that can read it; none: it is not encrypted
    note: str  # to whom it goes, in the operator's words
    participants: tuple[str, ...]  # codes; of those who withdrew since then the tombstone's id


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup that was made."""

    utc: str
    operator: str
    destination: str
    backup_id: str
    participants: tuple[str, ...]  # as of an export
