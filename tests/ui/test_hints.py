"""Texts that name a key: they name the one in use, which the config may have made another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from femo_tui.training.request import TrainRequest
from femo_tui.ui.app import FemoApp
from femo_tui.ui.keys import PLACES, KeysInUse, rows_at
from femo_tui.ui.screens.bringing_in import AskBundle, CodesForm
from femo_tui.ui.screens.choose import Choose
from femo_tui.ui.screens.decide import DataDialog
from femo_tui.ui.screens.dialogs import AskRating, AskText, Confirm
from femo_tui.ui.screens.export_form import ExportForm, Typed
from femo_tui.ui.screens.help import HelpScreen
from femo_tui.ui.screens.keeping import BackupForm
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.screens.reassign import AskWhose
from femo_tui.ui.screens.steer_dialogs import BreakOff, FilmWanted
from femo_tui.ui.screens.told import Told
from femo_tui.ui.screens.train_settings import TrainSettings
from femo_tui.ui.screens.withdraw import HowMuch
from tests.ui.lab import STRESS, Lab, at_the_gate, broken_off, person
from tests.ui.shown import text_of, told
from tests.ui.still import console
from tests.ui.test_dialog_keys import film_again, lost_run
from tests.ui.waits import until

Make = Callable[[FemoApp], Screen[Any]]

# Each question by the place of its keys, and what of them no text names: what a field does itself.
QUESTIONS: tuple[tuple[str, Make, frozenset[str]], ...] = (
    ("A film again", film_again, frozenset({"film.leave-out"})),  # of a lost run alone
    ("A film announced", lambda app: FilmWanted(), frozenset()),
    ("Abort", lambda app: BreakOff(), frozenset()),
    ("Data of a run", lambda app: DataDialog("S09 run-01"), frozenset()),
    ("Lost run", lost_run, frozenset()),
    ("Question", lambda app: Confirm("Go on?", "It follows."), frozenset()),
    ("Text", lambda app: AskText("Why?", "in words", needed=True), frozenset()),
    ("Rating", lambda app: AskRating(STRESS, "en"), frozenset()),
    ("Choice", lambda app: Choose("Which?", [("a", "A", "")], "a", "a"), frozenset()),
    ("What came of it", lambda app: Told(Content("Done."), []), frozenset()),
    ("Whose run it is", lambda app: AskWhose("S09 run-01", [person("S10")]), frozenset()),
    ("A backup", lambda app: BackupForm("/media/usb"), frozenset()),
    ("A bundle's file", lambda app: AskBundle("Which bundle?", ""), frozenset()),
    ("Codes of a bundle", lambda app: CodesForm({"S09": "S09 is taken: a"}, {}), frozenset()),
    (
        "How much is taken back",
        lambda app: HowMuch(person("S10")),
        frozenset({"withdrawal.next", "withdrawal.previous"}),
    ),
    (
        "Participant",
        lambda app: PersonForm("S13", set(), "2", app.desk.clock),
        frozenset({"form.enter"}),
    ),
    (
        "Options of training",
        lambda app: TrainSettings(TrainRequest(app.desk.store_root)),
        frozenset({"options.enter"}),
    ),
    (
        "A bundle to give out",
        lambda app: ExportForm(Typed(out="/lab/s-full.tar"), ()),
        frozenset({"bundle.enter", "bundle.tick"}),
    ),
    ("Help", lambda app: HelpScreen(app.screen), frozenset()),
)


@pytest.mark.parametrize(("place", "make", "unnamed"), QUESTIONS, ids=[one[0] for one in QUESTIONS])
async def test_a_question_names_the_keys_that_answer_it_now(
    busy_lab: Lab, place: str, make: Make, unnamed: frozenset[str]
) -> None:
    rows = [row.id for row in rows_at(place) if row.id not in unnamed]
    keys = {what: f"f{number}" for number, what in enumerate(rows, start=2)}
    app = remapped(busy_lab, keys)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.overview is not None and len(app.overview.runs) > 2)
        question = make(app)
        app.push_screen(question)
        await until(pilot, lambda: app.screen is question)
        await pilot.pause()
        for what, key in keys.items():
            assert re.search(rf"{key}\b|{key}f", told(app)), what
        assert "esc" not in told(app).split()


@pytest.mark.parametrize(
    ("keys", "way", "named"),
    [
        ({"screen.runs": "f2", "screen.setup": "f3"}, ("f2",), "press f3 to set up a session"),
        ({"screen.people": "f2", "participant.register": "f3"}, ("f2",), "Nobody yet: press f3"),
        ({"screen.live": "f2", "screen.setup": "f3"}, ("f2",), "▸ f3 set up a session"),
        ({"screen.setup": "f3", "screen.people": "f2"}, ("f3",), "▸ f2  Register a participant"),
        ({"screen.train": "f2", "screen.setup": "f3"}, ("f2",), "▸ f3 set up a session"),
        (
            {"screen.results": "f2", "screen.people": "f3", "participant.register": "f4"},
            ("f2",),
            "▸ f3 people   f4 register the first",
        ),
        (
            {"bundle.export": "f2", "bundle.import": "f3", "backup.make": "f4"},
            ("8",),
            "f2 gives a bundle out, f3 brings one in, f4 makes a backup",
        ),
    ],
)
async def test_an_empty_screen_names_the_key_that_leads_on_now(
    new_lab: Lab, keys: Mapping[str, str], way: tuple[str, ...], named: str
) -> None:
    app = remapped(new_lab, keys)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press(*way)
        await until(pilot, lambda: named in told(app))


async def test_home_and_the_set_up_name_the_key_of_the_next_action(busy_lab: Lab) -> None:
    app = remapped(
        busy_lab,
        {"home.do": "f2", "setup.person": "f3", "setup.search": "f4", "participant.search": "f5"},
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await until(pilot, lambda: text_of(app).count(" f2") > 0)
        await pilot.press("3")
        await until(pilot, lambda: "▸ f3  Continue" in told(app))
        assert app.screen.query_one("#who", Input).placeholder == "f4 search by code or note"
        await pilot.press("2")
        await until(pilot, lambda: bool(app.screen.query("#wanted")))
        assert app.screen.query_one("#wanted", Input).placeholder == "f5 search by code or note"


async def test_the_gate_and_whoever_watches_name_the_keys_that_decide_now(lab: Lab) -> None:
    run = at_the_gate(lab)
    keys = {"window.accept-with-reason": "f2", "run.redo": "f3", "window.fail": "f4"}
    app = remapped(lab, {**keys, "run.note": "f5", "question.back": "f6"})
    with lab.recording(run):
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None)
            choices = "▸ f2 accept with a reason     f3 redo     f4 fail"
            await until(pilot, lambda: choices in told(app))
            await pilot.press("f5")
            await until(pilot, lambda: "the moment you pressed f5." in told(app))
    run.close()


async def test_a_run_names_the_key_that_decides_about_its_data_now(lab: Lab) -> None:
    broken_off(lab)
    app = remapped(lab, {"run.decide": "f2"})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("5", "enter")
        await until(pilot, lambda: "until the participant was asked: f2 decides" in told(app))


@pytest.mark.parametrize(("keys", "key"), [({}, "enter"), ({"participant.set-up": "f2"}, "f2")])
async def test_who_was_registered_is_told_with_the_key_of_people_while_one_is_there(
    lab: Lab, keys: dict[str, str], key: str
) -> None:
    """The notice goes with the screen whose key it names, whichever that is."""
    app = remapped(lab, keys)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await until(pilot, lambda: isinstance(app.screen, PersonForm))
        await pilot.press("ctrl+s")
        said = f"S13 is registered: {key} sets up a session."
        await until(pilot, lambda: app.notice[0] == said)
        await pilot.press(key)
        await until(pilot, lambda: app.current_mode == "setup")
        await pilot.pause()
        assert app.notice[0] == ""


async def test_another_notice_stays_when_people_are_left(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2")
        await until(pilot, lambda: app.current_mode == "people")
        said = "Told by somebody else: enter sets up a session."
        app.say(said)
        await pilot.press("1")
        await until(pilot, lambda: app.current_mode == "home")
        await pilot.pause()
        assert app.notice[0] == said


def test_keys_in_use_are_those_of_the_config_else_those_that_are_shipped() -> None:
    key_of = KeysInUse({"run.mark": "m", "run.pause": "question_mark,f9"})
    assert key_of("run.mark") == "m"
    assert key_of.all_of("run.pause") == ("?", "f9")
    assert key_of("form.keep") == "^s"
    assert all(key_of.all_of(row.id) for place in PLACES for row in rows_at(place))
    with pytest.raises(LookupError, match=r"run\.mrk"):
        key_of("run.mrk")


def remapped(lab: Lab, keys: Mapping[str, str]) -> FemoApp:
    return FemoApp(console(lab).desk, keys=keys)
