"""A page is written from the screens that show what it is of."""

from __future__ import annotations

from pathlib import Path

from femo_tui.store.layout import EXPORTS
from femo_tui.ui.app import FemoApp
from tests.support.web_page import Page
from tests.ui.by_keys import at_results, review
from tests.ui.lab import Lab
from tests.ui.results_store import CODES, fill, looks
from tests.ui.still import console
from tests.ui.waits import until

SLOW_S = 45.0  # a process of its own begins, and loads what computes


def notice(app: FemoApp) -> str:
    return app.notice[0]


def written(root: Path) -> Page:
    (path,) = (root / EXPORTS).glob("*.html")
    assert path.stat().st_mode & 0o777 == 0o600
    return Page.read(path)


async def test_o_writes_the_run_that_is_reviewed(lab: Lab, run_dir: Path) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await review(pilot)
        await pilot.press("o")
        await until(pilot, lambda: notice(app).startswith("Written: "), SLOW_S)
    page = written(lab.root)
    assert page.root.one("h1").text == "S10, session 1, run 1"
    assert page.table("Quality of each window")


async def test_o_writes_the_study_with_p_as_it_is_shown(root: Path) -> None:
    fill(root, *CODES)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot)
        await pilot.press("o")
        await until(pilot, lambda: notice(app).startswith("Written: "), SLOW_S)
    rows = written(root).table("In numbers: the primary family")
    assert {row["Exact p"] for row in rows} == {"hidden"}
    assert looks(root) == []


async def test_o_says_why_no_page_can_be_written(root: Path) -> None:
    fill(root, *CODES)
    (root / EXPORTS).write_text("a file where the folder should be")
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot)
        await pilot.press("o")
        await until(
            pilot, lambda: f"{root / EXPORTS}: this leads through a file" in notice(app), SLOW_S
        )
