"""Withdrawal, reassignment and the audit log from a shell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from femo_tui.store.layout import iter_runs
from tests.support.femo import Femo
from tests.support.traced_store import EXPORT, GONE, files_with, make_traced_store


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_traced_store(tmp_path_factory.mktemp("traced") / "store")


@pytest.fixture
def lab(traced: Path, femo: Femo) -> Femo:
    shutil.copytree(traced, femo.store, dirs_exist_ok=True)
    return femo


def test_what_will_go_is_shown_first_and_done_with_yes(lab: Femo) -> None:
    shown = lab.ok("participant", "withdraw", GONE)
    assert "S02, everything: 3 runs, " in shown
    assert f"given out 2026-11-22: {EXPORT.file_name} (full), to the lab in Colima" in shown
    assert "held by backup b-01 in /mnt/disk: `femo backup /mnt/disk --forget-withdrawn`" in shown
    assert "models that will be stale: m-01" in shown
    assert "nothing is changed yet: with --yes it is done" in shown
    assert lab.json("participant", "show", GONE)["code"] == GONE
    told = lab.json("participant", "withdraw", GONE, "--yes")
    assert (told["done"], told["everything"], told["still_named_in"]) == (True, True, [])
    assert files_with(lab.store, GONE.encode()) == [f"withdrawn/{told['id']}.json"]
    assert lab.run("participant", "show", GONE).returncode == 2
    again = lab.run("participant", "add", GONE)
    assert (again.returncode, "participant S02 withdrew" in again.stderr) == (2, True)
    assert f"STALE: {told['id']} is withdrawn" in lab.ok("models")
    assert "verified: " in lab.ok("audit", "verify")


def test_a_scope_is_taken_back_alone(lab: Femo) -> None:
    told = lab.json("participant", "withdraw", "S01", "--scope", "face,keep", "--yes")
    assert (told["scopes"], told["everything"]) == (["face", "keep"], False)
    assert told["files"] > 0
    shown = lab.ok("show", "S01", "--verify")
    assert "amended: withdrawn: face keep" in shown
    assert "verified: the seal holds and every row reads" in shown
    assert lab.json("participant", "show", "S01")["consent"] == [
        *("gsr", "share-face", "share-gsr", "train"),
    ]
    refused = lab.run("participant", "withdraw", "S01", "--scope", "smile")
    assert (refused.returncode, "consent scope 'smile' is unknown" in refused.stderr) == (2, True)
    refused = lab.run("participant", "withdraw", "S01", "--scope", "none")
    assert (refused.returncode, "name the scopes to take back" in refused.stderr) == (2, True)


def test_a_run_goes_to_whose_it_is(lab: Femo) -> None:
    lab.ok("participant", "add", "S08", "--consent", "gsr")
    told = lab.json("reassign", "S01", "S08", "--reason", "label on the wrong chair")
    assert told["run_dir"].endswith("sessions/S08/2026-11-20T101530/run-01")
    assert told["lacking"] == ["face"]
    assert "amended: participant: S08" in lab.ok("show", "S08", "--verify")
    assert {run.parts[-3] for run in iter_runs(lab.store)} == {"S02", "S03", "S08"}
    assert "STALE: S01's run was discarded or reassigned" in lab.ok("models")
    back = lab.ok("reassign", "S08", "S01")
    assert "S01/2026-11-20T101530/run-01 is S01's now, and sealed again" in back


def test_the_audit_log_tells_who_did_what_and_that_it_holds(lab: Femo) -> None:
    lab.ok("participant", "edit", "S01", "--age", "44", "--operator", "ben")
    (line,) = [one for one in lab.json("audit", "show", "--participant", "S01") if one["facts"]]
    assert (line["operator"], line["action"], line["participants"]) == (
        *("ben", "participant_edit", ["S01"]),
    )
    assert line["facts"]["age"] == {"from": 30, "to": 44}
    assert "ben  participant_edit  S01" in lab.ok("audit", "show")
    log = lab.store / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"ben"', b'"eve"'))
    done = lab.run("audit", "verify")
    assert done.returncode == 1
    assert "the audit log does not hold: audit.jsonl line" in done.stderr


def test_consent_that_expires_is_told(lab: Femo) -> None:
    lab.ok("participant", "edit", "S01", "--expires", "2020-01-31")
    shown = lab.ok("participant", "show", "S01")
    assert "expired on 2020-01-31" in shown
    assert lab.json("participant", "show", "S01")["consent"] == []
    assert "S01: consent to face and train expired on 2020-01-31" in lab.ok("models")
    lab.ok("participant", "edit", "S01", "--expires", "2190-01-31")
    assert "gsr, face, keep, train, share-gsr, share-face, to 2190-01-31" in lab.ok(
        "participant", "list"
    )
    refused = lab.run("participant", "edit", "S01", "--expires", "soon")
    assert (refused.returncode, "give the last day" in refused.stderr) == (2, True)
