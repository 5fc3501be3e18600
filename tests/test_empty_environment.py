"""A run started from an empty environment, as ssh gives one, on a display that asks for a key."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.femo import Femo, run_events
from tests.support.films import make_film
from tests.support.needed import need
from tests.support.xvfb import xvfb_display

COOKIE = "0123456789abcdef" * 2
PROTOCOL = """
name = "brief"
title = "One film"
languages = ["en"]

[[step]]
name = "film"
kind = "clip"
emotion = "happy"
duration_s = 1.2
media = "films/brief.mp4"
window = { start_s = 0.3, duration_s = 0.6 }
"""


def record(femo: Femo, display: str) -> subprocess.CompletedProcess[str]:
    """Run `femo record` with nothing but HOME and PATH."""
    return subprocess.run(
        [
            *("env", "-i", f"HOME={femo.home}", "PATH=/usr/local/bin:/usr/bin:/bin"),
            *(sys.executable, "-m", "femo_tui", "record", "--store", str(femo.store), "--json"),
            *("--participant", "S01", "--protocol", "brief", "--gsr", "sim:1", "--camera", "none"),
            *("--player", f"mpv?display={display}&vo=x11&audio=no", "--auto"),
        ],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_a_run_finds_the_key_or_names_the_variable(femo: Femo, tmp_path: Path) -> None:
    need("xauth")
    femo.ok("participant", "add", "S01", "--consent", "all")
    (femo.store / "stimuli/brief.toml").parent.mkdir(exist_ok=True)
    (femo.store / "stimuli/brief.toml").write_text(PROTOCOL)
    femo.ok("stimuli", "add", str(make_film(tmp_path / "brief.mp4", 1.2)))
    lock = tmp_path / "server-keys"
    command = ["xauth", "-f", str(lock), "add", ":987", ".", COOKIE]
    subprocess.run(command, check=True, capture_output=True)
    with xvfb_display("320x240", "-auth", str(lock)) as display:
        refused = record(femo, display)
        assert refused.returncode == 1
        assert "set XAUTHORITY" in refused.stderr
        assert refused.stderr.count("\n") == 1
        command[2], command[4] = str(femo.home / ".Xauthority"), display
        subprocess.run(command, check=True, capture_output=True)
        done = record(femo, display)
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout.splitlines()[-1])
    assert ended["status"] == "complete"
    (start,) = run_events(Path(ended["run_dir"]), "run_start")
    assert start["devices"]["player"]["facts"]["display"] == display
    assert len(run_events(Path(ended["run_dir"]), "window_stop")) == 1
