"""Writes what a folder of backups does not have yet, puts it on the disk and reads it back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from femo_tui.bundle.backup.disk import appending
from femo_tui.bundle.backup.place import (
    PIECE_BYTES,
    UNFINISHED,
    BackupPlace,
)
from femo_tui.bundle.backup.snapshot import StoredFile
from femo_tui.bundle.backup.source import Source, is_recorded, left_sentence
from femo_tui.errors import BundleError, StoreError
from femo_tui.model.progress import Progress, Report
from femo_tui.store.files import explained, sync_filesystem, write_all
from femo_tui.store.seal import is_sealed

_AT_ONCE_BYTES = 8 << 20


class ObjectWriter:
    """The objects of one backup."""

    def __init__(
        self, root: Path, place: BackupPlace, key: bytes, report: Report, total_bytes: int
    ) -> None:
        self.new_objects = 0
        self.new_bytes = 0
        self.left: list[str] = []
        self.problems: list[str] = []
        self.sums: dict[str, str] = {}  # of every object that is there
        self._root, self._place, self._key = root, place, key
        self._report, self._total = report, total_bytes
        self._done = 0
        self._new: dict[str, int] = {}  # with the size of the content

    def all(self, sources: Sequence[Source]) -> tuple[StoredFile, ...]:
        """Write what is new, put it on the disk and read it back; return the snapshot's files.

        Raises:
            StoreError: the store cannot be read, or the folder not be written.
            BundleError: an object does not read back.
        """
        self.sums = self._place.checksums() | self._unfinished()
        files = []
        with appending(self._place.folder / UNFINISHED) as journal:
            for source in sources:
                self._report(Progress(self._done, self._total, "bytes"))
                stored = self._stored(source, journal)
                if stored is not None:
                    files.append(stored)
                self._done += source.size_bytes
        with explained(self._place.folder):
            sync_filesystem(self._place.folder)
        self._total += self.new_bytes
        for file, size in self._new.items():
            self._report(Progress(self._done, self._total, "bytes"))
            check_reads_back(self._place, file, self.sums[file])
            self._done += size
        self._report(Progress(self._total, self._total, "bytes"))
        return self._without_runs_that_moved(files, sources)

    def _stored(self, source: Source, journal: int) -> StoredFile | None:
        """Return a file as it is stored, written if need be; None if it is gone by now."""
        sha256, size = source.sha256, source.size_bytes
        if not sha256 or not self._has(sha256, size):
            try:
                content = self._content(source)
                sha256, size = self._hash(source, content)
            except FileNotFoundError:
                return None  # removed since: a run was discarded, a file replaced
            if source.sha256 and sha256 != source.sha256:
                self.problems.append(
                    f"{source.path}: changed since its run was sealed; look at `femo show --verify`"
                )
            if not self._has(sha256, size):
                self._write(source, content, sha256, size, journal)
        name = self._place.object_name(sha256, self._key)
        return StoredFile(source.path, size, sha256, name, source.sealed, source.mtime_ns)

    def _write(
        self, source: Source, content: bytes | None, sha256: str, size: int, journal: int
    ) -> None:
        file = self._place.object_file(self._place.object_name(sha256, self._key))
        read = hashlib.sha256()
        with explained(self._place.folder):
            self.sums[file] = self._place.put(file, self._pieces(source, content, read))
            if read.hexdigest() != sha256:
                (self._place.folder / file).unlink()
                raise StoreError(
                    f"{self._root / source.path}: changes while it is backed up; try again later"
                )
            write_all(journal, f"{self.sums[file]}  {file}\n".encode())
        self._new[file] = size
        self.new_objects += 1
        self.new_bytes += size

    def _has(self, sha256: str, size: int) -> bool:
        """Return whether the folder holds a content; what is there was read back once."""
        file = self._place.object_file(self._place.object_name(sha256, self._key))
        if file not in self.sums:
            return False
        with explained(self._place.folder):
            try:
                found = (self._place.folder / file).stat().st_size
            except FileNotFoundError:
                return False
        return found > size if self._place.recipients else found == size

    def _unfinished(self) -> dict[str, str]:
        """Return the objects of a backup that was cut short, as far as they are whole."""
        return {
            file: sha256
            for file, sha256 in self._place.checksums(UNFINISHED).items()
            if (self._place.folder / file).is_file() and self._place.digest(file) == sha256
        }

    def _content(self, source: Source) -> bytes | None:
        """Read a file that is not large at once, so that a log may grow meanwhile."""
        if source.content is not None or source.size_bytes > _AT_ONCE_BYTES:
            return source.content
        path = self._root / source.path
        with _readable(path):
            return path.read_bytes()

    def _hash(self, source: Source, content: bytes | None) -> tuple[str, int]:
        read = hashlib.sha256()
        size = sum(len(piece) for piece in self._pieces(source, content, read))
        return read.hexdigest(), size

    def _pieces(
        self, source: Source, content: bytes | None, read: hashlib._Hash
    ) -> Iterator[bytes]:
        if content is not None:
            read.update(content)
            yield content
            return
        path = self._root / source.path
        with _readable(path), path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                read.update(piece)
                yield piece

    def _without_runs_that_moved(
        self, files: list[StoredFile], sources: Sequence[Source]
    ) -> tuple[StoredFile, ...]:
        """Leave out the runs that were taken up again, or closed, while they were read."""
        runs = sorted({source.run for source in sources if source.run})
        moved = [r for r in runs if is_recorded(self._root / r) or is_sealed(self._root / r)]
        self.left += [left_sentence(run) for run in moved]
        return tuple(f for f in files if not f.path.startswith(tuple(f"{run}/" for run in moved)))


def check_reads_back(place: BackupPlace, file: str, sha256: str) -> None:
    """Read from the disk what was just written there.

    Raises:
        BundleError: it is something else.
    """
    if place.digest(file) != sha256:
        raise BundleError(
            f"{place.folder / file}: does not read back as it was written; the disk is failing or"
            " full: back up to another one"
        )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Name a file of the store that cannot be read; one that is gone is for the caller."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise StoreError(f"{path}: cannot be read ({problem.strerror})") from problem
