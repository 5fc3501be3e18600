"""Pictures of training, of its models and of what they confuse, in every state they have."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from femo_tui.model.events import Facts
from femo_tui.model.progress import Report
from femo_tui.training.request import TrainRequest
from femo_tui.training.survey import Face, Wanted
from tests.support.trained import (
    FACE,
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
from tests.ui.by_keys import at_train
from tests.ui.lab import Lab
from tests.ui.pictures import SMALL, Pictures, Scene
from tests.ui.still import console
from tests.ui.training_store import NOTHING, three_models


def shown(*keys: str) -> Scene:
    """Lead a console to training, and press keys there."""

    async def run(pilot: Pilot[None]) -> None:
        await at_train(pilot, *keys)

    return run


async def test_nothing_to_learn_from(
    pictures: Pictures, stand: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("femo_tui.ui.blocking.training.survey", lambda request: NOTHING)
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

    monkeypatch.setattr("femo_tui.ui.blocking.training.faces", listed)
    await pictures(console(stand), shown("d", "v", "enter", "right", "x"))
