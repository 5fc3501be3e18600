"""`femo demo`: a whole simulated study, marked as such wherever it shows."""

from __future__ import annotations

from pathlib import Path

from tests.support.femo import Femo, run_events, wait_until
from tests.support.terminal import terminal


def test_headless_records_six_people_and_marks_everything_simulated(
    femo: Femo, tmp_path: Path
) -> None:
    said = femo.json("demo", "--headless", "--store", str(tmp_path / "demo"))
    assert said == {
        "store": str(tmp_path / "demo"),
        "participants": 6,
        "runs": 6,
        "simulated": True,
    }
    there = Femo(femo.home, tmp_path / "demo")
    runs = there.json("sessions")
    assert [run["status"] for run in runs] == ["complete"] * 6
    assert {run["simulated"] for run in runs} == {True}
    for run in runs:
        run_dir = there.store / run["run_dir"]
        start = run_events(run_dir, "run_start")[0]
        assert start["simulated"] == ["gsr", "camera", "player"]
        assert there.json("show", str(run_dir), "--verify")["faults"] == []
    assert there.ok("sessions").count("SIMULATED") == 6
    accepted = [run["windows_accepted"] for run in runs]
    assert sum(accepted) >= 0.9 * sum(run["windows_planned"] for run in runs)


def test_a_folder_with_something_in_it_is_left_alone(femo: Femo, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    done = femo.run("demo", "--headless", "--store", str(tmp_path))
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_console_opens_on_a_live_run_and_leaving_it_leaves_the_run(
    femo: Femo, tmp_path: Path
) -> None:
    there = Femo(femo.home, tmp_path / "demo")
    command = there.command("demo", "--participants", "1", "--store", str(there.store))
    with terminal(command, there.env) as screen:
        shown = screen.wait_for("S02 run-01", 50.0)
        assert "REC SIMULATED" in shown
        screen.press("q")
        screen.wait_for("goes on recording")
        assert there.json("status")["participant"] == "S02"
    there.ok("stop")
    wait_until(lambda: there.json("status")["state"] == "idle", "the run to end")
