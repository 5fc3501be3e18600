"""Operators with their own logins on one store: together where its study names a group."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tests.support.femo import run_events, wait_until
from tests.support.operators import GROUP, GROUP_ID, Operator, operator

ADA, BEA, CYD = 50_001, 50_002, 50_003
RECORD = ("record", "--participant", "S01", "--protocol", "quick", "--auto", "--detach")
SIMULATED = ("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim")


def modes(root: Path) -> dict[str, set[int]]:
    """Return the permissions of folders, of files that may be written, and of sealed ones."""
    found: dict[str, set[int]] = {"folders": set(), "files": set(), "sealed": set()}
    for path in [root, *root.rglob("*")]:
        mode = path.lstat().st_mode
        kind = "folders" if stat.S_ISDIR(mode) else "files" if mode & stat.S_IWUSR else "sealed"
        found[kind].add(stat.S_IMODE(mode))
    return found


def begin(ada: Operator) -> Path:
    ada.ok("study", "init", "--title", "Films and skin", "--protocol", "quick")
    ada.ok("participant", "add", "S01", "--consent", "all")
    return ada.store


def share(store: Path) -> None:
    with (store / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f'shared_group = "{GROUP}"\n')


def ended(one: Operator) -> None:
    wait_until(lambda: one.json("status")["state"] == "idle", "the run to end")


def test_two_operators_take_turns_on_a_store_that_is_shared_with_their_group(
    reachable: Path,
) -> None:
    ada = operator(reachable, "ada", ADA, GROUP_ID)
    bea = operator(reachable, "bea", BEA, GROUP_ID)
    cyd = operator(reachable, "cyd", CYD)
    store = begin(ada)
    assert modes(store) == {"folders": {0o700}, "files": {0o600}, "sealed": set()}
    share(store)
    ada.ok("study", "show")

    run_dir = Path(ada.json(*RECORD, *SIMULATED)["run_dir"])
    assert bea.json("status")["participant"] == "S01"
    assert [row["status"] for row in bea.json("sessions")] in (["running"], ["arming"], [])
    bea.ok("pause")
    ada.ok("resume")
    bea.ok("mark", "the light flickers")
    done = cyd.run("status")
    assert done.returncode == 1
    assert f"shared with the group {GROUP}, and you are not in it" in done.stderr
    bea.ok("stop")
    ended(ada)
    told = {(e["operator"], e["command"]) for e in run_events(run_dir, "marker") if e["ok"]}
    assert told >= {("bea", "pause"), ("ada", "resume"), ("bea", "mark"), ("bea", "stop")}

    # what one recorded the other judges, records on, and removes
    bea.ok("show", str(run_dir), "--verify")
    bea.ok("decide", "S01", "--data", "keep")
    second = Path(bea.json(*RECORD, *SIMULATED)["run_dir"])
    ada.ok("abort", "--data", "until-asked")
    ended(bea)
    ada.ok("results")
    bea.ok("reindex")
    assert modes(store) == {"folders": {0o2770}, "files": {0o660}, "sealed": {0o440}}
    assert {path.stat().st_gid for path in [store, *store.rglob("*")]} == {GROUP_ID}
    assert {path.stat().st_uid for path in store.rglob("*")} == {ADA, BEA}
    ada.ok("decide", str(second), "--data", "discard")
    assert [path.name for path in second.iterdir()] == ["tombstone.json"]
    assert modes(store) == {"folders": {0o2770}, "files": {0o660}, "sealed": {0o440}}


def test_a_lost_run_of_one_operator_is_closed_by_the_other(reachable: Path) -> None:
    ada = operator(reachable, "ada", ADA, GROUP_ID)
    bea = operator(reachable, "bea", BEA, GROUP_ID)
    store = begin(ada)
    share(store)
    started = ada.json(*RECORD, *SIMULATED)
    run_dir = Path(started["run_dir"])
    wait_until(lambda: (run_dir / "frames.csv").stat().st_size > 500, "some frames")
    pid = next(int(p.name) for p in Path("/proc").iterdir() if _records(p, store))
    os.kill(pid, 9)
    ended(bea)
    bea.ok("recover", "S01")
    ada.ok("show", "S01", "--verify")
    assert modes(store) == {"folders": {0o2770}, "files": {0o660}, "sealed": {0o440}}


def test_a_store_is_its_owners_alone_unless_its_study_names_a_group(reachable: Path) -> None:
    ada = operator(reachable, "ada", ADA, GROUP_ID)
    bea = operator(reachable, "bea", BEA, GROUP_ID)
    store = begin(ada)
    ada.ok(*RECORD, *SIMULATED)
    for command in (("status",), ("sessions",), ("pause",), ("stop",), ("participant", "list")):
        done = bea.run(*command)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "alone; have them name a group that you both are in as shared_group" in done.stderr
    ada.ok("stop")
    ended(ada)
    assert modes(store) == {"folders": {0o700}, "files": {0o600}, "sealed": {0o400}}
    sockets = list((ada.home / "state").glob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in sockets} <= {0}

    share(store)
    ada.ok("study", "show")
    bea.ok("sessions")
    assert modes(store) == {"folders": {0o2770}, "files": {0o660}, "sealed": {0o440}}
    text = (store / "study.toml").read_text("utf-8")
    (store / "study.toml").write_text(text.replace("shared_group", "#"), "utf-8")
    assert "open to a group, though its study names none" in bea.run("sessions").stderr
    ada.ok("study", "show")
    assert bea.run("sessions").returncode == 1
    assert modes(store) == {"folders": {0o700}, "files": {0o600}, "sealed": {0o400}}


def test_a_group_that_is_not_there_is_named(reachable: Path) -> None:
    ada = operator(reachable, "ada", ADA)
    store = begin(ada)
    with (store / "study.toml").open("a", encoding="utf-8") as file:
        file.write('shared_group = "no-such-lab"\n')
    done = ada.run("sessions")
    assert done.returncode == 2
    assert "shared_group 'no-such-lab' of the study: this machine has no such group" in done.stderr
    text = (store / "study.toml").read_text("utf-8")
    (store / "study.toml").write_text(text.replace("no-such-lab", GROUP), "utf-8")
    assert f"you are not in the group {GROUP}" in ada.run("sessions").stderr


def _records(process: Path, store: Path) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"record" in words and str(store).encode() in b" ".join(words)
