"""What goes wrong around the console is a state on the screen: slow, locked, small, out of time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest
from textual.widgets import Input

from femo_tui.model.clock import VirtualClock
from femo_tui.store.catalog import sqlite
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.screens.help import HelpScreen
from femo_tui.ui.screens.history import HistoryScreen
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.screens.stage_protocol import ProtocolChoice
from tests.support.slow_disk import slow_disk
from tests.ui.by_keys import TO_DEVICES, TO_FACTS, made_tiny_and_large, on, settled
from tests.ui.lab import Lab
from tests.ui.shown import text_of
from tests.ui.states import CHECKS
from tests.ui.still import console
from tests.ui.waits import until


@contextmanager
def locked(lab: Lab) -> Iterator[None]:
    """Hold the catalog as another program does that neither reads nor writes beside others."""
    other = sqlite3.connect(lab.root / "catalog.db", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


# --- small ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("2",),
        ("2", "n"),
        ("2", "h"),
        ("3", "enter"),
        ("4",),
        ("5",),
        ("7",),
        TO_DEVICES,
        (*TO_DEVICES, "v"),
        TO_FACTS,
        (*TO_DEVICES, "question_mark"),
        ("ctrl+p",),
    ],
    ids=lambda keys: "-".join(keys) or "home",
)
async def test_a_terminal_made_tiny_and_large_again_shows_what_it_showed(
    busy_lab: Lab, keys: tuple[str, ...]
) -> None:
    app = console(busy_lab, CHECKS)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await made_tiny_and_large(pilot)


# --- slow -------------------------------------------------------------------------------------


async def test_a_slow_disk_never_holds_up_a_key(busy_lab: Lab) -> None:
    app = FemoApp(Desk(busy_lab.root, "ada", clock=busy_lab.clock))
    with slow_disk(busy_lab.root) as disk:
        async with app.run_test(size=(80, 24)) as pilot:
            assert "reading the store …" in text_of(app)
            await pilot.press("2")
            await until(pilot, lambda: app.overview is not None)
            await until(pilot, lambda: "S12" in text_of(app))
            await pilot.press("h")
            await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
            await until(pilot, lambda: "entered by" in text_of(app))
            await pilot.press("escape", "n")
            await until(pilot, lambda: isinstance(app.screen, PersonForm))
            await pilot.press("ctrl+s")
            await until(pilot, lambda: "S13" in text_of(app) and app.screen.is_current)
            await pilot.press("3")
            await until(pilot, lambda: "S13" in text_of(app))
            await pilot.press("enter")
            await until(pilot, lambda: "quick" in text_of(app))
            await until(pilot, lambda: "steps" in text_of(app))
    assert len(disk.by_others) > 10
    assert disk.by_main == []


# --- locked -----------------------------------------------------------------------------------


async def test_a_locked_catalog_is_told_and_read_again_when_it_is_free(
    busy_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.3)
    app = console(busy_lab)
    with ExitStack() as held, slow_disk(busy_lab.root, 0.0) as disk:
        held.enter_context(locked(busy_lab))
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.trouble != "")
            assert "another femo has been writing for long" in " ".join(text_of(app).split())
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            await pilot.press("escape")
            held.close()
            await until(pilot, lambda: app.overview is not None)
            await until(pilot, lambda: "Set up a session for S12" in text_of(app))
            assert app.trouble == ""
    assert [touch for touch in disk.by_main if not touch.startswith("sqlite3")] == []


async def test_a_catalog_that_is_locked_for_five_seconds_holds_up_nothing_else(
    busy_lab: Lab,
) -> None:
    app = console(busy_lab)
    with ExitStack() as held:
        held.enter_context(locked(busy_lab))
        async with app.run_test(size=(80, 24)) as pilot:
            until_s = time.monotonic() + 5.0
            while time.monotonic() < until_s:
                for key, mode in (("2", "people"), ("4", "live"), ("1", "home")):
                    await pilot.press(key)
                    assert app.current_mode == mode
                assert app.overview is None
                shown = text_of(app)
                assert "reading the store …" in shown or "not known" in shown
                await pilot.pause(0.2)
            held.close()
            await until(pilot, lambda: "Set up a session for S12" in text_of(app))
            assert app.trouble == ""


async def test_the_protocol_of_the_study_is_pointed_at_once_the_study_is_known(
    lab: Lab,
) -> None:
    app = FemoApp(Desk(lab.root, "ada", clock=lab.clock))
    with ExitStack() as held:
        held.enter_context(locked(lab))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("3")
            await pilot.pause()
            assert app.overview is None
            held.close()
            await until(pilot, lambda: "S09" in text_of(app))
            await pilot.press("enter")
            choice = app.screen.query_one(ProtocolChoice)
            await until(pilot, lambda: choice.highlighted_option is not None)
            assert choice.highlighted_option is not None
            assert choice.highlighted_option.id == "wile2018"


async def test_who_registers_meanwhile_waits_for_the_lock_and_loses_nothing(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        other = sqlite3.connect(lab.root / "catalog.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await pilot.press("2", "n")
        await until(pilot, lambda: isinstance(app.screen, PersonForm))
        await pilot.press("ctrl+s")
        await pilot.press("1")  # keys do what they do while it waits
        await until(pilot, lambda: app.current_mode == "home")
        assert app.overview is not None
        assert len(app.overview.participants) == 4
        other.execute("ROLLBACK")
        other.close()
        await until(pilot, lambda: app.overview is not None and len(app.overview.participants) == 5)
        assert app.notice[0] == "S13 is registered."


async def test_what_was_written_of_somebody_who_could_not_be_registered_is_there_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.3)
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await on(pilot, PersonForm)
        await pilot.press("enter", "3", "1")
        with locked(lab):
            await pilot.press("ctrl+s")
            await until(pilot, lambda: "n shows again what you wrote." in app.notice[0])
        await pilot.press("n")
        await on(pilot, PersonForm)
        assert app.screen.query_one("#age", Input).value == "31"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.overview is not None and len(app.overview.participants) == 5)


# --- out of time ------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [1971, 2099])
async def test_a_clock_that_is_years_off_is_a_state_of_the_screens(
    busy_lab: Lab, year: int
) -> None:
    clock = VirtualClock(utc=datetime(year, 3, 1, tzinfo=UTC))
    app = FemoApp(Desk(busy_lab.root, "ada", clock=clock, zone=UTC))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        home = text_of(app)
        assert ("began in the future, 22 Nov 2026" in home) == (year < 2026)
        assert "nothing recorded yet" in home  # today
        for key in ("2", "h", "escape", "3", "5"):
            await pilot.press(key)
            await settled(pilot)
