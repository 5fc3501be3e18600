"""What the Results screen promises, on stores whose figures are known."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.widgets import Input, Static

from femo_tui.cli import femo
from femo_tui.errors import StoreError
from femo_tui.model.study import Study
from femo_tui.stats.results import Asked, study_results
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.results import FORMS, Form
from femo_tui.ui.screens.results import ResultsScreen
from femo_tui.ui.widgets.comparison_lines import lines_of
from femo_tui.ui.widgets.comparisons import Comparisons
from tests.support.gsr_store import people_of, register, write_run
from tests.ui.by_keys import at_results
from tests.ui.lab import Lab
from tests.ui.pictures import still
from tests.ui.results_store import CODES, fill, looks
from tests.ui.shown import text_of
from tests.ui.still import console
from tests.ui.waits import until


def results_of(app: FemoApp) -> ResultsScreen:
    found = next(one for one in app.screen_stack if isinstance(one, ResultsScreen))
    assert found.results is not None
    return found


async def test_p_is_shown_after_a_yes_and_the_look_is_logged(root: Path) -> None:
    fill(root, *CODES)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot)
        assert "hidden" in text_of(app)
        assert ".008" not in text_of(app)
        await pilot.press("h", "enter")  # No is the answer of whoever just presses on
        await still(pilot)
        assert looks(root) == []
        assert "hidden" in text_of(app)
        await pilot.press("h", "y")
        await still(pilot)
        await until(pilot, lambda: ".008 *" in text_of(app))
        assert "1 look logged" in text_of(app)
        assert [(look["operator"], look["n"]) for look in looks(root)] == [("ada", 8)]
        await pilot.press("1", "7")
        await still(pilot)
        assert ".008 *" in text_of(app)
        assert len(looks(root)) == 1, "the same figures again are no other look"


async def test_other_data_or_wishes_hide_p_again(root: Path) -> None:
    fill(root, *CODES)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot, "h", "y")
        await until(pilot, lambda: ".008 *" in text_of(app))
        await pilot.press("u", "down", "enter")
        await still(pilot)
        await until(pilot, lambda: "u log ratio" in text_of(app))
        assert "hidden" in text_of(app)
        assert "! not what study.toml declares" in text_of(app)
        await pilot.press("h", "y")
        await still(pilot)
        await until(pilot, lambda: len(looks(root)) == 2)
        assert looks(root)[1]["measure"] == "log_ratio"
        write_run(root, "S09", {"happy": 6.5})
        register(root, "S09")
        await pilot.press("1", "7")
        await until(pilot, lambda: "n 9 of 12" in text_of(app))
        assert "hidden" in text_of(app)
        assert len(looks(root)) == 2


async def test_a_look_that_cannot_be_logged_shows_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, *CODES)

    def refuse(*_: object) -> None:
        raise StoreError("looks.jsonl: the disk is read-only; make it writable")

    monkeypatch.setattr("femo_tui.stats.looks.log_look", refuse)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot, "h", "y")
        await until(pilot, lambda: "the disk is read-only" in text_of(app))
        assert "hidden" in text_of(app)
        assert ".008" not in text_of(app)


async def test_nothing_is_computed_again_unless_data_changed(root: Path) -> None:
    fill(root, *CODES)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot)
        first = results_of(app).results
        await pilot.press("1", "7")
        await still(pilot)
        assert results_of(app).results is first
        os.utime(next(root.glob("sessions/S01/*/run-01/gsr.csv")), ns=(0, 0))
        await pilot.press("1", "7")
        await until(pilot, lambda: results_of(app).results is not first)


async def test_every_key_of_the_screen_can_be_copied_and_exported(root: Path) -> None:
    fill(root, *CODES, planned_n=8, simulated=True)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot, "c")
        assert "SIMULATED" in app.clipboard
        assert "Happy_S - Neutral_S  Negative Ranks       0ᵃ" in app.clipboard
        assert "Exact Sig. (2-tailed)                  .008" in app.clipboard
        await pilot.press("m", "c")
        await still(pilot)
        assert "Holm's correction ran over the primary family" in app.clipboard
        await pilot.press("p")
        await still(pilot)
        await pilot.press("c")
        assert "┤" in app.clipboard
        assert "8 up, 0 down" in app.clipboard


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.stem}{form.suffix}")
async def test_results_are_written_as_the_command_prints_them(root: Path, form: Form) -> None:
    fill(root, *CODES)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot, "e", *["down"] * FORMS.index(form), "enter")
        await until(pilot, lambda: "Written:" in text_of(app))
    path = root / "exports" / f"2026-11-22-101200-{form.stem}{form.suffix}"
    assert path.stat().st_mode & 0o777 == 0o600
    args = ["results", "--store", str(root), "--operator", "ada"]
    kind = {".txt": "text", ".md": "markdown", ".json": "json", ".csv": "csv"}[form.suffix]
    table = "comparisons" if form.stem == "results" else form.stem
    printed = CliRunner().invoke(femo, [*args, "--format", kind, "--table", table])
    if kind == "json":
        assert json.loads(path.read_text()) == json.loads(printed.output)
    else:
        assert path.read_text() == printed.output


async def test_a_file_that_exists_is_never_overwritten(root: Path, tmp_path: Path) -> None:
    fill(root, *CODES)
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot, "e")
        app.screen.query_one(Input).value = str(mine)
        await pilot.press("enter")
        await still(pilot)
        hint = app.screen.query_one("#hint", Static)
        await until(pilot, lambda: "exists already" in str(hint.content))
        app.screen.query_one(Input).value = str(tmp_path / "other.txt")
        await pilot.press("enter")
        await until(pilot, lambda: "Written:" in text_of(app))
    assert mine.read_text() == "mine"
    assert (tmp_path / "other.txt").stat().st_mode & 0o777 == 0o600


async def test_a_study_file_with_mistakes_is_named(root: Path) -> None:
    fill(root, *CODES)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot)
        (root / "study.toml").write_text('measure = "volts"\n')
        await pilot.press("1", "7")
        await until(pilot, lambda: "'volts' is unknown" in text_of(app))
        assert "Happy_S − Neutral_S" in text_of(app), "what was computed before stays"


async def test_each_comparison_has_its_tables_under_the_arrow_keys(root: Path) -> None:
    fill(root, *CODES, planned_n=8)
    app = console(Lab(root))
    async with app.run_test(size=(80, 40)) as pilot:
        await at_results(pilot, "enter")
        seen = set()
        for _ in range(16):
            seen.add(app.screen.query_one(Comparisons).chosen)
            await pilot.press("down")
            await still(pilot)
        found = results_of(app).results
        assert found is not None
        comparisons = [one for family in found.families for one in family.comparisons]
        assert len(seen) == len(comparisons) + 1, "all of them, and Friedman's test"


async def test_a_terminal_that_was_too_small_gets_its_keys_back(root: Path) -> None:
    fill(root, *CODES, planned_n=8)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot)
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        await pilot.resize_terminal(70, 18)
        await until(pilot, lambda: ".008 *" in text_of(app))
        await pilot.press("down", "enter")
        await still(pilot)
        assert "Stress_S - Neutral_S  Negative Ranks" in text_of(app)


def test_an_interval_that_leaves_the_axis_says_so(root: Path) -> None:
    """One participant calms down so much, acted, that the primary ones would be squeezed."""
    root.mkdir(parents=True)
    for number, code in enumerate(CODES):
        write_run(root, code, {"happy": 5.1 + number / 90, "acted-happy": 3 + 5 * (number % 2)})
    study = Study(protocol="study")
    found = study_results(root, study, people_of(*CODES), Asked())
    _, lines = lines_of(found, 76)
    drawn = {key: line.plain for key, line in lines}
    assert "‹" in drawn["pairs:Happy_A - Neutral_A"]
    assert "●" in drawn["primary:Happy_S - Neutral_S"]
    assert all(line.cell_length <= 76 for _, line in lines)
