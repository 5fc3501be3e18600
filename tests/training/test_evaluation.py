"""What evaluations promise: nobody and no film in both, paired gains, the study's way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from femo_tui.training.evaluation import plan
from femo_tui.training.material import Material, study_rows
from femo_tui.training.request import Head
from femo_tui.training.validation import Kind, Validation, difference
from tests.support.face_folders import STUDY_CLASSES
from tests.support.femo import Femo
from tests.support.null_study import null_material

LEVELS = {"Stress": 5.0, "Happy": -5.0}  # what the skin tells, as the test makes it


def run(material: Material, *, with_gsr: bool = False) -> dict[tuple[Kind, str], Validation]:
    tasks, _ = plan(material, Head.LBFGS, 1, with_gsr=with_gsr)
    found: dict[tuple[Kind, str], Validation] = {}
    for task in tasks:
        for validation in task.run(lambda done, total: None, None):
            found.setdefault((validation.kind, validation.features), validation)
    return found


def test_skin_that_tells_an_emotion_is_a_gain_and_paired() -> None:
    material = null_material(3, people=12)
    rng = np.random.default_rng(0)
    level = {i.window: LEVELS.get(i.class_name.partition("_")[0], 0.0) for i in material.images}
    told = {
        window: (level.get(window, 0.0) + rng.normal(0, 0.3), *values[1:])
        for window, values in material.gsr.items()
    }
    found = run(replace(material, gsr=told), with_gsr=True)
    gain = difference(found[Kind.BY_PARTICIPANT, "face+gsr"], found[Kind.BY_PARTICIPANT, "face"])
    assert gain.people == 12
    assert gain.low is not None
    assert 0 < gain.low < gain.mean


def test_windows_without_gsr_are_in_neither_side() -> None:
    material = null_material(3, people=6)
    some = {window: v for window, v in material.gsr.items() if not window.endswith("#9")}
    found = run(replace(material, gsr=some), with_gsr=True)
    assert found[Kind.BY_PARTICIPANT, "face+gsr"].n == found[Kind.BY_PARTICIPANT, "face"].n == 54


def test_by_clip_is_made_where_classes_have_several_films() -> None:
    material = null_material(5, people=6)
    assert (Kind.BY_CLIP, "mobilenet") not in run(material)
    images = tuple(
        replace(image, clip=f"{image.class_name}-{image.window.split('#')[0] in '024'}")
        for image in material.images
    )
    found = run(replace(material, images=images))[Kind.BY_CLIP, "mobilenet"]
    assert found.n == int(material.even.sum())
    assert "neither people nor films shared" in found.note


def test_the_studys_set_is_what_differs_most_from_the_own_neutral() -> None:
    material = null_material(7, people=2)
    features = material.features["mobilenet"]
    chosen = set(study_rows(material.images, features))
    neutral = np.mean(
        [
            features[i]
            for i, image in enumerate(material.images)
            if (image.participant, image.class_name) == ("S01", "Neutral_A")
        ],
        axis=0,
    )
    rows = [
        i
        for i, image in enumerate(material.images)
        if (image.participant, image.class_name) == ("S01", "Stress_A")
    ]
    far = sorted(rows, key=lambda i: -float(np.linalg.norm(features[i] - neutral)))
    assert chosen & set(rows) == set(far[:10])


def test_the_studys_procedure_and_the_layout_of_its_figures(femo: Femo, study_faces: Path) -> None:
    """Training and validation accuracy, then a matrix in percentages of each true class."""
    femo.ok("dataset", "import", str(study_faces), "--simulated")
    said = femo.ok("train", "--weights", "none", "--head", "retrain")
    line = next(line for line in said.splitlines() if "hog" in line and "the study's way" in line)
    assert "participants shared: optimistic; training " in line
    card = femo.json("models", "show", "m-01")
    assert card["head"] == "retrain"
    study = next(v for v in card["validations"] if v["kind"] == "study")
    assert (study["frames"], study["n"], study["folds"]) == ("study", 14, 1)  # a tenth of 144
    study_classes = sorted(STUDY_CLASSES)
    _, _, percent = said.partition("Percent of each row, the true class:\n")
    rows = [line.replace("·", "0").split() for line in percent.splitlines()[1:]]
    assert [row[:2] for row in rows] == [[str(i + 1), name] for i, name in enumerate(study_classes)]
    for _, _, *shares, whole in rows:
        assert len(shares) == 8
        assert sum(map(float, shares)) == pytest.approx(100, abs=0.4)  # each rounded to a tenth
        assert whole == "100"
    again = femo.json("train", "--weights", "none", "--head", "retrain")
    assert again["validations"] == card["validations"]
