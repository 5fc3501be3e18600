"""A page is written from the screens that show what it is of."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from femo_tui.model.run_state import RunStatus
from femo_tui.store.layout import EXPORTS
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.results import ResultsScreen
from femo_tui.ui.screens.run import RunScreen
from tests.support.web_page import Page
from tests.ui.conftest import console
from tests.ui.lab import NOON, Lab
from tests.ui.test_results import CODES, fill, looks
from tests.ui.waits import until

SLOW_S = 45.0  # a process of its own begins, and loads what computes


def notice(app: FemoApp) -> str:
    return app.notice[0]


def written(root: Path) -> Page:
    (path,) = (root / EXPORTS).glob("*.html")
    assert path.stat().st_mode & 0o777 == 0o600
    return Page.read(path)


async def test_o_writes_the_run_that_is_reviewed(lab: Lab) -> None:
    run = lab.begin("S10", NOON - timedelta(hours=2))
    run.steps(0, 5)
    run.finish(RunStatus.COMPLETE, "the protocol is complete")
    lab.index(run.run_dir)
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("5", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.press("o")
        await until(pilot, lambda: notice(app).startswith("Written: "), SLOW_S)
    page = written(lab.root)
    assert page.root.one("h1").text == "S10, session 1, run 1"
    assert page.table("Quality of each window")


async def test_o_writes_the_study_with_p_as_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEMO_STATE_DIR", str(tmp_path / "state"))
    root = tmp_path / "store"
    fill(root, *CODES)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("7")
        screen = app.screen
        await until(pilot, lambda: isinstance(screen, ResultsScreen) and screen.results is not None)
        await pilot.press("o")
        await until(pilot, lambda: notice(app).startswith("Written: "), SLOW_S)
    rows = written(root).table("In numbers: the primary family")
    assert {row["Exact p"] for row in rows} == {"hidden"}
    assert looks(root) == []


async def test_o_says_why_no_page_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEMO_STATE_DIR", str(tmp_path / "state"))
    root = tmp_path / "store"
    fill(root, *CODES)
    (root / EXPORTS).write_text("a file where the folder should be")
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("7")
        screen = app.screen
        await until(pilot, lambda: isinstance(screen, ResultsScreen) and screen.results is not None)
        await pilot.press("o")
        await until(
            pilot, lambda: f"{root / EXPORTS}: this leads through a file" in notice(app), SLOW_S
        )
