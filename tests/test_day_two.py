"""The day after: what went wrong is put right, the disk dies, and the store is what it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from femo_tui.cli import femo as group
from femo_tui.model.clock import VirtualClock
from femo_tui.recorder.process import record
from femo_tui.recorder.request import RecordRequest
from tests.support.femo import Femo, run_events, wait_until


def step(name: str, kind: str, emotion: str, media: str, duration_s: float = 3.2) -> str:
    elicitation = "A" if kind == "acted" else "S"
    text = 'text = { en = "Smile, please." }\n' if kind == "acted" else ""
    return (
        f'[[step]]\nname = "{name}"\nkind = "{kind}"\nduration_s = {duration_s}\n'
        f'emotion = "{emotion}"\nelicitation = "{elicitation}"\nmedia = "quick/{media}"\n{text}'
        f"window = {{ start_s = 0.2, duration_s = {duration_s - 0.4:.1f} }}\n\n"
    )


PROTOCOL = (
    'name = "days"\ntitle = "A study in ten seconds"\nlanguages = ["en"]\n\n'
    + step("neutral-1", "clip", "neutral", "neutral.mp4")
    + step("stress", "clip", "stress", "stress.mp4")
    + step("acted-happy", "acted", "happy", "face-happy.png", 2.0)
)


def request(femo: Femo, code: str) -> RecordRequest:
    seed = code.removeprefix("S")
    camera = f"sim:{seed}" if code == "S02" else "none"
    return RecordRequest(femo.store, code, "days", f"sim:{seed}", camera, "sim", "ada", auto=True)


def recorded(femo: Femo, code: str, days_ago: int) -> Path:
    """Record somebody faster than time."""
    clock = VirtualClock(utc=datetime.now(UTC) - timedelta(days=days_ago))
    return record(request(femo, code), clock=clock).run_dir


def begun(femo: Femo, code: str) -> Path:
    """Begin to record somebody in time, in a process of its own; return the run."""
    who = ("--participant", code, "--protocol", "days", "--auto", "--detach")
    devices = ("--gsr", "sim:7", "--camera", "none", "--player", "sim")
    return Path(femo.json("record", *who, *devices)["run_dir"])


def said(femo: Femo, *args: str) -> str:
    """Run a command in this process, which is faster; return what it prints."""
    done = CliRunner().invoke(group, ["--store", str(femo.store), "--operator", "ada", *args])
    assert done.exit_code == 0, (args, done.output, done.exception)
    return done.stdout


def told(femo: Femo, *args: str) -> Any:
    return json.loads(said(femo, *args, "--json").splitlines()[-1])


def in_step(femo: Femo, name: str) -> bool:
    return bool(told(femo, "status").get("step") == name)


def is_idle(femo: Femo) -> bool:
    return bool(told(femo, "status")["state"] == "idle")


def verified(femo: Femo) -> int:
    """Verify every run; return how many there are."""
    runs = told(femo, "sessions")
    for run in runs:
        said(femo, "show", str(femo.store / run["run_dir"]), "--verify")
    return len(runs)


def results(femo: Femo) -> dict[str, str]:
    forms = ("text", "json", "csv")
    return {form: said(femo, "results", "--show-p", "--format", form) for form in forms}


def lost(folder: Path) -> None:
    """Lose all of a folder, as a dead disk does."""
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_day_two_drill(femo: Femo, tmp_path: Path) -> None:
    disk = str(tmp_path / "disk")
    said(femo, "study", "init", "--title", "Days", "--protocol", "days", "--planned-n", "3")
    study = femo.store / "study.toml"
    study.write_text(study.read_text("utf-8").replace("neutrals_around", "neutral_before"), "utf-8")
    (femo.store / "stimuli").mkdir(mode=0o700)
    (femo.store / "stimuli" / "days.toml").write_text(PROTOCOL, "utf-8")
    for code in ("S01", "S02", "S03", "S04", "S05", "S06"):
        said(femo, "participant", "add", code, "--age", "30", "--consent", "all")
    recorded(femo, "S01", 3)
    recorded(femo, "S02", 2)
    wrong = recorded(femo, "S06", 1)  # this was S03, under the wrong code
    recorded(femo, "S04", 1)

    # an acted step is done again, in a run that is recorded in time
    again = begun(femo, "S05")
    wait_until(lambda: in_step(femo, "acted-happy"), "the acted step to begin")
    said(femo, "redo")
    wait_until(lambda: is_idle(femo), "the run to end")
    assert [
        (event["attempt"], event["reason"])
        for event in run_events(again, "step_stop")
        if event["step"] == "acted-happy"
    ] == [(1, "redo"), (2, "complete")]

    # a recorder dies; what it recorded is closed
    cut = begun(femo, "S01")
    wait_until(lambda: in_step(femo, "stress"), "the second film to begin")
    kill_recorder(femo)
    wait_until(lambda: is_idle(femo), "the recorder to be gone")
    said(femo, "recover", str(cut))

    # the first backup holds what is put right and taken back only later
    keys = tmp_path / "keys"
    said(femo, "keys", "new", "lab", "--dir", str(keys))
    identity = ("--identity", str(keys / "lab.age"))
    said(femo, "backup", disk, "--recipient", str(keys / "lab.pub"))
    said(femo, "reassign", str(wrong), "S03", "--reason", "two codes on one desk")
    said(femo, "participant", "withdraw", "S04", "--scope", "gsr", "--yes")
    said(femo, "participant", "edit", "S02", "--age", "31")
    said(femo, "backup", disk)

    before = results(femo)
    assert verified(femo) == 6
    values = before["text"].partition("Participants' values")[2].partition("Left out")[0]
    assert [line.split()[0] for line in values.splitlines() if line.startswith("S0")] == [
        *("S01", "S02", "S03", "S05"),
    ]
    left_out = before["text"].partition("Left out")[2].partition("Methods")[0]
    assert f"S01  {cut.parent.name}/run-01  " in left_out
    assert "not complete: partial" in left_out
    assert re.search(r"S04  \S+/run-01 +no consent to gsr", left_out)
    assert re.search(r"S06  all +no run recorded", left_out)

    lost(femo.store)
    said(femo, "restore", disk, *identity)
    assert verified(femo) == 6
    assert results(femo) == before
    assert told(femo, "participant", "show", "S02")["age"] == 31
    assert "gsr" not in told(femo, "participant", "show", "S04")["consent"]
    said(femo, "audit", "verify")
    said(femo, "backup", disk)  # the restored store goes on where the old one was
    said(femo, "backup", disk, "--verify", *identity)

    # the older state comes back without what was taken back since, and says so
    older = Femo(femo.home, tmp_path / "older")
    first = told(femo, "backup", disk, "--list", *identity)[0]["snapshot"]
    back = told(older, "restore", disk, "--snapshot", first, *identity)
    assert [run.split("/")[1] for run in back["stripped"]] == ["S04"]
    assert verified(older) == 6


def kill_recorder(femo: Femo) -> None:
    """End the recorder of a store as a crash does."""
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"record" in words and str(femo.store).encode() in words:
            os.kill(int(process.name), signal.SIGKILL)
