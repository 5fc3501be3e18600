"""Runs that the catalog has not been told of, because it did not answer: `waiting.txt`.

One run folder a line. Whoever opens the catalog next enters them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from femo_tui.errors import CatalogAway
from femo_tui.store.files import PRIVATE, Modes, explained, open_private, write_all

WAITING_FILE = "waiting.txt"


def let_wait(root: Path, run_dir: Path, modes: Modes = PRIVATE) -> None:
    """Note that a run waits; noting it again changes nothing.

    Raises:
        StoreError: it cannot be noted.
    """
    path = root / WAITING_FILE
    where = run_dir.relative_to(root) if run_dir.is_relative_to(root) else run_dir.absolute()
    line = f"{where.as_posix()}\n".encode()
    with explained(path):
        descriptor = open_private(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, modes)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if line not in path.read_bytes().splitlines(keepends=True):
                write_all(descriptor, line)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def waiting_runs(root: Path) -> tuple[str, ...]:
    """Return the folders, relative to the store, of the runs that wait, the oldest first."""
    path = root / WAITING_FILE
    with explained(path):
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            return ()
    return tuple(line for line in text.splitlines() if line)


def wait_no_more(root: Path, runs: Collection[str]) -> None:
    """Forget runs that were entered, or whose folders are gone."""
    path = root / WAITING_FILE
    with explained(path), path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = file.read().splitlines(keepends=True)
        kept = [line for line in lines if line.decode().strip() not in runs]
        file.seek(0)
        file.write(b"".join(kept))
        file.truncate()


@contextmanager
def entering(root: Path, run_dir: Path, modes: Modes = PRIVATE) -> Iterator[None]:
    """Have a run wait where the catalog does not answer while it is to be told of it."""
    try:
        yield
    except CatalogAway:
        let_wait(root, run_dir, modes)
        raise
