"""A real store on a disk, and the console on it driven by keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Static

from femo_tui.model.run_state import RunStatus
from femo_tui.ui.app import FemoApp
from femo_tui.ui.widgets.frame import KeyLine
from femo_tui.ui.widgets.lines import Lines
from tests.ui.conftest import console
from tests.ui.lab import NOON, Lab
from tests.ui.test_review import small_face
from tests.ui.waits import until

BUSY_S = 50.0


def record(lab: Lab, code: str) -> Path:
    run = lab.begin(code, NOON - timedelta(hours=2))
    run.face_jpeg = small_face()
    run.steps(0, 5)
    run.mark("Anna coughs", 130.0)
    run.steps(5, 7)
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    lab.index(run.run_dir)
    return run.run_dir


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


def told(app: FemoApp) -> str:
    """Return what the topmost screen says."""
    screen = app.screen
    parts = [str(one.render()) for one in screen.query(Static)]
    return "\n".join([*parts, *(lines.text for lines in screen.query(Lines))])


def key_line(app: FemoApp) -> str:
    return app.screen.query_one(KeyLine).text


async def type_into(pilot: Pilot[None], field: str, text: str) -> None:
    """Write into a field of the topmost screen as if it had been typed."""
    pilot.app.screen.query_one(field, Input).value = text
    await pilot.pause()
