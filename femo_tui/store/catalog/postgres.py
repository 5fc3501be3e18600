"""The catalog on a PostgreSQL server, for several stations.

Nothing here waits for long: a server that does not answer is an error within seconds, which no
recording waits for. Its URL may hold a password, so it is never part of a message.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError

from femo_tui.errors import CatalogAway, StoreError, UsageError
from femo_tui.store.catalog.migrating import migrated
from femo_tui.store.catalog.schema import Base
from femo_tui.store.catalog.transactions import WRITES, told

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_S = 3
LOCK_TIMEOUT_S = 5.0  # as long as one waits for another who writes to a file
ANSWER_TIMEOUT_S = 20.0  # for everything from connecting to letting go: more than any work takes
_VACUUM_TIMEOUT_S = 600.0  # it rewrites the tables
_VACUUM_TRIES = 3
_KEY = 0x66656D6F  # of the lock that writers hold one after the other: "femo"
# What each engine has connected, to be cut off if nothing comes.
_OPEN: WeakKeyDictionary[Engine, WeakSet[psycopg.Connection[Any]]] = WeakKeyDictionary()
_INSTALL = "pip install 'femo[postgres]'"
_FORM = "postgresql+psycopg://USER@HOST/DATABASE"


def open_server(url: str) -> Engine:
    """Open the catalog on a server, made or migrated where needed.

    Raises:
        UsageError: this is no URL of such a server, or psycopg is not installed.
        CatalogAway: the server does not answer.
        StoreError: it refuses, or the catalog was written by a newer femo.
    """
    engine = connect_server(url)
    return migrated(engine, place_of(engine.url))


def place_of(url: URL) -> str:
    """Return what messages call a catalog: neither user nor password nor options are in it."""
    host = url.host or url.query.get("host") or "this machine"
    where = host if isinstance(host, str) else ",".join(host)
    port = f":{url.port}" if url.port else ""
    return f"the catalog {url.database or ''} on {where}{port}"


def mark_of(connection: Connection) -> str:
    """Return what is another after anything was written by anybody."""
    return str(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar())


def vacuum_server(engine: Engine) -> None:
    """Have nothing that was removed be left in the tables.

    The server's own journal (WAL) and what its administrator copies of it are out of femo's reach.

    Raises:
        StoreError: somebody reads all the while, or the catalog is another user's.
    """
    with told(engine), answered(engine, _VACUUM_TIMEOUT_S), engine.connect() as lent:
        connection = lent.execution_options(isolation_level="AUTOCOMMIT")
        raw = connection.connection.driver_connection
        assert raw is not None
        kept: list[int] = []

        def hear(notice: psycopg.errors.Diagnostic) -> None:
            if found := re.match(r"\d+", notice.message_detail or ""):
                kept.append(int(found[0]))

        raw.add_notice_handler(hear)
        connection.exec_driver_sql(f"SET statement_timeout = {int(_VACUUM_TIMEOUT_S * 1000)}")
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        for _ in range(_VACUUM_TRIES):
            kept.clear()
            # ANALYZE, too: the planner's statistics hold samples of what was in the columns
            connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE, VERBOSE) {tables}")
            if not any(kept):
                return
            connection.exec_driver_sql("SELECT pg_sleep(1)")
    raise StoreError(
        f"{place_of(engine.url)}: another program reads all the while, so what was removed is still"
        " in its tables; close the other one and try again"
    )


def explain_server(problem: DBAPIError, url: URL) -> StoreError:
    """Turn what the server or the network says into one sentence with what to do."""
    place = place_of(url)
    state = getattr(problem.orig, "sqlstate", None) or ""
    said = " ".join(str(problem.orig).split())
    if state.startswith("22"):  # a value that its column cannot hold
        return StoreError(f"{place}: this cannot be entered ({said}); look at the text it is in")
    if state == "42501":
        what = "access is denied; use the user that made it"
    elif state == "53100":
        what = "the server's disk is full; have some room made on it"
    elif state == "55P03":
        what = "another femo has been writing for long; try again in a moment"
    elif "FATAL" in said:
        what = f"the server lets nobody in now ({said.partition('FATAL:')[2].strip()})"
    elif not state or problem.connection_invalidated or state.startswith(("08", "57")):
        what = "the server does not answer; look whether it runs and can be reached"
    else:
        what = f"it refuses ({state}: {said}); ask who runs the server"
    return CatalogAway(f"{place}: {what}")


def connect_server(text: str) -> Engine:
    """Return an engine on a server, which nothing was asked yet.

    Raises:
        UsageError: this is no URL of such a server, or psycopg is not installed.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # what stands where a port should may be a password
        raise UsageError(f"this catalog is no URL; give one such as {_FORM}") from None
    if url.drivername not in ("postgresql", "postgresql+psycopg") or not url.database:
        raise UsageError(
            f"a catalog on {url.drivername} with {'no' if not url.database else 'a'} database is"
            f" none that femo knows; give one such as {_FORM}"
        )
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise UsageError(
            f"the catalog is on a PostgreSQL server, which needs psycopg: {_INSTALL}"
        ) from None
    options = (
        f"-c lock_timeout={int(LOCK_TIMEOUT_S * 1000)}"
        f" -c statement_timeout={int(ANSWER_TIMEOUT_S * 1000)}"
        f" -c idle_in_transaction_session_timeout={int(ANSWER_TIMEOUT_S * 2000)}"
        " -c timezone=UTC"
    )
    given = url.query.get("options", "")
    engine = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        pool_pre_ping=True,
        pool_size=1,
        hide_parameters=True,  # what is said of a refused statement names nobody
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": int(LOCK_TIMEOUT_S * 1000),
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "application_name": "femo",
            "options": f"{given} {options}".strip(),
        },
    )
    event.listen(engine, "connect", lambda opened, _: _note_opened(engine, opened))
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Have one who writes wait for another, as with a file; who reads sees one state."""
    options = connection.get_execution_options()
    if options.get(WRITES, False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_KEY})")
    elif options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


@contextmanager
def answered(engine: Engine, seconds: float | None = None) -> Iterator[None]:
    """Cut an engine's connections off after a while: who waits for a stuck server is told so."""

    def cut() -> None:
        for connection in list(_OPEN.get(engine, ())):
            with (
                suppress(OSError, connection.Error),  # closed meanwhile
                socket.socket(fileno=os.dup(connection.fileno())) as line,
            ):
                line.shutdown(socket.SHUT_RDWR)

    deadline = threading.Timer(seconds or ANSWER_TIMEOUT_S, cut)
    deadline.daemon = True
    deadline.start()
    try:
        yield
    finally:
        deadline.cancel()


def _note_opened(engine: Engine, connection: psycopg.Connection[Any]) -> None:
    _OPEN.setdefault(engine, WeakSet()).add(connection)
