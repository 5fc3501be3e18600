"""Pictures of a state of the console, at both sizes, dark and light: as they were looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from femo_tui.ui import theme
from femo_tui.ui.app import FemoApp
from tests.ui.waits import until

Scene: TypeAlias = Callable[[Pilot[None]], Awaitable[None]]  # leads the console to a state

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "34x7": (34, 7)}
LOOKS = ("80x24", "120x40", "120x40-light", "80x24-light")
SMALL = ("80x24",)  # for what differs in its colours or its size alone
# Workers that go on for as long as one looks, or wait for an answer to a question.
QUIET = frozenset({"follow", "default", "picture", "settle", "judge", "ask", "decide", "long"})


class Pictures:
    """Compares what a console shows with the pictures of the test."""

    def __init__(self, kept: SnapshotAssertion) -> None:
        self._kept = kept.use_extension(SVGImageExtension)

    async def __call__(self, app: FemoApp, scene: Scene, looks: Sequence[str] = LOOKS) -> None:
        """Lead `app` to a scene and compare it in each look: the state stays, its looks change."""
        async with app.run_test(size=SIZES[looks[0].partition("-")[0]]) as pilot:
            await scene(pilot)
            for look in looks:
                await _take_on(pilot, app, look)
                picture = app.export_screenshot(title="femo", simplify=True)
                assert picture == self._kept(name=look), f"{look}: --snapshot-update, and look"


def prepare(*keys: str) -> Scene:
    """Wait until the store has been read, then press `keys`, waiting for workers in between."""

    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, FemoApp)
        app.screen.can_focus = False
        await until(pilot, lambda: app.overview is not None)
        await still(pilot)  # unfinished runs are entered after the first look
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await still(pilot)

    return run


async def _take_on(pilot: Pilot[None], app: FemoApp, look: str) -> None:
    size, _, light = look.partition("-")
    if app.size != SIZES[size]:
        await pilot.resize_terminal(*SIZES[size])
    app.theme = theme.LIGHT.name if light else theme.DARK.name
    for screen in app.screen_stack:
        for field in screen.query(Input):
            field.cursor_blink = False
    await still(pilot)


async def still(pilot: Pilot[None]) -> None:
    """Wait until nothing is read or drawn any more."""
    await pilot.pause()
    await until(pilot, lambda: not [w for w in pilot.app.workers if w.group not in QUIET])
    await pilot.wait_for_scheduled_animations()
    await pilot.pause()
