"""Fine-tuning: nothing leaks, two workers compute as one, a lost one comes to the same weights."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from femo_tui.errors import TrainingError
from femo_tui.model.events import Facts
from femo_tui.store.files import make_folder
from femo_tui.training import client
from femo_tui.training.augment import augmented
from femo_tui.training.dataset import sha256_of
from femo_tui.training.folds import by_group, people_groups
from femo_tui.training.images import SIZE
from femo_tui.training.kept import STAGES, TUNING
from femo_tui.training.material import Material
from femo_tui.training.request import FINE_TUNED, TrainRequest
from femo_tui.training.tune_job import MIXED, TUNED_WEIGHTS, Tuned, TuneJob
from femo_tui.training.tuning import job_of, parts_of, tune_in_child
from femo_tui.training.weights import Converted
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo
from tests.support.null_study import null_material
from tests.training.conftest import SmallNetwork

CLASSES = ("Happy_A", "Neutral_A", "Stress_A")
EPOCHS = 3


# --- who learns, stops, tests --------------------------------------------------------------------


@pytest.mark.parametrize("people", [3, 4, 5, 8, 22])
def test_nobody_is_in_two_of_learning_stopping_and_testing(people: int) -> None:
    who = [f"S{number % people:02d}" for number in range(7 * people)]
    *folds, model = parts_of(who)
    assert len(folds) == min(people, 5)
    everybody = set(who)
    tested: list[int] = []
    for part in folds:
        names = [{who[row] for row in rows} for rows in (part.learn, part.stop, part.test)]
        assert all(names)
        assert sum(len(some) for some in names) == people
        assert set.union(*names) == everybody
        tested += part.test.tolist()
    assert sorted(tested) == list(range(len(who)))
    assert len(model.test) == 0
    assert {who[row] for row in model.all} == everybody
    assert not {who[row] for row in model.learn} & {who[row] for row in model.stop}
    # the frozen base is compared on the same people
    assert [fold.test.tolist() for fold in by_group(who)] == [p.test.tolist() for p in folds]
    assert [fold.train.tolist() for fold in by_group(who)] == [p.all.tolist() for p in folds]
    assert max(map(len, people_groups(who))) - min(map(len, people_groups(who))) <= 1


def test_two_people_are_too_few() -> None:
    with pytest.raises(TrainingError, match=r"needs 3 people at least.* there are 2"):
        parts_of(["S01", "S02", "S02"])


def test_what_a_network_begins_with_knows_nothing_of_those_it_is_tested_on(tmp_path: Path) -> None:
    material = null_material(5, people=6)
    parts = parts_of([image.participant for image in material.images])
    rng = np.random.default_rng(7)
    job = _job(material, tmp_path)
    for number, part in enumerate(parts[:-1]):
        features = material.features["mobilenet"].copy()
        features[part.test] = rng.normal(size=features[part.test].shape)
        images = list(material.images)
        for row, name in zip(
            part.test, rng.permutation([images[row].class_name for row in part.test]), strict=True
        ):
            images[row] = replace(images[row], class_name=str(name))
        other = replace(
            material,
            images=tuple(images),
            features={**material.features, "mobilenet": features},
        )
        changed = _job(other, tmp_path)
        assert changed.fingerprint() != job.fingerprint()
        assert np.array_equal(changed.learn[:, number], job.learn[:, number])
        assert np.array_equal(changed.stop[number], job.stop[number])
        assert np.array_equal(changed.coefficients[:, number], job.coefficients[:, number])
        assert not job.learn[:, number, part.test].any()
        assert not job.stop[number, part.test].any()


def _job(material: Material, folder: Path) -> TuneJob:
    network = Converted(
        *(folder / "a.tflite", "", folder / "a.weights.h5", "", 0.25, 256, 0.0, 0.0, 0.0, True)
    )
    parts = parts_of([image.participant for image in material.images])
    return job_of(TrainRequest(folder, fine_tune=EPOCHS), material, parts, network)


def test_an_augmented_face_depends_on_seed_epoch_and_image_alone() -> None:
    rng = np.random.default_rng(3)
    face = rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
    once = augmented(face, 1, 2, 3)
    assert once.shape == face.shape
    assert np.array_equal(once, augmented(face, 1, 2, 3))
    for other in ((2, 2, 3), (1, 3, 3), (1, 2, 4)):
        assert not np.array_equal(once, augmented(face, *other))


def test_augmented_faces_keep_their_middle_and_move_no_further_than_is_said() -> None:
    face = np.full((SIZE, SIZE, 3), 100, np.uint8)
    face[107:117, 107:117] = 200  # a mark in the middle
    mirrored = 0
    face[20:40, 20:40] = 0  # and a dark one up left
    for number in range(60):
        seen = augmented(face, 1, 1, number)[:, :, 0].astype(float)
        bright = np.argwhere(seen > 1.5 * np.median(seen))
        assert np.abs(bright.mean(axis=0) - 111.5).max() <= 0.06 * SIZE + 1
        assert 8**2 <= len(bright) <= 13**2  # 10 px at 1/1.1 to 1.1
        assert 100 / 1.21 <= np.median(seen) <= 100 * 1.21
        dark = np.argwhere(seen < 0.5 * np.median(seen)).mean(axis=0)
        assert dark[0] < 60  # never upside down
        mirrored += dark[1] > SIZE / 2
    assert 15 <= mirrored <= 45


# --- TensorFlow in children ----------------------------------------------------------------------


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
        folder = run_dir / STAGES / TUNING
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


# --- the command ---------------------------------------------------------------------------------


@pytest.mark.timeout(240)
def test_a_training_becomes_a_fine_tuned_model(
    femo: Femo, network: SmallNetwork, tmp_path: Path
) -> None:
    faces = draw_faces(tmp_path / "faces", people=3, per_class=3, classes=CLASSES)
    femo.ok("dataset", "import", str(faces), "--simulated")
    network.lend(femo.store)
    done = femo.run(
        *("train", "--weights", str(network.weights), "--fine-tune", "2", "--json"), timeout_s=200
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    (run_dir,) = client.trainings(femo.store)

    first = found["validations"][0]
    assert (first["features"], first["kind"], first["folds"], first["n"]) == (
        *(FINE_TUNED, "by_participant", 3),
        27,
    )
    assert first["note"].startswith("3 groups of people left out in turn, for ")
    (gain,) = [d for d in found["differences"] if d["features"] == FINE_TUNED]
    assert (gain["than"], gain["people"]) == ("mobilenet", 3)
    frozen = next(
        v
        for v in found["validations"]
        if v["features"] == "mobilenet" and v["kind"] == "by_participant"
    )
    assert frozen["folds"] == 3
    assert gain["mean"] == pytest.approx(
        np.mean(
            [
                (one["correct"] - other["correct"]) / one["n"]
                for one, other in zip(
                    first["per_participant"], frozen["per_participant"], strict=True
                )
            ]
        )
    )
    assert gain["low"] <= gain["mean"] <= gain["high"]
    assert "fine-tuned against mobilenet:" in femo.ok("models", "show", "m-01")
    assert "MobileNet's last block was fine-tuned" in femo.ok("models", "show", "m-01")
    assert not (run_dir / STAGES / TUNING).exists()

    model = femo.store / "models" / "m-01"
    face = next((faces / "Happy_A").iterdir())
    told = femo.json("classify", "m-01", str(face))["files"][0]["probabilities"]
    assert told == pytest.approx(_litert(model / "model.tflite", face, found["classes"]), abs=1e-4)
    outside = femo.json("evaluate", "m-01", str(faces))
    assert (outside["features"], outside["n"]) == (FINE_TUNED, 27)
    # the frozen network's features in the cache are the frozen network's
    names = {path.name.split("-")[0] for path in (femo.store / "training" / "features").iterdir()}
    assert "mobilenet" in names
    assert "fine" not in names


def _litert(model: Path, face: Path, classes: list[str]) -> dict[str, float]:
    from tests.training.test_train import _litert as whole_network

    return whole_network(model, face, classes)


def test_fine_tuning_without_weights_is_one_sentence(femo: Femo, study_faces: Path) -> None:
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    done = femo.run("train", "--weights", str(study_faces / "absent.h5"), "--fine-tune", "1")
    assert done.returncode == 1
    assert "fine-tuning needs MobileNet's weights" in done.stderr
    assert "absent.h5: no such file" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((femo.store / "models").glob("*"))


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--fine-tune", "2", "--weights", "none"), "nothing to fine-tune with --weights none"),
        (("--workers", "a:1,b:2"), "give --fine-tune EPOCHS"),
        (("--fine-tune", "2", "--workers", "a:1,b"), "worker 'b' is no HOST:PORT"),
        (("--fine-tune", "2", "--workers", "a:1"), "at least one other"),
        (("--fine-tune", "0"), "--fine-tune"),
        (("--fine-tune", "2", "--blocks", "14"), "--blocks"),
    ],
)
def test_wrong_use_is_named(femo: Femo, args: tuple[str, ...], says: str) -> None:
    done = femo.run("train", *args)
    assert done.returncode == 2
    assert says in done.stderr


def test_without_fine_tuning_nothing_of_it_is_loaded() -> None:
    """What the trainer imports for a training on frozen features."""
    import subprocess
    import sys

    loaded = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys\nimport femo_tui.training.pipeline\nimport femo_tui.training.learnt\n"
            "print([m for m in sys.modules if 'tune' in m or m in ('tensorflow', 'keras')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"
