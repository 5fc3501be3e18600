"""What is refused before a run starts: one sentence, the right exit status, nothing half-made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.femo import Femo, run_events, wait_until
from tests.support.needed import need
from tests.support.small_disk import mounted_disk

SIMULATED = ("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim")


@pytest.fixture
def lab(femo: Femo) -> Femo:
    """A store with one participant who consented to everything."""
    femo.ok("participant", "add", "S01", "--consent", "all")
    return femo


def refused(femo: Femo, status: int, says: str, *args: str) -> None:
    """Check a refusal: its status, its one sentence, and that no run folder is left."""
    done = femo.run("record", *args)
    assert says in done.stderr, done.stderr
    assert done.returncode == status
    assert done.stderr.strip().count("\n") == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert list(femo.store.glob("sessions/**/run-*")) == []
    assert femo.json("status")["state"] == "idle"


def who(code: str = "S01", protocol: str = "quick") -> tuple[str, ...]:
    return ("--participant", code, "--protocol", protocol)


def test_an_unknown_participant(lab: Femo) -> None:
    refused(lab, 2, "S99", *who("S99"), *SIMULATED)


def test_an_unknown_protocol_names_those_there_are(lab: Femo) -> None:
    refused(lab, 2, "quick", *who(protocol="quack"), *SIMULATED)


def test_a_film_that_is_missing_is_named(lab: Femo, short_protocol: Path) -> None:
    text = short_protocol.read_text("utf-8").replace("quick/stress.mp4", "films/terror.mp4")
    short_protocol.write_text(text, "utf-8")
    refused(lab, 2, "films/terror.mp4", *who(protocol=str(short_protocol)), *SIMULATED)


def test_a_serial_port_that_is_absent(lab: Femo) -> None:
    args = ("--gsr", "serial:/dev/ttyNOWHERE", "--camera", "sim:1", "--player", "sim")
    refused(lab, 1, "/dev/ttyNOWHERE", *who(), *args)


def test_a_camera_that_does_not_open(lab: Femo, tmp_path: Path) -> None:
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"this is no video")
    args = ("--gsr", "sim:1", "--camera", f"video:{broken}", "--player", "sim")
    refused(lab, 1, "broken.avi", *who(), *args)


def test_a_display_that_is_absent(lab: Femo) -> None:
    need("mpv")
    args = ("--gsr", "sim:1", "--camera", "sim:1", "--player", "mpv?display=:987")
    refused(lab, 1, ":987", *who(), *args)


@pytest.mark.parametrize(
    "uri", ["telepathy", "serial:/dev/ttyS0?bauds=9600", "sim:1?rate=fast", "serial:x?unit=volts"]
)
def test_a_device_that_is_not_understood(lab: Femo, uri: str) -> None:
    refused(lab, 2, uri.split("?")[0], *who(), "--gsr", uri, "--camera", "none", "--player", "sim")


def test_a_participant_who_consented_to_nothing_that_is_recorded(femo: Femo) -> None:
    femo.ok("participant", "add", "S02", "--consent", "keep,train")
    refused(femo, 2, "did not consent to gsr or face", *who("S02"), *SIMULATED)


def test_a_store_that_cannot_be_written(lab: Femo, tmp_path: Path) -> None:
    wall = tmp_path / "file"
    wall.write_text("not a folder", "utf-8")
    there = Femo(lab.home, wall / "store")
    done = there.run("record", *who(), *SIMULATED)
    assert done.returncode == 1
    assert str(wall) in done.stderr
    assert "Traceback" not in done.stderr
    assert wall.read_text("utf-8") == "not a folder"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB."""
    with mounted_disk(tmp_path / "tiny", 6) as disk:
        yield disk


def test_a_disk_with_no_room_left(own_home: Path, tiny_disk: Path) -> None:
    femo = Femo(own_home, tiny_disk / "store")
    femo.ok("participant", "add", "S01", "--consent", "all")
    refused(femo, 1, "free some room", *who(), *SIMULATED)


