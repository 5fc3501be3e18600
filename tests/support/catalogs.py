"""Fixtures for catalogs on a PostgreSQL server: one a process that runs tests, emptied between."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
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
