"""Transactions on a catalog's database, and what it refuses in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

WRITES = "femo_writes"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Lend a connection in a transaction that sees one state of the catalog."""
    with told(engine), _answered(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Lend a connection in a transaction that no other process writes beside."""
    with told(engine), _answered(engine), engine.connect() as connection:
        connection = connection.execution_options(**{WRITES: True})
        with connection.begin():
            yield connection


def is_server(engine: Engine) -> bool:
    """Return whether the catalog is on a server, for several stations, and no file of the store."""
    return engine.dialect.name == "postgresql"


def _answered(engine: Engine) -> AbstractContextManager[None]:
    """Wait for a server for so long only; a file says itself how long it is busy."""
    if not is_server(engine):
        return nullcontext()
    from femo_tui.store.catalog.postgres import answered

    return answered(engine)


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
        if is_server(engine):
            from femo_tui.store.catalog.postgres import explain_server

            raise explain_server(problem, engine.url) from None
        from femo_tui.store.catalog.sqlite import explain_file

        raise explain_file(problem, engine.url.database or "") from problem
