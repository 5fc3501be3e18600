"""What all tests share: a home of their own, and a femo in it."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.catalogs import (  # noqa: F401 - fixtures for whoever asks for them
    database,
    each_catalog,
    empty_catalog,
    server,
    used,
)
from tests.support.femo import Femo
from tests.support.pressed import EveryKey
from tests.support.short_protocol import acted, film, protocol, settle
from tests.support.side_by_side import keep_shared_fixtures_together, room

SHORT_PROTOCOL = protocol(
    "short",
    "A run in a few seconds",
    settle(0.5),
    film(),
    acted("acted-happy", "happy", media="quick/face-happy.png"),
)


def pytest_configure(config: pytest.Config) -> None:
    # A shell has what it starts in the background ignore Ctrl-C, and so would all of our processes.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(EveryKey())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    keep_shared_fixtures_together(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the time limit: waiting is not running
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    with room(
        alone=item.get_closest_marker("alone") is not None,
        goes_on=item.get_closest_marker("goes_on") is not None
        and nextitem is not None
        and nextitem.path == item.path,
    ):
        return (yield)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test out of the home, the stores and the sockets of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("FEMO_STATE_DIR", str(home / "state"))
    for name in ("FEMO_STORE", "FEMO_CATALOG", "FEMO_STATION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def femo(own_home: Path, tmp_path: Path) -> Femo:
    return Femo(own_home, tmp_path / "store")


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own is root's alone."""
    with tempfile.TemporaryDirectory(prefix="femo-tests-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def short_protocol(tmp_path: Path) -> Path:
    """The shape of a run in a few seconds, with a film and a drawing that femo ships."""
    path = tmp_path / "short.toml"
    path.write_text(SHORT_PROTOCOL, "utf-8")
    return path
