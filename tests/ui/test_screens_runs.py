"""Pictures of the runs and of one run in review, in every state they have."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from femo_tui.model.progress import Progress, Report
from femo_tui.model.records import Severity, Stream
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.store.catalog import Catalog
from femo_tui.store.disposal import decide_data
from femo_tui.store.judging import judge_frames, judge_window
from femo_tui.ui.screens import long_work
from femo_tui.ui.screens.long_work import LongWork
from femo_tui.ui.screens.lost import LostRunDialog
from femo_tui.ui.widgets.progress import ProgressBar
from tests.ui.faces import astronaut
from tests.ui.lab import NOON, PROTOCOL, Lab
from tests.ui.pictures import Pictures, prepare
from tests.ui.still import console
from tests.ui.waits import LIMIT_S, until


async def test_runs(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), prepare("5"))


async def test_runs_before_the_first(pictures: Pictures, lab: Lab) -> None:
    await pictures(console(lab), prepare("5"))


def _reviewed(lab: Lab) -> Path:
    """Return a sealed run that was judged once more."""
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.face_jpeg = astronaut()
    run.steps(0, 6)
    run.mark("coughs", 130.0)
    run.fault(Stream.GSR, "samples_lost", Severity.LOSS, "3 samples were lost", count=3)
    run.steps(6, len(PROTOCOL.steps))
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    judge_window(run.run_dir, "stress", 1, "failed", "eva", "spoke to the camera", lab.clock)
    lab.index(run.run_dir)
    return run.run_dir


async def test_one_run(pictures: Pictures, lab: Lab) -> None:
    _reviewed(lab)
    await pictures(console(lab), prepare("5", "enter", "down", "down"))


@pytest.mark.parametrize("key", ["a", "question_mark"])
async def test_one_run_asks(pictures: Pictures, lab: Lab, key: str) -> None:
    _reviewed(lab)
    await pictures(console(lab), prepare("5", "enter", "down", "down", key))


async def test_a_lost_run(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), prepare("5", "down", "down", "enter"))


async def test_a_run_without_a_window(pictures: Pictures, lab: Lab) -> None:
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.steps(0, 1)
    run.finish(RunStatus.STOPPED, "stopped by ada")
    await pictures(console(lab), prepare("5", "enter"))


@pytest.mark.parametrize("data", [RunData.UNTIL_ASKED, RunData.DISCARDED])
async def test_a_run_that_was_broken_off(pictures: Pictures, lab: Lab, data: RunData) -> None:
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.steps(0, 6)
    run.finish(RunStatus.ABORTED, "broken off by ada")
    with Catalog.open(lab.root, lab.clock) as catalog:
        catalog.index_run(run.run_dir)
        decide_data(catalog, run.run_dir, data, "ada", "asked to", lab.clock)
    await pictures(console(lab), prepare("5", "enter"))


async def test_a_run_with_rows_that_cannot_be_read(pictures: Pictures, lab: Lab) -> None:
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.steps(0, 6)
    with (run.run_dir / "gsr.csv").open("a") as rows:
        rows.write("205.000000,,,a thousand,4.1,ok\n205.1,,\n1e12,,,400.0,4.1,ok\n")
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    await pictures(console(lab), prepare("5", "enter"))


async def test_a_run_of_a_clock_that_is_ahead(pictures: Pictures, lab: Lab) -> None:
    run = lab.begin("S10", NOON + timedelta(days=300))
    run.steps(0, 3)
    run.finish(RunStatus.STOPPED, "stopped by ada")
    await pictures(console(lab), prepare("5", "enter"))


async def test_faces(pictures: Pictures, lab: Lab) -> None:
    run_dir = _reviewed(lab)
    judge_frames(run_dir, {972}, "eva", "a hand", lab.clock, accepted=False)
    keys = ("5", "enter", "down", "down", "enter", "right", "space")
    await pictures(console(lab), prepare(*keys))


async def test_faces_of_a_window_without_any(pictures: Pictures, lab: Lab) -> None:
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.unseen = 25
    run.steps(0, 5)
    run.finish(RunStatus.STOPPED, "stopped by ada")
    await pictures(console(lab), prepare("5", "enter", "down", "enter"))


async def test_events(pictures: Pictures, lab: Lab) -> None:
    _reviewed(lab)
    await pictures(console(lab), prepare("5", "enter", "e"))


async def test_long_work(pictures: Pictures, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight seconds have passed since it began, and it ends with the console."""
    times = iter([0.0])
    monkeypatch.setattr(long_work, "monotonic", lambda: next(times, 8.0))
    app, ended = console(lab), threading.Event()

    def verify(report: Report) -> None:
        report(Progress(61_000_000, 200_000_000, "bytes"))
        ended.wait(LIMIT_S)

    async def scene(pilot: Pilot[None]) -> None:
        await prepare()(pilot)
        app.push_screen(LongWork("Verify S10 run-01", verify))
        while "left" not in "".join(line.text for line in app.screen.query(ProgressBar)):
            await pilot.pause(0.05)

    try:
        await pictures(app, scene)
    finally:
        ended.set()


async def test_a_lost_run_asks_what_becomes_of_it(pictures: Pictures, busy_lab: Lab) -> None:
    app = console(busy_lab)

    async def scene(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.overview is not None and bool(app.overview.runs))
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(app.screen, LostRunDialog))

    await pictures(app, scene)
