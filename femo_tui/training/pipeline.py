"""The stages of a training, from what is in the store to a finished model."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import TrainingError
from femo_tui.model.events import Facts
from femo_tui.processes import own_module
from femo_tui.store.files import make_folder
from femo_tui.store.layout import DATASET_FILE, FINISHED
from femo_tui.training.client import FEATURES, TRAINING
from femo_tui.training.dataset import DataSet
from femo_tui.training.journal import STAGES, Journal
from femo_tui.training.kept import TUNING, KeptEvaluations
from femo_tui.training.request import NO_WEIGHTS, TrainRequest
from femo_tui.training.validation import NotPossible, Validation, differences
from femo_tui.training.weights import WEIGHTS, Converted, convert

if TYPE_CHECKING:
    from femo_tui.training.features import Extracted
    from femo_tui.training.material import Material
    from femo_tui.training.workers import Workers

_DATA, _FEATURES, _FOLDS, _, _MODEL = STAGES


def train(request: TrainRequest, run_dir: Path, journal: Journal) -> Facts:
    """Train and evaluate; return the object that `femo train --json` ends with.

    Raises:
        FemoError: nothing can be trained; each kind says what to do.
    """
    root = request.store_root
    journal.write("stage", {"name": _DATA, "total": 1})
    found = _collect(run_dir)
    journal.progress(_DATA, 1, 1)
    network, weights_problem = _network(request, journal)
    if request.fine_tune and network is None:
        raise TrainingError(f"fine-tuning needs MobileNet's weights: {weights_problem}")
    with _workers(request, journal) as workers:
        found, material, external = _material(root, found, network, journal, workers)
        if request.fine_tune:
            from femo_tui.training.tuning.fine_tune import check_people

            check_people(material)
        _tell_data(found, material, external, journal)
        validations, impossible = _evaluate(request, material, run_dir, journal, workers)
    from femo_tui.training.learnt import learn, outside_of

    learnt, honest = learn(request, material, network, run_dir, journal)
    for validation in honest:
        journal.write("validation", validation.to_json())
    validations = [*honest, *validations]
    outside = None if external is None else outside_of(learnt, root, material, external)
    if isinstance(outside, NotPossible):
        journal.write("not_possible", outside.to_json())
        impossible.append(outside)
    elif outside is not None:
        journal.write("validation", outside.to_json())
        validations.append(outside)
    journal.write("stage", {"name": _MODEL, "total": 1})
    from femo_tui.training.writing import write_model

    body: Facts = {
        "classes": list(material.classes),
        "images": len(material.images),
        "participants": len(material.participants),
        "validations": [validation.to_json() for validation in validations],
        "not_possible": [why.to_json() for why in impossible],
        "differences": [one.to_json() for one in differences(validations)],
        "simulated": found.simulated,
        "weights_problem": weights_problem,
        "left_out": [asdict(one) for one in found.left_out],
    }
    name = write_model(request, run_dir, found, material, learnt, body, journal)
    shutil.rmtree(run_dir / FINISHED / TUNING, ignore_errors=True)  # as large as several models
    journal.progress(_MODEL, 1, 1)
    return {"model": name, **body}


def _collect(run_dir: Path) -> DataSet:
    """Gather the data set in a process of its own; what it says in vain is its error."""
    done = subprocess.run(
        own_module("femo_tui.training.collect", str(run_dir)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TrainingError(
            done.stdout.strip() or "the data set could not be gathered: look at the training's log"
        )
    return DataSet.from_json((run_dir / DATASET_FILE).read_text("utf-8"))


def _network(request: TrainRequest, journal: Journal) -> tuple[Converted | None, str]:
    """Return MobileNet, or why there is none: the baselines need no weights."""
    if request.weights == NO_WEIGHTS:
        sentence = "no weights were asked for: HOG and nuisance alone"
        journal.write("note", {"text": sentence})
        return None, ""
    folder = request.store_root / TRAINING / WEIGHTS
    make_folder(folder)
    for left in folder.glob(".*.part"):  # of a trainer that was killed
        left.unlink()
    try:
        network = convert(
            request.weights, folder, lambda text: journal.write("note", {"text": text})
        )
    except TrainingError as problem:
        journal.write("note", {"text": f"{problem}; HOG and nuisance are trained alone"})
        return None, str(problem)
    if not network.reused:
        journal.write(
            "note",
            {
                "text": f"converted in {network.took_s:.1f} s and {network.peak_mb:.0f} MB, in a"
                f" process of its own; features agree to {network.largest_difference:.0e}"
            },
        )
    return network, ""


@contextmanager
def _workers(request: TrainRequest, journal: Journal) -> Iterator[Workers | None]:
    """Yield the workers of the cluster that was named, None where this machine works alone."""
    if not request.cluster:
        yield None
        return
    from femo_tui.training.cluster import cluster_workers

    with cluster_workers(
        request.cluster, lambda text: journal.write("note", {"text": text})
    ) as workers:
        yield workers


def _material(
    root: Path,
    found: DataSet,
    network: Converted | None,
    journal: Journal,
    workers: Workers | None,
) -> tuple[DataSet, Material, Material | None]:
    """Return all images with their features, and the external ones where there are any.

    What cannot be read is left out of the data set, and so is who has no other image in it.
    """
    from femo_tui.training import engines
    from femo_tui.training.features import extract
    from femo_tui.training.material import make_material

    kinds = [engines.HOG, engines.COLOUR, engines.PERCEPTUAL_HASH]
    if network is not None:
        model = network.path if workers is None else network.path.read_bytes()
        kinds.insert(0, engines.mobilenet(model, network.sha256, network.dim))
    images = (*found.images, *found.external)
    extracted: Extracted = extract(
        root,
        [image.path for image in images],
        kinds,
        root / TRAINING / FEATURES,
        progress=lambda done, total: journal.progress(_FEATURES, done, total),
        begin=lambda total: journal.write(
            "stage", {"name": _FEATURES, "total": total, "images": len(images)}
        ),
        workers=workers,
    )
    for sentence in extracted.unreadable.values():
        journal.write("note", {"text": sentence})
    material, external = make_material(found, extracted)
    return found.as_read(material.participants, extracted.unreadable.values()), material, external


def _tell_data(
    found: DataSet, material: Material, external: Material | None, journal: Journal
) -> None:
    per_class: dict[str, dict[str, int]] = {name: {} for name in material.classes}
    for image in material.images:
        people = per_class[image.class_name]
        people[image.participant] = people.get(image.participant, 0) + 1
    journal.write(
        "data",
        {
            "images": len(material.images),
            "even": int(material.even.sum()),
            "study": int(material.study.sum()),
            "external": len(external.images) if external is not None else 0,
            "participants": list(material.participants),
            "classes": list(material.classes),
            "per_class": per_class,
            "left_out": [asdict(one) for one in found.left_out],
            "simulated": found.simulated,
        },
    )


def _evaluate(
    request: TrainRequest,
    material: Material,
    run_dir: Path,
    journal: Journal,
    workers: Workers | None,
) -> tuple[list[Validation], list[NotPossible]]:
    """Make every evaluation, or take it from what this training had finished before it was lost."""
    from femo_tui.training.evaluation import plan

    tasks, impossible = plan(
        *(material, request.head, request.seed),
        with_gsr=request.with_gsr,
        in_groups=request.fine_tune > 0,
    )
    total = sum(task.folds for task in tasks)
    journal.write("stage", {"name": _FOLDS, "total": total})
    for why in impossible:
        journal.write("not_possible", why.to_json())
    kept = KeptEvaluations(run_dir, request, material)
    validations: list[Validation] = []
    before = 0
    for task in tasks:
        made = kept.finished(task)
        if made is None:
            made = task.run(partial(_tell_folds, journal, before, total), workers)
            kept.keep(task, made)
        before += task.folds
        journal.progress(_FOLDS, before, total)
        for validation in made:
            journal.write("validation", validation.to_json())
        validations += made
    return validations, impossible


def _tell_folds(journal: Journal, before: int, total: int, done: int, _folds: int) -> None:
    journal.progress(_FOLDS, before + done, total)
