"""Fine-tuning seen from the trainer: which people learn, stop and test; what came of it.

MobileNet's last blocks are learnt once for each group of people that is left out, and once for the
model. How long, is said by people who are neither learnt from nor tested: one group each time; then
all but those who are tested are learnt from for as long. So nothing of those who are tested is in
what tells them apart, and as much is learnt from as by the frozen base.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.errors import TrainingError
from femo_tui.model.events import Facts
from femo_tui.store.layout import FINISHED
from femo_tui.training.crossing import Predicted
from femo_tui.training.duplicates import near_to
from femo_tui.training.folds import Fold, people_groups
from femo_tui.training.head import SoftmaxHead, class_weights, train_head
from femo_tui.training.kept import TUNING
from femo_tui.training.outcome import EVEN, frame_validation, window_validation
from femo_tui.training.request import FINE_TUNED
from femo_tui.training.tensorflow_process import run_tensorflow
from femo_tui.training.tuning.job import TUNED_WEIGHTS, Tuned, TuneJob
from femo_tui.training.validation import Kind, Validation
from femo_tui.training.weights import Converted, convert

if TYPE_CHECKING:
    from femo_tui.training.folds import Rows
    from femo_tui.training.journal import Journal
    from femo_tui.training.material import Material
    from femo_tui.training.request import TrainRequest

STAGE = "tune"
LEAST_PEOPLE = 3  # one to test, one to stop by, one to learn from
_NEVER = np.float32(-1e4)  # a score that no exponential survives, and that can be computed with


@dataclass(frozen=True, slots=True)
class Part:
    """Who does what in tuning one network; no person is in two of these."""

    learn: Rows
    stop: Rows
    test: Rows  # none for the model's own

    @property
    def all(self) -> Rows:
        """Return what is learnt from once it is known for how long."""
        return np.sort(np.concatenate([self.learn, self.stop]))


@dataclass(frozen=True, slots=True)
class FineTuned:
    """The model's own network and head, and how the same way of learning fared on new people."""

    head: SoftmaxHead
    network: Converted
    validations: tuple[Validation, ...]
    facts: Facts  # for the card


def parts_of(participants: list[str]) -> list[Part]:
    """Return one part for each group that is tested, and last the model's own.

    Raises:
        TrainingError: there are too few people.
    """
    groups = people_groups(participants)
    if len(groups) < LEAST_PEOPLE:
        raise TrainingError(
            f"fine-tuning needs {LEAST_PEOPLE} people at least, one to learn from, one to stop by"
            f" and one to test: there are {len(groups)}; train without --fine-tune"
        )
    who = np.asarray(participants, object)
    nobody: list[str] = []
    parts = []
    for tested, stopping in [
        *((groups[i], groups[(i + 1) % len(groups)]) for i in range(len(groups))),
        (nobody, groups[0]),
    ]:
        test, stop = np.isin(who, tested), np.isin(who, stopping)
        parts.append(
            Part(np.flatnonzero(~test & ~stop), np.flatnonzero(stop), np.flatnonzero(test))
        )
    return parts


def check_people(material: Material) -> None:
    """Raise TrainingError where there are too few people to fine-tune on."""
    even = material.part(material.even)
    parts_of([image.participant for image in even.images])


def fine_tune(
    request: TrainRequest, material: Material, network: Converted, run_dir: Path, journal: Journal
) -> FineTuned:
    """Fine-tune for each group of people that is left out, and for the model.

    Raises:
        TrainingError: there are too few people, or the workers' own sentence.
    """
    even = material.part(material.even)
    parts = parts_of([image.participant for image in even.images])
    folder = run_dir / FINISHED / TUNING
    job = job_of(request, even, parts, network)
    job.write(folder, network.weights)
    total = 2 * job.epochs * len(even.images)  # at most
    journal.write("stage", {"name": STAGE, "total": total})
    device: Facts = {}
    found = Tuned.read(folder)
    if found is None:
        device = _run(request, folder, journal)
        found = Tuned.read(folder)
        if found is None:
            raise TrainingError("the fine-tuning left no result: look at the training's log")
    journal.progress(STAGE, total, total)
    journal.write("note", {"text": "converting the fine-tuned network to LiteRT"})
    tuned = convert(str(folder / TUNED_WEIGHTS), folder)
    folds = [Fold(part.all, part.test) for part in parts[:-1]]
    head = SoftmaxHead(found.coefficients, found.biases)
    return FineTuned(
        head,
        tuned,
        _validations(even, folds, found),
        {
            "epochs": request.fine_tune,
            "blocks": request.blocks,
            "folds": len(folds),
            "best_epochs": list(found.best_epochs[:-1]),
            "best_epoch": found.best_epochs[-1],
            "people_to_stop_by": _people(even, parts[-1].stop),
            "weights_sha256": tuned.weights_sha256,
            **device,
        },
    )


