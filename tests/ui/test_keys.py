"""Keys: each has its help, stands in the README, and can be given another place on the keyboard."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

import femo_tui.ui
from femo_tui.config import load_config
from femo_tui.errors import UsageError
from femo_tui.ui.app import FemoApp
from femo_tui.ui.keys import PLACES, bindings_at, keymap_of, rows_at
from femo_tui.ui.screens.help import HelpScreen
from femo_tui.ui.screens.people import PeopleScreen
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.widgets.frame import NoticeLine
from tests.support.key_table import README, key_table
from tests.ui.lab import Lab
from tests.ui.pictures import still
from tests.ui.shown import keys as keys_of
from tests.ui.still import console
from tests.ui.waits import until

# What the palette may say is done; a thing or a place is none of them.
VERBS = frozenset(
    [
        "Accept",
        "Answer",
        "Back",
        "Calibrate",
        "Check",
        "Choose",
        "Continue",
        "Copy",
        "Decide",
        "Do",
        "Edit",
        "Export",
        "Fail",
        "Go",
        "Help",
        "Import",
        "Index",
        "Leave",
        "List",
        "Look",
        "Move",
        "Open",
        "Reassign",
        "Recheck",
        "Redraw",
        "Refresh",
        "Register",
        "Scroll",
        "Search",
        "Set",
        "Settle",
        "Show",
        "Start",
        "Switch",
        "Verify",
        "Withdraw",
        "Write",
    ]
)


def classes_with_keys() -> set[str]:
    """Return `module:class` of every class of the console that declares bindings."""
    found = set()
    for module in pkgutil.walk_packages(femo_tui.ui.__path__, "femo_tui.ui."):
        loaded = import_module(module.name)
        for name, member in vars(loaded).items():
            own = isinstance(member, type) and member.__module__ == module.name
            if own and member.__dict__.get("BINDINGS"):
                found.add(f"{module.name.removeprefix('femo_tui.ui.')}:{name}")
    return found


def test_no_class_with_keys_is_left_out_of_the_help() -> None:
    assert classes_with_keys() == {name for names in PLACES.values() for name in names}


@pytest.mark.parametrize("place", PLACES)
def test_every_key_has_a_name_and_says_what_it_does(place: str) -> None:
    for binding in bindings_at(place):
        assert "." in (binding.id or ""), binding
        assert len(binding.tooltip) > 1, binding
        assert binding.description, binding


def test_the_readme_has_the_table_of_all_keys() -> None:
    assert key_table() in README.read_text("utf-8"), "run: python -m tests.support.key_table"


def test_no_place_has_a_key_for_two_things_but_by_turns() -> None:
    """`p` pauses and resumes; enter does what the list with the focus says."""
    by_turns = {
        ("run.pause", "run.resume"),
        ("setup.continue", "setup.next-field", "setup.person", "setup.protocol"),
    }
    for place in PLACES:
        rows = rows_at(place)
        for key in {key for row in rows for key in row.keys}:
            names = tuple(row.id for row in rows if key in row.keys)
            assert len(names) == 1 or names in by_turns, (place, key, names)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"run.mrk": "m"}, "nothing is called 'run.mrk'; did you mean run.mark?"),
        ({"run.mark": "p"}, "p is used twice (Live), by run.mark and run.pause"),
        ({"run.mark": "q"}, "q is used twice (Live), by run.mark and app.leave"),
        ({"run.mark": "spacebar"}, "run.mark = 'spacebar' is no key"),
        ({"run.mark": ""}, "run.mark = '' is no key"),
    ],
)
def test_a_keymap_that_cannot_be_is_refused_in_one_sentence(
    wanted: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError) as refused:
        keymap_of(wanted)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_keys_may_change_places_and_leave_those_that_shared_them_where_they_are() -> None:
    swapped = {"run.mark": "n", "run.note": "space"}
    assert keymap_of(swapped) == swapped
    assert keymap_of({"run.pause": "f9"}) == {"run.pause": "f9", "run.resume": "p"}


async def test_a_key_of_the_config_is_used_shown_and_helped_with(lab: Lab) -> None:
    app = remapped(lab, {"participant.register": "plus", "screen.people": "f2", "app.help": "f12"})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2")
        await pilot.pause()
        assert app.current_mode == "home"
        await pilot.press("f2")
        await until(pilot, lambda: "+ new" in keys_of(app) and "f12 help" in keys_of(app))
        await pilot.press("f12")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape")
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, PeopleScreen)
        await pilot.press("plus")
        await until(pilot, lambda: isinstance(app.screen, PersonForm))


async def test_a_keymap_that_cannot_be_is_told_whole_and_the_usual_keys_work(lab: Lab) -> None:
    app = remapped(lab, {"screen.people": "f2", "run.mrk": "m"})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        told = " ".join(app.screen.query_one(NoticeLine).text.split())
        assert "did you mean run.mark?" in told
        assert told.endswith("Until then femo's own keys are in use.")
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen))


async def test_f1_helps_also_while_one_writes(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await until(pilot, lambda: isinstance(app.screen, PersonForm))
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


@pytest.mark.parametrize(
    "keys",
    [*((key,) for key in "12345678"), ("3", "enter"), ("5", "enter")],
)
async def test_the_palette_names_each_thing_once_as_noun_and_verb(
    busy_lab: Lab, keys: tuple[str, ...]
) -> None:
    app = console(busy_lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in keys:
            await pilot.press(key)
            await still(pilot)
        found = list(app.get_system_commands(app.screen))
        active = [one.binding for one in app.screen.active_bindings.values() if one.enabled]
    titles = [command.title for command in found]
    assert len(titles) == len(set(titles)) > 8
    for command in found:
        noun, verb = command.title.split(": ")
        assert verb.split()[0] in VERBS, command.title
        assert noun[0].isupper()
        assert command.help
    actions = {one.action for one in active if one.id} - {"command_palette"}
    assert len(actions) == len(found)


def test_the_config_names_keys_with_and_without_quotes(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        'theme = "light"\n[keys]\n"run.mark" = "m"\nrun.note = "o"\n"app.leave" = "ctrl+k"\n',
        "utf-8",
    )
    config = load_config(file)
    assert config.theme == "light"
    assert config.keys == {"run.mark": "m", "run.note": "o", "app.leave": "ctrl+k"}
    for wrong in ('theme = "blue"', "keys = 3", '[keys]\n"run.mark" = 3'):
        file.write_text(wrong, "utf-8")
        with pytest.raises(UsageError, match=r"config\.toml"):
            load_config(file)


def remapped(lab: Lab, keys: dict[str, str]) -> FemoApp:
    return FemoApp(console(lab).desk, keys=keys)
