"""The keys of training, results and sharing that no story of the other tests presses."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from femo_tui.ui.screens.compare import CompareScreen
from femo_tui.ui.screens.confusion import ConfusionScreen
from femo_tui.ui.screens.data_set import DataSetScreen
from femo_tui.ui.screens.export import ExportDialog
from femo_tui.ui.screens.keeping import BackupForm
from femo_tui.ui.screens.mistakes import MistakesScreen
from femo_tui.ui.screens.models import ModelScreen, ModelsScreen
from femo_tui.ui.screens.results import ResultsScreen
from femo_tui.ui.screens.train import TrainScreen
from femo_tui.ui.widgets.findings_panel import FindingsPanel
from tests.support.trained import evaluations, write_model
from tests.ui.by_keys import at, at_results, at_train, on
from tests.ui.lab import Lab
from tests.ui.pictures import still
from tests.ui.results_store import fill
from tests.ui.shown import text_of
from tests.ui.still import console
from tests.ui.training_store import three_models
from tests.ui.waits import until


async def test_the_evaluations_of_the_newest_model_are_looked_into(
    stand: Lab,
) -> None:
    write_model(stand.root, "m-01", evaluations())
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        lower = app.screen.query_one(FindingsPanel).query_one("#lower")
        await pilot.press("pagedown")
        await until(pilot, lambda: lower.scroll_offset.y > 0)
        await pilot.press("pageup")
        await until(pilot, lambda: lower.scroll_offset.y == 0)
        await pilot.press("c")
        await on(pilot, ConfusionScreen)
        before = text_of(app)
        for key, is_same in (("c", False), ("c", True), ("right", False), ("left", True)):
            await pilot.press(key)
            await still(pilot)
            assert (text_of(app) == before) == is_same, key
        await pilot.press("g")
        await on(pilot, ResultsScreen)
        await pilot.press("6")
        await still(pilot)
        if isinstance(app.screen, ConfusionScreen):
            await pilot.press("escape")
        await on(pilot, TrainScreen)
        await pilot.press("m")
        await on(pilot, MistakesScreen)
        await pilot.press("escape")
        await on(pilot, TrainScreen)
        await pilot.press("d")
        await on(pilot, DataSetScreen)
        await still(pilot)
        counted = text_of(app)
        await pilot.press("r")
        await still(pilot)
        assert text_of(app) == counted  # as before: nothing has changed
        await pilot.press("escape")
        await on(pilot, TrainScreen)


async def test_one_model_and_two_are_looked_into_and_left(stand: Lab) -> None:
    three_models(stand)
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot, "h", "home", "enter")
        await on(pilot, ModelScreen)
        for key, screen in (("c", ConfusionScreen), ("m", MistakesScreen)):
            await still(pilot)
            await pilot.press(key)
            await on(pilot, screen)
            await pilot.press("escape")
            await on(pilot, ModelScreen)
        await pilot.press("escape")
        await on(pilot, ModelsScreen)
        await pilot.press("home", "space", "down", "space", "c")
        await on(pilot, CompareScreen)
        await pilot.press("escape")
        await on(pilot, ModelsScreen)
        await pilot.press("home", "enter")
        await on(pilot, ModelScreen)
        await still(pilot)
        await pilot.press("g")
        await on(pilot, ResultsScreen)
        await pilot.press("6")
        await still(pilot)
        while not isinstance(app.screen, TrainScreen):
            await pilot.press("escape")
            await pilot.pause()


# --- results, share --------------------------------------------------------------------------


async def test_tables_are_read_by_pages_and_files_chosen_upwards(
    root: Path,
) -> None:
    fill(root, *(f"S{n:02d}" for n in range(1, 5)), planned_n=4)
    app = console(Lab(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_results(pilot)
        await until(pilot, lambda: "Ranks" in text_of(app))
        lower = app.screen.query_one("#lower")
        await pilot.press("pagedown")
        await until(pilot, lambda: lower.scroll_offset.y > 0)
        await pilot.press("pageup")
        await until(pilot, lambda: lower.scroll_offset.y == 0)
        await pilot.press("m")
        await until(pilot, lambda: "Ranks" not in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Ranks" in text_of(app))
        await pilot.press("e")
        await on(pilot, ExportDialog)
        path = app.screen.query_one(Input)
        first = path.value
        await pilot.press("down")
        assert path.value != first
        await pilot.press("up")
        assert path.value == first
        await pilot.press("escape")
        await on(pilot, ResultsScreen)


async def test_a_backup_is_asked_for(lab: Lab) -> None:
    async with at(lab, "8") as (_, pilot):
        await pilot.press("b")
        await on(pilot, BackupForm)
