"""Fine-tuning: nothing of those who are tested leaks, and a training becomes a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from femo_tui.errors import TrainingError
from femo_tui.store.layout import FINISHED
from femo_tui.training import client
from femo_tui.training.augment import augmented
from femo_tui.training.folds import by_group, people_groups
from femo_tui.training.images import SIZE
from femo_tui.training.kept import TUNING
from femo_tui.training.material import Material
from femo_tui.training.request import FINE_TUNED, TrainRequest
from femo_tui.training.tuning.fine_tune import job_of, parts_of
from femo_tui.training.tuning.job import TuneJob
from femo_tui.training.weights import Converted
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo
from tests.support.litert import whole_network
from tests.support.null_study import null_material
from tests.support.small_network import SmallNetwork

CLASSES = ("Happy_A", "Neutral_A", "Stress_A")
EPOCHS = 3


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
    assert not (run_dir / FINISHED / TUNING).exists()

    model = femo.store / "models" / "m-01"
    face = next((faces / "Happy_A").iterdir())
    told = femo.json("classify", "m-01", str(face))["files"][0]["probabilities"]
    assert told == pytest.approx(
        whole_network(model / "model.tflite", face, found["classes"]), abs=1e-4
    )
    outside = femo.json("evaluate", "m-01", str(faces))
    assert (outside["features"], outside["n"]) == (FINE_TUNED, 27)
    # the frozen network's features in the cache are the frozen network's
    names = {path.name.split("-")[0] for path in (femo.store / "training" / "features").iterdir()}
    assert "mobilenet" in names
    assert "fine" not in names


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
        (("--cancel", "--resume"), "one at a time"),
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
            "print([m for m in sys.modules if 'tuning' in m or m in ('tensorflow', 'keras')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"
