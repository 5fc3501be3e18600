"""A recorder killed at any moment: what was flushed is there, and life goes on."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.support.femo import Femo, run_events, wait_until

SEEDS = range(20)
AT_MOST_LOST_S = 1.0


def record_args(protocol: Path) -> tuple[str, ...]:
    return (
        *("record", "--participant", "S01", "--protocol", str(protocol), "--auto"),
        *("--gsr", "sim:1?rate=50", "--camera", "sim:1", "--player", "sim"),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_kill_9_loses_at_most_a_second_and_the_next_run_starts(
    femo: Femo, short_protocol: Path, seed: int
) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    with femo.started(*record_args(short_protocol)) as recorder:
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        time.sleep(random.Random(seed).uniform(0.0, 2.0))  # the random moment itself
        recorder.send_signal(signal.SIGKILL)
        recorder.wait()
        killed_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    started = run_events(run_dir, "run_start")[0]
    shown = femo.json("show", str(run_dir))
    assert shown["state"] == "lost"
    alive_s = killed_s - started["boot_s"]
    assert shown["duration_s"] > alive_s - AT_MOST_LOST_S
    assert femo.json("status")["state"] == "idle"

    femo.ok("recover", "S01")
    closed = femo.json("show", "S01", "--verify")
    assert (closed["status"], closed["sealed"], closed["faults"]) == ("partial", True, [])
    assert closed["gsr_samples"] == shown["gsr_samples"]

    with femo.started(*record_args(short_protocol)) as again:
        assert again.stderr is not None
        line = again.stderr.readline()
        assert line.strip().endswith("run-02"), line
        wait_until(lambda: femo.json("status")["state"] == "running", "the next run to start")
        os.kill(again.pid, signal.SIGTERM)
        again.wait()
