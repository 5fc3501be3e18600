"""A finished run reviewed: verdicts and faces judged afterwards, verified, its events read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from femo_tui.model.run_state import RunStatus
from femo_tui.store.catalog import Catalog
from femo_tui.store.run_reader import RunReader
from femo_tui.store.verify import verify_run
from femo_tui.ui.screens.dialogs import AskText
from femo_tui.ui.screens.faces import FacesScreen
from femo_tui.ui.screens.run import RunScreen
from femo_tui.ui.screens.run_events import EventsScreen
from femo_tui.ui.widgets.face_grid import FaceGrid
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.trace import minute_axis
from tests.ui.by_keys import on, review
from tests.ui.lab import NOON, Lab
from tests.ui.shown import keys
from tests.ui.still import console
from tests.ui.waits import until


async def test_a_window_is_failed_afterwards_with_a_reason_and_accepted_again(
    lab: Lab, run_dir: Path
) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await review(pilot)
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
        await review(pilot)
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
        await review(pilot)
        await pilot.press("v")
        await until(pilot, lambda: app.notice[0].endswith("every row reads."))
        (run_dir / "gsr.csv").chmod(0o600)
        with (run_dir / "gsr.csv").open("a") as rows:
            rows.write("1.0,,,1\n")
        await pilot.press("v")
        await until(pilot, lambda: "changed since the run was sealed" in app.notice[0])


async def test_where_much_is_wrong_the_command_that_tells_it_names_this_run(
    lab: Lab, run_dir: Path
) -> None:
    later = lab.begin("S10", NOON - timedelta(hours=1))
    later.steps(0, 1)
    later.finish(RunStatus.STOPPED, "stopped by ada")
    lab.index(later.run_dir)
    for name in ("gsr.csv", "frames.csv"):
        (run_dir / name).chmod(0o600)
        (run_dir / name).write_text("t_s\n", "utf-8")
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("5", "down", "enter")
        await on(pilot, RunScreen)
        await pilot.press("v")
        place = "/".join(run_dir.parts[-3:])
        await until(pilot, lambda: f"more: `femo show {place} --verify`)" in app.notice[0])


async def test_what_happened_is_listed_by_time(lab: Lab, run_dir: Path) -> None:
    app = console(lab)
    async with app.run_test(size=(120, 40)) as pilot:
        await review(pilot)
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
