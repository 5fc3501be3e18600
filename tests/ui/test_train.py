"""Training on the console: pictures of its screens in every state, and what it promises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from femo_tui.model.events import Facts
from femo_tui.model.left_out import LeftOut
from femo_tui.model.progress import Report
from femo_tui.store.amendments import read_amendments
from femo_tui.training import client
from femo_tui.training.imported import import_folder
from femo_tui.training.journal import TrainState
from femo_tui.training.models import list_models
from femo_tui.training.request import NO_WEIGHTS, TrainRequest
from femo_tui.training.survey import Face, Group, Survey, Wanted, survey
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.by_eye import ByEyeScreen
from femo_tui.ui.screens.compare import CompareScreen
from femo_tui.ui.screens.data_set import DataSetScreen
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.models import ModelsScreen
from femo_tui.ui.screens.results import ResultsScreen
from femo_tui.ui.screens.train import TrainScreen
from femo_tui.ui.screens.train_settings import TrainSettings
from femo_tui.ui.widgets.findings_panel import FindingsPanel
from tests.support.face_folders import draw_faces
from tests.support.gsr_store import register, write_run, write_study_file
from tests.support.imports import HEAVY, loaded_by
from tests.support.trained import (
    CLASSES,
    FACE,
    PEOPLE,
    evaluations,
    event,
    fine_tuned_evaluations,
    in_features,
    in_fine_tuning,
    in_the_head,
    training,
    write_model,
    write_training,
)
from tests.ui.conftest import console
from tests.ui.lab import Lab, person
from tests.ui.pictures import SMALL, Pictures, Scene, still
from tests.ui.test_console import keys as keys_of
from tests.ui.test_screens import _face
from tests.ui.waits import until

SURVEY = Survey(
    groups=tuple(
        Group(who, name, 60, 30 if name == "Neutral_S" else 10, 10 if who != "S10" else 7)
        for who in PEOPLE
        for name in CLASSES
        if (who, name) != ("S13", "Stress_S")
    ),
    left_out=(
        LeftOut("S10", "Happy_S, step happy", "3 images rejected by eye"),
        LeftOut("S11", "", "no consent to face and train"),
        LeftOut("S13", "Stress_S, step stress, attempt 1", "verdict: failed"),
    ),
    external=80,
    simulated=False,
    problem="",
)
NOTHING = Survey((), (), 0, False, "there is no image to train on: record a session, or bring"
                 " images in with `femo dataset import`")  # fmt: skip


@pytest.fixture
def stand(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The lab with one participant more, and a data set that is counted at once."""
    lab.register(person("S13"))
    monkeypatch.setattr("femo_tui.ui.training.survey", lambda request: SURVEY)
    face = lab.root / FACE
    face.parent.mkdir(parents=True)
    face.write_bytes(_face())
    return lab


async def at_train(pilot: Pilot[None], *keys: str) -> None:
    """Go to training, and press `keys` once all that there is stands on the screen."""
    app = pilot.app
    assert isinstance(app, FemoApp)
    await until(pilot, lambda: app.overview is not None)
    await pilot.press("6")
    await until(pilot, lambda: isinstance(app.screen, TrainScreen))
    train = app.screen
    assert isinstance(train, TrainScreen)
    await until(pilot, lambda: train.models is not None and train.survey is not None)
    if client.trainings(app.desk.store_root):
        await until(pilot, lambda: train.now is not None)
    for key in keys:
        await still(pilot)
        await pilot.press(key)
    await still(pilot)


def shown(*keys: str) -> Scene:
    async def run(pilot: Pilot[None]) -> None:
        await at_train(pilot, *keys)

    return run


