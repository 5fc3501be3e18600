"""`femo results` against a script that knows nothing of femo: every n, everybody's values."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from femo_tui.model.events import Facts
from femo_tui.store.amendments import amend
from tests.support.femo import Femo
from tests.support.gsr_store import Changed, register, write_run, write_study_file

SCRIPT = Path(__file__).parents[1] / "support" / "results_by_hand.py"
STEPS = (
    *("neutral-1", "stress", "neutral-2", "boredom", "neutral-3", "happy"),
    *("acted-neutral", "acted-happy", "acted-stress", "acted-boredom"),
)
ODD = {
    2: {"stress": Changed("failed")},
    3: {"happy": Changed("redo", again=True)},
    4: {"neutral-2": Changed(flag="not_worn")},
    5: {"boredom": Changed(primary=False)},
    8: {
        "happy": Changed(flag="not_worn", share=0.3),
        "stress": Changed(flag="not_worn", share=0.7),
    },
    9: {"acted-happy": Changed(flag="clipped", share=0.4)},
}


@pytest.fixture
def study(femo: Femo) -> Femo:
    """Ten people of whom almost each is odd in another way, and a pilot."""
    write_study_file(femo.store, planned_n=10, pilots=["P1"])
    rng = random.Random(5)
    codes = [*(f"S{number:02d}" for number in range(1, 11)), "P1"]
    for number, code in enumerate(codes, start=1):
        levels = {step: rng.uniform(3, 9) for step in STEPS}
        write_run(femo.store, code, levels, changed=ODD.get(number))
    write_run(femo.store, "S06", {"happy": 8.0}, number=2)
    verdict: Facts = {"amends": "verdict", "step": "stress", "attempt": 1, "verdict": "failed"}
    amend(femo.store / "sessions/S07/2026-11-22T101530/run-01", verdict)
    write_run(femo.store, "S11", {"happy": 8.0}, scopes=("face",))
    register(femo.store, *codes, "S11")
    return femo


def test_a_script_without_femo_gets_every_n_and_every_value(study: Femo) -> None:
    """From gsr.csv, run.jsonl and amendments.jsonl alone; a changed sample changes both alike."""
    before = compared(study)
    assert before.keys() == {f"S{number:02d}" for number in range(1, 11)}
    path = study.store / "sessions/S01/2026-11-22T101530/run-01/gsr.csv"
    rows = path.read_text().splitlines(keepends=True)
    changed = next(i for i, row in enumerate(rows) if row.startswith("38.000000,"))
    rows[changed] = "38.000000,,,9,50.000000,ok\n"
    path.write_text("".join(rows))
    after = compared(study)
    assert after["S01"]["Happy_S"] > before["S01"]["Happy_S"] + 5
    assert {k: v for k, v in after.items() if k != "S01"} == {
        k: v for k, v in before.items() if k != "S01"
    }


def compared(femo: Femo) -> dict[str, dict[str, float]]:
    """Compare both, in JSON and as printed; return what the script says."""
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(femo.store), "study", "P1"],
        capture_output=True,
        text=True,
        check=True,
    )
    by_hand: dict[str, dict[str, float]] = json.loads(done.stdout)
    found: dict[str, Any] = femo.json("results")
    ours: dict[str, dict[str, float]] = {}
    for row in found["participants"]:
        ours.setdefault(row["participant"], {})[row["class"]] = row["percent"]
    assert ours.keys() == by_hand.keys()
    for participant, theirs in by_hand.items():
        assert ours[participant] == pytest.approx(theirs, rel=1e-9), participant
    assert len(found["comparisons"]) == 15
    for row in found["comparisons"]:
        names = [n for n in row["comparison"].split(" - ") if not n.startswith("Neutral")]
        have_both = sum(all(name in theirs for name in names) for theirs in by_hand.values())
        assert row["n_pairs"] == row["participants"] == have_both, row["comparison"]
    primary = [row["comparison"] for row in found["comparisons"] if row["confirmatory"]]
    emotions = {name.partition(" - ")[0] for name in primary}
    assert found["n"] == sum(bool(emotions & theirs.keys()) for theirs in by_hand.values())
    assert printed(femo.ok("results")) == {
        who: [f"{value:.3f}" for _, value in sorted(theirs.items())]
        for who, theirs in by_hand.items()
    }
    return by_hand


def printed(text: str) -> dict[str, list[str]]:
    """Return what the text shows under *Participants' values*, classes in alphabetical order."""
    _, _, table = text.partition("Participants' values\n")
    lines = table.partition("\n\n")[0].splitlines()[2:]
    names = lines[0].split()
    cells = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    by_class = {
        who: sorted(zip(names, values, strict=True), key=lambda one: one[0])
        for who, values in cells.items()
    }
    return {who: [v for _, v in pairs if v != "–"] for who, pairs in by_class.items()}
