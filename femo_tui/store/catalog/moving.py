"""Copies a catalog from one database to another: a store's to a server, a server's for a backup."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, func, insert, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from femo_tui import paths
from femo_tui.errors import StoreError, UsageError
from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.store.catalog.database import CATALOG_FILE
from femo_tui.store.catalog.migrating import migrated
from femo_tui.store.catalog.postgres import open_server, place_of
from femo_tui.store.catalog.schema import BackupRecord, Base, RunRecord, StoreRecord
from femo_tui.store.catalog.sqlite import open_file
from femo_tui.store.catalog.stations import join
from femo_tui.store.catalog.transactions import reading, writing
from femo_tui.store.files import explained, sync_path
from femo_tui.store.layout import RECORDER_LOCK
from femo_tui.store.lock import HeldLock
from femo_tui.store.station import new_station, read_station, write_station


def share_catalog(root: Path, url: str, clock: Clock) -> str:
    """Bring a store's catalog to a server whose catalog is empty; its own file is removed then.

    Returns:
        What messages call the catalog.

    Raises:
        UsageError: the store has no catalog, or the server's holds somebody already.
        StoreError: a run is being recorded, or one of the two cannot be read or written.
    """
    file = root / CATALOG_FILE
    if not file.is_file():
        raise UsageError(f"{root}: there is no {CATALOG_FILE} here to bring to a server")
    if HeldLock.is_held(root / RECORDER_LOCK):
        raise StoreError(f"{root}: a run is being recorded; bring the catalog there afterwards")
    ours, theirs = open_file(root), open_server(url)
    try:
        where = place_of(theirs.url)
        station = read_station(root) or new_station(where)
        with writing(ours) as here:  # nobody writes to the file until it is gone
            with writing(theirs) as there:
                _check_empty(there, where)
                _copy(here, there)
                _name(there, station.id)
                with Session(bind=there) as session:
                    if session.get(StoreRecord, station.id) is None:
                        utc = iso_seconds(clock.utc())
                        join(session, root, station, paths.station_name(), utc)
                    session.flush()
                write_station(root, station)
            with explained(root):
                for ending in ("", "-wal", "-shm"):
                    file.with_name(file.name + ending).unlink(missing_ok=True)
            sync_path(root)
    finally:
        ours.dispose()
        theirs.dispose()
    return where


def server_as_file(url: str) -> bytes:
    """Return a database file that holds what a server's catalog holds now: for a backup.

    Raises:
        CatalogAway: the server does not answer.
    """
    theirs = open_server(url)
    memory = create_engine("sqlite://", poolclass=StaticPool)
    try:
        migrated(memory, "the copy of the catalog")
        with reading(theirs) as there, writing(memory) as here:
            _copy(there, here)
        lent = memory.raw_connection()
        try:
            copy: bytes = lent.driver_connection.serialize()  # type: ignore[union-attr]
        finally:
            lent.close()
    finally:
        memory.dispose()
        theirs.dispose()
    return copy


def _check_empty(there: Connection, where: str) -> None:
    for table in Base.metadata.sorted_tables:
        if there.scalar(select(func.count()).select_from(table)):
            raise UsageError(
                f"{where} is in use already: make a database of its own for this study, or copy the"
                " run folders into a new store and run `femo reindex` there"
            )


def _copy(source: Connection, target: Connection) -> None:
    for table in Base.metadata.sorted_tables:
        rows = [dict(row) for row in source.execute(select(table)).mappings()]
        if rows:
            target.execute(insert(table), rows)
        if (
            target.dialect.name == "postgresql"
            and rows
            and table.primary_key.columns.keys() == ["id"]
        ):
            column = table.primary_key.columns["id"]
            if column.autoincrement and isinstance(rows[0]["id"], int):
                last = max(row["id"] for row in rows)
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                target.execute(text(f"SELECT setval({sequence}, {last})"))


def _name(there: Connection, store: str) -> None:
    """Have the runs and backups of a store that was alone be told from others'."""
    ours = RunRecord.store == ""
    named = func.concat(f"{store}/", RunRecord.run_dir)
    there.execute(update(RunRecord).where(ours).values(store=store, run_dir=named))
    there.execute(update(BackupRecord).where(BackupRecord.store == "").values(store=store))
