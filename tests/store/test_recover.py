"""A lost run is closed as partial: nothing is lost, and nothing claims to be complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.errors import StoreError, UsageError
from femo_tui.model.clock import VirtualClock
from femo_tui.model.events import (
    RunStop,
    StateChange,
    StepStart,
    Verdict,
    WindowStart,
    WindowStop,
)
from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.store.recover import close_partial
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from femo_tui.store.verify import verify_run
from tests.support.runs import ORIGIN_S, copy_of_golden, frame, run_start, sample


def lost_run(run_dir: Path) -> None:
    """Write a run whose recorder dies in the second window, at 6.5 s."""
    writer = RunWriter(run_dir, ORIGIN_S)
    writer.event(run_start())
    writer.event(StateChange(0.0, RunState.RUNNING))
    writer.event(StepStart(1.0, "happy", 1, "acted", "Happy_A", None, "a drawing"))
    writer.event(WindowStart(1.0, "happy", 1, "Happy_A", None, 0.0))
    writer.event(WindowStop(3.0, "happy", 1, "Happy_A", "redo"))
    writer.event(Verdict(3.0, "happy", 1, "Happy_A", "failed", "auto", "redo", {}))
    writer.event(StepStart(4.0, "happy", 2, "acted", "Happy_A", None, "a drawing"))
    writer.event(WindowStart(4.0, "happy", 2, "Happy_A", None, 0.0))
    writer.sample(sample(5.0))
    writer.frame(frame(6.5), "happy", 2, "Happy_A", save=True)
    writer.close()
    with (run_dir / "gsr.csv").open("ab") as file:
        file.write(b"7.0,,,5")


def test_what_was_open_ends_at_the_last_row_and_the_run_is_sealed(tmp_path: Path) -> None:
    lost_run(tmp_path)
    snapshot = close_partial(tmp_path, "ben", VirtualClock())
    assert snapshot.stop is not None
    assert (snapshot.stop.status, snapshot.stop.reason) == (RunStatus.PARTIAL, "lost")
    assert (snapshot.state, snapshot.sealed, snapshot.stop.t_s) == (RunState.DONE, True, 6.5)
    assert snapshot.stop.utc == "2026-11-22T10:15:30Z"
    first, second = snapshot.windows
    assert (first.end_s, first.reason, first.verdict) == (3.0, "redo", "failed")
    assert (second.end_s, second.reason, second.verdict) == (6.5, "lost", "")
    assert (second.gsr_samples, snapshot.steps[1].state) == (1, "lost")
    assert [(m.operator, m.command) for m in snapshot.markers] == [("ben", "recover")]
    assert snapshot.stop.counts == {
        "gsr_samples": 1, "gsr_lost": 0, "gsr_rejected_lines": 0, "frames": 1,
        "frames_with_face": 1, "frames_dropped": 0, "windows_accepted": 0, "windows_failed": 1,
    }  # fmt: skip


def test_only_the_torn_line_remains_as_a_fault(tmp_path: Path) -> None:
    lost_run(tmp_path)
    close_partial(tmp_path, "ben", VirtualClock())
    assert verify_run(tmp_path) == ["gsr.csv line 3: 4 of 6 columns, skipped"]


def test_a_run_that_ended_but_was_not_sealed_keeps_its_status(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    writer.event(RunStop(1.0, RunStatus.COMPLETE, "complete", "u", {}))
    writer.close()
    snapshot = close_partial(tmp_path, "ben", VirtualClock())
    assert snapshot.stop is not None
    assert (snapshot.stop.status, snapshot.sealed) == (RunStatus.COMPLETE, True)
    assert snapshot.markers == ()


def test_a_run_that_is_being_recorded_is_left_alone(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S, {"what": "the recording", "operator": "ana"})
    writer.event(run_start())
    before = (tmp_path / "run.jsonl").read_bytes()
    with pytest.raises(StoreError, match="ana holds the recording"):
        close_partial(tmp_path, "ben", VirtualClock())
    assert (tmp_path / "run.jsonl").read_bytes() == before
    assert RunReader(tmp_path).poll().state is RunState.ARMING
    writer.close()


def test_a_sealed_run_is_left_alone(tmp_path: Path) -> None:
    run_dir = copy_of_golden(tmp_path / "run-01")
    with pytest.raises(UsageError, match="sealed already"):
        close_partial(run_dir, "ben", VirtualClock())
    assert verify_run(run_dir) == []


def test_a_folder_without_a_run_is_not_made_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run folder"):
        close_partial(tmp_path, "ben", VirtualClock())
    assert list(tmp_path.iterdir()) == []
