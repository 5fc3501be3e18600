"""Catalogs for tests, in a file and on a PostgreSQL server: one server a process that runs them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope, Sex
from tests.support import postgres
from tests.support.needed import lack


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """One server a process that runs tests."""
    if not postgres.is_installed():
        lack("PostgreSQL (Debian: postgresql)")
    with postgres.server() as lent:
        yield lent


@pytest.fixture(scope="session")
def empty_catalog(server: postgres.Server) -> str:
    """A database that has been migrated, to be copied."""
    from femo_tui.store.catalog.postgres import open_server

    name = server.new_database()
    open_server(server.url(name)).dispose()
    return name


@pytest.fixture(scope="session")
def used(server: postgres.Server, empty_catalog: str) -> str:
    """The database that tests use one after the other: to make one for each takes much longer."""
    return server.new_database(empty_catalog)


@pytest.fixture
def database(server: postgres.Server, used: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A catalog on the server, empty at first, which FEMO_CATALOG names."""
    server.empty(used)
    monkeypatch.setenv("FEMO_CATALOG", server.url(used))
    return used


@pytest.fixture(params=["file", "server"])
def each_catalog(request: pytest.FixtureRequest) -> str | None:
    """Have the test run on either; the name of the server's database."""
    if request.param == "file":
        return None
    name = request.getfixturevalue("database")
    assert isinstance(name, str)
    return name


on_file = pytest.mark.parametrize("each_catalog", ["file"], indirect=True)


def kills(steps: Sequence[int]) -> pytest.MarkDecorator:
    """Kill after each of these steps where the catalog is a file, after some of them elsewhere."""
    where = [("file", step) for step in steps] + [("server", step) for step in steps[1::5]]
    return pytest.mark.parametrize(("each_catalog", "steps"), where, indirect=["each_catalog"])


def bring_to_server(root: Path) -> None:
    """Bring a store that was made with its own file to the server that is in use."""
    from femo_tui.store.catalog.moving import share_catalog

    url = os.environ.pop("FEMO_CATALOG")
    share_catalog(root, url, VirtualClock())
    os.environ["FEMO_CATALOG"] = url


def person(code: str = "S01") -> Participant:
    """Return somebody who gives conductance away and no face."""
    scopes = frozenset({Scope.GSR, Scope.SHARE_GSR})
    consent = Consent(scopes, "1", "2026-11-20T09:00:00Z")
    return Participant(code, 34, Sex.F, "left-handed", consent, "2026-11-20T09:00:00Z")


def query(root: Path, sql: str) -> list[tuple[object, ...]]:
    """Ask the database that is in use as any other program would."""
    if url := os.environ.get("FEMO_CATALOG"):
        import psycopg

        with psycopg.connect(url.replace("+psycopg", "")) as server:
            return server.execute(sql.encode()).fetchall()
    connection = sqlite3.connect(root / "catalog.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
