"""Home: what needs a person, what comes next, and that it keeps up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.events import Key

from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.store.run_reader import RunReader
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.needs import backup_need, needs_of
from femo_tui.ui.overview import Overview
from femo_tui.ui.screens.dialogs import AskText, Confirm
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.screens.run import RunScreen
from tests.ui.by_keys import on, review
from tests.ui.lab import NOON, PROTOCOL, Lab, person, running
from tests.ui.shown import keys, text_of
from tests.ui.still import console
from tests.ui.waits import until


def test_what_loses_data_comes_first_and_a_finished_run_needs_nobody(busy_lab: Lab) -> None:
    desk = Desk(busy_lab.root, "ada", clock=busy_lab.clock)
    desk.catalog.overview()
    desk.catalog.enter_unfinished()
    overview = desk.catalog.overview()
    needs = needs_of(overview, 2_000_000_000)
    assert [need.text for need in needs] == [
        "The disk is nearly full: 2.0\N{NARROW NO-BREAK SPACE}GB free",
        "S09 run-01 was lost after 03:22",
    ]
    assert all(need.loses for need in needs)
    assert needs_of(replace(overview, runs=overview.runs[1:]), 9_000_000_000) == []


def test_a_backup_is_asked_for_once_it_is_older_than_the_study_wants(busy_lab: Lab) -> None:
    desk = Desk(busy_lab.root, "ada", clock=busy_lab.clock)
    desk.catalog.overview()
    desk.catalog.enter_unfinished()
    overview = desk.catalog.overview()
    assert overview.backed_up is not None
    at = overview.backed_up

    def asked(overview: Overview) -> list[str]:
        return [need.text for need in backup_need(overview)]

    assert asked(overview) == asked(replace(overview, at=at + timedelta(days=7))) == []
    later = replace(overview, at=at + timedelta(days=9, hours=3))
    assert asked(later) == ["The last backup is 9 days old"]
    often = replace(overview.study, backup_days=1)
    later = replace(overview, study=often, at=at + timedelta(days=1.5))
    assert asked(later) == ["The last backup is 1 day old"]
    never = replace(overview, backed_up=None)
    assert asked(never) == ["There is no backup yet"]
    simulated = tuple(replace(run, simulated=True) for run in overview.runs)
    assert asked(replace(never, runs=simulated)) == asked(replace(never, runs=())) == []


def failed_by(lab: Lab, by: str) -> Path:
    """Return a complete run of S10 whose stress film was failed."""
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], verdict="failed", by=by)
    run.steps(5, len(PROTOCOL.steps))
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    lab.index(run.run_dir)
    return run.run_dir


@pytest.mark.parametrize(("key", "verdict"), [("x", "failed"), ("a", "accepted_with_reason")])
async def test_a_window_that_the_rules_failed_needs_somebody_until_one_has_decided(
    lab: Lab, key: str, verdict: str
) -> None:
    """That it stays failed is a decision, too."""
    run_dir = failed_by(lab, "auto")
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await until(pilot, lambda: "S10 run-01: 1 window not accepted" in text_of(app))
        await review(pilot)
        await pilot.press("down", "down")  # the stress film
        await until(pilot, lambda: "x fail" in keys(app) and "a accept" in keys(app))
        await pilot.press(key)
        await on(pilot, AskText)
        await pilot.press(*"seen", "enter")
        await on(pilot, RunScreen)
        await pilot.press("1")
        await until(pilot, lambda: "Nothing needs you" in text_of(app))
    (judged,) = [w for w in RunReader(run_dir).poll().windows if w.step == "stress"]
    assert (judged.verdict, judged.verdict_by, judged.verdict_reason) == (verdict, "ada", "seen")


def test_a_window_that_somebody_failed_needs_nobody(lab: Lab) -> None:
    failed_by(lab, "ada")
    overview = Desk(lab.root, "ada", clock=lab.clock).catalog.overview()
    (run,) = overview.runs
    assert run.windows_planned - run.windows_accepted == 1
    assert needs_of(overview, None) == []


async def test_a_model_whose_people_no_longer_agree_is_named(lab: Lab) -> None:
    folder = lab.root / "models" / "m-01"
    folder.mkdir(parents=True)
    people = [{"participant": code, "consent": ["face", "train"]} for code in ("S10", "S11", "S77")]
    facts = {"classes": [], "people": people, "features": "hog", "simulated": False}
    (folder / "model.json").write_text(json.dumps({**facts, "validations": []}), "utf-8")
    app = console(lab)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        told = "Model m-01 is stale: S11 no longer consents to face and train (and 1 more)"
        assert told in text_of(app)


async def test_a_run_that_begins_while_one_looks_is_there_with_its_step_and_its_gate(
    lab: Lab,
) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2")
        run = lab.begin("S12", NOON - timedelta(minutes=7))
        run.steps(0, 4)
        run.step(PROTOCOL.steps[4], verdict="")
        with lab.recording(run):
            await pilot.press("1")
            lab.clock.advance_to(lab.clock.now_s() + 5)  # who records is looked at now and then
            await until(pilot, lambda: app.recording is not None)
            await pilot.press("1")
            await until(pilot, lambda: "is being recorded, in" in text_of(app))
            await until(pilot, lambda: "10:05  S12  running" in text_of(app))
            run.state(RunState.AWAITING_VERDICT, "face_yield 0.6 (need 0.7)")
            await until(pilot, lambda: "waits for your verdict on stress" in text_of(app))
            assert "10:05  S12  at gate" in text_of(app)
            run.finish(RunStatus.STOPPED, "stopped by ada")
        lab.clock.advance_to(lab.clock.now_s() + 5)
        await until(pilot, lambda: "10:05  S12  stopped" in text_of(app))
        assert "no run" in text_of(app)


async def test_keys_that_were_typed_ahead_are_for_the_screen_that_comes(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in ("2", "n"):
            app.post_message(Key(key, key))
        await until(pilot, lambda: isinstance(app.screen, PersonForm))


async def test_what_needs_somebody_and_has_no_room_is_a_key_away(lab: Lab) -> None:
    lab.register(*(person(f"T{n:02d}", scopes=frozenset()) for n in range(10)))
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await until(pilot, lambda: "and 4 more" in text_of(app))
        assert "T06 has no consent" not in text_of(app)
        await pilot.press("up", "enter")
        await until(pilot, lambda: "T06 has no consent" in text_of(app))
        assert "and 4 more" not in text_of(app)
        await pilot.press("enter")  # the first that had no room
        await until(pilot, lambda: app.current_mode == "people")
        await pilot.press("1")
        await until(pilot, lambda: "and 4 more" in text_of(app))


def test_a_model_that_cannot_be_read_is_no_stale_model(lab: Lab) -> None:
    folder = lab.root / "models" / "m-01"
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{", "utf-8")
    overview = Desk(lab.root, "ada", clock=lab.clock).catalog.overview()
    (need,) = needs_of(overview, None)
    assert (need.text, need.target) == ("Model m-01 cannot be read", "train:m-01")


async def test_a_run_that_begins_leaves_a_question_to_whoever_answers_it(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        app.push_screen(Confirm("Go on?", "It follows."))
        run = running(lab)
        with lab.recording(run):
            lab.clock.advance_to(lab.clock.now_s() + 5)  # who records is looked at now and then
            await until(pilot, lambda: app.recording is not None)
            assert app.current_mode == "home"
            assert isinstance(app.screen, Confirm)
        run.close()
