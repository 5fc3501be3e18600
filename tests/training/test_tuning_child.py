"""TensorFlow in children: two workers compute as one, a lost one comes to the same weights."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from femo_tui.model.events import Facts
from femo_tui.store.files import make_folder
from femo_tui.store.layout import FINISHED
from femo_tui.training.dataset import sha256_of
from femo_tui.training.kept import TUNING
from femo_tui.training.request import TrainRequest
from femo_tui.training.tuning.fine_tune import parts_of, tune_in_child
from femo_tui.training.tuning.job import MIXED, TUNED_WEIGHTS, Tuned, TuneJob
from tests.support.femo import Femo
from tests.support.small_network import SmallNetwork

CLASSES = ("Happy_A", "Neutral_A", "Stress_A")
EPOCHS = 3


@dataclass(frozen=True)
class Bench:
    """A store with faces, and a job on them that has something to learn."""

    root: Path
    weights: Path
    job: TuneJob

    def folder(self, name: str, **changes: object) -> Path:
        """Write the job as a training's of this name."""
        run_dir = self.root / "training" / "runs" / name
        make_folder(run_dir)
        (run_dir / "request.json").write_text(TrainRequest(self.root).to_json(), "utf-8")
        folder = run_dir / FINISHED / TUNING
        replace(self.job, **changes).write(folder, self.weights)  # type: ignore[arg-type]
        return folder

    def tune(self, folder: Path) -> tuple[Tuned, Facts]:
        told: list[Facts] = []
        tune_in_child(self.root, folder, 0, told.append)
        found = Tuned.read(folder)
        assert found is not None
        return found, told[-1]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, network: SmallNetwork) -> Bench:
    import cv2

    root = tmp_path_factory.mktemp("tuned")
    rng = np.random.default_rng(2)
    for number, name in enumerate(CLASSES):  # told apart by their colour, even by random weights
        (root / "tinted" / name).mkdir(parents=True)
        for who in ("S01", "S02", "S03"):
            for shot in range(4):
                image = rng.integers(0, 120, (64, 64, 3)).astype(np.uint8)
                image[:, :, number] += 120
                cv2.imwrite(str(root / "tinted" / name / f"{name}_{who}_{shot}.png"), image)
    paths = sorted(path.relative_to(root).as_posix() for path in root.glob("tinted/*/*.png"))
    labels = np.array([CLASSES.index(Path(path).parent.name) for path in paths], np.intp)
    parts = parts_of([Path(path).name.split("_")[2] for path in paths])
    learn = np.zeros((2, len(parts), len(paths)), np.float32)
    stop = np.zeros((len(parts), len(paths)), np.float32)
    for number, part in enumerate(parts):
        learn[0, number, part.learn] = 1
        learn[1, number, part.all] = 1
        stop[number, part.stop] = 1
    heads = np.random.default_rng(1).normal(0, 0.01, (2, len(parts), 256, 3)).astype(np.float32)
    job = TuneJob(
        paths=tuple(paths),
        sha256=tuple(sha256_of(root / path) for path in paths),
        labels=labels,
        learn=learn,
        stop=stop,
        coefficients=heads,
        biases=np.zeros((2, len(parts), 3), np.float32),
        weights_name="network.weights.h5",
        weights_sha256="",
        epochs=EPOCHS,
        blocks=1,
        seed=1,
    )
    return Bench(root, network.weights, job)


@pytest.fixture(scope="module")
def alone(bench: Bench) -> tuple[Tuned, Facts, Path]:
    """What one process makes of the job, undisturbed."""
    folder = bench.folder("2026-11-22T100000")
    return *bench.tune(folder), folder


