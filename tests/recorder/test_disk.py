"""A disk that fills in the middle of a run: an orderly stop, and it goes on when there is room."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.femo import Femo, run_events, wait_until
from tests.support.small_disk import mounted_disk

SIZE_MB = 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that a short run fits on, until something else fills it."""
    with mounted_disk(tmp_path / "disk", SIZE_MB) as disk:
        yield disk


def test_a_full_disk_stops_the_run_in_order_and_room_lets_it_go_on(
    own_home: Path, small_disk: Path, short_protocol: Path
) -> None:
    femo = Femo(own_home, small_disk / "store")
    femo.ok("participant", "add", "S01", "--consent", "all")
    args = (
        *("record", "--participant", "S01", "--protocol", str(short_protocol), "--auto"),
        *("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim", "--json"),
    )
    hog = small_disk / "hog"
    with femo.started(*args) as recorder:
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        wait_until(lambda: bool(run_events(run_dir, "window_start")), "the window")
        with hog.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                pass  # full
        said, complaint = recorder.communicate(timeout=30)
        assert recorder.returncode == 1
    assert json.loads(said)["status"] == "failed"
    assert "the disk is full; free some room" in json.loads(said)["reason"]
    assert "Traceback" not in complaint
    faults = [e for e in run_events(run_dir, "device") if e["stream"] == "disk"]
    assert [(e["name"], e["severity"]) for e in faults] == [("disk_full", "loss")]
    assert run_events(run_dir, "state")[-1]["state"] == "failed"
    shown = femo.json("show", "S01")
    assert (shown["state"], shown["problems"]) == ("lost", [])
    assert shown["gsr_samples"] > 5

    hog.unlink()
    again = femo.json("recover", "S01", "--resume", "--media", "same")
    assert (again["status"], again["run_dir"]) == ("complete", str(run_dir))
    whole = femo.json("show", "S01", "--verify")
    assert (whole["faults"], whole["sealed"]) == ([], True)
    assert run_events(run_dir, "run_resume")[0]["gap_s"] > 0
    accepted = [w["step"] for w in whole["windows"] if w["verdict"] == "accepted"]
    assert accepted == ["stress", "acted-happy"]


def test_a_disk_that_gets_low_is_named_while_the_run_goes_on(
    own_home: Path, small_disk: Path, short_protocol: Path
) -> None:
    femo = Femo(own_home, small_disk / "store")
    femo.ok("participant", "add", "S01", "--consent", "all")
    args = (
        *("record", "--participant", "S01", "--protocol", str(short_protocol), "--auto"),
        *("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim", "--json"),
    )
    with femo.started(*args) as recorder:
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        left = os.statvfs(small_disk)
        with (small_disk / "hog").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, left.f_bavail * left.f_frsize - (6 << 20))
        said, _ = recorder.communicate(timeout=40)
        assert recorder.returncode == 0
    assert json.loads(said)["status"] == "complete"
    low = [e for e in run_events(run_dir, "device") if e["name"] == "disk_low"]
    assert [e["severity"] for e in low] == ["warning"]
    assert low[0]["detail"]["free_bytes"] <= 6 << 20
