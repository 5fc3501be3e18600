"""What the tests of the catalog share: an empty one, in a store whose path is no easy one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
from femo_tui.store.catalog import Catalog


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "a store with 100% room"


@pytest.fixture
def catalog(root: Path) -> Iterator[Catalog]:
    with Catalog.open(root, VirtualClock()) as catalog:
        yield catalog