def kernels(path: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """Return all arrays of a Keras weights file, by their names in it."""
    found: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = {}
    with h5py.File(path, "r") as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


@pytest.mark.timeout(180)  # the first test that needs the network waits for it to be made
def test_the_last_block_learns_and_nothing_else(
    bench: Bench, alone: tuple[Tuned, Facts, Path]
) -> None:
    found, end, folder = alone
    assert found.best_epochs == (EPOCHS,) * 4
    assert found.losses.shape == (EPOCHS + 1, 4, 2)
    assert (found.losses[-1, :, 1] < found.losses[0, :, 1]).all()  # on people held out
    assert np.allclose(np.exp(found.log_probabilities).sum(axis=2), 1, atol=1e-5)
    before, after = kernels(bench.weights), kernels(folder / TUNED_WEIGHTS)
    assert before.keys() == after.keys()
    changed = [name for name in before if not np.array_equal(before[name], after[name])]
    # of MobileNet at a quarter of its width: the last depthwise and pointwise kernels
    assert sorted(before[name].shape for name in changed) == [(1, 1, 256, 256), (3, 3, 256, 1)]
    assert end["precision"] == "float32"
    assert not (folder / "state.npz").exists()
    assert oct((folder / TUNED_WEIGHTS).stat().st_mode & 0o777) == "0o600"


@pytest.mark.timeout(120)
def test_killed_in_the_middle_it_comes_to_the_same_weights(
    bench: Bench, alone: tuple[Tuned, Facts, Path]
) -> None:
    class Killed(Exception):
        """Leaves run_tensorflow, which kills its child by SIGKILL."""

    folder = bench.folder("2026-11-22T110000")

    def told(facts: Facts) -> None:
        if facts["told"] == "progress" and (folder / "state.npz").exists():
            raise Killed  # in the second epoch at the earliest

    with pytest.raises(Killed):
        tune_in_child(bench.root, folder, 0, told)
    assert Tuned.read(folder) is None
    bench.folder("2026-11-22T110000")  # as the trainer does when it resumes
    assert (folder / "state.npz").is_file()
    resumed, end = bench.tune(folder)
    assert end["networks_sha256"] == alone[1]["networks_sha256"]
    assert np.array_equal(resumed.losses, alone[0].losses, equal_nan=True)
    assert resumed.log_probabilities.tobytes() == alone[0].log_probabilities.tobytes()
    one, other = kernels(folder / TUNED_WEIGHTS), kernels(alone[2] / TUNED_WEIGHTS)
    assert all(np.array_equal(one[name], other[name]) for name in one)


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports


@pytest.mark.timeout(120)
def test_two_workers_compute_the_same_and_what_one_computes(
    femo: Femo, bench: Bench, alone: tuple[Tuned, Facts, Path]
) -> None:
    addresses = tuple(f"127.0.0.1:{port}" for port in free_ports(2))
    folder = bench.folder("2026-11-22T120000", workers=addresses)
    second = Femo(femo.home, bench.root)
    with second.started("train", "--worker", "1", "--json") as worker:
        found, end = bench.tune(folder)
        said, problem = worker.communicate(timeout=60)
    assert worker.returncode == 0, problem
    other = json.loads(said.splitlines()[-1])
    assert end["devices"] == 2
    assert other["networks_sha256"] == end["networks_sha256"]
    assert other["validation_loss"] == end["validation_loss"]
    assert problem.count("epoch") == EPOCHS
    assert "tensorflow" not in problem.replace("TensorFlow", "").lower()  # its chatter has a log

    assert found.best_epochs == alone[0].best_epochs
    assert np.nanmax(np.abs(found.losses - alone[0].losses)) <= 1e-4
    assert np.abs(found.log_probabilities - alone[0].log_probabilities).max() <= 1e-4
    one, both = kernels(alone[2] / TUNED_WEIGHTS), kernels(folder / TUNED_WEIGHTS)
    assert max(float(np.abs(one[name] - both[name]).max()) for name in one) <= 1e-4


@pytest.mark.timeout(120)
def test_half_precision_learns_what_single_does(
    bench: Bench, alone: tuple[Tuned, Facts, Path]
) -> None:
    """As on GPUs, here on the processor: half has 11 bits, so losses agree to about 2^-10 of 1."""
    found, end = bench.tune(bench.folder("2026-11-22T130000", precision=MIXED))
    assert end["precision"] == MIXED
    assert np.nanmax(np.abs(found.losses - alone[0].losses)) < 0.02
    assert not np.array_equal(found.losses, alone[0].losses, equal_nan=True)