def test_a_second_recording_on_the_store_is_told_who_records_what_since_when(
    lab: Femo, short_protocol: Path
) -> None:
    lab.ok("participant", "add", "S02", "--consent", "all")
    args = (*who(protocol=str(short_protocol)), *SIMULATED, "--operator", "ada", "--auto")
    with lab.started("record", *args) as first:
        assert first.stderr is not None
        first.stderr.readline()
        second = lab.run("record", *who("S02"), *SIMULATED)
        assert second.returncode == 1
        assert "ada is recording S01 (short) since 20" in second.stderr
        assert second.stderr.count("\n") == 1
        assert list(lab.store.glob("sessions/S02/**/run-*")) == []
        first.terminate()
        first.wait()


def test_a_device_in_use_by_another_store_is_refused_by_name(
    lab: Femo, tmp_path: Path, short_protocol: Path
) -> None:
    master, slave = os.openpty()
    port = os.ttyname(slave)
    other = Femo(lab.home, tmp_path / "other")
    other.ok("participant", "add", "S01", "--consent", "all")
    args = (*who(protocol=str(short_protocol)), "--gsr", f"serial:{port}?unit=adc")
    args = (*args, "--camera", "none", "--player", "sim", "--auto")
    with lab.started("record", *args, "--operator", "ada") as first:
        assert first.stderr is not None
        first.stderr.readline()
        second = other.run("record", *args)
        assert second.returncode == 1
        assert port in second.stderr
        assert "ada" in second.stderr
        assert list(other.store.glob("sessions/**/run-*")) == []
        first.terminate()
        first.wait()
    os.close(master)
    os.close(slave)


def test_a_repeat_is_a_new_run(lab: Femo, short_protocol: Path) -> None:
    args = ("record", *who(protocol=str(short_protocol)), *SIMULATED, "--auto")
    said = [lab.json(*args), lab.json(*args)]
    first, second = (Path(run["run_dir"]) for run in said)
    assert (first.name, second.name) == ("run-01", "run-02")
    assert first.parent == second.parent
    assert [run["status"] for run in lab.json("sessions")] == ["complete", "complete"]


@pytest.mark.parametrize(
    ("consent", "gsr_samples", "frames"),
    [("gsr,keep", True, False), ("face,keep", False, True)],
)
def test_what_is_not_consented_to_is_not_recorded(
    femo: Femo, short_protocol: Path, consent: str, gsr_samples: bool, frames: bool
) -> None:
    femo.ok("participant", "add", "S03", "--consent", consent)
    said = femo.json("record", *who("S03", str(short_protocol)), *SIMULATED, "--auto")
    assert (said["gsr_samples"] > 0, said["frames"] > 0) == (gsr_samples, frames)
    devices = run_events(Path(said["run_dir"]), "run_start")[0]["devices"]
    assert (devices["gsr"] is not None, devices["camera"] is not None) == (gsr_samples, frames)
    assert said["windows_accepted"] == 2


def test_a_detached_recorder_outlives_its_starter(lab: Femo, short_protocol: Path) -> None:
    args = ("record", *who(protocol=str(short_protocol)), *SIMULATED, "--auto", "--detach")
    run_dir = Path(lab.json(*args)["run_dir"])
    assert lab.json("status")["run_dir"] == str(run_dir)
    wait_until(lambda: bool(run_events(run_dir, "run_stop")), "the detached run to end")
    wait_until(lambda: (run_dir / "manifest-sha256.txt").exists(), "the seal")
    assert run_events(run_dir, "run_stop")[0]["status"] == "complete"


def test_a_detached_start_that_fails_says_why(lab: Femo) -> None:
    done = lab.run("record", *who("S99"), *SIMULATED, "--detach")
    assert done.returncode != 0
    assert "S99" in done.stderr
