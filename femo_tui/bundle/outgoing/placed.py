"""Puts a file that leaves the lab in its place: private, whole or not at all, over nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import UsageError
from femo_tui.store.files import explained, open_private, sync_path

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def check_place(out: Path) -> None:
    """Refuse a place that is taken, or whose folder is not there.

    Raises:
        UsageError: so it is.
    """
    with explained(out):
        if os.path.lexists(out):
            raise UsageError(f"{out}: this exists already and is never overwritten")
        if not out.parent.is_dir():
            raise UsageError(f"{out.parent}: there is no such folder; make it first")


class Written(RawIOBase):
    """The file that is written, and what it comes to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._hashed = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hashed.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer) -> int:
        count = os.write(self._descriptor, content)
        self._hashed.update(memoryview(content)[:count])
        self.size += count
        return count


@contextmanager
def placed(out: Path) -> Iterator[Written]:
    """Yield a private file beside `out`, which is put there whole at the end or not at all."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    with explained(out):
        descriptor = open_private(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            yield Written(descriptor)
            os.fsync(descriptor)
            _put_in_place(part, out)
            sync_path(out.parent)
        finally:
            os.close(descriptor)
            part.unlink(missing_ok=True)


def _put_in_place(part: Path, out: Path) -> None:
    """Give the file its name; one that appeared there meanwhile is not overwritten."""
    try:
        os.link(part, out)
    except FileExistsError:
        raise UsageError(f"{out}: this exists already and is never overwritten") from None
    except OSError:  # a file system without links, such as a memory stick's
        if os.path.lexists(out):
            raise UsageError(f"{out}: this exists already and is never overwritten") from None
        part.rename(out)
