"""`femo rehearse`: an operator practises, and nobody takes it for a recording."""

from __future__ import annotations

from pathlib import Path

from femo_tui.model.faults import FaultName
from tests.support.femo import Femo, run_events, wait_until
from tests.support.terminal import terminal


def test_headless_tells_what_went_wrong_and_marks_it_as_rehearsed(
    femo: Femo, tmp_path: Path
) -> None:
    faults = ("--fault", "gsr-lost@12", "--fault", "camera-black@20+3")
    said = femo.json("rehearse", "--headless", "--store", str(tmp_path / "practice"), *faults)
    assert (said["status"], said["simulated"]) == ("complete", True)
    assert said["faults"] == ["gsr-lost@12", "camera-black@20+3"]
    assert said["gsr_lost"] == 3
    named = [told["name"] for told in said["told"]]
    assert named == ["samples_lost", "camera_black", "camera_recovered"]
    assert said["windows_failed"] >= 1
    start = run_events(Path(said["run_dir"]), "run_start")[0]
    assert start["simulated"] == ["gsr", "camera", "player"]
    assert start["environment"]["rehearsed_faults"] == said["faults"]

    again = femo.ok("rehearse", "--headless", "--store", str(tmp_path / "practice"))
    assert "SIMULATED run complete" in again
    there = Femo(femo.home, tmp_path / "practice")
    assert {run["participant"] for run in there.json("sessions")} == {"S01", "S02"}


def test_a_killed_recorder_is_recovered_by_hand(
    femo: Femo, tmp_path: Path, short_protocol: Path
) -> None:
    there = Femo(femo.home, tmp_path / "practice")
    said = femo.json(
        *("rehearse", "--headless", "--store", str(there.store)),
        *("--protocol", str(short_protocol), "--fault", "recorder-killed@2"),
    )
    assert said["status"] == "lost"
    assert 1.0 < said["duration_s"] <= 2.1  # at most a second is lost
    assert there.json("status")["state"] == "idle"
    again = there.json("recover", "S01", "--resume", "--media", "same")
    assert (again["status"], again["run_dir"]) == ("complete", said["run_dir"])
    run_dir = Path(said["run_dir"])
    assert [e["attempt"] for e in run_events(run_dir, "step_start") if e["step"] == "stress"] == [
        1,
        2,
    ]
    assert there.json("show", "S01", "--verify")["faults"] == []


def test_a_full_disk_leaves_a_run_that_goes_on(
    femo: Femo, tmp_path: Path, short_protocol: Path
) -> None:
    there = Femo(femo.home, tmp_path / "practice")
    said = femo.json(
        *("rehearse", "--headless", "--store", str(there.store)),
        *("--protocol", str(short_protocol), "--fault", "disk-full@2"),
    )
    assert said["status"] == "failed"
    assert [told["name"] for told in said["told"]] == ["disk_full"]
    assert there.json("recover", "S01", "--resume", "--media", "same")["status"] == "complete"


def test_the_console_shows_the_fault_and_waits_for_the_operator_at_the_gate(
    femo: Femo, tmp_path: Path, short_protocol: Path
) -> None:
    there = Femo(femo.home, tmp_path / "practice")
    command = there.command(
        *("rehearse", "--store", str(there.store), "--protocol", str(short_protocol)),
        *("--fault", "gsr-unplugged@1+60"),
    )
    with terminal(command, there.env) as screen:
        screen.wait_for("unplugged", 50.0)
        assert "SIMULATED" in screen.wait_for("AWAITING VERDICT")
        screen.press("q")
        screen.wait_for("goes on")
    there.ok("stop")
    wait_until(lambda: there.json("status")["state"] == "idle", "the run to end")


def test_help_and_readme_name_every_fault(femo: Femo) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    shown = femo.ok("rehearse", "--help")
    for name in FaultName:
        assert name in shown
        assert f"`{name}`" in readme


def test_a_study_is_no_place_for_rehearsals(femo: Femo) -> None:
    femo.ok("study", "init", "--title", "Real")
    done = femo.run("rehearse", "--headless", "--store", str(femo.store))
    assert done.returncode == 2
    assert "holds no rehearsals" in done.stderr
    assert femo.json("participant", "list") == []


def test_a_wrong_fault_is_told_before_anything_is_made(femo: Femo, tmp_path: Path) -> None:
    place = tmp_path / "practice"
    done = femo.run("rehearse", "--headless", "--store", str(place), "--fault", "gsr-silnt@3")
    assert done.returncode == 2
    assert "gsr-silent" in done.stderr
    assert not place.exists()
