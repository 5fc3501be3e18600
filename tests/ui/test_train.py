"""What the screens of training promise, on real data sets and models whose figures are known."""

from __future__ import annotations

import shutil
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from femo_tui.store.amendments import read_amendments
from femo_tui.training import client
from femo_tui.training.confusion import Confusion
from femo_tui.training.imported import import_folder
from femo_tui.training.journal import TrainState
from femo_tui.training.models import list_models
from femo_tui.training.request import NO_WEIGHTS, TrainRequest
from femo_tui.training.survey import survey
from femo_tui.ui.screens.by_eye import ByEyeScreen
from femo_tui.ui.screens.compare import CompareScreen
from femo_tui.ui.screens.confusion import ConfusionScreen
from femo_tui.ui.screens.data_set import DataSetScreen
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.models import ModelScreen, ModelsScreen, ModelsTable
from femo_tui.ui.screens.results import ResultsScreen
from femo_tui.ui.screens.train_settings import TrainSettings
from femo_tui.ui.widgets.findings_panel import FindingsPanel
from tests.support.face_folders import draw_faces
from tests.support.gsr_store import register, write_run, write_study_file
from tests.support.trained import (
    CLASSES,
    PEOPLE,
    evaluations,
    event,
    in_features,
    in_the_head,
    training,
    write_model,
    write_training,
)
from tests.ui.by_keys import at_train
from tests.ui.lab import Lab
from tests.ui.pictures import still
from tests.ui.shown import keys as keys_of
from tests.ui.shown import text_of
from tests.ui.still import console
from tests.ui.training_store import SURVEY, three_models
from tests.ui.waits import until


@pytest.fixture
def drawn(tmp_path: Path) -> Lab:
    """A store with an imported data set of four drawn people."""
    lab = Lab(tmp_path / "store")
    lab.register()
    folder = draw_faces(tmp_path / "drawn", people=4, per_class=3, classes=CLASSES[:4])
    import_folder(lab.root, folder, name="drawn", simulated=True)
    return lab


async def without_weights(pilot: Pilot[None]) -> None:
    """Choose in the options to train without weights."""
    await pilot.press("o")
    await until(pilot, lambda: isinstance(pilot.app.screen, TrainSettings))
    pilot.app.screen.query_one("#weights", Input).value = NO_WEIGHTS
    await pilot.press("ctrl+s")
    await still(pilot)


async def test_a_training_is_started_followed_and_its_findings_read(drawn: Lab) -> None:
    app = console(drawn)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        assert "4 participants · 4 classes · 48 even" in text_of(app)
        assert "SIMULATED" in text_of(app)
        await without_weights(pilot)
        assert "no weights: HOG" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "x cancel" in keys_of(app) or "m-01 ·" in text_of(app))
        await until(pilot, lambda: "m-01 ·" in text_of(app))
        await still(pilot)
        shown_now = text_of(app)
        assert "The study's way would have said" in shown_now
        assert "participants shared: optimistic" in shown_now
        assert "x cancel" not in keys_of(app)
        assert "There is no model yet" not in shown_now
        await pilot.press("c")
        await still(pilot)
        assert "true ↓  predicted →" in text_of(app)
        await pilot.press("escape")
    (model,) = list_models(drawn.root, []).models
    assert model.headline is not None
    assert model.headline.n == 48


async def test_a_training_goes_on_without_the_console_and_is_found_again(drawn: Lab) -> None:
    app = console(drawn)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        await without_weights(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: bool(client.trainings(drawn.root)))
        await until(pilot, lambda: not [w for w in app.workers if w.group == "trainer"])
    (run_dir,) = client.trainings(drawn.root)
    again = console(drawn)
    async with again.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        await until(pilot, lambda: "m-01 ·" in text_of(again))
        assert "no weights: HOG" in text_of(again)  # what was asked for the last time
    assert client.look(drawn.root, run_dir).state is TrainState.DONE


