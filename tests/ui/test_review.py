"""A finished run reviewed: verdicts and faces judged afterwards, verified, its events read."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from femo_tui.model.progress import Progress, Report
from femo_tui.model.run_state import RunStatus
from femo_tui.store.catalog import Catalog
from femo_tui.store.run_reader import RunReader
from femo_tui.store.verify import verify_run
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.dialogs import AskText
from femo_tui.ui.screens.faces import FacesScreen
from femo_tui.ui.screens.long_work import LongWork, Outcome
from femo_tui.ui.screens.run import RunScreen
from femo_tui.ui.screens.run_events import EventsScreen
from femo_tui.ui.widgets.face_grid import FaceGrid
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.progress import progress_lines
from femo_tui.ui.widgets.trace import minute_axis
from femo_tui.ui.words import THIN
from tests.ui.conftest import console
from tests.ui.lab import NOON, Lab
from tests.ui.test_console import keys
from tests.ui.waits import until


def small_face() -> bytes:
    """Return a JPEG whose left half is dark and whose right half is bright."""
    import cv2
    import numpy as np

    image = np.zeros((96, 96, 3), np.uint8)
    image[:, 48:] = 240
    return bytes(cv2.imencode(".jpg", image)[1])


@pytest.fixture
def run_dir(lab: Lab) -> Path:
    """A sealed run of the first five steps, in the catalog."""
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.face_jpeg = small_face()
    run.steps(0, 5)
    run.mark("coughs", 130.0)
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    lab.index(run.run_dir)
    return run.run_dir


async def review(pilot: Pilot[None], app: FemoApp) -> None:
    await until(pilot, lambda: app.overview is not None)
    await pilot.press("5", "enter")
    await until(pilot, lambda: isinstance(app.screen, RunScreen) and "faces" in keys(app))


async def test_a_window_is_failed_afterwards_with_a_reason_and_accepted_again(
    lab: Lab, run_dir: Path
) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await review(pilot, app)
        await pilot.press("down", "down")  # the stress film
        await until(pilot, lambda: "x fail" in keys(app) and "a accept" not in keys(app))
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press("enter")  # no reason, no verdict
        assert isinstance(app.screen, AskText)
        await pilot.press(*"spoke", "enter")
        await until(pilot, lambda: "a accept" in keys(app))
        assert "failed: spoke (ada, afterwards)" in app.screen.query_one("#window", Lines).text
        assert accepted(lab, "S10") == 2
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press(*"before", "enter")
        await until(pilot, lambda: "x fail" in keys(app))
    snapshot = RunReader(run_dir).poll()
    assert [(a.about, a.decided, a.reason) for a in snapshot.amendments] == [
        ("stress-1", "failed", "spoke"),
        ("stress-1", "accepted_with_reason", "before"),
    ]
    assert accepted(lab, "S10") == 3
    assert verify_run(run_dir) == []


def accepted(lab: Lab, code: str) -> int:
    with Catalog.open(lab.root) as catalog:
        return catalog.runs(code)[0].windows_accepted


async def test_faces_are_looked_through_and_rejected(lab: Lab, run_dir: Path) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await review(pilot, app)
        await pilot.press("down", "enter")  # the first neutral film
        await until(pilot, lambda: isinstance(app.screen, FacesScreen))
        grid = app.screen.query_one(FaceGrid)
        await until(pilot, lambda: len(grid._pictures) > 20)
        first = grid.frame
        assert first is not None
        levels = grid._pictures[first.frame]
        assert levels[4][0] < 3 < 9 < levels[4][-1]  # dark on the left, bright on the right
        await pilot.press("right", "space", "right", "space")
        assert "2 picked" in app.screen.query_one("#faces-heading", Lines).text
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press(*"hand", "enter")
        await until(pilot, lambda: "2 out" in app.screen.query_one("#faces-heading", Lines).text)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await until(pilot, lambda: "2 faces out" in app.screen.query_one("#facts", Lines).text)
    rejected = RunReader(run_dir).poll().rejected_frames
    assert rejected == {first.frame + 1, first.frame + 2}
    assert verify_run(run_dir) == []


async def test_verifying_says_what_is_wrong(lab: Lab, run_dir: Path) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await review(pilot, app)
        await pilot.press("v")
        await until(pilot, lambda: app.notice[0].endswith("every row reads."))
        (run_dir / "gsr.csv").chmod(0o600)
        with (run_dir / "gsr.csv").open("a") as rows:
            rows.write("1.0,,,1\n")
        await pilot.press("v")
        await until(pilot, lambda: "changed since the run was sealed" in app.notice[0])


async def test_what_happened_is_listed_by_time(lab: Lab, run_dir: Path) -> None:
    app = console(lab)
    async with app.run_test(size=(120, 40)) as pilot:
        await review(pilot, app)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EventsScreen))
        await pilot.pause()
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "coughs, ada" in shown
        assert "Stress_S, stress-1 opens (±17 ms)" in shown
        assert shown.index("coughs") < shown.index("Stress_S, stress-1 opens")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_every_run_is_indexed_again_on_request(lab: Lab, run_dir: Path) -> None:
    (lab.root / "catalog.db").unlink()
    lab.register()
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("5")
        await until(pilot, lambda: "i index" in keys(app))
        await pilot.press("i")
        await until(pilot, lambda: app.notice[0] == "1 run indexed, 0 removed.")


# --- long work -----------------------------------------------------------------------------------


async def test_long_work_is_cancelled_and_leaves_nothing_running(lab: Lab) -> None:
    told, ended = threading.Event(), threading.Event()

    def endless(report: Report) -> int:
        try:
            while True:
                report(Progress(1, 10, "runs"))
                told.set()
                ended.wait(0.01)
        finally:
            ended.set()

    app = console(lab)
    outcomes: list[Outcome[int] | None] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(LongWork("Index every run again", endless), outcomes.append)
        await until(pilot, lambda: told.is_set() and isinstance(app.screen, LongWork))
        await until(pilot, lambda: "1 of 10 runs" in app.screen.query_one("#progress", Lines).text)
        await pilot.press("escape")
        await until(pilot, lambda: bool(outcomes))
        assert ended.is_set()
    assert outcomes[0] is not None
    assert outcomes[0].cancelled


def test_progress_tells_rate_and_time_left_once_it_can() -> None:
    bar, figures = progress_lines(Progress(50_000_000, 200_000_000, "bytes"), 10.0, 40)
    assert bar.plain == "━" * 10 + "─" * 30
    assert figures.plain == "50.0 MB of 200 MB   5.0 MB/s   00:30 left".replace(" MB", f"{THIN}MB")
    assert progress_lines(Progress(0, 5, "runs"), 0.2, 40)[1].plain == "0 of 5 runs"
    assert progress_lines(None, 3.0, 40)[1].plain == "… 00:03"


@pytest.mark.parametrize(
    ("span_s", "width", "words"),
    [
        (600.0, 64, ["0", "2", "4", "6", "8", "10", "min"]),
        (30.0, 40, ["0", "10", "20", "30", "s"]),
        (7200.0, 40, ["0", "30", "60", "90", "120", "min"]),
    ],
)
def test_the_axis_of_time_has_round_numbers(span_s: float, width: int, words: list[str]) -> None:
    axis = minute_axis(span_s, width)
    assert len(axis) == width
    assert axis.split() == words
