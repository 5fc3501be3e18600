"""The format of a run folder is a contract: the golden run is read, and written, as ever.

Expected figures were counted by hand from the rows that make_golden.py lists.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store.run_reader import RunReader
from femo_tui.store.verify import verify_run
from tests.support.make_golden import make_golden
from tests.support.runs import GOLDEN, WINDOWS_BY_HAND


@pytest.fixture(scope="module")
def golden() -> RunSnapshot:
    return RunReader(GOLDEN).poll()


def test_the_writer_still_writes_the_golden_bytes(tmp_path: Path) -> None:
    again = tmp_path / "again"
    make_golden(again)
    written = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    kept = {p.relative_to(GOLDEN): p.read_bytes() for p in GOLDEN.rglob("*") if p.is_file()}
    assert written == kept


def test_sha256sum_agrees_with_the_manifest() -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "manifest-sha256.txt"],
        cwd=GOLDEN,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": OK") == 16  # 13 images, run.jsonl, gsr.csv, frames.csv


def test_the_golden_run_verifies() -> None:
    assert verify_run(GOLDEN) == []


def test_a_script_without_femo_finds_the_samples_that_femo_reports(golden: RunSnapshot) -> None:
    script = WINDOWS_BY_HAND
    assert len(script.read_text().splitlines()) <= 30
    assert "femo" not in script.read_text()
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(GOLDEN)], capture_output=True, text=True, check=True
    )
    by_hand = [line.split() for line in done.stdout.splitlines()]
    by_femo = [
        [w.step, str(w.attempt), str(w.gsr_samples), str(w.gsr_valid), str(round(w.gsr_mean_us, 6))]
        for w in golden.windows
        if w.gsr_mean_us is not None
    ]
    assert by_hand == by_femo


def test_windows_hold_what_lies_in_them(golden: RunSnapshot) -> None:
    happy, neutral = golden.windows
    # samples 10 to 19; number 15 was not worn: (145 - 15) / 9 = 14.4444
    assert (happy.gsr_samples, happy.gsr_valid) == (10, 9)
    assert happy.gsr_mean_us == pytest.approx(4 + 130 / 9 / 10)
    assert happy.gsr_rate_hz == pytest.approx(5.0)
    assert (happy.frames, happy.frames_with_face, happy.frames_with_eyes) == (4, 3, 2)
    assert happy.sharpness == 106.0  # of 104, 106, 107
    assert (happy.media_s, happy.uncertainty_s) == (1.0, 0.042)
    assert (happy.verdict, happy.verdict_by) == ("accepted", "ana")
    # samples 28 to 37; number 30 was lost
    assert (neutral.gsr_samples, neutral.gsr_valid) == (9, 9)
    assert neutral.gsr_rate_hz == pytest.approx(4.5)
    assert (neutral.frames, neutral.sharpness) == (4, 112.5)
    assert neutral.verdict == "accepted_with_reason"
    assert neutral.verdict_reason == "one sample lost, all else well"


def test_the_snapshot_tells_the_whole_run(golden: RunSnapshot) -> None:
    assert golden.start is not None
    assert golden.stop is not None
    assert golden.start.participant == "S01"
    assert (golden.state, golden.stop.status) == (RunState.DONE, RunStatus.COMPLETE)
    assert golden.sealed
    assert golden.simulated
    assert golden.problems == ()
    assert golden.elapsed_s == 8.1
    assert (golden.gsr.length, golden.gsr_lost, golden.gsr_rejected_lines) == (40, 1, 1)
    faces = golden.faces
    assert (faces.frames, faces.with_face, faces.with_eyes, faces.saved) == (16, 15, 14, 7)
    assert [(s.name, s.state, s.attempt) for s in golden.steps] == [
        ("welcome", "complete", 1),
        ("happy", "complete", 1),
        ("happy-rating", "complete", 1),
        ("neutral-face", "complete", 1),
    ]
    assert golden.steps[1].window == golden.windows[0]
    assert golden.current is None
    assert [marker.text for marker in golden.markers] == ["coughed"]
    assert [(r.about, r.value) for r in golden.ratings] == [("happy", 7)]
    assert golden.counts["windows_accepted"] == 2


def test_bytes_on_disk_are_those_of_rows_and_images(golden: RunSnapshot) -> None:
    files = [p for p in GOLDEN.rglob("*") if p.is_file() and p.name != "manifest-sha256.txt"]
    assert golden.bytes_on_disk == sum(p.stat().st_size for p in files)
