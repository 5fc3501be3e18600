"""Verification reports every fault of a run at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from femo_tui.store.amendments import amend
from femo_tui.store.run_writer import RunWriter
from femo_tui.store.verify import verify_run
from tests.support.runs import ORIGIN_S, copy_of_golden, run_start

IMAGE = "faces/Happy_S/happy-1/000006_face.jpg"


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return copy_of_golden(tmp_path / "run-01")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_copy_is_as_good_as_the_original(run_dir: Path) -> None:
    assert verify_run(run_dir) == []


def test_what_is_written_beside_the_recording_is_no_fault(run_dir: Path) -> None:
    for name in ("lock", "recorder.log"):
        (run_dir / name).write_text("{}\n")
    amend(run_dir, {"amends": "data", "data": "keep"})
    assert verify_run(run_dir) == []


def test_a_changed_image_a_missing_one_and_a_strange_file_are_all_reported(run_dir: Path) -> None:
    (run_dir / IMAGE).write_bytes(b"another face")
    (run_dir / "faces/Happy_S/happy-1/000004_eyes.jpg").unlink()
    (run_dir / "faces/Happy_S/notes.txt").write_text("x")
    assert verify_run(run_dir) == [
        "faces/Happy_S/happy-1/000004_eyes.jpg: missing, though the manifest lists it",
        f"{IMAGE}: changed since the run was sealed",
        "faces/Happy_S/notes.txt: not in the manifest",
        "frames.csv line 6: faces/Happy_S/happy-1/000004_eyes.jpg is missing",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("gsr.csv", "2.200000,2.2", "1.200000,2.2",
         "gsr.csv line 13: time goes back from 2.000000 to 1.200000 s"),
        ("gsr.csv", "0.600000,0.600000,3,4.3,4.300000,ok", "0.600000,0.600000,3",
         "gsr.csv line 5: 3 of 6 columns, skipped"),
        ("gsr.csv", "0.600000,0.600000,3,4.3,4.300000,ok\n", "",
         "run.jsonl: run_stop counts 40 gsr_samples, the rows are 39"),
        ("frames.csv", "3.250000,6,", "3.250000,5,",
         "frames.csv line 8: frame 5 comes after frame 5"),
        ("frames.csv", "3.250000,6,", "2.250000,6,",
         "frames.csv line 8: time goes back from 2.750000 to 2.250000 s"),
        ("run.jsonl", '"event":"run_start"', '"event":"run_begin"', "run.jsonl: no run_start"),
        ("run.jsonl", '"event":"run_stop"', '"event":"run_end"',
         "run.jsonl: no run_stop, the run was lost or still goes on"),
        ("run.jsonl", '"t_s":4.0,"event":"window_stop"', '"t_s":1.0,"event":"window_stop"',
         "run.jsonl: the window of happy, attempt 1, ends before it begins"),
        ("run.jsonl", '"t_s":7.5,"event":"window_stop"', '"t_s":7.5,"event":"no"',
         "run.jsonl: the window of neutral-face, attempt 1, was never closed"),
        ("run.jsonl", '"t_s":7.5,"event":"step_stop"', '"t_s":7.5,"event":"no"',
         "run.jsonl: step neutral-face, attempt 1, was never ended"),
        ("manifest-sha256.txt", "gsr.csv", "../gsr.csv", "gsr.csv: not in the manifest"),
        ("manifest-sha256.txt", "aa5e676b", "AA5E", "manifest-sha256.txt line 14: "),
    ],
)  # fmt: skip
def test_each_fault_has_its_sentence(
    run_dir: Path, file: str, old: str, new: str, fault: str
) -> None:
    change(run_dir / file, old, new)
    faults = verify_run(run_dir)
    assert any(found.startswith(fault) for found in faults), faults
    if file != "manifest-sha256.txt":
        assert f"{file}: changed since the run was sealed" in faults


def test_a_run_that_was_lost_says_so(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    writer.close()
    assert verify_run(tmp_path) == [
        "manifest-sha256.txt: missing, the run is not sealed",
        "run.jsonl: no run_stop, the run was lost or still goes on",
    ]
