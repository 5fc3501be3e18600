"""Recorder, player and console killed in every phase of a run: it goes on, the gap is marked."""

from __future__ import annotations

import os
import pty
import random
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.face_video import write_video
from tests.support.femo import Femo, run_events, wait_until
from tests.support.processes import player_of
from tests.support.short_protocol import acted, film, protocol, settle
from tests.support.xvfb import xvfb_display

# what a machine with other work to do still reaches: this is about what is lost
THRESHOLDS = "[thresholds]\nface_yield = 0.1\nonset_uncertainty_s = 1\n"
PROTOCOL = protocol(
    "killed",
    "Every phase in four seconds",
    THRESHOLDS,
    settle(0.3),
    film("film.avi", 1.6, (0.3, 1.0)),
    acted("acted-happy", "happy", 1.6, (0.3, 1.0)),
)


def of_step(events: list[dict[str, Any]], name: str, step: str) -> bool:
    return any(event["event"] == name and event.get("step") == step for event in events)


PHASES: dict[str, Callable[[list[dict[str, Any]]], bool]] = {
    "settling": lambda events: of_step(events, "step_start", "settle"),
    "before the film's window": lambda events: of_step(events, "step_start", "stress"),
    "in the film's window": lambda events: of_step(events, "window_start", "stress"),
    "after the film's window": lambda events: of_step(events, "window_stop", "stress"),
    "before the verdict": lambda events: of_step(events, "step_stop", "stress"),
    "after the verdict": lambda events: of_step(events, "verdict", "stress"),
    "in the acted window": lambda events: of_step(events, "window_start", "acted-happy"),
    "after the acted window": lambda events: of_step(events, "window_stop", "acted-happy"),
}


@pytest.fixture
def killed_protocol(tmp_path: Path) -> Path:
    import numpy as np

    images = [np.full((120, 160, 3), 8 * index, np.uint8) for index in range(20)]
    write_video(tmp_path / "film.avi", images, fps=12.5)
    path = tmp_path / "killed.toml"
    path.write_text(PROTOCOL, "utf-8")
    return path


def record_args(path: Path, player: str = "sim") -> tuple[str, ...]:
    return (
        *("record", "--participant", "S01", "--protocol", str(path), "--auto"),
        *("--gsr", "sim:1", "--camera", "sim:1", "--player", player),
    )


def checked(femo: Femo) -> dict[str, Any]:
    """Return the finished run, which has to verify and to have every window once accepted."""
    shown: dict[str, Any] = femo.json("show", "S01", "--verify")
    assert (shown["status"], shown["faults"], shown["sealed"]) == ("complete", [], True)
    return shown


# 48 moments here, some dozen below: sixty kills in all
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_recorder_goes_on_where_it_was_cut(
    femo: Femo, killed_protocol: Path, phase: str, seed: int
) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    with femo.started(*record_args(killed_protocol)) as recorder:
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        wait_until(lambda: PHASES[phase](run_events(run_dir)), phase)
        if seed:
            try:
                recorder.wait(random.Random(f"{phase}{seed}").uniform(0.0, 0.25))
            except subprocess.TimeoutExpired:
                pass  # the seeded moment within the phase
        recorder.send_signal(signal.SIGKILL)
        recorder.wait()
    before = femo.json("show", "S01")
    assert before["state"] == "lost"
    said = femo.json("recover", "S01", "--resume", "--media", "same")
    assert said["status"] == "complete"
    shown = checked(femo)
    resumed = run_events(run_dir, "run_resume")
    assert len(resumed) == 1
    gap_s = resumed[0]["gap_s"]
    times = [float(row.split(",")[0]) for row in (run_dir / "gsr.csv").open().readlines()[1:]]
    last_before = max((t_s for t_s in times if t_s < resumed[0]["t_s"]), default=0.0)
    assert resumed[0]["t_s"] - last_before >= gap_s - 0.01 > 0  # nothing filled the gap
    assert shown["gsr_samples"] > before["gsr_samples"]
    accepted = [w for w in shown["windows"] if w["verdict"] == "accepted"]
    assert sorted(w["step"] for w in accepted) == ["acted-happy", "stress"]
    for window in shown["windows"]:
        if window["reason"] == "lost":
            assert window["verdict"] == "failed"


@pytest.mark.parametrize(
    "phase", ["before the film's window", "in the film's window", "after the film's window"]
)
def test_a_killed_player_costs_its_window_at_most(
    femo: Femo, killed_protocol: Path, phase: str
) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    with (
        xvfb_display("640x360") as display,
        femo.started(
            *record_args(killed_protocol, f"mpv?display={display}&vo=x11&audio=no")
        ) as recorder,
    ):
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        wait_until(lambda: PHASES[phase](run_events(run_dir)), phase)
        player_of(recorder.pid).kill()
        recorder.wait(40)
    shown = checked(femo)
    names = [event["name"] for event in run_events(run_dir, "device")]
    assert any("player" in name for name in names), names
    verdicts = {w["step"]: w["verdict"] for w in shown["windows"]}
    assert verdicts["acted-happy"] == "accepted"
    lost = [event["reason"] for event in run_events(run_dir, "step_stop")]
    assert "player_died" in lost
    rows = (run_dir / "gsr.csv").read_text("utf-8").splitlines()[1:]
    seqs = [int(row.split(",")[2]) for row in rows]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))  # the sensor went on


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_console_costs_nothing(femo: Femo, killed_protocol: Path, seed: int) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    run_dir = Path(femo.json(*record_args(killed_protocol), "--detach")["run_dir"])
    moments = random.Random(seed)
    while not run_events(run_dir, "run_stop"):
        console, terminal_fd = pty.fork()
        if console == 0:
            os.execve(femo.command()[0], femo.command(), {**femo.env, "TERM": "xterm-256color"})
        wait_until(partial(is_older, console, moments.uniform(0.2, 0.8)), "the seeded moment")
        os.kill(console, signal.SIGKILL)
        os.waitpid(console, 0)
        os.close(terminal_fd)
    wait_until(lambda: (run_dir / "manifest-sha256.txt").exists(), "the seal")
    wait_until(lambda: femo.json("status")["state"] == "idle", "the recorder's end")
    shown = checked(femo)
    assert [w["verdict"] for w in shown["windows"]] == ["accepted", "accepted"]


def is_older(pid: int, age_s: float) -> bool:
    return time.time() - psutil.Process(pid).create_time() > age_s
