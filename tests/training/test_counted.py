"""What faces may be learnt from, rule by rule, on copies of recorded runs."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from femo_tui.model.participants import UNKNOWN
from femo_tui.store.amendments import amend
from femo_tui.training.collect import collect
from femo_tui.training.dataset import DataSet
from femo_tui.training.request import TrainRequest

Line = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path, recorded_study: Path) -> Path:
    shutil.copytree(recorded_study, tmp_path / "store")
    return tmp_path / "store"


def run_of(store: Path, code: str = "S01") -> Path:
    return next(store.glob(f"sessions/{code}/*/run-01"))


def rewrite(run_dir: Path, change: Callable[[Line], None]) -> None:
    """Change the run as if it had been recorded so."""
    path = run_dir / "run.jsonl"
    path.chmod(0o600)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        change(line)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def gathered(store: Path) -> DataSet:
    return collect(TrainRequest(store))


def reasons(found: DataSet, participant: str = "S01") -> set[str]:
    return {o.reason for o in found.left_out if o.participant == participant}


def test_all_that_was_accepted_counts(store: Path) -> None:
    found = gathered(store)
    assert found.participants == ("S01", "S02", "S03")
    assert found.left_out == ()
    assert found.simulated
    assert len(found.classes) == 8
    assert all((store / image.path).is_file() for image in found.images)
    assert all(image.clip for image in found.images)
    assert {person.source for person in found.people} == {
        run_of(store, code).relative_to(store).as_posix() for code in found.participants
    }


def set_in(event: str, key: str, value: object, step: str = "") -> Callable[[Line], None]:
    def change(line: Line) -> None:
        if line["event"] == event and (not step or line.get("step") == step):
            line[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            set_in("run_start", "protocol", {"name": "other"}),
            "protocol other; the study's is quick",
        ),
        (set_in("run_stop", "status", "aborted"), "not complete: aborted"),
        (
            set_in("run_stop", "data", "until_asked"),
            "its data are until asked, not decided to be kept",
        ),
        (
            set_in("run_start", "consent", {"scopes": ["gsr", "face"]}),
            "recorded without consent to train",
        ),
    ],
)
def test_a_run_that_does_not_count_is_named(
    store: Path, change: Callable[[Line], None], reason: str
) -> None:
    rewrite(run_of(store), change)
    found = gathered(store)
    assert reasons(found) == {reason}
    assert "S01" not in found.participants


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_in("verdict", "verdict", "failed", "stress"), "verdict: failed"),
        (set_in("window_start", "primary", False, "stress"), "the film had been shown before"),
    ],
)
def test_a_window_that_does_not_count_is_named(
    store: Path, change: Callable[[Line], None], reason: str
) -> None:
    rewrite(run_of(store), change)
    found = gathered(store)
    assert reasons(found) == {reason}
    theirs = {i.class_name for i in found.images if i.participant == "S01"}
    assert "Stress_S" not in theirs
    assert len(theirs) == 7


def test_a_later_verdict_counts(store: Path) -> None:
    amend(
        run_of(store),
        {"amends": "verdict", "step": "stress", "attempt": 1, "verdict": "failed", "reason": "x"},
    )
    assert reasons(gathered(store)) == {"verdict: failed"}


def test_pilots_and_strangers_do_not_count(store: Path) -> None:
    with (store / "study.toml").open("a") as file:
        file.write('pilots = ["S02"]\n')
    person = store / "sessions" / "S01"
    person.rename(store / "sessions" / "S77")
    found = gathered(store)
    assert found.participants == ("S03",)
    assert reasons(found, "S02") == {"a pilot"}
    assert reasons(found, "S77") == {UNKNOWN}


def test_one_run_a_participant_counts_the_latest_or_the_chosen(store: Path) -> None:
    first = run_of(store)
    second = first.with_name("run-02")
    shutil.copytree(first, second)
    found = gathered(store)
    assert {i.path.split("/")[3] for i in found.images if i.participant == "S01"} == {"run-02"}
    assert reasons(found) == {f"repeated: {first.parent.name}/run-02 counts"}
    amend(first, {"amends": "primary", "primary": True})
    chosen = gathered(store)
    assert {i.path.split("/")[3] for i in chosen.images if i.participant == "S01"} == {"run-01"}


def test_blurred_faces_are_left_out_blind_to_the_class(store: Path) -> None:
    run_dir = run_of(store)
    path = run_dir / "frames.csv"
    path.chmod(0o600)
    header, *rows = path.read_text("utf-8").splitlines()
    place = header.split(",").index("sharpness")
    blurred = 0
    for i, row in enumerate(rows):
        cells = row.split(",")
        if cells[4] == "Happy_A" and blurred < 5:
            cells[place] = "1.000"
            blurred += 1
            rows[i] = ",".join(cells)
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    found = gathered(store)
    assert reasons(found) == {"5 images not sharp"}
    theirs = [i for i in found.images if (i.participant, i.class_name) == ("S01", "Happy_A")]
    assert all(i.sharpness is not None and i.sharpness > 1 for i in theirs)


def test_of_two_accepted_attempts_the_earlier_one_is_named(store: Path) -> None:
    path = run_of(store) / "run.jsonl"
    path.chmod(0o600)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    again = [
        {**line, "attempt": 2}
        for line in lines
        if (line.get("step"), line.get("attempt")) == ("acted-happy", 1)
    ]
    lines[-1:-1] = again
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    out = [one for one in gathered(store).left_out if one.reason == "a later attempt counts"]
    assert [one.what for one in out] == ["Happy_A, step acted-happy, attempt 1"]


def test_no_response_below_the_sensors_resolution_is_learnt_from(store: Path) -> None:
    def coarse(line: Line) -> None:
        if line["event"] == "run_start":
            line["devices"]["gsr"]["facts"]["calibration"]["resolution_counts"] = 200.0

    rewrite(run_of(store), coarse)
    found = collect(TrainRequest(store, with_gsr=True)).gsr
    mine = [one.responses_per_min for one in found if one.window.startswith("sessions/S01/")]
    others = [one.responses_per_min for one in found if not one.window.startswith("sessions/S01/")]
    assert max(mine) == 0
    assert max(others) > 0


def test_the_studys_lag_shifts_what_is_learnt_of_the_skin(store: Path) -> None:
    """Expected from run.jsonl and gsr.csv alone, as the README reads them."""
    study = store / "study.toml"
    study.write_text(study.read_text().replace("gsr_lag_s = 0.0", "gsr_lag_s = 2.0"))
    found = {one.window: one for one in collect(TrainRequest(store, with_gsr=True)).gsr}
    run_dir = run_of(store)
    events = [json.loads(line) for line in (run_dir / "run.jsonl").open(encoding="utf-8")]

    def time_of(name: str, step: str) -> float:
        return next(float(e["t_s"]) for e in events if (e["event"], e.get("step")) == (name, step))

    def mean_us(begin_s: float, end_s: float) -> float:
        with (run_dir / "gsr.csv").open(encoding="utf-8") as text:
            rows = [r for r in csv.DictReader(text) if r["flag"] == "ok"]
        values = [float(r["gsr_us"]) for r in rows if begin_s + 2 <= float(r["t_s"]) < end_s + 2]
        return sum(values) / len(values)

    rest_us = mean_us(time_of("step_start", "baseline"), time_of("step_stop", "baseline"))
    level_us = mean_us(time_of("window_start", "stress"), time_of("window_stop", "stress"))
    window = f"{run_dir.relative_to(store).as_posix()}#stress-1"
    assert found[window].log_ratio == pytest.approx(math.log(level_us / rest_us))
