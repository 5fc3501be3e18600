"""What the shell says of a run whose recorder was killed, before any console has looked."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.support.femo import Femo, kill_in_its_window, run_events, wait_until


def test_a_killed_run_is_listed_as_lost_at_once_with_the_command_that_mends_it(
    femo: Femo, short_protocol: Path
) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    assert femo.json("status")["lost"] == []
    with femo.started(
        *("record", "--participant", "S01", "--protocol", str(short_protocol)),
        *("--gsr", "sim:1", "--camera", "none", "--player", "sim"),
    ) as recorder:
        assert recorder.stderr is not None
        run_dir = recorder.stderr.readline().removeprefix("recording ").strip()
        recorder.send_signal(signal.SIGKILL)
        recorder.wait()
    (listed,) = femo.json("sessions")
    assert (listed["participant"], listed["run"], listed["status"]) == ("S01", "run-01", "lost")
    said = femo.ok("status")
    assert "nothing is being recorded" in said
    assert "S01 run-01 was lost: `femo recover S01`" in said
    assert femo.json("status") == {
        "state": "idle",
        "lost": [{"run": "S01", "run_dir": run_dir}],
    }

    femo.ok("recover", "S01")
    assert [run["status"] for run in femo.json("sessions")] == ["partial"]
    assert femo.json("status")["lost"] == []


def test_a_run_that_waits_at_a_cut_film_says_which_command_it_waits_for(
    femo: Femo, short_protocol: Path
) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    run_dir = kill_in_its_window(
        femo,
        *("record", "--participant", "S01", "--protocol", str(short_protocol)),
        *("--gsr", "sim:1", "--camera", "none", "--player", "sim"),
    )
    with femo.started("recover", "S01", "--resume") as resumed:
        assert resumed.stderr is not None
        said = resumed.stderr.readline()
        assert "quick/stress.mp4 had begun to play, so the run waits" in said
        assert "`femo redo --media same`" in said
        assert "`femo skip`" in said
        wait_until(lambda: femo.json("status")["state"] == "paused", "the run to wait")
        femo.ok("skip")
        wait_until(lambda: len(run_events(run_dir, "step_start")) > 2, "the next step")
        femo.ok("stop")
        resumed.wait(30)
