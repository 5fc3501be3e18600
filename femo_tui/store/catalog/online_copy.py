"""Copies the catalog while others read and write it: one state of it, without its journal."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import StoreError
from femo_tui.store.catalog.database import CATALOG_FILE
from femo_tui.store.catalog.sqlite import BUSY_TIMEOUT_S
from femo_tui.store.files import explained


def copy_catalog(root: Path) -> bytes | None:
    """Return the bytes of a database file with all that is committed now, None without a catalog.

    SQLite's online backup, so nobody waits; no file is made anywhere. A server's catalog is copied
    into such a file, as a whole: the runs of other stations, too.

    Raises:
        StoreError: it cannot be read.
    """
    if (url := paths.catalog_url()) is not None:
        from femo_tui.store.catalog.moving import server_as_file

        return server_as_file(url)
    path = root / CATALOG_FILE
    with explained(path):
        if not path.exists():
            return None
    try:
        source = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", timeout=BUSY_TIMEOUT_S, uri=True
        )
        try:
            copy = sqlite3.connect(":memory:")
            try:
                source.backup(copy)
                return copy.serialize()
            finally:
                copy.close()
        finally:
            source.close()
    except sqlite3.Error as problem:
        raise StoreError(
            f"{path}: the catalog cannot be copied ({problem}); try again, or move it away and let"
            " `femo reindex` build the runs anew"
        ) from problem
