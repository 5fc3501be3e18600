"""What the tests of reports share: a store with a canary of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.shared_store import Lab, make_lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store that tests only read and report on."""
    return make_lab(tmp_path_factory.mktemp("shared") / "lab")


@pytest.fixture
def own_lab(tmp_path: Path) -> Lab:
    """A store of its own, for a test that changes it."""
    return make_lab(tmp_path / "lab")
