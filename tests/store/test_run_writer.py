"""What the run writer puts into a run folder, and what it does when the disk fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from femo_tui.errors import DiskFull, StoreError
from femo_tui.model.events import ClockNote, Marker
from femo_tui.model.records import SampleFlag
from femo_tui.store.lock import HeldLock
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter, write_recorder_json
from tests.support.runs import FACE, ORIGIN_S, frame, run_start, sample


def modes(run_dir: Path) -> set[int]:
    return {p.stat().st_mode & 0o777 for p in run_dir.rglob("*") if p.is_file()}


def test_rows_are_readable_as_soon_as_they_are_written(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    writer.sample(sample(0.1234567))
    assert (tmp_path / "gsr.csv").read_text().splitlines()[1] == "0.123457,,,5.0,5.000000,ok"
    assert json.loads((tmp_path / "run.jsonl").read_text())["participant"] == "S01"
    writer.close()


def test_a_sample_without_a_value_has_an_empty_cell(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    unworn = replace(sample(1.0), raw=512.0, gsr_us=None, flag=SampleFlag.NOT_WORN)
    writer.sample(replace(unworn, device_s=0.5, seq=7))
    writer.sample(replace(unworn, gsr_us=float("nan"), flag=SampleFlag.CLIPPED))
    writer.close()
    rows = (tmp_path / "gsr.csv").read_text().splitlines()
    assert rows[1:] == ["1.000000,0.500000,7,512.0,,not_worn", "1.000000,,,512.0,,clipped"]


def test_images_lie_by_class_and_attempt_under_the_number_of_their_frame(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    assert writer.frame(frame(1.0), "happy", 2, None, save=False) == 0
    assert writer.frame(frame(1.1), "happy", 2, "Happy_A", save=True) == 1
    assert writer.frame(frame(1.2, jpeg=None), "happy", 2, "Happy_A", save=True) == 2
    assert (writer.frames, writer.saved) == (3, 1)
    writer.close()
    images = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.jpg"))
    assert images == [
        "faces/Happy_A/happy-2/000001_eyes.jpg",
        "faces/Happy_A/happy-2/000001_face.jpg",
    ]
    files = [row.split(",")[13:] for row in (tmp_path / "frames.csv").read_text().splitlines()[1:]]
    assert files == [["", ""], images[::-1], ["", ""]]


def test_bytes_written_are_those_on_the_disk(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    writer.sample(sample(1.0))
    writer.frame(frame(1.0), "happy", 1, "Happy_A", save=True)
    written = writer.bytes_written
    writer.close()
    kept = [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "lock"]
    assert written == sum(p.stat().st_size for p in kept)


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path: Path) -> None:
    RunWriter(tmp_path, ORIGIN_S).close()
    with pytest.raises(StoreError, match=r"run\.jsonl: this exists already"):
        RunWriter(tmp_path, ORIGIN_S)
    assert not HeldLock.is_held(tmp_path / "lock")


def test_two_writers_never_hold_one_run(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S, {"what": "run-01", "operator": "ana"})
    with pytest.raises(StoreError, match="ana holds run-01"):
        RunWriter.resume(tmp_path, ORIGIN_S)
    writer.close()
    RunWriter.resume(tmp_path, ORIGIN_S).close()


def test_everything_is_private_and_read_only_once_sealed(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        writer = RunWriter(tmp_path / ".", ORIGIN_S)
        writer.event(run_start())
        writer.frame(frame(1.0), "happy", 1, "Happy_A", save=True)
        write_recorder_json(tmp_path, {"pid": 1})
        assert modes(tmp_path) == {0o600}
        writer.seal()
    finally:
        os.umask(before)
    sealed = {p for p in tmp_path.rglob("*") if p.is_file() and p.stat().st_mode & 0o777 == 0o400}
    assert {p.name for p in sealed} == {
        *("run.jsonl", "gsr.csv", "frames.csv", "manifest-sha256.txt", "recorder.json"),
        *("000000_face.jpg", "000000_eyes.jpg"),
    }
    listed = (tmp_path / "manifest-sha256.txt").read_text()
    assert "recorder.json" in listed
    assert "lock" not in listed
    assert {p.stat().st_mode & 0o777 for p in tmp_path.rglob("*") if p.is_dir()} == {0o700}
    assert not HeldLock.is_held(tmp_path / "lock")


def test_closing_and_sealing_twice_is_harmless(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.seal()
    writer.close()
    with pytest.raises(StoreError, match="sealed; record a new run"):
        RunWriter.resume(tmp_path, ORIGIN_S)


def test_a_lost_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = RunWriter(tmp_path, ORIGIN_S)
    first.event(run_start())
    first.sample(sample(1.0))
    first.frame(frame(1.0), "happy", 1, "Happy_A", save=True)
    first.close()
    again = RunWriter.resume(tmp_path, ORIGIN_S)
    assert again.torn == ()
    assert (again.samples, again.frames, again.saved) == (1, 1, 1)
    assert again.frame(frame(2.0), "happy", 2, "Happy_A", save=True) == 1
    again.sample(sample(2.0))
    again.close()
    assert (tmp_path / "gsr.csv").read_text().count("t_s") == 1
    assert RunReader(tmp_path).poll().problems == ()


def test_torn_lines_stay_in_place_are_ended_and_never_parsed(tmp_path: Path) -> None:
    first = RunWriter(tmp_path, ORIGIN_S)
    first.event(run_start())
    first.sample(sample(1.0))
    first.close()
    # Each looks like a whole row but for its end: the last column may be cut, nobody knows.
    torn = {
        "run.jsonl": b'{"t_s":2.0,"event":"clock","utc":"x","step_s":null}',
        "gsr.csv": b"2.000000,,,5.0,5.000000,ok",
        "frames.csv": b"2.000000,4,happy,1,Happy_A,1,,,,,2,50.000,100.00,,",
    }
    for name, line in torn.items():
        with (tmp_path / name).open("ab") as file:
            file.write(line)
    again = RunWriter.resume(tmp_path, ORIGIN_S)
    assert [sentence.split(",")[0] for sentence in again.torn] == [
        "run.jsonl line 2: torn after 51 bytes",
        "gsr.csv line 3: torn after 26 bytes",
        "frames.csv line 2: torn after 50 bytes",
    ]
    again.event(ClockNote(3.0, "y"))
    again.sample(sample(3.0))
    again.frame(frame(3.0), "happy", 2, "Happy_A", save=False)
    again.close()
    for name, line in torn.items():
        assert line in (tmp_path / name).read_bytes()
    snapshot = RunReader(tmp_path).poll()
    assert list(snapshot.gsr.t_s) == [1.0, 3.0]
    assert snapshot.faces.frames == 1
    assert [problem.split(":")[0] for problem in snapshot.problems] == [
        "run.jsonl line 2",
        "gsr.csv line 3",
        "frames.csv line 2",
    ]


def test_an_image_whose_row_was_lost_keeps_its_number(tmp_path: Path) -> None:
    first = RunWriter(tmp_path, ORIGIN_S)
    first.frame(frame(1.0), "happy", 1, "Happy_A", save=True)
    first.close()
    image = tmp_path / "faces" / "Happy_A" / "happy-1" / "000001_face.jpg"
    image.write_bytes(b"written before its row, which never came")
    again = RunWriter.resume(tmp_path, ORIGIN_S)
    assert again.frame(frame(2.0), "happy", 1, "Happy_A", save=True) == 2
    again.close()
    assert image.read_bytes().startswith(b"written before")


def test_a_run_killed_before_its_headers_is_taken_up(tmp_path: Path) -> None:
    for name in ("run.jsonl", "gsr.csv"):
        (tmp_path / name).touch()
    writer = RunWriter.resume(tmp_path, ORIGIN_S)
    writer.event(run_start())
    writer.sample(sample(1.0))
    writer.close()
    snapshot = RunReader(tmp_path).poll()
    assert snapshot.problems == ()
    assert snapshot.gsr.length == 1


FILL = """
import sys
from pathlib import Path
from femo_tui.errors import DiskFull
from femo_tui.model.events import RunStop
from femo_tui.model.run_state import RunStatus
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from tests.support.runs import ORIGIN_S, frame, run_start, sample

