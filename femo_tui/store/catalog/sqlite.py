"""The catalog as SQLite keeps it: one private, durable file in the store."""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from femo_tui.errors import CatalogAway, StoreError
from femo_tui.store.catalog.database import CATALOG_FILE
from femo_tui.store.catalog.migrating import migrated
from femo_tui.store.catalog.transactions import WRITES, told
from femo_tui.store.files import PRIVATE, Modes, explain, explained, make_folder, open_private

BUSY_TIMEOUT_S = 5.0
_CHECKPOINT_TRIES = 3  # each waits as long as BUSY_TIMEOUT_S
_PRAGMAS = (
    "synchronous = FULL",  # a consent that was confirmed survives a power cut; writes are few
    "foreign_keys = ON",
    "secure_delete = ON",
)


def open_file(root: Path, modes: Modes = PRIVATE) -> Engine:
    """Open `catalog.db` of a store, made or migrated where needed.

    Raises:
        StoreError: it cannot be opened, is no catalog, or was written by a newer femo; a store
            that did not exist does not exist afterwards either.
    """
    path = root / CATALOG_FILE
    with explained(path):
        made_root = not root.exists()
    try:
        make_folder(root, modes)
        with explained(path):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "Is a directory")
            if not path.exists():
                _make(path, modes)
        return migrated(connect_file(path), str(path))
    except StoreError:
        if made_root:
            with suppress(OSError):  # not empty: another femo has begun to use it
                root.rmdir()
        raise


def connect_file(path: Path) -> Engine:
    """Return an engine on a database file that exists."""

    def connect() -> sqlite3.Connection:
        # never makes a file: what was removed meanwhile is an error, not an empty catalog
        where = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(
            where, timeout=BUSY_TIMEOUT_S, check_same_thread=False, uri=True
        )
        connection.isolation_level = None  # transactions begin where _begin says, not by guessing
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")  # stays with the file
        return connection

    engine = create_engine(URL.create("sqlite", database=str(path)), creator=connect)
    event.listen(engine, "begin", _begin)
    return engine


def vacuum_file(engine: Engine) -> None:
    """Have nothing that was removed be left in the database or its write-ahead journal.

    Raises:
        StoreError: another process reads or writes all the while.
    """
    with told(engine):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")
            for _ in range(_CHECKPOINT_TRIES):
                # busy as long as somebody still reads from the journal
                emptied = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                if emptied.fetchone()[0] == 0:
                    return
        finally:
            connection.close()
    raise StoreError(
        f"{engine.url.database}: another femo reads the catalog all the while, so what was removed"
        " is still in its journal; close the other one and try again"
    )


def explain_file(problem: DBAPIError, path: str) -> StoreError:
    """Turn what SQLite says into one sentence with what to do."""
    said = str(problem.orig)
    if "full" in said:
        return explain(OSError(errno.ENOSPC, said), Path(path))
    if "locked" in said or "busy" in said:
        return CatalogAway(f"{path}: another femo has been writing for long; try again in a moment")
    if "not a database" in said or "malformed" in said:
        return StoreError(
            f"{path}: this is no catalog, or it is damaged; move it away, restore a backup, or let"
            " `femo reindex` build the runs anew"
        )
    if "readonly" in said or "unable to open" in said:
        return StoreError(
            f"{path}: access is denied; give yourself access, or choose another store"
        )
    return StoreError(
        f"{path}: the catalog refuses ({said}); bring it back from a backup with `femo restore`:"
        " the runs lie whole in their folders"
    )


def _make(path: Path, modes: Modes) -> None:
    """Make a catalog beside its place and link it there whole; one that is there first stays.

    So no process ever sees a database that is being made, and one that fails leaves none.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(open_private(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, modes))
        migrated(connect_file(unfinished), str(unfinished)).dispose()
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        for ending in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)


def _begin(connection: Connection) -> None:
    """Begin at once as a writer where one is: two that only read first could both be refused."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
