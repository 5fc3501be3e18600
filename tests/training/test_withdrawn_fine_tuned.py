"""Who withdraws is gone from what a network was fine-tuned on, and from what was begun anew."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path

import pytest

from femo_tui.store.layout import FINISHED
from femo_tui.training import client
from femo_tui.training.journal import TrainState
from femo_tui.training.kept import TUNING
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo, wait_until
from tests.support.small_network import SmallNetwork
from tests.support.traced_store import files_with

GONE = "S02"
CLASSES = ("Happy_A", "Neutral_A")


def fine_tune(network: SmallNetwork, *more: str) -> tuple[str, ...]:
    """Return the command that fine-tunes the small network for one epoch."""
    return ("train", "--weights", str(network.weights), "--fine-tune", "1", *more)


def kept_features(store: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (store / "training" / "features").iterdir())


@pytest.fixture
def tuned(recorded: Femo, network: SmallNetwork) -> Femo:
    """Return a store whose m-01 was fine-tuned on the faces of all its participants."""
    network.lend(recorded.store)
    done = recorded.run(*fine_tune(network), timeout_s=200)
    assert done.returncode == 0, done.stderr
    return recorded


@pytest.mark.timeout(240)  # two trainings that load TensorFlow, and the network is made first
def test_a_fine_tuned_network_is_stale_and_nothing_else_of_them_is_left(
    tuned: Femo, network: SmallNetwork, tmp_path: Path
) -> None:
    store = tuned.store
    others = draw_faces(tmp_path / "others", people=2, per_class=1, classes=CLASSES)
    tuned.ok("evaluate", "m-01", str(others))

    # a second one is killed between its epochs: weights and images lie in its folder
    run_dir = Path(tuned.json(*fine_tune(network), "--detach")["training"])
    tuning = run_dir / FINISHED / TUNING
    wait_until(lambda: (tuning / "state.npz").exists(), "the first epoch", timeout_s=100)
    active = client.active_training(store)
    assert active is not None
    os.killpg(active.pid, signal.SIGKILL)
    wait_until(lambda: client.active_training(store) is None, "the end of the trainer")
    assert client.look(store, run_dir).state is TrainState.LOST
    assert GONE in (tuning / "job.json").read_text("utf-8")

    theirs = list((store / "sessions" / GONE).rglob("*.jpg"))
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in theirs}
    before = kept_features(store)
    assert any(digest in before for digest in digests)
    told = tuned.json("participant", "withdraw", GONE, "--yes")
    assert told["models"] == ["m-01"]
    assert run_dir.relative_to(store).as_posix() in told["trainings"]

    # gone: their code, their features, all that was kept to go on with
    assert files_with(store, GONE.encode()) == [f"withdrawn/{told['id']}.json"]
    after = kept_features(store)
    assert not any(digest in after for digest in digests)
    assert not (run_dir / FINISHED).exists()
    # marked: the network, wherever somebody uses it
    (model,) = tuned.json("models")
    assert (model["features"], model["stale"]) == ("fine-tuned", [f"{told['id']} is withdrawn"])
    face = str(next(others.rglob("*.jpg")))
    for args in (
        ("models", "show", "m-01"),
        ("classify", "m-01", face),
        ("evaluate", "m-01", str(others)),
    ):
        used = tuned.run(*args)
        assert used.returncode == 0, used.stderr
        assert "m-01 is STALE and should be trained anew" in used.stderr
    # what was begun goes on without them: two are too few to fine-tune, and that is said
    again = tuned.run("train", "--resume", timeout_s=100)
    assert again.returncode == 1
    assert "fine-tuning needs 3 people at least" in again.stderr
    assert [one["model"] for one in tuned.json("models")] == ["m-01"]
