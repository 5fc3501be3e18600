"""What an operator does about a run that lost its recorder, on real stores."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.store.layout import RECORDER_FILE
from femo_tui.store.run_reader import RunReader
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.lost import LostRunDialog
from femo_tui.ui.screens.run import RunScreen
from femo_tui.ui.screens.setup import SetupScreen
from femo_tui.ui.screens.steer_dialogs import FilmAgain
from tests.support.femo import Femo, kill_in_its_window, run_events
from tests.ui.by_keys import console_of, on
from tests.ui.lab import NOON, PROTOCOL, Lab
from tests.ui.still import console, desk_of
from tests.ui.waits import until


async def asked_on_home(pilot: Pilot[None]) -> None:
    """Choose the lost run on Home, which stands above what is next."""
    app = console_of(pilot)
    await until(pilot, lambda: app.overview is not None and bool(app.overview.runs))
    await pilot.press("up", "enter")
    await on(pilot, LostRunDialog)


def lost_run_dir(lab: Lab) -> Path:
    return next(lab.root.glob("sessions/S09/*/run-01"))


async def test_a_lost_run_is_closed_as_partial_after_asking(busy_lab: Lab) -> None:
    app = console(busy_lab)
    run_dir = lost_run_dir(busy_lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked_on_home(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")  # enter is No
        await until(pilot, lambda: app.current_mode == "home" and app.screen.is_current)
        assert RunReader(run_dir).poll().stop is None
        await until(pilot, lambda: not [w for w in app.workers if w.group == "settle"])
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LostRunDialog))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(
            pilot,
            lambda: (
                app.overview is not None
                and any(run.status == "partial" for run in app.overview.runs)
            ),
        )
    closed = RunReader(run_dir).poll()
    assert closed.stop is not None
    assert closed.stop.status is RunStatus.PARTIAL
    assert closed.sealed


@pytest.mark.parametrize(("again", "media"), [("s", "same"), ("l", "skip")])
async def test_going_on_with_a_film_that_was_cut_asks_for_the_participant_first(
    busy_lab: Lab, again: str, media: str
) -> None:
    app = console(busy_lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None and bool(app.overview.runs))
        for answer, asked in (("enter", 0), (again, 1)):
            await pilot.press("5")
            await until(pilot, lambda: app.screen.is_current and app.current_mode == "runs")
            await pilot.press("down", "down", "enter")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            await pilot.press("l")
            await until(pilot, lambda: isinstance(app.screen, LostRunDialog))
            await pilot.press("r")
            await until(pilot, lambda: isinstance(app.screen, FilmAgain))
            await pilot.press(answer)
            await until(pilot, lambda: not [w for w in app.workers if w.group == "settle"])
            assert len(desk_of(app).asked) == asked
            if not asked:
                await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "live")
    assert desk_of(app).asked[0].resume == lost_run_dir(busy_lab)
    assert desk_of(app).asked[0].operator == "ada"
    assert desk_of(app).asked[0].media == media


async def test_a_run_lost_outside_a_film_goes_on_without_a_question(lab: Lab) -> None:
    run = lab.begin("S12", NOON - timedelta(hours=1))
    run.steps(0, 2)
    run.step(PROTOCOL.steps[2], stop_after_s=21.0)  # the baseline
    run.vanish()
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked_on_home(pilot)
        await pilot.press("r")
        await until(pilot, lambda: app.current_mode == "live")
    assert [request.resume for request in desk_of(app).asked] == [run.run_dir]


async def test_redo_leads_to_a_set_up_with_the_same_person_protocol_and_devices(
    busy_lab: Lab,
) -> None:
    app = console(busy_lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked_on_home(pilot)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
        await until(pilot, lambda: app.screen.query_one("#uri-gsr", Input).value == "sim:1")
        path = app.screen.query_one("#path")
        assert "S09" in str(path.text)  # type: ignore[attr-defined]
        assert "wile2018" in str(path.text)  # type: ignore[attr-defined]
    assert RunReader(lost_run_dir(busy_lab)).poll().state is RunState.LOST


async def test_a_run_that_does_not_say_how_it_was_recorded_cannot_be_resumed(
    busy_lab: Lab,
) -> None:
    (lost_run_dir(busy_lab) / RECORDER_FILE).unlink()
    app = console(busy_lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked_on_home(pilot)
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(app.screen, LostRunDialog)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
    assert desk_of(app).asked == []


async def test_a_killed_recorder_is_resumed_from_the_console(
    femo: Femo, short_protocol: Path
) -> None:
    femo.ok("participant", "add", "S01", "--consent", "all")
    run_dir = kill_in_its_window(
        femo,
        *("record", "--participant", "S01", "--protocol", str(short_protocol), "--auto"),
        *("--gsr", "sim:1", "--camera", "sim:1", "--player", "sim"),
    )
    app = FemoApp(Desk(femo.store, "ada"))
    async with app.run_test(size=(80, 24)) as pilot:
        await asked_on_home(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, FilmAgain))
        await pilot.press("s")
        await until(pilot, lambda: app.current_mode == "live" and app.recording is not None)
        await until(pilot, lambda: app.snapshot is not None and app.snapshot.sealed)
    (resumed,) = run_events(run_dir, "run_resume")
    assert (resumed["step"], resumed["operator"]) == ("stress", "ada")
    assert run_events(run_dir, "run_stop")[0]["status"] == "complete"
    attempts = [e["attempt"] for e in run_events(run_dir, "step_start") if e["step"] == "stress"]
    assert attempts == [1, 2]
