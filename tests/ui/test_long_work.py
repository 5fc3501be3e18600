"""Long work in sight: it is cancelled, it ends at a defect, and it ends whatever lies over it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from femo_tui.model.progress import Progress, Report
from femo_tui.ui.screens.help import HelpScreen
from femo_tui.ui.screens.live import LiveScreen
from femo_tui.ui.screens.long_work import LongWork, Outcome
from femo_tui.ui.screens.runs import RunsScreen
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.progress import progress_lines
from femo_tui.ui.words import THIN
from tests.ui.by_keys import at, on
from tests.ui.lab import Lab
from tests.ui.waits import LIMIT_S, until


async def begun(pilot: Pilot[None], do: Callable[[Report], object]) -> list[object]:
    """Begin long work; return the list that its outcome comes into."""
    outcomes: list[object] = []
    pilot.app.push_screen(LongWork("Index every run again", do), outcomes.append)
    await on(pilot, LongWork)
    return outcomes


@pytest.mark.parametrize("key", ["escape", "c"])
async def test_long_work_is_cancelled_and_leaves_nothing_running(lab: Lab, key: str) -> None:
    ended = threading.Event()

    def endless(report: Report) -> None:
        try:
            while True:
                report(Progress(1, 10, "runs"))
                ended.wait(0.01)
        finally:
            ended.set()

    async with at(lab, "5") as (app, pilot):
        outcomes = await begun(pilot, endless)
        await until(pilot, lambda: "1 of 10 runs" in app.screen.query_one("#progress", Lines).text)
        await pilot.press(key)
        await until(pilot, lambda: bool(outcomes))
        assert ended.is_set()
    (outcome,) = outcomes
    assert isinstance(outcome, Outcome)
    assert outcome.cancelled


async def test_long_work_that_meets_a_defect_ends_and_says_so(lab: Lab) -> None:
    def stumble(report: Report) -> float:
        return 1 / 0

    async with at(lab, "5") as (_, pilot):
        outcomes = await begun(pilot, stumble)
        await until(pilot, lambda: bool(outcomes))
        await on(pilot, RunsScreen)
    (outcome,) = outcomes
    assert isinstance(outcome, Outcome)
    assert "a defect ended it: ZeroDivisionError" in outcome.problem


async def test_long_work_that_ends_under_the_help_takes_only_itself_away(lab: Lab) -> None:
    may_end = threading.Event()

    async with at(lab, "5") as (app, pilot):
        outcomes = await begun(pilot, lambda report: may_end.wait(LIMIT_S))
        await pilot.press("f1")
        await on(pilot, HelpScreen)
        may_end.set()
        await until(pilot, lambda: not [w for w in app.workers if w.group == "long"])
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await on(pilot, RunsScreen)
    assert outcomes == [Outcome(True)]


async def test_long_work_that_ends_while_one_is_elsewhere_is_gone_when_one_comes_back(
    lab: Lab,
) -> None:
    may_end = threading.Event()

    async with at(lab, "5") as (app, pilot):
        outcomes = await begun(pilot, lambda report: may_end.wait(LIMIT_S))
        app.go("live")  # as when a recorder has started
        await on(pilot, LiveScreen)
        may_end.set()
        await until(pilot, lambda: not [w for w in app.workers if w.group == "long"])
        assert isinstance(app.screen, LiveScreen)
        await pilot.press("5")
        await on(pilot, RunsScreen)
    assert outcomes == [Outcome(True)]


def test_progress_tells_rate_and_time_left_once_it_can() -> None:
    bar, figures = progress_lines(Progress(50_000_000, 200_000_000, "bytes"), 10.0, 40)
    assert bar.plain == "━" * 10 + "─" * 30
    assert figures.plain == "50.0 MB of 200 MB   5.0 MB/s   00:30 left".replace(" MB", f"{THIN}MB")
    assert progress_lines(Progress(0, 5, "runs"), 0.2, 40)[1].plain == "0 of 5 runs"
    assert progress_lines(None, 3.0, 40)[1].plain == "… 00:03"