def job_of(request: TrainRequest, even: Material, parts: list[Part], network: Converted) -> TuneJob:
    """Return what the networks are asked for: heads are begun with as the frozen base has them."""
    classes = len(even.classes)
    stop = np.zeros((len(parts), len(even.images)), np.float32)
    learn = np.zeros((2, *stop.shape), np.float32)
    heads: list[list[SoftmaxHead]] = [[], []]
    for number, part in enumerate(parts):
        for phase, rows in enumerate((part.learn, part.all)):
            weights = class_weights(even.labels[rows], classes)
            learn[phase, number, rows] = weights[even.labels[rows]]
            matrix = even.features[even.main]
            heads[phase].append(
                train_head(request.head, matrix, even.labels, classes, request.seed, rows=rows)
            )
        # Of a class that nobody to learn from shows, nothing can be said.
        known = np.bincount(even.labels[part.learn], minlength=classes) > 0
        weights = class_weights(even.labels[part.learn], classes) * known
        stop[number, part.stop] = weights[even.labels[part.stop]]
    name = network.weights.name
    return TuneJob(
        paths=tuple(image.path for image in even.images),
        sha256=tuple(sha256.hex() for sha256 in even.sha256),
        labels=even.labels,
        learn=learn,
        stop=stop,
        coefficients=np.array([[h.coefficients for h in of] for of in heads], np.float32),
        biases=np.maximum([[h.biases for h in of] for of in heads], _NEVER).astype(np.float32),
        weights_name="network" + (".weights.h5" if name.endswith(".weights.h5") else ".h5"),
        weights_sha256=network.weights_sha256,
        epochs=request.fine_tune,
        blocks=request.blocks,
        seed=request.seed,
        workers=request.workers,
    )


def _run(request: TrainRequest, folder: Path, journal: Journal) -> Facts:
    """Have TensorFlow tune; return on what."""
    device: Facts = {}

    def told(facts: Facts) -> None:
        kind = facts.pop("told")
        if kind == "progress":
            journal.progress(STAGE, int(str(facts["done"])), int(str(facts["total"])))
        elif kind == "epoch":
            journal.write("epoch", facts)
        else:
            device.update(facts)

    others = request.workers[1:]
    wait = "".join(
        f"; it begins once `femo train --worker {number}` runs on {address}"
        for number, address in enumerate(others, 1)
    )
    journal.write("note", {"text": f"fine-tuning: TensorFlow takes some seconds to load{wait}"})
    try:
        done = tune_in_child(request.store_root, folder, 0, told)
    except TrainingError as problem:
        if not others:
            raise
        raise TrainingError(
            f"{problem}. Once all of {', '.join(request.workers)} are there, start them again and"
            " go on with `femo train --resume`: the epochs that are finished are kept"
        ) from None
    device |= {"images_per_s": round(done["images_per_s"], 1)}
    text = (
        f"fine-tuned in {done['took_s']:.0f} s and {done['peak_mb']:.0f} MB, in a process of its"
        f" own, at {done['images_per_s']:.0f} images/s on {device['device']},"
        f" {device['precision']}"
    )
    journal.write("note", {"text": text})
    return device


def tune_in_child(
    root: Path,
    folder: Path,
    worker: int,
    told: Callable[[Facts], None],
    log: Path | None = None,
) -> dict[str, float]:
    """Work on a job as one of its workers, on whatever GPUs this machine has."""
    return run_tensorflow(
        "fine_tune",
        {"folder": str(folder), "root": str(root), "worker": str(worker)},
        told,
        env={},
        log=log,
    )


def _validations(even: Material, folds: list[Fold], found: Tuned) -> tuple[Validation, ...]:
    """Return how the networks fared on those who were left out of each."""
    rows = np.concatenate([fold.test for fold in folds])
    logs = np.concatenate([found.log_probabilities[i][fold.test] for i, fold in enumerate(folds)])
    right = [
        float((found.log_probabilities[i].argmax(axis=1) == even.labels)[fold.train].mean())
        for i, fold in enumerate(folds)
    ]
    order = np.argsort(rows, kind="stable")
    logs = logs[order]
    predicted = Predicted(rows[order], logs.argmax(axis=1), logs, float(np.mean(right)))
    near = sum(
        int(near_to(even.hashes[fold.test], even.hashes[fold.train]).sum()) for fold in folds
    )
    epochs = ", ".join(str(epoch) for epoch in found.best_epochs[:-1])
    frame = frame_validation(
        Kind.BY_PARTICIPANT,
        even,
        FINE_TUNED,
        EVEN,
        folds,
        predicted,
        note=f"{len(folds)} groups of people left out in turn, for {epochs} epochs",
        near=near,
    )
    window = window_validation(even, FINE_TUNED, folds, predicted)
    return (frame,) if window is None else (frame, window)


def _people(even: Material, rows: Rows) -> list[str]:
    return sorted({even.images[row].participant for row in rows})
