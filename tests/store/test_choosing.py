"""Which of somebody's runs counts, as a person chooses it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from femo_tui.errors import UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.run_state import RunData
from femo_tui.store import audit
from femo_tui.store.amendments import amend, read_amendments
from femo_tui.store.choosing import choose_primary
from femo_tui.store.run_reader import RunReader
from femo_tui.store.seal import seal_run
from femo_tui.store.verify import verify_run
from tests.support.femo import Femo
from tests.support.gsr_store import register, write_run, write_study_file

CLOCK = VirtualClock(0.0, utc=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


def sealed(root: Path, code: str, number: int = 1, protocol: str = "study") -> Path:
    run_dir = write_run(root, code, {}, number=number, protocol=protocol)
    seal_run(run_dir)
    return run_dir


def chosen(*runs: Path) -> list[bool]:
    return [RunReader(run).poll().chosen for run in runs]


def test_one_run_of_a_protocol_is_chosen_at_a_time(tmp_path: Path) -> None:
    first, second = (sealed(tmp_path, "S01", n) for n in (1, 2))
    other = sealed(tmp_path, "S01", 3, "another")
    stranger = sealed(tmp_path, "S02")
    for run in (other, stranger):
        choose_primary(run, "ana", "", CLOCK)
    assert choose_primary(second, "ana", "the sensor sat", CLOCK) == ()
    assert chosen(first, second, other, stranger) == [False, True, True, True]
    assert choose_primary(first, "eva", "", CLOCK) == ("2026-11-22T101530/run-02",)
    assert chosen(first, second, other, stranger) == [True, False, True, True]
    choose_primary(first, "eva", "", CLOCK)
    assert [line["primary"] for line in read_amendments(first)] == [True]
    assert [line["operator"] for line in read_amendments(second)] == ["ana", "eva"]
    assert [verify_run(run) for run in (first, second)] == [[], []]


def test_what_counts_nowhere_cannot_be_chosen(tmp_path: Path) -> None:
    run = sealed(tmp_path, "S01")
    amend(run, {"amends": "data", "data": RunData.UNTIL_ASKED.value})
    with pytest.raises(UsageError, match="add --data keep"):
        choose_primary(run, "ana", "", CLOCK)
    assert chosen(run) == [False]


def test_a_run_is_chosen_by_a_command_and_results_say_how(femo: Femo) -> None:
    write_study_file(femo.store)
    for number in (1, 2):
        sealed(femo.store, "S01", number)
    register(femo.store, "S01")
    said = femo.ok("results")
    assert "run-02 counts" in said
    assert "femo decide RUN --primary" in said
    femo.ok("decide", "S01/run-01", "--primary", "--reason", "films were seen")
    assert "run-01 counts" in femo.ok("results")
    (noted,) = [line for line in audit.read(femo.store) if line.action == "run_primary"]
    assert noted.facts["reason"] == "films were seen"
    assert femo.run("decide", "S01").returncode == 2


@pytest.mark.parametrize("data", ["discard", "until-asked"])
def test_a_run_is_not_discarded_by_a_command_that_also_wants_it_to_count(
    femo: Femo, data: str
) -> None:
    write_study_file(femo.store)
    run = sealed(femo.store, "S01")
    register(femo.store, "S01")
    done = femo.run("decide", "S01", "--data", data, "--primary")
    assert done.returncode == 2
    assert "leave out --primary" in done.stderr
    assert RunReader(run).poll().data is RunData.KEEP
