"""A folder of backups: objects named by their content, snapshots that list them, checksums of all.

    femo-backup.json            which backups these are, and for whom they are encrypted
    objects/ab/ab12…[.age]      contents of files, each once
    snapshots/<id>.json[.age]   one backup: which file of the store had which content
    checksums.sha256            of all that is listed here: `sha256sum -c` reads it
    unfinished.sha256           objects of a backup that was cut short; the next one goes on

A snapshot exists once it stands in `checksums.sha256`, which is replaced at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from femo_tui.bundle.backup.disk import Hashed, make_any_folder, open_any, open_new, replace_any
from femo_tui.bundle.backup.snapshot import Snapshot
from femo_tui.bundle.keys import encrypting, open_plain
from femo_tui.errors import BundleError, UnknownName, UsageError
from femo_tui.store.files import explained
from femo_tui.store.lock import HeldLock

FORMAT = 1  # of the folder
MARKER, CHECKSUMS, UNFINISHED = "femo-backup.json", "checksums.sha256", "unfinished.sha256"
OBJECTS, SNAPSHOTS, LOCK = "objects", "snapshots", "lock"
PIECE_BYTES = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  ((?:objects/[0-9a-f]{2}|snapshots)/[0-9A-Za-z.-]+)")
_OF_THE_DISK = ("lost+found", "System Volume Information", "$RECYCLE.BIN")


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """A folder that holds backups of one store."""

    folder: Path
    id: str
    recipients: tuple[str, ...]  # none: they are not encrypted

    @property
    def ending(self) -> str:
        return ".age" if self.recipients else ""

    def object_name(self, sha256: str, key: bytes) -> str:
        """Name the object of a content: its hash; keyed where it must tell nobody what it is."""
        if not self.recipients:
            return sha256
        return hmac.new(key, bytes.fromhex(sha256), hashlib.sha256).hexdigest()

    def object_file(self, name: str) -> str:
        return f"{OBJECTS}/{name[:2]}/{name}{self.ending}"

    def snapshot_file(self, snapshot_id: str, revision: int = 1) -> str:
        """Name a snapshot's file; who withdrew is forgotten in a further revision of it."""
        revised = f".r{revision}" if revision > 1 else ""
        return f"{SNAPSHOTS}/{snapshot_id}{revised}.json{self.ending}"

    def checksums(self, name: str = CHECKSUMS) -> dict[str, str]:
        """Return file → SHA-256 as a list of checksums has it; torn lines are passed over."""
        path = self.folder / name
        with explained(path):
            try:
                lines = path.read_text("ascii", "replace").splitlines()
            except FileNotFoundError:
                return {}
        found = (_LINE.fullmatch(line) for line in lines)
        return {match[2]: match[1] for match in found if match}

    def write_checksums(self, sums: dict[str, str]) -> None:
        lines = [f"{sha256}  {file}\n" for file, sha256 in sorted(sums.items())]
        with explained(self.folder / CHECKSUMS):
            replace_any(self.folder / CHECKSUMS, "".join(lines).encode())

    def snapshot_files(self) -> dict[str, str]:
        """Return the file of each snapshot, the oldest first."""
        beginning = f"{SNAPSHOTS}/"
        found = {
            file.removeprefix(beginning).partition(".")[0]: file
            for file in self.checksums()
            if file.startswith(beginning)
        }
        return {name: found[name] for name in sorted(found, key=_order)}

    def next_id(self, utc: datetime) -> str:
        """Name the next snapshot by its time; after the newest, also if the clock was set back."""
        wanted = utc.strftime("%Y%m%dT%H%M%SZ")
        newest, number = _order(list(self.snapshot_files() or [""])[-1])
        return wanted if wanted > newest else f"{newest}-{number + 1}"

    def read_snapshot(self, snapshot_id: str, identities: Sequence[Path]) -> Snapshot:
        """Return a snapshot; without an identity the lab's own keys are tried.

        Raises:
            UnknownName: there is none of that name.
            BundleError: it was changed, or no identity fits.
        """
        file = self.snapshot_files().get(snapshot_id)
        if file is None:
            known = ", ".join(self.snapshot_files()) or "none"
            raise UnknownName(f"snapshot {snapshot_id!r}: {self.folder} has {known}")
        if self.digest(file) != self.checksums()[file]:
            raise BundleError(f"{self.folder / file}: changed since it was written")
        with self.opened(file, identities) as opened:
            return Snapshot.from_json(opened.read(), file)

    def opened(self, file: str, identities: Sequence[Path]) -> BinaryIO:
        """Open a file of the place to read what it was before it was encrypted.

        Raises:
            BundleError: no identity fits.
            StoreError: it cannot be read.
        """
        path = self.folder / file
        if self.recipients:
            return open_plain(path, identities)
        with explained(path):
            return path.open("rb")

    def put(self, file: str, pieces: Iterable[bytes]) -> str:
        """Write a file, encrypted where these backups are; return the SHA-256 of what lies there.

        It has its name once it is whole. It is not on the disk yet: see `store.files`' syncs.

        Raises:
            OSError: as the system says; nothing half-written is left.
        """
        path = self.folder / file
        unfinished = path.with_name(f".{path.name}.part")
        make_any_folder(path.parent)
        descriptor = open_new(unfinished)
        try:
            to = Hashed(descriptor)
            if self.recipients:
                with encrypting(cast("BinaryIO", to), self.recipients) as plain:
                    for piece in pieces:
                        plain.write(piece)
            else:
                for piece in pieces:
                    to.write(piece)
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        finally:
            os.close(descriptor)
        return to.sha256

    def digest(self, file: str) -> str:
        """Return the SHA-256 of a file as the disk has it, not as the system remembers it.

        Raises:
            StoreError: it cannot be read.
        """
        path = self.folder / file
        with explained(path), path.open("rb") as opened:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return hashlib.file_digest(opened, "sha256").hexdigest()

    def prune(self, sums: dict[str, str]) -> int:
        """Remove every object and snapshot that is not listed; return how many."""
        removed = 0
        with explained(self.folder):
            for top in (self.folder / OBJECTS, self.folder / SNAPSHOTS):
                for path in sorted(top.rglob("*")):
                    if path.is_file() and path.relative_to(self.folder).as_posix() not in sums:
                        path.unlink()
                        removed += 1
        return removed


