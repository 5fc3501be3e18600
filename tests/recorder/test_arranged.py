"""A run goes through the protocol in the participant's own order, and says by what."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.recorder.process import record
from femo_tui.recorder.request import RecordRequest, lost_request
from femo_tui.store.catalog import Catalog
from tests.support.femo import run_events
from tests.support.runs import lose

PROTOCOL = """
name = "square"
title = "Two expressions, each first for every other participant"
languages = ["en"]
order = { kind = "latin_square", seed = 7 }

[[step]]
name = "rest"
kind = "rest"
duration_s = 0.5
"""
for emotion in ("happy", "stress"):
    PROTOCOL += f"""
[[step]]
name = "acted-{emotion}"
kind = "acted"
block = "{emotion}"
duration_s = 2.0
emotion = "{emotion}"
elicitation = "A"
text = {{ en = "Look {emotion}." }}
window = {{ start_s = 0.2, duration_s = 1.5 }}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "square.toml").write_text(PROTOCOL, "utf-8")
    root = tmp_path / "store"
    with Catalog.open(root) as catalog:
        for code in ("S01", "S02"):
            consent = Consent(frozenset({Scope.GSR}), "1", "2026-11-22")
            catalog.add_participant(Participant(code, 30, None, "", consent, "2026-11-22"), "ada")
    return root


def recorded(root: Path, code: str) -> tuple[Path, list[str]]:
    """Record a run; return its folder and the steps in the order in which they came."""
    protocol = str(root.parent / "square.toml")
    request = RecordRequest(root, code, protocol, "sim:1", "none", "sim", "ada", auto=True)
    run_dir = record(request, clock=VirtualClock()).run_dir
    return run_dir, steps(run_dir)


def steps(run_dir: Path) -> list[str]:
    return [start["step"] for start in run_events(run_dir, "step_start")]


def test_participants_of_a_square_get_each_order_in_turn(root: Path) -> None:
    (first_dir, first), (_, second) = recorded(root, "S01"), recorded(root, "S02")
    assert first == ["rest", "acted-happy", "acted-stress"]
    assert second == ["rest", "acted-stress", "acted-happy"]
    said = run_events(first_dir, "run_start")[0]["protocol"]
    assert [step["name"] for step in said["steps"]] == first
    assert (said["arranged"]["participant"], said["arranged"]["number"]) == ("S01", 1)
    assert said["arranged"]["seed"] == 7


def test_a_lost_run_goes_on_in_the_order_that_it_began_with(root: Path) -> None:
    run_dir, _ = recorded(root, "S02")
    lose(run_dir, 1.0)  # in acted-stress
    connection = sqlite3.connect(root / "catalog.db")
    connection.execute("UPDATE participants SET number = number + 10")
    connection.execute("UPDATE participants SET number = 1 WHERE code = 'S02'")
    connection.commit()
    connection.close()
    record(lost_request(run_dir, "bob"), clock=VirtualClock(t_s=9000.0))
    assert steps(run_dir) == ["rest", "acted-stress", "acted-stress", "acted-happy"]
