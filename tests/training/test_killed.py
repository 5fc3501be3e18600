"""A trainer killed at any moment: the cache is whole, no half model is there, it goes on."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from femo_tui.model.events import Facts
from femo_tui.training import client
from femo_tui.training.cache import FeatureCache
from femo_tui.training.engines import HOG
from femo_tui.training.journal import TrainState
from femo_tui.training.launch import resume_training, start_training
from femo_tui.training.request import NO_WEIGHTS, TrainRequest
from tests.support.femo import Femo, wait_until
from tests.support.small_network import SmallNetwork

KILLS = 20


def finished(store: Path, run_dir: Path) -> Facts:
    wait_until(lambda: client.active_training(store) is None, "the end of the training")
    now = client.look(store, run_dir)
    assert now.state is TrainState.DONE, (now.state, now.error)
    return now.result


def kill(store: Path) -> None:
    active = client.active_training(store)
    if active is not None:
        os.kill(active.pid, signal.SIGKILL)
    wait_until(lambda: client.active_training(store) is None, "the end of the trainer")


@pytest.mark.timeout(180)
def test_kill_9_at_20_moments(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated", "--name", "drawn")
    request = TrainRequest(femo.store, NO_WEIGHTS, operator="ada")
    run_dir = start_training(request)
    chance = random.Random(2018)
    lost = 0
    for number in range(KILLS):
        if number:
            resume_training(femo.store, run_dir)
        time.sleep(chance.uniform(0.0, 1.2))  # the random moment itself
        kill(femo.store)
        now = client.look(femo.store, run_dir)
        models = sorted(path.name for path in (femo.store / "models").glob("*"))
        if now.state is TrainState.DONE:
            assert models[-1] == now.result["model"]
            run_dir = start_training(request)
            kill(femo.store)
            continue
        lost += 1
        assert now.state is TrainState.LOST
        assert client.unfinished_training(femo.store) == run_dir
        assert all((femo.store / "models" / m / "model.json").is_file() for m in models)
    assert lost >= KILLS // 2
    resume_training(femo.store, run_dir)
    result = finished(femo.store, run_dir)

    cache = FeatureCache(femo.store / "training" / "features", HOG)
    assert len(cache) == 144
    fresh = Femo(femo.home, femo.store.with_name("fresh"))
    fresh.ok("dataset", "import", str(study_faces), "--simulated", "--name", "drawn")
    expected = fresh.json("train", "--weights", "none")
    assert result["validations"] == expected["validations"]
    told = Path("models") / str(result["model"]) / "head.npz"
    assert (femo.store / told).read_bytes() == (fresh.store / "models/m-01/head.npz").read_bytes()


def test_what_was_finished_is_not_done_again(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    run_dir = start_training(TrainRequest(femo.store, NO_WEIGHTS))
    finished(femo.store, run_dir)
    stages = {path: path.stat().st_mtime_ns for path in (run_dir / "stages").iterdir()}
    assert len(stages) == 4
    journal = run_dir / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])  # killed in its last word
    assert client.unfinished_training(femo.store) == run_dir
    resume_training(femo.store, run_dir)
    finished(femo.store, run_dir)
    assert stages == {path: path.stat().st_mtime_ns for path in (run_dir / "stages").iterdir()}


@pytest.mark.timeout(180)  # the first test that needs the network waits for it to be made
def test_the_child_that_loads_tensorflow_ends_with_the_trainer(
    femo: Femo, study_faces: Path, network: SmallNetwork
) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    run_dir = start_training(TrainRequest(femo.store, str(network.weights)))
    wait_until(
        lambda: any("converting" in note for note in client.look(femo.store, run_dir).notes),
        "the conversion",
    )
    active = client.active_training(femo.store)
    assert active is not None
    wait_until(lambda: bool(psutil.Process(active.pid).children()), "the child")
    child = psutil.Process(active.pid).children()[0]
    kill(femo.store)
    wait_until(lambda: not child.is_running(), "the child's end")
    assert not [p for p in (femo.store / "training" / "weights").iterdir() if p.suffix == ".tflite"]


def test_sigterm_leaves_no_half_model(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    run_dir = start_training(TrainRequest(femo.store, NO_WEIGHTS))
    wait_until(
        lambda: any(s.name == "model" for s in client.look(femo.store, run_dir).stages),
        "the model to be written",
    )
    active = client.active_training(femo.store)
    if active is not None:
        os.kill(active.pid, signal.SIGTERM)
    wait_until(lambda: client.active_training(femo.store) is None, "the end of the trainer")
    for model in (femo.store / "models").glob("*"):
        names = {path.name for path in model.iterdir()}
        assert names >= {"model.json", "head.npz", "labels.txt", "card.md", "images.txt"}
    again = femo.json("train", "--weights", "none")
    assert again["simulated"] is True


def test_a_training_goes_on_where_its_store_is_now(femo: Femo, study_faces: Path) -> None:
    """A store that was copied, too: the training of the copy leaves the other one alone."""
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    run_dir = start_training(TrainRequest(femo.store, NO_WEIGHTS))
    kill(femo.store)
    copy = Path(shutil.copytree(femo.store, femo.store.with_name("copy")))
    again = run_dir.relative_to(femo.store)
    resume_training(copy, copy / again)
    assert finished(copy, copy / again)["model"] == "m-01"
    assert (copy / "models" / "m-01").is_dir()
    assert not (femo.store / "models").exists()
