"""Consent taken back and runs given to whose they are, by keys on a real store on a disk."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from femo_tui.store import audit
from femo_tui.store.catalog import Catalog
from femo_tui.store.verify import verify_run
from femo_tui.store.withdrawn import withdrawn_people
from femo_tui.ui.screens.dialogs import AskText, Confirm
from femo_tui.ui.screens.reassign import AskWhose
from femo_tui.ui.screens.told import Told
from femo_tui.ui.screens.withdraw import HowMuch, WithdrawScreen
from femo_tui.ui.widgets.frame import NoticeLine
from tests.ui.by_keys import at, on
from tests.ui.lab import Lab
from tests.ui.shown import keys, told
from tests.ui.waits import until


async def test_who_withdraws_is_gone_once_their_code_was_typed(recorded: Lab) -> None:
    async with at(recorded, "2") as (app, pilot):
        await until(pilot, lambda: "w withdraw" in keys(app))
        await pilot.press("down", "w")
        await on(pilot, HowMuch)
        await pilot.press("enter")
        await on(pilot, WithdrawScreen)
        assert "S10 takes back everything" in told(app)
        assert "1 run with" in told(app)
        await pilot.press(*"S11", "enter")
        await until(pilot, lambda: "Type S10" in app.screen.query_one(NoticeLine).text)
        field = app.screen.query_one("#typed", Input)
        field.value = ""
        await pilot.press(*"S10", "enter")
        await on(pilot, Told)
        assert "S10 took back everything." in told(app)
        await pilot.press("enter")
        await until(pilot, lambda: "1 withdrew" in told(app))
    with Catalog.open(recorded.root) as catalog:
        assert "S10" not in {one.code for one in catalog.participants()}
    (gone,) = withdrawn_people(recorded.root)
    assert (gone.code, gone.operator) == ("S10", "ada")
    assert not (recorded.root / "sessions" / "S10").exists()
    assert audit.verify(recorded.root).holds


async def test_a_part_is_taken_back_and_the_rest_verifies(recorded: Lab) -> None:
    async with at(recorded, "2") as (app, pilot):
        await until(pilot, lambda: "w withdraw" in keys(app))
        await pilot.press("down", "w")
        await on(pilot, HowMuch)
        await pilot.press("down", "down", "space", "enter")  # the face
        await on(pilot, WithdrawScreen)
        assert "S10 takes back face" in told(app)
        await pilot.press(*"S10", "enter")
        await on(pilot, Told)
    with Catalog.open(recorded.root) as catalog:
        (run,) = catalog.runs()
    run_dir = recorded.root / run.run_dir
    assert verify_run(run_dir) == []
    assert not list(run_dir.rglob("*.jpg"))


async def test_going_back_takes_nothing_back(recorded: Lab) -> None:
    async with at(recorded, "2") as (app, pilot):
        await until(pilot, lambda: "w withdraw" in keys(app))
        await pilot.press("down", "w")
        await on(pilot, HowMuch)
        await pilot.press("enter")
        await on(pilot, WithdrawScreen)
        await pilot.press("escape")
        await until(pilot, lambda: "nothing was taken back" in told(app))
    assert withdrawn_people(recorded.root) == ()


@pytest.mark.parametrize("way", ["from the list", "from the run"])
async def test_a_run_under_a_wrong_code_is_given_to_whose_it_is(recorded: Lab, way: str) -> None:
    async with at(recorded, "5") as (app, pilot):
        await until(pilot, lambda: "g give to" in keys(app))
        if way == "from the run":
            await pilot.press("enter")
            await until(pilot, lambda: "e events" in keys(app))
        await pilot.press("g")
        await on(pilot, AskWhose)
        await pilot.press(*"S10", "enter")
        await until(pilot, lambda: "Nobody else here has that code" in told(app))
        app.screen.query_one(Input).value = ""
        await pilot.press(*"s12", "enter")
        await on(pilot, AskText)
        await pilot.press("enter")
        await on(pilot, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: "is S12 run-01 now, and sealed again" in told(app))
    with Catalog.open(recorded.root) as catalog:
        (run,) = catalog.runs()
    assert run.participant == "S12"
    assert verify_run(recorded.root / run.run_dir) == []
