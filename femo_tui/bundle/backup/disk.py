"""Private files on whatever disk a lab has for its backups, USB sticks without permissions too."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path

from femo_tui.store.files import explained, put_in_place, write_all


@contextmanager
def appending(path: Path) -> Iterator[int]:
    """Lend a file that lines are appended to."""
    with explained(path):
        descriptor = open_any(path, os.O_WRONLY | os.O_APPEND)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_new(path: Path) -> int:
    return open_any(path, os.O_WRONLY | os.O_TRUNC)


def open_any(path: Path, flags: int) -> int:
    """Open a private file; a file system without permissions, as on USB sticks, will do."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(PermissionError):
        os.fchmod(descriptor, 0o600)
    return descriptor


def make_any_folder(path: Path) -> None:
    """Make a folder and the parents it lacks, private where the file system can be told so."""
    if path.is_dir():
        return
    make_any_folder(path.parent)
    path.mkdir(0o700, exist_ok=True)
    with suppress(PermissionError):
        path.chmod(0o700)


def replace_any(path: Path, content: bytes) -> None:
    """Write a small file at once, and have it on the disk."""
    unfinished = path.with_name(f".{path.name}.part")
    put_in_place(open_new(unfinished), unfinished, path, content)


class Hashed(RawIOBase):
    """Writes to a descriptor and hashes what it writes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        content = bytes(piece)
        write_all(self._descriptor, content)
        self._hash.update(content)
        return len(content)
