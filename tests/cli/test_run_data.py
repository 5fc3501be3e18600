"""What an operator types about a run that is broken off, asked, or judged; and about the room."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.femo import Femo, run_events, wait_until
from tests.support.runs import golden_in

PROTOCOL = """
name = "asked"
title = "A question, an expression, a long rest"
languages = ["en"]

[[step]]
name = "asked"
kind = "questionnaire"

[[step.scale]]
name = "calm"
low = 1
high = 9
text.en = "How calm are you?"

[[step]]
name = "smile"
kind = "acted"
emotion = "happy"
duration_s = 1
text.en = "Smile"
window = { start_s = 0, duration_s = 1 }

[[step]]
name = "rest"
kind = "rest"
duration_s = 60
"""


@pytest.fixture
def asked(femo: Femo, tmp_path: Path) -> Path:
    """Return the folder of a run that has begun and asks its question."""
    femo.ok("participant", "add", "S01", "--consent", "gsr")
    return begin(femo, tmp_path, "--fact", "room_c=21,5", "--fact", "electrode_metal=nickel")


def begin(femo: Femo, folder: Path, *facts: str) -> Path:
    protocol = folder / "asked.toml"
    protocol.write_text(PROTOCOL, "utf-8")
    started = femo.json(
        *("record", "--participant", "S01", "--protocol", str(protocol), "--gsr", "sim:1"),
        *("--camera", "none", "--player", "none", "--detach", *facts),
    )
    wait_until(lambda: femo.json("status").get("asks") == ["calm"], "the question")
    return Path(started["run_dir"])


def end(femo: Femo, *command: str) -> None:
    femo.ok(*command)
    wait_until(lambda: femo.json("status")["state"] == "idle", "the end")


def test_a_question_is_answered_and_a_window_judged_by_commands(femo: Femo, asked: Path) -> None:
    assert femo.run("rate", "calm", "10").returncode == 1
    femo.ok("rate", "calm", "7")
    wait_until(lambda: femo.json("status")["state"] == "awaiting_verdict", "the gate")
    assert "needs the reason" in femo.run("verdict", "accepted_with_reason").stderr
    femo.ok("verdict", "accepted_with_reason", "--reason", "she sneezed")
    end(femo, "stop")
    (rating,) = run_events(asked, "rating")
    assert (rating["value"], rating["source"]) == (7, "operator")
    (verdict,) = run_events(asked, "verdict")
    assert (verdict["verdict"], verdict["reason"]) == ("accepted_with_reason", "she sneezed")


def test_an_abort_leaves_the_data_to_be_decided_about(femo: Femo, asked: Path) -> None:
    end(femo, "abort", "--reason", "felt unwell")
    assert [(run["status"], run["data"]) for run in femo.json("sessions")] == [
        ("aborted", "until_asked")
    ]
    assert "femo decide" in femo.ok("show", "S01")
    femo.ok("decide", "S01", "--data", "keep", "--reason", "asked on the phone")
    assert femo.json("show", "S01", "--verify")["data"] == "keep"
    done = femo.run("decide", "S01", "--data", "burn")
    assert (done.returncode, "use keep, discard or until-asked" in done.stderr) == (2, True)


@pytest.mark.parametrize("later", [False, True])
def test_discarded_data_leaves_a_tombstone_and_nothing_else(
    femo: Femo, asked: Path, later: bool
) -> None:
    if later:
        end(femo, "abort")
        femo.ok("decide", "S01", "--data", "discard", "--reason", "asked to")
    else:
        end(femo, "abort", "--data", "discard", "--reason", "asked to")
    assert [path.name for path in asked.rglob("*")] == ["tombstone.json"]
    told = json.loads((asked / "tombstone.json").read_text("utf-8"))
    assert (told["participant"], told["protocol"], told["reason"]) == ("S01", "asked", "asked to")
    assert [(run["status"], run["data"]) for run in femo.json("sessions")] == [
        ("discarded", "discarded")
    ]
    assert "discarded by" in femo.ok("show", "S01", "--verify")
    assert femo.run("decide", "S01", "--data", "keep").returncode == 2
    assert femo.run("recover", "S01", "--resume").returncode == 2
    femo.ok("reindex")
    assert [run["data"] for run in femo.json("sessions")] == ["discarded"]


def test_the_next_run_of_the_session_knows_the_room(
    femo: Femo, asked: Path, tmp_path: Path
) -> None:
    end(femo, "stop")
    assert run_events(asked, "run_start")[0]["environment"] == {
        "room_c": 21.5,
        "electrode_metal": "nickel",
    }
    assert femo.json("show", "S01")["environment"] == {"room_c": 21.5, "electrode_metal": "nickel"}
    shown = femo.ok("show", "S01")
    assert "room temperature, °C 21.5" in shown
    assert "relative humidity, % not recorded" in shown
    again = begin(femo, tmp_path, "--fact", "settled_min=5", "--fact", "electrode_metal=")
    end(femo, "stop")
    assert run_events(again, "run_start")[0]["environment"] == {"room_c": 21.5, "settled_min": 5.0}


def test_a_fact_that_makes_no_sense_is_refused(femo: Femo) -> None:
    femo.ok("participant", "add", "S01", "--consent", "gsr")
    done = femo.run(
        *("record", "--participant", "S01", "--protocol", "quick", "--fact", "room_c=215")
    )
    assert done.returncode == 2
    assert "room temperature, °C lies between 5 and 45" in done.stderr


def test_indexing_fails_where_a_run_could_not_be_indexed_and_names_it(femo: Femo) -> None:
    whole = golden_in(femo.store)
    torn = whole.with_name("run-02")
    torn.mkdir()
    done = femo.run("reindex")
    assert done.returncode == 1
    assert done.stdout == "1 run indexed, 0 removed: their folders are gone\n"
    (told,) = done.stderr.splitlines()
    assert told.startswith(f"! {torn}/run.jsonl: no run_start")
    assert told.endswith("restore the folder from a backup, or remove it")
    assert [run["run_dir"] for run in femo.json("sessions")] == [str(whole.relative_to(femo.store))]
    torn.rmdir()
    assert femo.run("reindex").returncode == 0
