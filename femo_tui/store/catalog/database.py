"""The catalog's database: a file of the store, or a server that several stations share."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine

from femo_tui import paths
from femo_tui.errors import StoreError
from femo_tui.store.catalog.transactions import is_server
from femo_tui.store.files import PRIVATE, Modes, explained
from femo_tui.store.station import read_station

CATALOG_FILE = "catalog.db"


def open_database(root: Path, modes: Modes = PRIVATE) -> Engine:
    """Open the catalog of a store where `paths.catalog_url` says, made or migrated where needed.

    Raises:
        StoreError: it cannot be opened, is no catalog, or was written by a newer femo; or it is
            another one than the store's.
    """
    url = paths.catalog_url()
    if url is None:
        from femo_tui.store.catalog.sqlite import open_file

        _check_no_server(root)
        return open_file(root, modes)
    from femo_tui.store.catalog.postgres import open_server

    with explained(root):
        has_own = (root / CATALOG_FILE).exists()
    if has_own:
        raise StoreError(
            f"{root}: this store has a catalog of its own, {CATALOG_FILE}: bring it to the server"
            " with `femo study share-catalog`, or leave it where it is with `--catalog store`"
        )
    return open_server(url)


def look_at_schema(root: Path) -> str | None:
    """Return the schema's version of the catalog that there is, None for none; change nothing.

    Raises:
        UsageError: its URL is none, or psycopg is not installed.
        StoreError: it cannot be opened, or is no catalog.
        CatalogAway: the catalog's server does not answer.
    """
    from femo_tui.store.catalog.migrating import schema_of

    url = paths.catalog_url()
    if url is not None:
        from femo_tui.store.catalog.postgres import connect_server

        engine = connect_server(url)
    elif (root / CATALOG_FILE).exists():
        from femo_tui.store.catalog.sqlite import connect_file

        engine = connect_file(root / CATALOG_FILE)
    else:
        _check_no_server(root)
        return None
    try:
        return schema_of(engine)
    finally:
        engine.dispose()


def leave_no_trace(engine: Engine) -> None:
    """Have nothing that was removed be left in the database.

    Raises:
        StoreError: another process reads or writes all the while.
    """
    if is_server(engine):
        from femo_tui.store.catalog.postgres import vacuum_server

        vacuum_server(engine)
    else:
        from femo_tui.store.catalog.sqlite import vacuum_file

        vacuum_file(engine)


def _check_no_server(root: Path) -> None:
    """Make no second catalog for a store whose catalog is on a server."""
    station = read_station(root)
    if station is not None and not (root / CATALOG_FILE).exists():
        raise StoreError(
            f"{root}: its catalog is on a server ({station.catalog}): give its URL as FEMO_CATALOG,"
            " with --catalog, or as `catalog` in the config file"
        )
