"""The ssh line drops in the middle of a run: recording and film go on, a new console shows all."""

from __future__ import annotations

import itertools
import os
import pty
import re
import select
import time
from pathlib import Path

import pytest

from tests.support.femo import Femo, run_events, wait_until
from tests.support.short_protocol import film, protocol, rest, settle
from tests.support.terminal import terminal
from tests.support.xvfb import xvfb_display

PROTOCOL = protocol(
    "long-film", "One film, played on through a lost line", settle(3.0), film(), rest(14.0)
)


def drain_until(terminal_fd: int, text: str, timeout_s: float = 30.0) -> None:
    """Read what a console paints until `text` has come."""
    seen = b""
    deadline_s = time.monotonic() + timeout_s
    while text.encode() not in seen:
        assert time.monotonic() < deadline_s, f"{text!r} never came: {seen[-2000:]!r}"
        if select.select([terminal_fd], [], [], 0.1)[0]:
            seen += os.read(terminal_fd, 65536)


def test_a_closed_terminal_costs_nothing_and_the_next_console_shows_the_truth(
    femo: Femo, tmp_path: Path
) -> None:
    path = tmp_path / "long-film.toml"
    path.write_text(PROTOCOL, "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "all")
    with xvfb_display() as display:
        run_dir = Path(
            femo.json(
                *("record", "--participant", "S01", "--protocol", str(path), "--auto"),
                *("--gsr", "sim:1", "--camera", "sim:1", "--detach"),
                *("--player", f"mpv?display={display}&vo=x11&audio=no"),
            )["run_dir"]
        )
        console, terminal_fd = pty.fork()
        if console == 0:
            os.execve(femo.command()[0], femo.command(), {**femo.env, "TERM": "xterm-256color"})
        drain_until(terminal_fd, "S01")
        wait_until(lambda: bool(run_events(run_dir, "window_start")), "the film's window")
        os.close(terminal_fd)  # the terminal is gone: the console gets SIGHUP
        os.waitpid(console, 0)
        before = femo.json("status")
        assert before["state"] == "running"

        with terminal(femo.command(), femo.env) as second:
            began_s = time.monotonic()
            second.wait_for("S01 run-01")
            assert "REC SIMULATED" in second.screen()
            attached_s = time.monotonic() - began_s
            wait_until(lambda: "rest" in marked_step(second.screen()), "the true step")
            screen = second.screen()
            now = femo.json("status")
        assert attached_s < 2.0 + 1.0  # the contract's 2 s, and tmux's own start
        shown = int(re.sub(r"\D", "", re.search(r"([\d  ]+) samples", screen)[1]))  # type: ignore[index]
        assert before["gsr_samples"] <= shown <= now["gsr_samples"]
        wait_until(lambda: (run_dir / "manifest-sha256.txt").exists(), "the run's end", 40.0)

    stop = run_events(run_dir, "run_stop")[0]
    assert stop["status"] == "complete"
    film = next(step for step in run_events(run_dir, "step_stop") if step["step"] == "stress")
    assert film["reason"] == "complete"
    assert film["media_played_s"] == pytest.approx(3.2, abs=0.2)
    rows = (run_dir / "gsr.csv").read_text("utf-8").splitlines()[1:]
    times = [float(row.split(",")[0]) for row in rows]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert max(gaps) < 0.15  # not one sample of 10 Hz is missing
    assert int(rows[-1].split(",")[2]) - int(rows[0].split(",")[2]) == len(rows) - 1


def marked_step(screen: str) -> str:
    """Return the line of the step that runs, which the console marks."""
    return next((line for line in screen.splitlines() if "▸" in line), "")
