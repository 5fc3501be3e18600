"""The private folder of the store in which an import is prepared; nothing of it stays there."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from femo_tui.bundle.layout import FACES, FEMO, PAYLOAD
from femo_tui.errors import BundleError, StoreError
from femo_tui.model.progress import Progress, Report
from femo_tui.store.files import (
    PRIVATE,
    Modes,
    explained,
    make_folder,
    make_new_folder,
    open_private,
)
from femo_tui.store.imported import IMPORTED, PLAIN, STAGING

_PIECE_BYTES = 1 << 20
_COPIES = 2  # the bundle as it came, and its runs
_ROOM_BYTES = 256 << 20  # what else writes to this disk goes on: a recording, perhaps
_RUNS, _FACES = f"{PAYLOAD}/{FEMO}/", f"{PAYLOAD}/{FACES}/"


class Staging:
    """One import on its way: the bundle as it came, the files that are wanted of it, its runs."""

    def __init__(self, folder: Path, modes: Modes = PRIVATE) -> None:
        self.folder, self.modes = folder, modes
        self.original = folder / PLAIN
        self.payload = folder / "payload"
        self.runs = folder / "runs"
        self.journal = folder / "merge.json"
        self._last_folder: Path | None = None

    def take(self, source: Path, report: Report) -> str:
        """Copy a bundle here as it is; return its SHA-256.

        What is verified is then what is kept, whatever becomes of the source meanwhile.

        Raises:
            BundleError: it is no regular file.
            StoreError: it cannot be read, or the copy not be written.
        """
        with explained(source):
            if not source.exists():
                raise BundleError(f"{source}: no file is there; look at the path of the bundle")
            if not source.is_file():
                raise BundleError(f"{source}: this is no file; give the bundle's tar")
            opened = source.open("rb")
        hashed = hashlib.sha256()
        with opened, explained(self.original):
            total = os.fstat(opened.fileno()).st_size
            if shutil.disk_usage(self.folder).free < _COPIES * total + _ROOM_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            with self._new(self.original) as copy:
                while piece := opened.read(_PIECE_BYTES):
                    hashed.update(piece)
                    copy.write(piece)
                    report(Progress(opened.tell(), max(opened.tell(), total), "bytes"))
        return hashed.hexdigest()

    def keep(self, path: str) -> BinaryIO | None:
        """Open a file for what lies at a path of the bag, if a run is made of it.

        Raises:
            OSError: it cannot be made.
        """
        if not path.startswith((_RUNS, _FACES)):
            return None
        if path.startswith(_FACES) and not path.endswith(".jpg"):
            return None
        file = self.payload / path.removeprefix(f"{PAYLOAD}/")
        if file.parent != self._last_folder:
            make_folder(file.parent, self.modes)
            self._last_folder = file.parent
        return self._new(file)

    def run_folder(self, where: str) -> Path:
        """Return where the files of a run lie that a bundle holds at `where`."""
        return self.payload / FEMO / where

    def face_folder(self, where: str) -> Path:
        return self.payload / FACES / where

    def _new(self, file: Path) -> BinaryIO:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        return os.fdopen(open_private(file, flags, self.modes), "wb")

    def remove(self) -> None:
        """Remove the folder, and the one it lies in if nothing else does."""
        with explained(self.folder):
            shutil.rmtree(self.folder)
        with suppress(OSError):  # others are in it
            self.folder.parent.rmdir()


class ImportBusy(StoreError):
    """Another import works on the store."""


@contextmanager
def one_import(root: Path) -> Iterator[None]:
    """Let no other import work on the store meanwhile.

    Raises:
        ImportBusy: another one does.
    """
    with explained(root):
        store = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(store, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of the folder: it leaves no file
        except BlockingIOError:
            raise ImportBusy(f"{root}: another import is at work; wait for its end") from None
        yield
    finally:
        os.close(store)


def new_staging(root: Path, modes: Modes = PRIVATE) -> Staging:
    """Make the folder of an import."""
    folder = root / IMPORTED / STAGING.replace("*", secrets.token_hex(4))
    make_folder(folder.parent, modes)
    make_new_folder(folder, modes)
    return Staging(folder, modes)


def left_over(root: Path, modes: Modes = PRIVATE) -> list[Staging]:
    """Return the folders of imports that were killed."""
    with explained(root / IMPORTED):
        return [Staging(path, modes) for path in sorted((root / IMPORTED).glob(STAGING))]