run_dir = Path(sys.argv[1])
writer = RunWriter(run_dir, ORIGIN_S)
writer.event(run_start())
what = sys.argv[2]
accepted = 0
try:
    while True:
        if what == "samples":
            writer.sample(sample(accepted / 10))
        else:
            picture = frame(accepted / 10, jpeg=bytes(50_000))
            writer.frame(picture, "happy", 1, "Happy_A", save=True)
        accepted += 1
except DiskFull as problem:
    assert "the disk is full" in str(problem)
writer.release_reserve()
writer.event(RunStop(99.0, RunStatus.FAILED, "disk full", "z", {}))
writer.seal()
snapshot = RunReader(run_dir).poll()
assert snapshot.problems == (), snapshot.problems
assert snapshot.stop is not None and snapshot.sealed
print(accepted, snapshot.gsr.length if what == "samples" else snapshot.faces.frames)
"""


@pytest.mark.parametrize("what", ["samples", "frames"])
def test_a_disk_that_fills_up_loses_no_row_and_the_run_is_closed(tmp_path: Path, what: str) -> None:
    disk = f"mount -t tmpfs -o size=6m tmpfs {tmp_path} && mkdir {tmp_path}/run && exec "
    command = f'{disk} "$0" -c "$1" {tmp_path}/run {what}'
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", command, sys.executable, FILL],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"a small disk cannot be made here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    accepted, read = (int(word) for word in done.stdout.split())
    assert read == accepted > 10


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may take /dev/full for its own file")
def test_a_row_that_the_disk_refuses_is_an_error_of_the_call(tmp_path: Path) -> None:
    RunWriter(tmp_path, ORIGIN_S).close()
    (tmp_path / "gsr.csv").unlink()
    (tmp_path / "gsr.csv").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match=r"gsr\.csv: the disk is full"):
        RunWriter.resume(tmp_path, ORIGIN_S)
    assert not HeldLock.is_held(tmp_path / "lock")


def test_a_fault_met_while_syncing_surfaces_at_a_later_call(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.frame(frame(1.0), "happy", 1, "Happy_A", save=True)
    for image in tmp_path.rglob("*.jpg"):
        image.unlink()  # the disk was pulled, say
    writer.sync()
    with pytest.raises(StoreError):
        writer.close()
    assert not HeldLock.is_held(tmp_path / "lock")


KILLED = """
import sys
from pathlib import Path
from femo_tui.store.run_writer import RunWriter
from tests.support.runs import ORIGIN_S, frame, run_start, sample

