"""Opens the catalog's database: private, durable, brought to the newest schema, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from femo_tui.errors import StoreError
from femo_tui.store.catalog.schema import KNOWN_VERSIONS, SCHEMA_VERSION
from femo_tui.store.files import PRIVATE, Modes, explain, explained, make_folder, open_private

CATALOG_FILE = "catalog.db"
BUSY_TIMEOUT_S = 5.0
_CHECKPOINT_TRIES = 3  # each waits as long as BUSY_TIMEOUT_S
_WRITES = "femo_writes"
_PRAGMAS = (
    "synchronous = FULL",  # a consent that was confirmed survives a power cut; writes are few
    "foreign_keys = ON",
    "secure_delete = ON",
)


def open_database(root: Path, modes: Modes = PRIVATE) -> Engine:
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
        return _migrated(path)
    except StoreError:
        if made_root:
            with suppress(OSError):  # not empty: another femo has begun to use it
                root.rmdir()
        raise


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Lend a connection in a transaction that sees one state of the catalog."""
    with told(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Lend a connection in a transaction that no other process writes beside."""
    with told(engine), engine.connect() as connection:
        connection = connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


def leave_no_trace(engine: Engine) -> None:
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


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Raise StoreError in one sentence for what the database refuses.

    A broken constraint passes: only the caller knows what it means.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as problem:
        raise _explain(problem, engine.url.database or "") from problem


def _explain(problem: DBAPIError, path: str) -> StoreError:
    said = str(problem.orig)
    if "full" in said:
        return explain(OSError(errno.ENOSPC, said), Path(path))
    if "locked" in said or "busy" in said:
        return StoreError(f"{path}: another femo has been writing for long; try again in a moment")
    if "not a database" in said or "malformed" in said:
        return StoreError(
            f"{path}: this is no catalog, or it is damaged; move it away, restore a backup, or let"
            " `femo reindex` build the runs anew"
        )
    if "readonly" in said or "unable to open" in said:
        return StoreError(
            f"{path}: access is denied; give yourself access, or choose another store"
        )
    return StoreError(f"{path}: the catalog refuses ({said}); look at it with `femo doctor`")


def _make(path: Path, modes: Modes) -> None:
    """Make a catalog beside its place and link it there whole; one that is there first stays.

    So no process ever sees a database that is being made, and one that fails leaves none.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(open_private(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, modes))
        _migrated(unfinished).dispose()
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        for ending in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)


def _migrated(path: Path) -> Engine:
    """Open a database that exists, and bring its schema up to date."""

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
    try:
        with reading(engine) as connection:
            version = _version(connection)
        if version != SCHEMA_VERSION:
            with writing(engine) as connection:
                _migrate(connection, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _begin(connection: Connection) -> None:
    """Begin at once as a writer where one is: two that only read first could both be refused."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: Connection) -> str | None:
    """Return the schema's version, None for a database without one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def _migrate(connection: Connection, path: Path) -> None:
    """Bring the schema up to date, all of it or nothing."""
    version = _version(connection)
    if version == SCHEMA_VERSION:
        return  # another process was faster
    if version is not None and version not in KNOWN_VERSIONS:
        raise StoreError(
            f"{path}: written by a newer femo (schema {version}, this one knows {SCHEMA_VERSION});"
            " update femo"
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    scripts = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, SCHEMA_VERSION)
