"""Models and trainings as a trainer leaves them, with figures that are known, made in no time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from femo_tui.model.events import Facts
from femo_tui.store.layout import MANIFEST
from femo_tui.store.lock import HeldLock
from femo_tui.training.client import REQUEST_FILE, RUNS, TRAINING, lock_path
from femo_tui.training.confusion import Confusion
from femo_tui.training.journal import JOURNAL
from femo_tui.training.models import MODEL_FILE, place_of
from femo_tui.training.request import NO_WEIGHTS, Head, TrainRequest
from femo_tui.training.validation import (
    OPTIMISTIC,
    Difference,
    Kind,
    Mistake,
    Tally,
    Unit,
    Validation,
    difference,
    differences,
)

CLASSES = tuple(
    f"{emotion}_{kind}" for emotion in ("Boredom", "Happy", "Neutral", "Stress") for kind in "AS"
)
PEOPLE = ("S09", "S10", "S12", "S13")  # an even number: what one has more another has less
FACE = "datasets/drawn/Happy_A/000001.jpg"
MADE_UTC = "2026-11-22T09:50:00Z"


def evaluation(
    kind: Kind,
    features: str,
    right: int,
    *,
    of: int = 40,
    unit: Unit = Unit.FRAME,
    apart: int = 4,
    mistakes: int = 0,
) -> Validation:
    """Return an evaluation that tells `right` of the `of` images of each class.

    Of the others, all but two are taken for the same emotion of the other kind, and two for the
    next class. People differ by `apart` images to either side.
    """
    counts = [[0] * len(CLASSES) for _ in CLASSES]
    for i, row in enumerate(counts):
        row[i] = right
        row[i ^ 1] += max(of - right - 2, 0)
        row[(i + 2) % len(CLASSES)] += min(of - right, 2)
    each, total = len(CLASSES) * right // len(PEOPLE), len(CLASSES) * of // len(PEOPLE)
    return Validation(
        kind,
        features,
        "study" if kind is Kind.STUDY else "even",
        unit,
        1 if kind is Kind.STUDY else len(PEOPLE),
        Confusion(CLASSES, tuple(tuple(row) for row in counts)),
        tuple(
            Tally(who, each + (apart if i % 2 else -apart), total) for i, who in enumerate(PEOPLE)
        ),
        note=OPTIMISTIC if kind is Kind.STUDY else "",
        training_accuracy=1.0,
        near_duplicates=7 if kind is Kind.STUDY else 0,
        mistakes=tuple(
            Mistake(FACE, CLASSES[i % 8], CLASSES[i % 8 ^ 1], 0.99 - i / 50)
            for i in range(mistakes)
        ),
    )


def evaluations(right: int = 25) -> list[Validation]:
    """Return those of a training with weights: 25 of 40 right on people never seen."""
    return [
        evaluation(Kind.BY_PARTICIPANT, "mobilenet", right, mistakes=9),
        evaluation(Kind.BY_PARTICIPANT, "mobilenet", 3, of=4, unit=Unit.WINDOW, apart=1),
        evaluation(Kind.STUDY, "mobilenet", 19, of=20, apart=1),
        evaluation(Kind.BY_PARTICIPANT, "hog", 18),
        evaluation(Kind.STUDY, "hog", 18, of=20, apart=1),
        evaluation(Kind.BY_PARTICIPANT, "nuisance", 6),
    ]


def fine_tuned_evaluations() -> list[Validation]:
    """Return those of a training that fine-tuned, with 27 of 40 right: the model's own first."""
    note = "4 groups of people left out in turn, for 3, 0, 4, 2 epochs"
    tuned = evaluation(Kind.BY_PARTICIPANT, "fine-tuned", 27, apart=2)
    return [replace(tuned, note=note), *evaluations()]


