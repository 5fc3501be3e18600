"""`femo evaluate` on images of elsewhere: what is not there is not counted, nothing is hidden."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from femo_tui.store.feature_files import HEADER_BYTES
from femo_tui.training.models import list_models
from femo_tui.training.validation import Kind
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo

CLASSES = ("Happy_A", "Neutral_A")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Femo:
    """A store with a model of drawn faces, made without weights."""
    place = tmp_path_factory.mktemp("trained")
    (place / "home").mkdir()
    femo = Femo(place / "home", place / "store")
    faces = draw_faces(place / "drawn", people=3, per_class=2, classes=CLASSES)
    femo.ok("dataset", "import", str(faces), "--simulated")
    femo.ok("train", "--weights", "none")
    return femo


def renamed(folder: Path) -> Path:
    """Return images whose names tell nobody: 1.jpg, 2.jpg … in each class."""
    drawn = draw_faces(folder, people=4, per_class=1, classes=CLASSES)
    for class_name in CLASSES:
        for number, path in enumerate(sorted((drawn / class_name).iterdir()), start=1):
            path.rename(path.with_name(f"{number}.jpg"))
    return drawn


def test_images_of_one_name_in_two_classes_are_not_taken_for_one_person(
    trained: Femo, tmp_path: Path
) -> None:
    found = trained.json("evaluate", "m-01", str(renamed(tmp_path / "others")))
    people = [person["participant"] for person in found["per_participant"]]
    assert sorted(people) == [f"{name}/{i}.jpg" for name in CLASSES for i in range(1, 5)]
    assert [person["n"] for person in found["per_participant"]] == [1] * 8


def test_near_duplicates_are_found_where_no_feature_is_cached(
    trained: Femo, tmp_path: Path
) -> None:
    """As in a store that was restored: a backup holds no cached features."""
    import cv2

    images = sorted((trained.store / "datasets").rglob("*.jpg"))
    again = tmp_path / "again"
    for number, path in enumerate(images):
        image = cv2.imread(str(path))
        assert image is not None
        (again / path.parent.name).mkdir(parents=True, exist_ok=True)
        copy = str(again / path.parent.name / f"{number}.jpg")
        cv2.imwrite(copy, image, [cv2.IMWRITE_JPEG_QUALITY, 60])
    assert trained.json("evaluate", "m-01", str(again))["near_duplicates"] == len(images)
    store = shutil.copytree(trained.store, tmp_path / "store")
    shutil.rmtree(store / "training" / "features")
    restored = Femo(trained.home, store)
    assert restored.json("evaluate", "m-01", str(again))["near_duplicates"] == len(images)
    kept = [path.stat().st_size for path in (store / "training" / "features").iterdir()]
    assert kept == [HEADER_BYTES]  # looked at, not kept
    (store / images[0].relative_to(trained.store)).unlink()
    told = restored.json("evaluate", "m-01", str(again))
    assert "near-duplicates of 1 training images cannot be told" in told["note"]


def test_classes_that_the_model_does_not_know_are_one_sentence(
    trained: Femo, tmp_path: Path
) -> None:
    folder = draw_faces(tmp_path / "others", people=2, per_class=1, classes=("joy", "calm"))
    done = trained.run("evaluate", "m-01", str(folder), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "m-01 knows none of its classes (calm, joy): name the folders as" in done.stderr


def test_images_of_which_none_can_be_read_are_one_sentence(trained: Femo, tmp_path: Path) -> None:
    (tmp_path / "others" / "Happy_A").mkdir(parents=True)
    (tmp_path / "others" / "Happy_A" / "1.jpg").write_text("no image", "utf-8")
    done = trained.run("evaluate", "m-01", str(tmp_path / "others"))
    assert done.returncode == 1
    assert "none of the 1 images can be read: Happy_A/1.jpg: this is no image" in done.stderr
    assert "defect" not in done.stderr


def test_an_evaluation_that_was_cut_short_costs_itself_alone(trained: Femo, tmp_path: Path) -> None:
    """The disk was full when it was noted."""
    store = shutil.copytree(trained.store, tmp_path / "store")
    femo = Femo(trained.home, store)
    noted = store / "models" / "m-01" / "evaluations.jsonl"
    noted.unlink(missing_ok=True)
    others = str(renamed(tmp_path / "others"))
    femo.ok("evaluate", "m-01", others)
    noted.write_bytes(noted.read_bytes()[:-40])
    assert external(store) == 0
    femo.ok("evaluate", "m-01", others)
    assert external(store) == 1


def external(store: Path) -> int:
    (model,) = list_models(store, ()).models
    return sum(one.kind is Kind.EXTERNAL for one in model.validations)


def test_a_damaged_head_is_one_sentence(trained: Femo, tmp_path: Path) -> None:
    store = shutil.copytree(trained.store, tmp_path / "store")
    head = store / "models" / "m-01" / "head.npz"
    whole = head.read_bytes()
    face = str(next((store / "datasets").rglob("*.jpg")))
    for content in (whole[: len(whole) // 2], b"", b"no head"):
        head.write_bytes(content)
        done = Femo(trained.home, store).run("classify", "m-01", face)
        assert done.returncode == 1
        assert "head.npz cannot be read" in done.stderr
        assert "defect" not in done.stderr
