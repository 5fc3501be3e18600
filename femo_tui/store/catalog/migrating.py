"""Brings a catalog's schema up to date, by the same steps on every database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Engine

from femo_tui.errors import StoreError
from femo_tui.store.catalog.schema import KNOWN_VERSIONS, SCHEMA_VERSION
from femo_tui.store.catalog.transactions import reading, writing


def migrated(engine: Engine, name: str) -> Engine:
    """Return the engine once its schema is up to date; `name` is what messages call it.

    Raises:
        StoreError: it cannot be opened, is no catalog, or was written by a newer femo.
    """
    try:
        with reading(engine) as connection:
            version = _version(connection)
        if version != SCHEMA_VERSION:
            with writing(engine) as connection:
                _migrate(connection, name)
    except BaseException:
        engine.dispose()
        raise
    return engine


def schema_of(engine: Engine) -> str | None:
    """Return the version of a catalog's schema, None for a database without one; change nothing.

    Raises:
        StoreError: it cannot be opened, or is no catalog.
    """
    with reading(engine) as connection:
        return _version(connection)


def _version(connection: Connection) -> str | None:
    """Return the schema's version, None for a database without one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def _migrate(connection: Connection, name: str) -> None:
    """Bring the schema up to date, all of it or nothing."""
    version = _version(connection)
    if version == SCHEMA_VERSION:
        return  # another process was faster
    if version is not None and version not in KNOWN_VERSIONS:
        raise StoreError(
            f"{name}: written by a newer femo (schema {version}, this one knows {SCHEMA_VERSION});"
            " update femo"
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    scripts = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, SCHEMA_VERSION)