def write_model(
    root: Path,
    name: str,
    found: Sequence[Validation],
    *,
    people: Sequence[str] = PEOPLE,
    made_utc: str = MADE_UTC,
    simulated: bool = False,
    weights_problem: str = "",
) -> None:
    """Write a finished model into a store."""
    consent: Facts = {"consent": ["face", "train"], "form_version": "2"}
    for who in people:  # their runs are there
        (root / "runs" / who).mkdir(parents=True, exist_ok=True)
        (root / "runs" / who / MANIFEST).touch()
    facts: Facts = {
        "model": name,
        "format": 1,
        "made_utc": made_utc,
        "operator": "ada",
        "features": found[0].features,
        "head": Head.LBFGS.value,
        "seed": 1,
        "with_gsr": False,
        "versions": {},
        "weights": None,
        "people": [
            {
                **{"participant": who, "source": f"runs/{who}", "simulated": simulated},
                **{"sha256": "", **consent},
            }
            for who in people
        ],
        "classes": list(CLASSES),
        "images": 1520,
        "participants": len(people),
        "validations": [one.to_json() for one in found],
        "not_possible": [
            {"kind": "by_clip", "features": found[0].features, "reason": "one clip per emotion"}
        ],
        "differences": [one.to_json() for one in _compared(found)],
        "simulated": simulated,
        "weights_problem": weights_problem,
        "left_out": [],
    }
    folder = place_of(root, name)
    folder.mkdir(parents=True)
    (folder / MODEL_FILE).write_text(json.dumps(facts), "utf-8")


def _compared(found: Sequence[Validation]) -> list[Difference]:
    if found[0].features == "fine-tuned":
        return differences(found)
    return [difference(found[0], found[3])] if len(found) > 3 else []


def begin(t_s: float = 0.0) -> Facts:
    return {"t_s": t_s, "event": "begin", "utc": MADE_UTC, "operator": "ada", "request": {}}


def stage(t_s: float, name: str, total: int) -> Facts:
    return {"t_s": t_s, "event": "stage", "name": name, "total": total}


def progress(t_s: float, name: str, done: int, total: int) -> Facts:
    return {"t_s": t_s, "event": "progress", "stage": name, "done": done, "total": total}


def event(t_s: float, name: str, **facts: object) -> Facts:
    told: Facts = json.loads(json.dumps({"t_s": t_s, "event": name, **facts}))
    return told


def in_features() -> list[Facts]:
    """Return the lines of a training in the middle of its features."""
    return [
        begin(),
        stage(0.0, "data", 1),
        progress(1.2, "data", 1, 1),
        stage(1.3, "features", 1840),
        progress(9.8, "features", 1420, 1840),
    ]


def in_the_head() -> list[Facts]:
    """Return the lines of a training whose head has learnt."""
    return [
        *in_features(),
        progress(12.3, "features", 1840, 1840),
        stage(12.4, "folds", 12),
        *(event(13.0 + i, "validation", **one.to_json()) for i, one in enumerate(evaluations())),
        progress(19.0, "folds", 12, 12),
        stage(19.1, "head", 2),
        *(
            event(
                19.2 + i / 100,
                "curve",
                step=5 * i,
                training_loss=2.1 / (1 + i),
                validation_loss=0.4 + 1.7 / (1 + i),
            )
            for i in range(12)
        ),
        progress(19.5, "head", 2, 2),
        stage(19.6, "model", 1),
    ]


def in_fine_tuning() -> list[Facts]:
    """Return the lines of a training whose network is in its fourth epoch."""
    return [
        begin() | {"request": {"fine_tune": 10}},
        *in_features()[1:],
        progress(12.3, "features", 1840, 1840),
        stage(12.4, "folds", 18),
        *(event(13.0 + i, "validation", **one.to_json()) for i, one in enumerate(evaluations())),
        progress(19.0, "folds", 18, 18),
        stage(19.1, "tune", 36800),
        *(
            event(
                40.0 + 20 * i,
                "epoch",
                epoch=i + 1,
                training_loss=1.4 / (1 + i / 3),
                validation_loss=0.9 + 0.6 / (1 + i),
            )
            for i in range(3)
        ),
        progress(95.0, "tune", 6200, 36800),
    ]


def write_training(root: Path, lines: Sequence[Facts], name: str = "2026-11-22T095000") -> Path:
    """Write what a trainer said; without an `end` it was lost, unless its lock is held."""
    run_dir = root / TRAINING / RUNS / name
    run_dir.mkdir(parents=True)
    request = TrainRequest(root, NO_WEIGHTS, operator="ada")
    (run_dir / REQUEST_FILE).write_text(request.to_json(), "utf-8")
    (run_dir / JOURNAL).write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return run_dir


@contextmanager
def training(root: Path, run_dir: Path) -> Iterator[None]:
    """Hold the store as the trainer of `run_dir` does."""
    holder: Facts = {
        "what": "the training",
        "operator": "ada",
        "since_utc": MADE_UTC,
        "run_dir": str(run_dir),
        "pid": os.getpid(),
    }
    with HeldLock.acquire(lock_path(root), holder):
        yield
