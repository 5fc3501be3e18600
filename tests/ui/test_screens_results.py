"""Pictures of the Results screen on stores whose figures are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from femo_tui.model.run_state import RunStatus
from tests.support.gsr_store import register, write_run
from tests.ui.by_keys import at_results
from tests.ui.lab import Lab
from tests.ui.pictures import Pictures, Scene
from tests.ui.results_store import CODES, fill
from tests.ui.still import console


def shown(*keys: str) -> Scene:
    """Lead a console to the results, and press keys there."""

    async def run(pilot: Pilot[None]) -> None:
        await at_results(pilot, *keys)

    return run


async def test_p_hidden(pictures: Pictures, root: Path) -> None:
    fill(root, *CODES)
    await pictures(console(Lab(root)), shown())


async def test_p_shown(pictures: Pictures, root: Path) -> None:
    fill(root, *CODES, simulated=True)
    await pictures(console(Lab(root)), shown("h", "y"))


async def test_tables(pictures: Pictures, root: Path) -> None:
    fill(root, *CODES, planned_n=8)
    keys = ("down", "enter")
    await pictures(console(Lab(root)), shown(*keys))


async def test_plot(pictures: Pictures, root: Path) -> None:
    fill(root, *CODES)
    await pictures(console(Lab(root)), shown("down", "p"))


async def test_notes(pictures: Pictures, root: Path) -> None:
    fill(root, *CODES)
    await pictures(console(Lab(root)), shown("n"))


async def test_no_participants(pictures: Pictures, root: Path) -> None:
    root.mkdir()
    await pictures(console(Lab(root)), shown())


async def test_methods(pictures: Pictures, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(root, *CODES)
    monkeypatch.setattr("femo_tui.stats.render.methods.version", lambda _: "1.2.3")
    monkeypatch.setattr("platform.python_version", lambda: "3.11.2")
    await pictures(console(Lab(root)), shown("m"))


async def test_one_participant(pictures: Pictures, root: Path) -> None:
    fill(root, "S01")
    await pictures(console(Lab(root)), shown())


async def test_nobody_counts(pictures: Pictures, root: Path) -> None:
    fill(root, planned_n=12)
    write_run(root, "S01", {}, status=RunStatus.STOPPED)
    register(root, "S01", "S02")
    await pictures(console(Lab(root)), shown())


async def test_the_question_of_the_baseline(pictures: Pictures, root: Path) -> None:
    fill(root, *CODES)
    await pictures(console(Lab(root)), shown("b"))


async def test_the_question_of_a_file(pictures: Pictures, root: Path) -> None:
    fill(root, *CODES)
    await pictures(console(Lab(root)), shown("e"))
