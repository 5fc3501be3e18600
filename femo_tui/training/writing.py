"""Writes a finished model: head, Keras and LiteRT files, labels and a card; whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui import __version__
from femo_tui.commit import commit_fact
from femo_tui.errors import TrainingError
from femo_tui.model.clock import iso_seconds
from femo_tui.model.events import Facts
from femo_tui.store.files import PRIVATE, explained, make_folder, write_json, write_new
from femo_tui.store.layout import UNFINISHED_MODEL
from femo_tui.training.card import card_text
from femo_tui.training.models import (
    CARD,
    FEATURES_MODEL,
    HEAD,
    IMAGES,
    LABELS,
    MODEL_FILE,
    next_name,
    place_of,
)
from femo_tui.training.tensorflow_process import run_tensorflow

if TYPE_CHECKING:
    from femo_tui.training.dataset import DataSet
    from femo_tui.training.head import SoftmaxHead
    from femo_tui.training.journal import Journal
    from femo_tui.training.learnt import Learnt
    from femo_tui.training.material import Material
    from femo_tui.training.request import TrainRequest
    from femo_tui.training.weights import Converted

KERAS_MODEL, LITERT_MODEL = "model.keras", "model.tflite"
_PACKAGES = ("numpy", "opencv-python-headless", "ai-edge-litert", "tensorflow", "keras")


def write_model(
    request: TrainRequest,
    run_dir: Path,
    found: DataSet,
    material: Material,
    learnt: Learnt,
    body: Facts,
    journal: Journal,
) -> str:
    """Write the model into the store and return its name.

    It is made in the training's folder and renamed into place when it is whole, so that no end of
    the trainer leaves half a model.
    """
    folder = run_dir / UNFINISHED_MODEL
    shutil.rmtree(folder, ignore_errors=True)  # of a trainer that was killed
    make_folder(folder)
    write_new(folder / LABELS, "".join(f"{name}\n" for name in material.classes).encode())
    _write_head(folder / HEAD, learnt.head)
    files: Facts = {"weights": None}
    if learnt.network is not None:
        files = {"weights": _write_networks(folder, learnt.network, journal)}
    if learnt.fine_tuning is not None:
        files["fine_tuning"] = learnt.fine_tuning
    rows = [
        f"{sha256.hex()} {image.class_name} {image.participant} {image.path}\n"
        for sha256, image in zip(material.sha256, material.images, strict=True)
    ]
    write_new(folder / IMAGES, "".join(rows).encode())
    name = next_name(request.store_root)
    facts: Facts = {
        "model": name,
        "format": 1,
        "made_utc": iso_seconds(datetime.now(UTC)),
        "operator": request.operator,
        "features": learnt.features,
        "head": request.head.value,
        "seed": request.seed,
        "with_gsr": request.with_gsr,
        "versions": {
            "femo": __version__,
            **commit_fact(),
            **installed(_PACKAGES),
        },
        **files,
        "people": [
            {
                "participant": person.participant,
                "consent": list(person.consent),
                "form_version": person.form_version,
                "source": person.source,
                "sha256": person.sha256,
                "simulated": person.simulated,
            }
            for person in found.people
        ],
        **body,
    }
    write_json(folder / MODEL_FILE, facts)
    write_new(folder / CARD, card_text(facts).encode())
    place = place_of(request.store_root, name)
    make_folder(place.parent)
    with explained(place):
        folder.rename(place)
    return name


def installed(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages; without weights a training needs not all of them."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _write_head(path: Path, head: SoftmaxHead) -> None:
    import io

    import numpy as np

    content = io.BytesIO()
    np.savez(content, coefficients=head.coefficients, biases=head.biases)
    write_new(path, content.getvalue())


def _link(source: Path, target: Path) -> None:
    """Have the same file under another name; a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        target.chmod(PRIVATE.inside(target.parent).file)


def _write_networks(folder: Path, network: Converted, journal: Journal) -> Facts:
    """Write the whole network for Keras and for LiteRT, and keep the part that makes features."""
    _link(network.path, folder / FEATURES_MODEL)
    journal.write("note", {"text": "writing the Keras model: TensorFlow takes some seconds"})
    try:
        facts = run_tensorflow(
            "write",
            {
                "file": str(network.weights),
                "head": str(folder / HEAD),
                "keras": str(folder / KERAS_MODEL),
                "tflite": str(folder / LITERT_MODEL),
            },
        )
        text = (
            f"{KERAS_MODEL} and {LITERT_MODEL} written in {facts['took_s']:.1f} s and"
            f" {facts['peak_mb']:.0f} MB, in a process of its own; they agree to"
            f" {facts['largest_difference']:.0e}"
        )
    except TrainingError as problem:
        text = f"no {KERAS_MODEL}: {problem}; `femo classify` needs none"
    journal.write("note", {"text": text})
    for name in (KERAS_MODEL, LITERT_MODEL):
        if (folder / name).is_file():
            (folder / name).chmod(PRIVATE.inside(folder).file)
    return {
        "name": network.weights.name,
        "sha256": network.weights_sha256,
        "converted_sha256": network.sha256,
        "dim": network.dim,
        "alpha": network.alpha,
    }
