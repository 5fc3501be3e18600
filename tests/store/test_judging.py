"""Verdicts given after a run was sealed: chained lines, and the newest counts everywhere."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from femo_tui.errors import UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.run_state import RunData
from femo_tui.store.catalog import Catalog
from femo_tui.store.judging import judge_frames, judge_window
from femo_tui.store.layout import AMENDMENTS
from femo_tui.store.run_reader import RunReader
from femo_tui.store.verify import verify_run
from tests.support.femo import Femo
from tests.support.runs import golden_in

CLOCK = VirtualClock(0.0, utc=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))

pytestmark = pytest.mark.usefixtures("each_catalog")


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return golden_in(tmp_path / "store")


def test_the_newest_verdict_on_a_window_counts(run_dir: Path) -> None:
    before = RunReader(run_dir).poll().windows
    reader = RunReader(run_dir)
    assert reader.poll().windows == before
    judge_window(run_dir, "happy", 1, "failed", "eva", " spoke to the camera ", CLOCK)
    (first, *others) = reader.poll().windows
    assert (first.verdict, first.verdict_by, first.verdict_reason, first.amended) == (
        "failed",
        "eva",
        "spoke to the camera",
        True,
    )
    assert others == list(before[1:])
    judge_window(run_dir, "happy", 1, "accepted_with_reason", "ana", "one word only", CLOCK)
    assert reader.poll().windows[0].verdict == "accepted_with_reason"
    assert verify_run(run_dir) == []
    told = reader.poll().amendments
    assert [(a.about, a.decided, a.utc) for a in told] == [
        ("happy-1", "failed", "2026-11-23T09:00:00Z"),
        ("happy-1", "accepted_with_reason", "2026-11-23T09:00:00Z"),
    ]


def test_the_catalog_counts_by_the_newest_verdict(run_dir: Path) -> None:
    root = run_dir.parents[3]
    with Catalog.open(root) as catalog:
        catalog.index_run(run_dir)
        (before,) = catalog.runs()
        judge_window(run_dir, "happy", 1, "failed", "eva", "looked away", CLOCK)
        catalog.index_run(run_dir)
        (after,) = catalog.runs()
    assert after.windows_accepted == before.windows_accepted - 1


def test_frames_are_rejected_and_taken_back(run_dir: Path) -> None:
    judge_frames(run_dir, {12, 13}, "eva", "a hand before the face", CLOCK, accepted=False)
    judge_frames(run_dir, {13}, "eva", "only the chin", CLOCK, accepted=True)
    assert RunReader(run_dir).poll().rejected_frames == {12}


@pytest.mark.parametrize(
    ("step", "attempt", "verdict", "reason"),
    [
        ("happy", 9, "failed", "why"),
        ("nowhere", 1, "failed", "why"),
        ("happy", 1, "redo", "why"),
        ("happy", 1, "failed", "  "),
    ],
)
def test_what_cannot_be_judged_is_refused_and_nothing_written(
    run_dir: Path, step: str, attempt: int, verdict: str, reason: str
) -> None:
    with pytest.raises(UsageError):
        judge_window(run_dir, step, attempt, verdict, "eva", reason, CLOCK)
    assert not (run_dir / AMENDMENTS).exists()


def test_a_run_that_is_not_sealed_is_judged_at_its_gate(run_dir: Path) -> None:
    (run_dir / "manifest-sha256.txt").unlink()
    with pytest.raises(UsageError, match="not sealed"):
        judge_frames(run_dir, {1}, "eva", "why", CLOCK, accepted=False)


@pytest.mark.parametrize("line", [0, 1])
def test_a_changed_line_is_found_and_decides_nothing(run_dir: Path, line: int) -> None:
    judge_window(run_dir, "happy", 1, "failed", "eva", "looked away", CLOCK)
    judge_window(run_dir, "happy", 1, "accepted", "eva", "did not", CLOCK)
    lines = (run_dir / AMENDMENTS).read_text("utf-8").splitlines()
    changed = json.loads(lines[line])
    changed["previous_sha256" if line else "verdict"] = "accepted"
    lines[line] = json.dumps(changed)
    (run_dir / AMENDMENTS).write_text("\n".join(lines) + "\n", "utf-8")
    snapshot = RunReader(run_dir).poll()
    assert snapshot.data is RunData.UNTIL_ASKED
    assert not any(window.amended for window in snapshot.windows)
    (fault,) = verify_run(run_dir)
    assert fault.startswith("amendments.jsonl line 2")


def test_two_who_judge_one_run_at_the_same_time_both_count(run_dir: Path) -> None:
    def judge(operator: str, frames: range) -> None:
        for frame in frames:
            judge_frames(run_dir, {frame}, operator, "blurred", CLOCK, accepted=False)

    people = [
        threading.Thread(target=judge, args=("eva", range(40))),
        threading.Thread(target=judge, args=("ana", range(40, 80))),
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    snapshot = RunReader(run_dir).poll()
    assert snapshot.problems == ()
    assert snapshot.data is RunData.KEEP
    assert snapshot.rejected_frames == set(range(80))


def test_a_decision_that_was_cut_short_takes_none_before_it_along(run_dir: Path) -> None:
    """As a disk that fills up in the middle of a line leaves it, or a power cut."""
    judge_window(run_dir, "happy", 1, "failed", "eva", "looked away", CLOCK)
    with (run_dir / AMENDMENTS).open("ab") as file:
        file.write(b'{"utc": "2026-11-23T09:')
    snapshot = RunReader(run_dir).poll()
    assert snapshot.data is RunData.KEEP
    assert snapshot.windows[0].verdict == "failed"
    assert snapshot.problems == ("amendments.jsonl line 2: torn after 23 bytes, skipped",)
    judge_frames(run_dir, {12, 13}, "eva", "blurred", CLOCK, accepted=False)
    assert verify_run(run_dir) == []
    assert RunReader(run_dir).poll().rejected_frames == {12, 13}


def test_show_tells_what_was_amended(run_dir: Path, femo: Femo) -> None:
    judge_window(run_dir, "happy", 1, "failed", "eva", "looked away", CLOCK)
    judge_frames(run_dir, {12}, "eva", "blurred", CLOCK, accepted=False)
    shown = femo.ok("show", str(run_dir), "--verify")
    assert "failed (amended)" in shown
    assert "amended: happy-1: failed (looked away) – eva, 2026-11-23T09:00:00Z" in shown
    assert "amended: frame 12: rejected (blurred) – eva" in shown
    body = femo.json("show", str(run_dir))
    assert body["windows"][0]["verdict"] == "failed"
    assert [a["amends"] for a in body["amendments"]] == ["verdict", "frame"]
    assert body["rejected_frames"] == [12]
