"""Somebody without femo opens a bundle and makes its primary result again, from any level."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from femo_tui.bundle.keys import new_keys
from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.selection import ExportRequest
from tests.support import stranger
from tests.support.needed import need
from tests.support.opened import decrypt, unpack
from tests.support.shared_store import Lab


@pytest.mark.parametrize("level", list(Level))
def test_a_stranger_makes_the_primary_result_again(lab: Lab, tmp_path: Path, level: Level) -> None:
    """The script imports pandas and no femo; the expected values are the ones femo prints."""
    need("age")
    keys = new_keys("theirs", tmp_path / "keys")
    request = ExportRequest(level=level, recipients=(str(keys.public_file),))
    done = export(lab.root, tmp_path / "bundle.age", request, "ana")
    printed = subprocess.run(
        [sys.executable, stranger.__file__, done.path, keys.identity_file],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,  # so that no femo lies beside it
    ).stdout
    theirs = {row["comparison"]: row for row in map(json.loads, printed.splitlines())}
    top = unpack(decrypt(done.path, keys.identity_file, tmp_path / "plain.tar"), tmp_path / "out")
    with (top / "data/derivatives/femo/comparisons.csv").open() as file:
        ours = {
            row["comparison"]: row for row in csv.DictReader(file) if row["family"] == "primary"
        }
    assert theirs.keys() == ours.keys() == {"Happy_S - Neutral_S", "Stress_S - Neutral_S"}
    for comparison, row in theirs.items():
        for key, value in row.items():
            if key != "comparison":
                assert float(ours[comparison][key]) == pytest.approx(value, rel=1e-9), key
    assert theirs["Stress_S - Neutral_S"]["n_pairs"] == 4  # S03 and S04 share no conductance
