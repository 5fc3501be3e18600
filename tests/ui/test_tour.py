"""The captions of a demonstration: at one place, of what has happened, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input

from femo_tui.model.run_state import RunState, RunStatus
from femo_tui.model.study import DEMONSTRATION, Study
from femo_tui.store.study import write_study
from femo_tui.ui.app import FemoApp
from femo_tui.ui.keys import PLACES, KeysInUse, rows_at
from femo_tui.ui.screens.export_form import ExportForm
from femo_tui.ui.tour import BESIDE, END, LEAVE, ON_THE_WAY, STAGES, Press, refused
from femo_tui.ui.widgets.caption import TourCaption
from femo_tui.ui.widgets.frame import KeyLine
from tests.ui.faces import half_dark
from tests.ui.lab import NOON, PROTOCOL, Lab, finished
from tests.ui.pictures import SMALL, Pictures, prepare, still
from tests.ui.still import console
from tests.ui.waits import until

WIDTH = 76  # of the console's lines at 80×24, between their margins


@pytest.fixture
def demonstration(busy_lab: Lab) -> Lab:
    """The busy lab as if `femo demo` had made it, its one lost run closed."""
    (busy_lab.root / "study.toml").unlink()
    write_study(busy_lab.root, Study(title=DEMONSTRATION, planned_n=4))
    return busy_lab


def caption(app: FemoApp) -> str:
    """Return what the caption says, without its rule."""
    behind = next(one for one in reversed(app.screen_stack) if one.query(TourCaption))
    return "\n".join(behind.query_one(TourCaption).text.split("\n")[1:])


async def says(pilot: Pilot[None], text: str) -> None:
    app = pilot.app
    assert isinstance(app, FemoApp)
    await until(
        pilot, lambda: bool(app.screen_stack[0].query(TourCaption)) and text in caption(app)
    )


async def test_a_run_being_watched(demonstration: Lab, pictures: Pictures) -> None:
    run = demonstration.begin("S12", NOON - timedelta(minutes=7), simulated=True)
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    with demonstration.recording(run):
        await pictures(console(demonstration), prepare("4"))
    run.close()


async def test_a_bundle_asked_for_over_the_caption(
    demonstration: Lab, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def form(pilot: Pilot[None]) -> None:
        await prepare("8", "e")(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, ExportForm))
        form = pilot.app.screen
        form.query_one("#out").value = "/lab/demonstration-full.tar"  # type: ignore[attr-defined]
        await says(pilot, "▸ → leave faces out")

    await pictures(console(demonstration), form, SMALL)


async def test_captions_follow_what_has_happened(demonstration: Lab) -> None:
    app = console(demonstration)
    async with app.run_test(size=(80, 24)) as pilot:
        await says(pilot, "▸ 5 look through what was recorded")  # nothing is recorded: no stage 1
        await pilot.press("5")
        await says(pilot, "▸ enter look at one")
        await pilot.press("enter")
        await says(pilot, "▸ 6 train a model")
        await pilot.press("escape", "escape")
        await says(pilot, "▸ 6 train a model")  # it was looked at
        await pilot.press("6")
        await until(pilot, lambda: "A model of the faces" in caption(app))
        await pilot.press("7")
        await says(pilot, "▸ 6 train a model")  # the results are over, the training is not
        await pilot.press("2")
        await says(pilot, BESIDE["PeopleScreen"])
        await pilot.press("n")
        await until(pilot, lambda: "▸" not in caption(app))  # the form has keys of its own


async def test_a_run_that_ends_leads_on(demonstration: Lab) -> None:
    app = console(demonstration)
    run = demonstration.begin("S12", NOON - timedelta(minutes=7), simulated=True)
    with demonstration.recording(run):
        async with app.run_test(size=(80, 24)) as pilot:
            await says(pilot, "S12, simulated, is being recorded")
            await says(pilot, "▸ space mark this moment")
            run.steps(0, 4)
            await says(pilot, "accepted: the window met")
            run.state(RunState.AWAITING_VERDICT, "face_yield 0.6 (need 0.7)")
            await says(pilot, "· answer it above")  # the gate names its keys itself
            run.state(RunState.RUNNING, "")
            await pilot.press("5")
            await says(pilot, "▸ enter look at one")
            await pilot.press("enter")
            await says(pilot, "▸ 4 watch the run")
            run.steps(4, len(PROTOCOL.steps))
            run.finish(RunStatus.COMPLETE, "the protocol is complete")
            await says(pilot, "▸ 6 train a model")


async def test_a_bundle_whose_faces_may_not_leave_is_no_dead_end(
    demonstration: Lab, tmp_path: Path
) -> None:
    finished(demonstration, "S12", face_jpeg=half_dark())
    app = console(demonstration)
    async with app.run_test(size=(80, 24)) as pilot:
        await prepare("8", "e")(pilot)
        await until(pilot, lambda: isinstance(app.screen, ExportForm))
        app.screen.query_one("#out", Input).value = str(tmp_path / "demonstration-full.tar")
        await pilot.press("ctrl+s")
        await says(pilot, "▸ esc back; there → leaves faces out")
        await pilot.press("escape")
        await says(pilot, "▸ → leave faces out")
        await pilot.press("right", "ctrl+s")
        await says(pilot, "▸ enter write the bundle")


async def test_a_key_hides_the_captions_and_shows_them_again(demonstration: Lab) -> None:
    app = console(demonstration)
    async with app.run_test(size=(80, 24)) as pilot:
        await says(pilot, "▸ 5")
        place, keys = captioned(app), app.screen.query_one(KeyLine).region
        assert place.bottom == keys.y
        await pilot.press("ctrl+g", "5")
        await until(pilot, lambda: not app.screen.query(TourCaption))
        await pilot.press("2", "ctrl+g")
        await says(pilot, BESIDE["PeopleScreen"])
        assert captioned(app) == place
        app.say("a long notice. " * 12)
        await still(pilot)
        assert captioned(app) == place  # a notice takes its lines from the body


def captioned(app: FemoApp) -> Region:
    return app.screen.query_one(TourCaption).region


async def test_other_keys_of_the_config_are_named(demonstration: Lab) -> None:
    keys = {"screen.runs": "f6", "app.tour": "f9"}
    app = FemoApp(console(demonstration).desk, keys=keys)
    async with app.run_test(size=(80, 24)) as pilot:
        await says(pilot, "▸ f6 look through")
        assert "f9 hides" in app.screen.query_one(TourCaption).text


async def test_a_lab_of_its_own_is_not_led(busy_lab: Lab) -> None:
    app = console(busy_lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("ctrl+g", "5", "ctrl+g")
        await still(pilot)
        assert not app.screen.query(TourCaption)
        assert not [
            one for one in app.get_system_commands(app.screen) if "tour" in one.title.lower()
        ]


def test_each_key_that_the_tour_names_stands_in_the_key_table() -> None:
    said = (*ON_THE_WAY.values(), refused(KeysInUse({})))
    named: list[Press] = [LEAVE, *(stage.way for stage in STAGES)]
    named += [press for remark in said for press in remark.presses]
    known = {row.id for place in PLACES for row in rows_at(place)}
    assert {press.key for press in named if "." in press.key} <= known
    texts = [END, *BESIDE.values(), *(remark.text for remark in said)]
    assert max(map(len, texts)) <= WIDTH