writer = RunWriter(Path(sys.argv[1]), ORIGIN_S)
writer.event(run_start())
number = 0
while True:
    writer.sample(sample(number / 1000))
    writer.frame(frame(number / 1000), "happy", 1, "Happy_A", save=True)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    number += 1
"""


@pytest.mark.parametrize("after", [3, 500, 1777])
def test_a_killed_writer_leaves_every_row_it_had_written(tmp_path: Path, after: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) == after:
            process.kill()
            break
    acknowledged = after + len(process.stdout.read().splitlines()) + 1
    process.wait()
    process.stdout.close()
    snapshot = RunReader(tmp_path).poll()
    assert snapshot.gsr.length >= acknowledged
    assert snapshot.faces.frames >= acknowledged
    # What was being written when the kill came may be torn; nothing else may.
    assert len(snapshot.problems) <= 1
    named = {p for p in (tmp_path / "frames.csv").read_text().replace("\n", ",").split(",") if p}
    for image in (word for word in named if word.endswith(".jpg")):
        assert (tmp_path / image).read_bytes() == FACE, "an image is whole before its row"
    RunWriter.resume(tmp_path, ORIGIN_S).close()


def test_many_images_at_once_are_sealed_like_few(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    for number in range(200):
        writer.frame(frame(number / 1000), "happy", 1, "Happy_A", save=True)
    writer.seal()
    assert (tmp_path / "manifest-sha256.txt").read_text().count(".jpg") == 400


def test_a_marker_may_hold_any_text(tmp_path: Path) -> None:
    text = 'a "quote", a comma\nand a line end, ü, 悲, \u2028'
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(Marker(1.0, text, "ana"))
    writer.event(Marker(2.0, "next", "ana"))
    writer.close()
    assert [marker.text for marker in RunReader(tmp_path).poll().markers] == [text, "next"]
