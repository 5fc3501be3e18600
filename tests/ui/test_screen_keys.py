"""The keys of screens that no story of the other tests presses, each with what it does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.widgets import Input

from femo_tui.cli.sessions import decide
from femo_tui.model.run_state import CommandName, RunData, RunStatus
from femo_tui.store.amendments import amend
from femo_tui.store.choosing import choose_primary
from femo_tui.store.run_reader import RunReader
from femo_tui.ui import theme
from femo_tui.ui.screens.decide import DataDialog
from femo_tui.ui.screens.dialogs import AskText
from femo_tui.ui.screens.faces import FacesScreen
from femo_tui.ui.screens.history import HistoryScreen
from femo_tui.ui.screens.home import HomeScreen
from femo_tui.ui.screens.lost import LostRunDialog
from femo_tui.ui.screens.machine import MachineScreen
from femo_tui.ui.screens.people import PeopleTable
from femo_tui.ui.screens.runs import RunsScreen, RunsTable
from femo_tui.ui.screens.setup import SetupScreen
from femo_tui.ui.widgets.face_grid import FaceGrid
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.row_list import RowList
from femo_tui.ui.widgets.tiles import Tiles
from tests.ui.by_keys import TO_DEVICES, at, on, review, settled
from tests.ui.lab import NOON, Lab, at_the_gate, broken_off
from tests.ui.recorders import recorder
from tests.ui.shown import keys
from tests.ui.states import ALL_MET, CHECKS
from tests.ui.still import console, desk_of
from tests.ui.waits import until

# --- everywhere ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_the_console_is_left_from_a_question_too(lab: Lab, key: str) -> None:
    async with at(lab, "2") as (app, pilot):
        await pilot.press("n")
        await pilot.press(key)
        await until(pilot, lambda: app.leaving.is_set())


async def test_the_theme_turns_and_the_screen_is_painted_anew(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at(lab, "2") as (app, pilot):
        assert app.theme == theme.DARK.name
        await pilot.press("ctrl+t")
        assert app.theme == theme.LIGHT.name
        await pilot.press("ctrl+t")
        assert app.theme == theme.DARK.name
        forgot: list[bool] = []
        monkeypatch.setattr(app._glass, "forget", lambda: forgot.append(True))
        await pilot.press("ctrl+l")
        assert forgot == [True]


async def test_a_list_is_gone_through_by_every_key_of_lists(lab: Lab) -> None:
    for number in range(40):
        run = lab.begin("S10", NOON - timedelta(hours=number + 1))
        run.finish(RunStatus.STOPPED, "stopped by ada")
        lab.index(run.run_dir)
    async with at(lab, "5") as (app, pilot):
        rows = app.screen.query_one(RunsTable)
        await until(pilot, lambda: app.focused is rows and rows.item is not None)
        assert isinstance(rows, RowList)
        page = rows.content_size.height
        for key, there in (
            *(("j", 1), ("down", 2), ("k", 1), ("up", 0), ("end", 39), ("up", 38)),
            *(("home", 0), ("pagedown", None), ("pageup", 0)),
        ):
            await pilot.press(key)
            if there is None:
                assert page // 2 < rows.cursor <= page
            else:
                assert rows.cursor == there, key


# --- home, people, set up --------------------------------------------------------------------


async def test_home_looks_again_and_at_the_machine(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at(lab, "1") as (app, pilot):
        looks: list[bool] = []
        monkeypatch.setattr(app, "look", lambda: looks.append(True))
        await pilot.press("r")
        await until(pilot, lambda: looks == [True])
        await pilot.press("m")
        await on(pilot, MachineScreen)
        found = app.screen.query_one("#found")
        await until(pilot, lambda: found.max_scroll_y > 0 and "pgdn more" in keys(app))
        assert found.scroll_offset.y == 0
        for key, moves in (("pagedown", True), ("pageup", False)):
            await pilot.press(key)
            await until(pilot, lambda moves=moves: (found.scroll_offset.y > 0) == moves)  # type: ignore[misc]
        await pilot.press("escape")
        await on(pilot, HomeScreen)


async def test_people_lead_to_a_set_up_and_out_of_their_search(busy_lab: Lab) -> None:
    async with at(busy_lab, "2") as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.focused, PeopleTable) and bool(app.focused.item))
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
        await pilot.press("2", "escape")  # people are as they were left: at the history
        await until(pilot, lambda: isinstance(app.focused, PeopleTable) and bool(app.focused.item))
        await pilot.press("enter")
        await on(pilot, SetupScreen)


async def test_the_set_up_goes_back_and_tries_devices_again(lab: Lab) -> None:
    app = console(lab, CHECKS)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in TO_DEVICES:
            await pilot.press(key)
            await settled(pilot)
        assert isinstance(app.screen, SetupScreen)
        tried = len(desk_of(app).preflights)
        await pilot.press("r")
        await until(pilot, lambda: len(desk_of(app).preflights) == tried + 1)
        await pilot.press("c")  # a terminal in memory cannot be lent
        await until(pilot, lambda: "cannot be lent" in app.notice[0])
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.stage == "protocol")  # type: ignore[attr-defined]
        await pilot.press("a")
        await settled(pilot)
        steps = app.screen.query_one("#steps-view")
        await until(pilot, lambda: steps.max_scroll_y > 0)
        await pilot.press("pagedown")
        await until(pilot, lambda: steps.scroll_offset.y > 0)
        await pilot.press("pageup")
        await until(pilot, lambda: steps.scroll_offset.y == 0)


# --- live ------------------------------------------------------------------------------------


async def test_a_window_at_the_gate_is_accepted_or_failed(lab: Lab) -> None:
    run = at_the_gate(lab, "", ALL_MET)
    app = console(lab)
    with lab.recording(run), recorder(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None and "a accept" in keys(app))
            await pilot.press("a")
            await until(pilot, lambda: len(asked) == 1)
            await pilot.press("f")
            await until(pilot, lambda: isinstance(app.screen, AskText))
            await pilot.press(*"beard", "enter")
            await until(pilot, lambda: len(asked) == 2)
    run.close()
    assert [command.command for command in asked] == [CommandName.VERDICT] * 2
    assert asked[0].args["verdict"] == "accepted"
    assert asked[1].args == {"verdict": "failed", "reason": "beard"}


# --- runs ------------------------------------------------------------------------------------


async def test_what_is_open_about_a_run_is_asked_from_the_list_and_from_the_run(
    busy_lab: Lab,
) -> None:
    broken_off(busy_lab)
    async with at(busy_lab, "5") as (app, pilot):
        await until(pilot, lambda: "d data" in keys(app))  # the newest is pointed at
        await pilot.press("d")
        await on(pilot, DataDialog)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: "d data" in keys(app) and len(app.screen_stack) > 1)
        await pilot.press("d")
        await on(pilot, DataDialog)
        await pilot.press("escape", "escape", "end")
        await until(pilot, lambda: "l lost run" in keys(app))
        await pilot.press("l")
        await on(pilot, LostRunDialog)


async def test_the_run_that_counts_is_chosen_from_the_list_as_by_the_command(
    lab: Lab,
) -> None:
    first, second = (complete(lab, hours) for hours in (2, 1))
    where = ["/".join(run.parts[-3:]) for run in (first, second)]
    async with at(lab, "5") as (app, pilot):
        await until(pilot, lambda: "p counts" in keys(app))  # the newer one is pointed at
        await pilot.press("p")
        await on(pilot, AskText)
        await pilot.press("escape")
        await on(pilot, RunsScreen)
        assert chosen(first, second) == [False, False]
        await pilot.press("p")
        await on(pilot, AskText)
        await pilot.press(*"calm", "enter")
        await until(pilot, lambda: app.notice == (f"{where[1]} counts for S10.", False))
        assert chosen(first, second) == [False, True]
        await pilot.press("down", "p")
        await on(pilot, AskText)
        await pilot.press("enter")
        await until(pilot, lambda: chosen(first, second) == [True, False])
        instead = "/".join(second.parts[-2:])
        said = f"{where[0]} counts for S10, instead of {instead}"
        await until(pilot, lambda: app.notice == (f"{said}.", False))
    (newest,) = [a for a in RunReader(second).poll().amendments if a.reason == "calm"]
    assert (newest.operator, newest.decided) == ("ada", "True")
    # the command says the same of the same, as nothing but the choice before has changed
    choose_primary(second, "eva", "", lab.clock)
    done = CliRunner().invoke(decide, [str(first), "--primary", "--store", str(lab.root)])
    assert done.output.strip() == said


async def test_only_a_run_that_is_kept_and_over_can_be_chosen_to_count(busy_lab: Lab) -> None:
    broken_off(busy_lab)
    async with at(busy_lab, "5") as (app, pilot):
        await until(pilot, lambda: "d data" in keys(app))  # waits until its participant was asked
        assert "p counts" not in keys(app)
        await pilot.press("down")
        await until(pilot, lambda: "p counts" in keys(app))
        await pilot.press("end")
        await until(pilot, lambda: "l lost run" in keys(app))
        assert "p counts" not in keys(app)


async def test_a_run_that_may_not_count_says_so_in_the_words_of_the_command(lab: Lab) -> None:
    run = complete(lab, 1)
    async with at(lab, "5") as (app, pilot):
        await until(pilot, lambda: "p counts" in keys(app))
        # meanwhile, somebody else has asked for it to wait
        amend(run, {"amends": "data", "data": RunData.UNTIL_ASKED.value})
        await pilot.press("p")
        await on(pilot, AskText)
        await pilot.press("enter")
        await until(pilot, lambda: "kept until asked and in no analysis" in app.notice[0])
        assert app.notice[1]
    assert chosen(run) == [False]


def complete(lab: Lab, hours_ago: int) -> Path:
    run = lab.begin("S10", NOON - timedelta(hours=hours_ago))
    run.steps(0, 3)
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    lab.index(run.run_dir)
    return run.run_dir


def chosen(*runs: Path) -> list[bool]:
    return [RunReader(run).poll().chosen for run in runs]


async def test_faces_are_gone_through_and_accepted_again(
    lab: Lab,
    run_dir: Path,
) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await review(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, FacesScreen))
        grid = app.screen.query_one(FaceGrid)
        await until(pilot, lambda: len(grid._pictures) > 20)
        assert isinstance(grid, Tiles)
        await pilot.press("end")
        last = grid.cursor
        assert last > 20
        await pilot.press("up")
        assert grid.cursor == last - grid._columns
        await pilot.press("home", "down")
        assert grid.cursor == grid._columns
        heading = app.screen.query_one("#faces-heading", Lines)
        for key, said in (("x", "1 out"), ("a", " out")):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, AskText))
            await pilot.press(*"hand", "enter")
            await until(
                pilot,
                lambda key=key, said=said: (said in heading.text) == (key == "x"),  # type: ignore[misc]
            )
