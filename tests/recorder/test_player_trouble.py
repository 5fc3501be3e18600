"""A real player that dies, hangs, loses its display or its film: named, paused, sensors go on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.femo import Femo, run_events, wait_until
from tests.support.films import make_film
from tests.support.processes import player_of
from tests.support.xvfb import x_server

PROTOCOL = """
name = "trouble"
title = "A film and an expression"
languages = ["en"]

[[step]]
name = "rest"
kind = "rest"
duration_s = 1

[[step]]
name = "film"
kind = "clip"
emotion = "stress"
media = "film.mp4"
duration_s = 30
window = { start_s = 0.2, duration_s = 29 }

[[step]]
name = "smile"
kind = "acted"
emotion = "happy"
duration_s = 30
text.en = "Smile"
"""


class Lab:
    """A recording that goes on while its screen is in trouble."""

    def __init__(self, recorder: subprocess.Popen[str], server: subprocess.Popen[bytes]) -> None:
        self.recorder = recorder
        self.server = server
        assert recorder.stderr is not None
        self.run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())

    def events(self, name: str) -> list[dict[str, Any]]:
        return run_events(self.run_dir, name)

    def notes(self) -> list[str]:
        return [note["name"] for note in self.events("device")]

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        wait_until(lambda: bool(condition()), what)

    def samples(self) -> int:
        return len((self.run_dir / "gsr.csv").read_bytes().splitlines())


# what happens, when, how it is named, and what the pause says
TROUBLES: dict[str, tuple[Callable[[Lab], object], str, str, str]] = {
    "killed": (
        lambda lab: player_of(lab.recorder.pid).kill(),
        "film_started",
        "player_died",
        "film: the player died",
    ),
    "hung": (
        lambda lab: player_of(lab.recorder.pid).suspend(),
        "film_started",
        "player_silent",
        "film: the player died",
    ),
    "display gone": (
        lambda lab: lab.server.kill(),
        "film_started",
        "player_died",
        "the participant's screen is gone",
    ),
    "film gone": (
        lambda lab: (lab.run_dir.parents[4] / "film.mp4").unlink(),
        "",
        "clip_failed",
        "film: the film cannot be played",
    ),
    "film cut off": (
        lambda lab: cut_off(lab.run_dir.parents[4] / "film.mp4"),
        "",
        "clip_failed",
        "film: the film cannot be played",
    ),
}


def cut_off(film: Path) -> None:
    """Take away most of a film that was whole when it was looked at."""
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 20])


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_run_is_paused_with_the_reason_and_sensors_go_on(femo: Femo, trouble: str) -> None:
    happen, when, name, reason = TROUBLES[trouble]
    lab_dir = femo.store.parent
    make_film(lab_dir / "film.mp4", 30, fps=5, options=("-movflags", "+faststart"))
    (lab_dir / "trouble.toml").write_text(PROTOCOL, "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "all")
    with (
        x_server("640x360") as (display, server),
        femo.started(
            *("record", "--participant", "S01", "--protocol", str(lab_dir / "trouble.toml")),
            *("--gsr", "sim:1", "--camera", "none"),
            *("--player", f"mpv?display={display}&vo=x11&audio=no"),
        ) as recorder,
    ):
        lab = Lab(recorder, server)
        lab.wait_for(lambda: not when or when in lab.notes(), "the film")
        happen(lab)
        lab.wait_for(lambda: name in lab.notes(), name)
        lab.wait_for(lambda: femo.json("status")["state"] == "paused", "the pause")
        assert reason in femo.json("status")["state_reason"]
        before = lab.samples()
        lab.wait_for(lambda: lab.samples() > before + 5, "the sensor")
        refused = femo.run("redo", "--media", "alternate")
        assert refused.returncode == 1
        if trouble != "display gone":
            femo.ok("skip")
            lab.wait_for(lambda: femo.json("status")["step"] == "smile", "the next step")
        femo.ok("stop")
        assert recorder.wait(20) == 1
    assert [e["status"] for e in lab.events("run_stop")] == ["stopped"]
    assert [e["step"] for e in lab.events("verdict") if e["verdict"] != "failed"] == []
    seqs = [int(row.split(",")[2]) for row in (lab.run_dir / "gsr.csv").read_text().split()[1:]]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
