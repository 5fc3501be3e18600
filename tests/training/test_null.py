"""Where there is no emotion none is found: a null study, a leaking one, and one of light alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from femo_tui.devices.drawn_face import Expression
from femo_tui.training.evaluation import plan
from femo_tui.training.report import sentences
from femo_tui.training.request import Head
from femo_tui.training.validation import Validation
from tests.support.face_folders import draw_faces
from tests.support.femo import Femo
from tests.support.null_study import null_material

SEEDS = 100


def coverage(names: tuple[str, ...], *, with_gsr: bool) -> dict[str, float]:
    """Return for each evaluation the share of null studies whose interval holds chance."""
    held = dict.fromkeys(names, 0)
    for seed in range(SEEDS):
        tasks, _ = plan(null_material(seed), Head.LBFGS, 1, with_gsr=with_gsr)
        for task in tasks:
            if task.name in names:
                headline = task.run(lambda done, total: None, None)[0]
                assert headline.interval is not None
                held[task.name] += headline.interval[0] <= headline.chance <= headline.interval[1]
    return {name: count / SEEDS for name, count in held.items()}


@pytest.mark.timeout(180)
def test_95_of_100_null_studies_hold_chance() -> None:
    found = coverage(("mobilenet by participant, 22 folds",), with_gsr=False)
    assert 0.93 <= found["mobilenet by participant, 22 folds"] <= 0.97


@pytest.mark.timeout(180)
def test_95_of_100_null_studies_with_gsr_hold_chance() -> None:
    found = coverage(("face+gsr by participant",), with_gsr=True)
    assert 0.93 <= found["face+gsr by participant"] <= 0.97


def test_a_data_set_that_leaks_is_seen_through(femo: Femo, tmp_path: Path) -> None:
    """Each person makes any face in each class, and the same one in all images of it: images of a
    class are alike within a person and have nothing in common between people."""

    def draw(person: int, class_name: str, number: int) -> Expression:
        rng = np.random.default_rng([person, *class_name.encode()])
        curve, opened, width, lift, frown = rng.uniform(-1, 1, 5)
        return Expression(
            mouth_curve=curve,
            mouth_open=abs(opened),
            mouth_width=0.3 * width,
            brow_lift=lift,
            brow_frown=frown,
            lids=rng.uniform(0.6, 1.2),
            roll_deg=rng.uniform(-5, 5),
            drop=rng.uniform(0, 12),
        )

    folder = draw_faces(tmp_path / "leak", people=10, per_class=10, draw=draw, every_s=0.1)
    femo.ok("dataset", "import", str(folder), "--simulated")
    found = femo.json("train", "--weights", "none")
    by = {(v["kind"], v["features"]): v for v in found["validations"]}
    honest, study = by["by_participant", "hog"], by["study", "hog"]
    assert study["accuracy"] >= 0.95
    assert honest["ci_low"] <= honest["chance"] <= honest["ci_high"]
    assert honest["accuracy"] < 0.25
    said = femo.ok("models", "show", "m-01")
    assert f"On people it has never seen: {100 * honest['accuracy']:.1f} %" in said
    assert "On unseen people it cannot be told from chance." in said


def test_a_data_set_of_light_alone_is_unmasked(femo: Femo, tmp_path: Path) -> None:
    def change(image: np.ndarray, class_name: str) -> np.ndarray:
        step = ("Happy_A", "Happy_S", "Neutral_A", "Stress_A").index(class_name)
        darker: np.ndarray = np.clip(image.astype(int) - 30 * step, 0, 255).astype(np.uint8)
        return darker

    folder = draw_faces(
        tmp_path / "light",
        people=8,
        per_class=4,
        classes=("Happy_A", "Happy_S", "Neutral_A", "Stress_A"),
        draw=lambda person, class_name, number: Expression(),
        change=change,
    )
    femo.ok("dataset", "import", str(folder), "--simulated")
    found = femo.json("train", "--weights", "none")
    by = {(v["kind"], v["features"]): v for v in found["validations"]}
    assert by["by_participant", "nuisance"]["accuracy"] >= 0.8
    assert "Light, colour and place alone tell" in femo.ok("models", "show", "m-01")


def test_an_order_that_is_everybodys_is_named() -> None:
    """Where nothing tells the classes, the time in run still does, and is no nuisance of light."""
    found: list[Validation] = []
    tasks, _ = plan(null_material(0), Head.LBFGS, 1, with_gsr=False)
    for task in tasks:
        if task.name in ("time by participant, 22 folds", "nuisance by participant, 22 folds"):
            found += task.run(lambda done, total: None, None)
    said = " ".join(sentences(found, []))
    assert "Time in run alone tells" in said
    assert "Light" not in said
    assert next(v for v in found if v.features == "time").accuracy > 0.6