def text_of(app: FemoApp) -> str:
    """Return what is on the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


# --- pictures ---------------------------------------------------------------------------------


async def test_nothing_to_learn_from(
    pictures: Pictures, stand: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("femo_tui.ui.training.survey", lambda request: NOTHING)
    await pictures(console(stand), shown())


async def test_no_model_yet(pictures: Pictures, stand: Lab) -> None:
    await pictures(console(stand), shown(), SMALL)


async def test_data_set(pictures: Pictures, stand: Lab) -> None:
    await pictures(console(stand), shown("d"))


async def test_a_fine_tuned_model(pictures: Pictures, stand: Lab) -> None:
    write_model(stand.root, "m-01", fine_tuned_evaluations())
    await pictures(console(stand), shown())


async def test_options(pictures: Pictures, stand: Lab) -> None:
    await pictures(console(stand), shown("o"))


@pytest.mark.parametrize(
    "lines", [in_features, in_the_head, in_fine_tuning], ids=["features", "losses", "epochs"]
)
async def test_running(pictures: Pictures, stand: Lab, lines: Callable[[], list[Facts]]) -> None:
    run_dir = write_training(stand.root, lines())
    with training(stand.root, run_dir):
        await pictures(console(stand), shown())


async def test_finished(pictures: Pictures, stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations(), simulated=True)
    await pictures(console(stand), shown())


async def test_finished_without_colour(
    pictures: Pictures, stand: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    write_model(stand.root, "m-01", evaluations())
    await pictures(console(stand), shown(), SMALL)


async def test_lost(pictures: Pictures, stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations())
    write_training(stand.root, in_features())
    await pictures(console(stand), shown())


async def test_failed(pictures: Pictures, stand: Lab) -> None:
    why = "there is one class only, Happy_A, and nothing to tell it from: add images of another"
    failed = event(1.4, "end", status="failed", result=None, error=why)
    write_training(stand.root, [*in_features()[:3], failed])
    await pictures(console(stand), shown(), SMALL)


async def test_stale(pictures: Pictures, stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations(), people=("S08", "S09", "S11"))
    await pictures(console(stand), shown())


@pytest.mark.parametrize("keys", [("c",), ("c", "space")], ids=["counts", "by true class"])
async def test_confusion(pictures: Pictures, stand: Lab, keys: tuple[str, ...]) -> None:
    write_model(stand.root, "m-01", evaluations())
    await pictures(console(stand), shown(*keys))


async def test_mistakes(pictures: Pictures, stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations())
    await pictures(console(stand), shown("m", "right"))


def three_models(lab: Lab) -> None:
    write_model(lab.root, "m-01", evaluations(22)[3:], people=("S09", "S11"))
    write_model(lab.root, "m-02", evaluations(22), made_utc="2026-11-22T09:55:00Z")
    write_model(lab.root, "m-10", evaluations(), made_utc="2026-11-22T10:01:00Z", simulated=True)


async def test_models(pictures: Pictures, stand: Lab) -> None:
    three_models(stand)
    await pictures(console(stand), shown("h", "space", "down", "space", "down"))


async def test_one_model(pictures: Pictures, stand: Lab) -> None:
    three_models(stand)
    await pictures(console(stand), shown("h", "end", "enter"), SMALL)


async def test_two_models(pictures: Pictures, stand: Lab) -> None:
    three_models(stand)
    await pictures(console(stand), shown("h", "space", "down", "space", "c"))


async def test_faces_by_eye(
    pictures: Pictures, stand: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = tuple(Face("datasets/drawn", n, FACE, n != 3) for n in range(1, 12))

    def listed(request: TrainRequest, wanted: Wanted, report: Report) -> tuple[Face, ...]:
        return faces

    monkeypatch.setattr("femo_tui.ui.training.faces", listed)
    await pictures(console(stand), shown("d", "v", "enter", "right", "x"))


# --- what is promised -------------------------------------------------------------------------


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A store with an imported data set of four drawn people."""
    monkeypatch.setenv("FEMO_STATE_DIR", str(tmp_path / "state"))
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
    (model,) = list_models(drawn.root, [])
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
    monkeypatch.setenv("FEMO_STATE_DIR", str(tmp_path / "state"))
    root = tmp_path / "store"
    write_study_file(root, planned_n=4)
    for number, code in enumerate(PEOPLE):
        write_run(root, code, {"happy": 6 + number / 7, "acted-happy": 5.5 - number / 9})
    register(root, *PEOPLE)
    write_model(root, "m-01", evaluations())
    monkeypatch.setattr("femo_tui.ui.training.survey", lambda request: SURVEY)
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


async def test_a_model_that_cannot_be_read_is_one_sentence(stand: Lab) -> None:
    write_model(stand.root, "m-01", evaluations())
    (stand.root / "models" / "m-01" / "model.json").write_text("{", "utf-8")
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot)
        await until(pilot, lambda: "model.json cannot be read" in app.notice[0])


async def test_weights_that_are_not_there_are_refused_in_the_options(stand: Lab) -> None:
    app = console(stand)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_train(pilot, "o")
        app.screen.query_one("#weights", Input).value = "/nowhere/weights.h5"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "/nowhere/weights.h5: no such file" in text_of(app))
        assert isinstance(app.screen, TrainSettings)


def test_the_screens_are_imported_without_what_computes_and_plots() -> None:
    heavy = {"numpy", "plotext", "sqlalchemy", *HEAVY}
    assert not loaded_by("import femo_tui.ui.screens.train") & heavy