async def test_a_lost_training_is_offered_and_resumed(drawn: Lab) -> None:
    run_dir = write_training(drawn.root, in_features())
    app = console(drawn)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        await until(pilot, lambda: "r resume" in keys_of(app))
        assert "lost at features, 1 420 of 1 840" in text_of(app).replace("\u202f", " ")
        await pilot.press("r")
        await until(pilot, lambda: "m-01 ·" in text_of(app))
        assert "r resume" not in keys_of(app)
    assert client.trainings(drawn.root) == [run_dir]


async def test_a_training_is_cancelled_after_a_yes_only(drawn: Lab) -> None:
    app = console(drawn)
    ended = threading.Event()
    with ExitStack() as held:
        run_dir = write_training(drawn.root, in_features())
        held.enter_context(training(drawn.root, run_dir))
        asked: list[str] = []

        def cancel(root: Path, operator: str) -> None:
            asked.append(operator)
            ended.set()

        patch = pytest.MonkeyPatch()
        held.callback(patch.undo)
        patch.setattr(client, "cancel", cancel)
        async with app.run_test(size=(80, 24)) as pilot:
            await at_train(pilot)
            await until(pilot, lambda: "x cancel" in keys_of(app))
            assert "enter train" not in keys_of(app)
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("enter")
            await still(pilot)
            assert not asked
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, ended.is_set)
    assert asked == ["ada"]


async def test_faces_rejected_by_eye_are_out_and_can_be_taken_back(drawn: Lab) -> None:
    app = console(drawn)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot, "d")
        await until(pilot, lambda: isinstance(app.screen, DataSetScreen))
        await pilot.press("v", "enter")
        await until(pilot, lambda: isinstance(app.screen, ByEyeScreen))
        review = app.screen
        assert isinstance(review, ByEyeScreen)
        assert not any(name in text_of(app) for name in (*CLASSES, "drawn:S1"))
        await pilot.press("x", "x", "left", "a")
        await until(pilot, lambda: not [w for w in app.workers if w.group == "mark"])
        first, second = review._faces[:2]
        await pilot.press("escape")
        await until(pilot, lambda: "rejected by eye" in text_of(app))
        assert "47 even ·" in text_of(app)
    place = drawn.root / "datasets" / "drawn"
    marks = [(line["frame"], line["accepted"]) for line in read_amendments(place)]
    assert marks == [(first.frame, False), (second.frame, False), (second.frame, True)]
    assert survey(TrainRequest(drawn.root, NO_WEIGHTS)).even == 47


async def test_home_leads_to_the_stale_model(lab: Lab) -> None:
    three_models(lab)
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        options = app.screen.query_one("#actions")
        row = next(i for i in range(9) if "m-01 is stale" in _option(options, i))
        options.highlighted = row  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ModelsScreen))
        await until(pilot, lambda: "S11 no longer consents to face and train" in text_of(app))


def _option(options: object, number: int) -> str:
    return str(options.get_option_at_index(number).prompt)  # type: ignore[attr-defined]


