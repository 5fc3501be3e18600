"""What all tests share: a home of their own, and a femo in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.femo import Femo


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test out of the home, the stores and the sockets of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("FEMO_STATE_DIR", str(home / "state"))
    monkeypatch.delenv("FEMO_STORE", raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def femo(own_home: Path, tmp_path: Path) -> Femo:
    return Femo(own_home, tmp_path / "store")
