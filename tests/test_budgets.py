"""The table of budgets says what was measured, what was missed, and what was not measured."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.budgets import BENCHES, BUDGETS, TRAINING, Bench, Figures
from tests.bench.run import HEADERS, measured, row, said_of
from tests.support.commands import README

ROOT = Path(__file__).parents[1]
MACHINE = {
    "utc": "2026-11-29 13:00",
    "processor": "a processor",
    "cores": 2,
    "memory_gib": 24,
    "system": "a system",
    "python": "3.11.7",
    "femo": "femo, version 0",
    "load_before": 0.1,
}
# Figures of no machine: the table's words are tested here, and nobody's speed.
CAPTURED = {
    "femo_cores": 0.1,
    "loop_2018_cores": 0.8,
    "femo_stamp_error_p99_ms": 1.5,
    "loop_2018_stamp_error_p99_ms": 300.0,
}


def table(kept: Path, *args: str) -> str:
    kept.mkdir(exist_ok=True)
    (kept / "machine.json").write_text(json.dumps(MACHINE), "utf-8")
    (kept / "capture.json").write_text(json.dumps(CAPTURED), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.run", "--keep", str(kept), "--only", *args],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_figure_stands_beside_its_budget_and_its_baseline(tmp_path: Path) -> None:
    lines = [line.split("  ") for line in table(tmp_path, "capture").splitlines()[2:]]
    told = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert told == [
        # 0.1 core of at most 0.15; an eighth of 0.8, where a tenth is asked for
        [
            "capture at 10 FPS of 720×480 and 10 Hz",
            *("0.1 core", "0.15 core", "ok", "1/8 of the loop of 2018"),
        ],
        [
            "… against the loop of 2018",
            *("0.1 core", "1/10 of that", "MISSED", "1/8 of the loop of 2018"),
        ],
        ["GSR stamps at 10 Hz, p99", "1.5 ms", "2 ms", "ok", "1/200 of the loop of 2018"],
    ]


def test_the_machine_and_the_day_stand_above_it_and_a_busy_one_says_so(tmp_path: Path) -> None:
    first = table(tmp_path, "capture").splitlines()[0]
    assert first.startswith("2026-11-29 13:00 UTC · a processor, 2 cores, 24 GiB")
    assert "BUSY" not in first
    assert "BUSY before: load 1.7" in said_of({**MACHINE, "load_before": 1.7})


def test_without_weights_training_is_not_measured_and_says_so(tmp_path: Path) -> None:
    body = json.loads(table(tmp_path, "training", "capture", "--json"))
    trained = [b for b in body["budgets"] if "training" in b["command"]]
    assert len(trained) == sum(budget.bench is TRAINING for budget in BUDGETS)
    assert {b["figure"] for b in trained} == {"not measured: it needs --weights FILE"}
    assert {b["held"] for b in trained} == {""}
    assert not (tmp_path / "training.json").exists()


def test_a_bench_that_fails_says_why() -> None:
    figures = measured(Bench("x", ("tests.bench.no_such_bench",)), None)
    assert str(figures["problem"]).startswith("not measured: ")
    assert "no_such_bench" in str(figures["problem"])


def test_every_bench_has_a_name_of_its_own() -> None:
    assert len({bench.name for bench in BENCHES}) == len(BENCHES)


def readme_rows() -> list[list[str]]:
    after = README.split(f"| {' | '.join(HEADERS)} |\n", 1)[1]
    body = after.split("\n\n", 1)[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body]


def test_the_readme_holds_every_budget_with_the_command_that_measures_it() -> None:
    """What a figure may be, and how it is measured, is said once more there, word for word."""
    none: Figures = {"problem": "not measured here"}
    rows = [row(budget, none) for budget in BUDGETS]
    told = [(what, limit, command) for what, _, limit, _, _, command in readme_rows()]
    assert told == [(what, limit, f"`{command}`") for what, _, limit, _, _, command in rows]


@pytest.mark.parametrize("number", range(len(BUDGETS)))
def test_what_the_readme_calls_missed_is_missed(number: int) -> None:
    budget, (_, figure, _, verdict, against, _) = BUDGETS[number], readme_rows()[number]
    value = float(figure.split()[0])
    if budget.of_baseline:
        over, under = re.match(r"([\d.]+) ×", against), re.match(r"1/([\d.]+) of", against)
        value = float(over[1]) if over else 1 / float(under[1]) if under else math.nan
    assert verdict == ("ok" if value <= budget.at_most else "MISSED")