async def test_two_models_are_compared_on_the_people_they_share(stand: Lab) -> None:
    three_models(stand)
    app = console(stand)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_train(pilot, "h", "space", "down", "space", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        # 25 of 40 against 22 of 40 right, by everybody: 7.5 points
        said = "On the same 4 unseen people m-10 tells +7.5 points a person against m-02"
        assert said in text_of(app)


async def test_what_a_model_confuses_is_taken_to_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "store"
    write_study_file(root, planned_n=4)
    for number, code in enumerate(PEOPLE):
        write_run(root, code, {"happy": 6 + number / 7, "acted-happy": 5.5 - number / 9})
    register(root, *PEOPLE)
    write_model(root, "m-01", evaluations())
    monkeypatch.setattr("femo_tui.ui.blocking.training.survey", lambda request: SURVEY)
    app = console(Lab(root))
    async with app.run_test(size=(120, 40)) as pilot:
        await at_train(pilot, "g")
        await until(pilot, lambda: isinstance(app.screen, ResultsScreen))
        title = "Exploratory: confused by model m-01 on people it has not seen"
        await until(pilot, lambda: title in text_of(app))
        await pilot.press("w", "home", "enter")  # none
        await until(pilot, lambda: title not in text_of(app))
        await pilot.press("w", "end", "enter")
        await until(pilot, lambda: title in text_of(app))


async def test_the_losses_take_turns_with_the_sentences(stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations())
    done = event(20.0, "end", status="done", result={"model": "m-01"}, error=None)
    write_training(stand.root, [*in_the_head(), done])
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        await until(pilot, lambda: "The study's way would have said 95.0 %" in text_of(app))
        await pilot.press("l")
        await until(pilot, lambda: "loss by step" in text_of(app))
        await pilot.press("l")
        await until(pilot, lambda: "The study's way would have said 95.0 %" in text_of(app))


async def test_the_sentences_are_read_to_their_end_at_80x24(stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations())
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        panel = app.screen.query_one(FindingsPanel)
        lower = panel.query_one("#lower")
        for _ in range(4):
            await pilot.press("pagedown")
            await pilot.pause()
        assert lower.scroll_offset.y == lower.max_scroll_y
        assert "Most confused" in text_of(app)


async def test_a_matrix_of_many_classes_is_read_at_80x24(stand: Lab) -> None:
    first, *others = evaluations()
    names = tuple(f"Curiosity_{number}" for number in range(1, 17))
    wide = Confusion.of(
        names, [(i, (i + by) % 16) for i in range(16) for by in [0] * 120 + [1] * 60]
    )
    write_model(stand.root, "m-01", [replace(first, confusion=wide), *others])
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot, "c")
        await until(pilot, lambda: isinstance(app.screen, ConfusionScreen))
        drawn = app.screen.query_one("#matrix", Static)
        await until(pilot, lambda: drawn.size.height > 0)
        said = str(drawn.content).split("\n")
        rows = [line.split() for line in said if "Curiosity" in line and "↔" not in line]
        assert {row[1] for row in rows} == set(names)  # each with its label, wherever it stands
        assert sum("120" in row[2:] for row in rows) == len(names)  # no numbers touch
        assert drawn.size.height == len(said)  # no line of it wraps


async def test_a_model_that_cannot_be_read_is_one_sentence(stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations())
    (stand.root / "models" / "m-01" / "model.json").write_text("{", "utf-8")
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        await until(pilot, lambda: "model.json cannot be read" in app.notice[0])


async def test_a_damaged_model_hides_no_other(stand: Lab) -> None:
    three_models(stand)
    (stand.root / "models" / "m-02" / "model.json").write_text("{}", "utf-8")
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Model m-02 cannot be read" in text_of(app))  # at home
        await at_train(pilot)
        await until(pilot, lambda: "model m-02 is damaged" in app.notice[0])
        assert "m-10 ·" in text_of(app)  # the newest is shown all the same
        await pilot.press("h")
        await until(pilot, lambda: "2 models" in text_of(app))
        assert "! damaged: m-02" in text_of(app)
        assert app.notice[0].endswith("restore its folder from a backup, or remove it")
        assert {"m-01", "m-10"} == {m.name for m in app.screen.query_one(ModelsTable).items}
        await pilot.press("space", "down", "space", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))


async def test_weights_that_are_not_there_are_refused_in_the_options(stand: Lab) -> None:
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot, "o")
        app.screen.query_one("#weights", Input).value = "/nowhere/weights.h5"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "/nowhere/weights.h5: no such file" in text_of(app))
        assert isinstance(app.screen, TrainSettings)


async def test_a_model_that_was_picked_and_is_gone_is_not_compared(stand: Lab) -> None:
    three_models(stand)
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot, "h", "space", "down", "space", "end", "enter")
        assert isinstance(app.screen, ModelScreen)
        shutil.rmtree(stand.root / "models" / "m-10")
        await pilot.press("escape")
        await until(pilot, lambda: "2 models" in text_of(app))
        assert "c compare" not in keys_of(app)
        await pilot.press("c", "home", "space")  # one was picked still
        await until(pilot, lambda: "space pick" in keys_of(app))
        assert isinstance(app.screen, ModelsScreen)
