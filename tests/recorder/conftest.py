"""An engine at virtual time for every test of the recorder that asks for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    run_dir = tmp_path / "run-01"
    run_dir.mkdir()
    return Bench(run_dir)
