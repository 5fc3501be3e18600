"""The ways through the console by keys, each waited for at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.widgets import Input

from femo_tui.training import client
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.results import ResultsScreen
from femo_tui.ui.screens.run import RunScreen
from femo_tui.ui.screens.train import TrainScreen
from tests.ui.lab import Lab
from tests.ui.pictures import still
from tests.ui.shown import keys, text_of
from tests.ui.still import console
from tests.ui.waits import until

BUSY_S = 50.0
TO_DEVICES = ("3", "enter", "enter")  # of the set-up
TO_FACTS = (*TO_DEVICES, "enter")


@asynccontextmanager
async def at(lab: Lab, key: str) -> AsyncIterator[tuple[FemoApp, Pilot[None]]]:
    """Run the console and go to an area."""
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press(key)
        await pilot.pause()
        yield app, pilot


async def on(pilot: Pilot[None], screen: type) -> None:
    """Wait for a screen; what a process of its own does takes a while on a busy machine."""
    await until(pilot, lambda: isinstance(pilot.app.screen, screen), BUSY_S)


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is at work but what goes on for as long as one looks."""
    quiet = {"follow", "default"}
    await until(pilot, lambda: not [w for w in pilot.app.workers if w.group not in quiet])
    await pilot.pause()


async def made_tiny_and_large(pilot: Pilot[None]) -> None:
    """Make the terminal tiny, and large again: it shows what it showed before."""
    app = console_of(pilot)
    await settled(pilot)
    before = text_of(app)
    await pilot.resize_terminal(20, 5)
    await settled(pilot)
    await pilot.press("down", "up")
    await pilot.resize_terminal(80, 24)
    await settled(pilot)
    assert text_of(app) == before


async def type_into(pilot: Pilot[None], field: str, text: str) -> None:
    """Write into a field of the topmost screen as if it had been typed."""
    pilot.app.screen.query_one(field, Input).value = text
    await pilot.pause()


async def attached(pilot: Pilot[None]) -> None:
    """Wait until Live shows the run."""
    app = console_of(pilot)
    await until(pilot, lambda: app.current_mode == "live" and app.screen.has_class("-run"))
    await still(pilot)


async def review(pilot: Pilot[None]) -> None:
    """Go to the newest run."""
    app = console_of(pilot)
    await until(pilot, lambda: app.overview is not None)
    await pilot.press("5", "enter")
    await until(pilot, lambda: isinstance(app.screen, RunScreen) and "faces" in keys(app))


async def at_results(pilot: Pilot[None], *then: str) -> None:
    """Go to the results and press keys, each once all that was asked for before is there."""
    app = console_of(pilot)
    await until(pilot, lambda: app.overview is not None)
    await pilot.press("7")
    screen = app.screen
    await until(pilot, lambda: isinstance(screen, ResultsScreen) and screen.results is not None)
    await still(pilot)
    for key in then:
        await pilot.press(key)
        await still(pilot)


async def at_train(pilot: Pilot[None], *then: str) -> None:
    """Go to training, and press keys once all that there is stands on the screen."""
    app = console_of(pilot)
    await until(pilot, lambda: app.overview is not None)
    await pilot.press("6")
    await until(pilot, lambda: isinstance(app.screen, TrainScreen))
    train = app.screen
    assert isinstance(train, TrainScreen)
    await until(pilot, lambda: train.models is not None and train.survey is not None)
    if client.trainings(app.desk.store_root):
        await until(pilot, lambda: train.now is not None)
    for key in then:
        await still(pilot)
        await pilot.press(key)
    await still(pilot)


def console_of(pilot: Pilot[None]) -> FemoApp:
    assert isinstance(pilot.app, FemoApp)
    return pilot.app
