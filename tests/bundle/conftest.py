"""What the tests of bundles share: a store with a canary of every kind, and its backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.bundle.keys import Keys, new_keys
from tests.support.shared_store import Lab, make_lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store that tests only read and export."""
    return make_lab(tmp_path_factory.mktemp("shared") / "lab")


@pytest.fixture
def own_lab(tmp_path: Path) -> Lab:
    """A store of its own, for a test that changes it or looks at what was noted."""
    return make_lab(tmp_path / "lab")


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """The keys that a backup is encrypted for."""
    return new_keys("lab", tmp_path / "keys")