def _order(snapshot_id: str) -> tuple[str, int]:
    """Return the time that a snapshot is named by, and which of that time it is."""
    time, _, number = snapshot_id.partition("-")
    return time, int(number) if number.isdecimal() else 1


def open_place(folder: Path) -> BackupPlace:
    """Open a folder that holds backups.

    Raises:
        UsageError: it holds none.
    """
    path = folder / MARKER
    with explained(folder):
        if not path.is_file():
            raise UsageError(f"{folder}: there is no backup here; make one with `femo backup`")
        content = path.read_bytes()
    try:
        body = json.loads(content)
        if body["format"] != FORMAT:
            raise BundleError(f"{path}: written by a newer femo; update femo")
        return BackupPlace(folder, str(body["id"]), tuple(map(str, body["recipients"])))
    except (ValueError, KeyError, TypeError):
        raise BundleError(f"{path}: damaged, so nobody can tell what lies beside it") from None


def make_place(folder: Path, recipients: Sequence[str]) -> BackupPlace:
    """Make a folder of backups of one that is new, or empty.

    Raises:
        UsageError: something else lies there.
        StoreError: it cannot be written.
    """
    with explained(folder):
        entries = list(folder.iterdir()) if folder.is_dir() else []
        taken = [e.name for e in entries if not e.name.startswith(".") and e.name != LOCK]
        if set(taken) - set(_OF_THE_DISK):
            raise UsageError(
                f"{folder}: holds other things and no backup; name a new or an empty folder"
            )
    body = {"format": FORMAT, "id": secrets.token_hex(8), "recipients": list(recipients)}
    with explained(folder):
        replace_any(folder / MARKER, json.dumps(body, indent=2).encode() + b"\n")
    return open_place(folder)


@contextmanager
def held(folder: Path, operator: str, utc: str) -> Iterator[None]:
    """Keep every other backup out of a folder, made if there is none.

    Raises:
        StoreError: another one is at work there, or the folder cannot be made.
    """
    with explained(folder):
        make_any_folder(folder)
        os.close(open_any(folder / LOCK, os.O_RDWR))
    holder = {"what": "this backup", "operator": operator, "since_utc": utc}
    with HeldLock.acquire(folder / LOCK, holder):
        yield
