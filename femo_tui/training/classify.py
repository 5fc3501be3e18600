"""Use a finished model: on single images, and on folders whose classes are known."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from femo_tui.errors import FemoError, MalformedRecord, TrainingError, UsageError
from femo_tui.store.files import append, explained
from femo_tui.training.models import EVALUATIONS, FEATURES_MODEL, HEAD, IMAGES, Model
from femo_tui.training.request import FINE_TUNED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from femo_tui.training.engines import Engine
    from femo_tui.training.head import SoftmaxHead
    from femo_tui.training.validation import Validation

NETWORKS = frozenset({"mobilenet", FINE_TUNED})  # features that a network of the model's computes
# A line of images.txt: hash, class, participant, path; all but the first may hold spaces.
_IMAGE_LINE = re.compile(r"([0-9a-f]{64}) .* ((?:sessions|datasets)/.+)")


@dataclass(frozen=True, slots=True)
class Told:
    """What a model says of one image."""

    file: str
    class_name: str  # empty where the image could not be read
    probabilities: tuple[float, ...]  # in the model's order of classes
    problem: str = ""


def classify(model: Model, files: Sequence[Path]) -> list[Told]:
    """Return what a model says of images, which are to be face crops as the recorder makes them.

    Raises:
        TrainingError: the model's own files are missing or damaged.
    """
    from femo_tui.training.images import decode

    compute = engine_of(model).make()
    head = head_of(model)
    found = []
    for file in files:
        try:
            image = decode(file.read_bytes(), str(file))
        except OSError as problem:
            found.append(Told(str(file), "", (), f"{file}: {problem.strerror}; look at the file"))
            continue
        except FemoError as problem:
            found.append(Told(str(file), "", (), str(problem)))
            continue
        shares = head.probabilities(compute(image)[None])[0]
        told = model.classes[int(shares.argmax())]
        found.append(Told(str(file), told, tuple(float(share) for share in shares)))
    return found


def evaluate(
    model: Model, store_root: Path, folder: Path, pattern: str | None = None
) -> tuple[Validation, tuple[str, ...]]:
    """Evaluate a model on a folder of class folders; note it with the model.

    Returns what was found, and a sentence for each image that cannot be read. Features of these
    images are kept nowhere.

    Raises:
        UsageError: there are no class folders, none of a class that the model knows, or the pattern
            does not fit.
        TrainingError: no image can be read, or the model's own files are missing or damaged.
    """
    from femo_tui.training import engines
    from femo_tui.training.dataset import DataSet, FaceImage
    from femo_tui.training.evaluation import external
    from femo_tui.training.features import extract
    from femo_tui.training.imported import class_images, participants_of
    from femo_tui.training.material import make_material

    listed = list(class_images(folder))
    _check_classes(model, folder, {class_name for class_name, _ in listed})
    people = participants_of(folder, [path for _, path in listed], pattern, needed=False)
    names = [path.relative_to(folder).as_posix() for _, path in listed]
    images = tuple(
        FaceImage(
            path=name,
            participant=who or name,  # where nothing tells, each image is another person
            class_name=class_name,
            window="",
            even=True,
            dataset=folder.name,
        )
        for (class_name, _), name, who in zip(listed, names, people, strict=True)
    )
    kinds = [engines.HOG, engines.COLOUR, engines.PERCEPTUAL_HASH]
    if model.features in NETWORKS:
        kinds.insert(0, engine_of(model))
    with tempfile.TemporaryDirectory(prefix="femo-evaluate-") as aside:
        extracted = extract(folder, names, kinds, Path(aside))
    material, _ = make_material(DataSet(images), extracted)
    trained, gone = _trained_hashes(model, store_root)
    made = external(head_of(model), model.classes, model.features, material, trained)
    if gone:
        told = f"near-duplicates of {gone} training images cannot be told: these are gone"
        made = replace(made, note="; ".join(part for part in (made.note, told) if part))
    line = json.dumps({**made.to_json(), "folder": str(folder)}, ensure_ascii=False)
    append(model.folder / EVALUATIONS, line.encode() + b"\n")
    return made, tuple(extracted.unreadable.values())


def _check_classes(model: Model, folder: Path, found: set[str]) -> None:
    if not found & set(model.classes):
        raise UsageError(
            f"{folder}: {model.name} knows none of its classes ({', '.join(sorted(found))}): name"
            f" the folders as the model does, {', '.join(model.classes)}"
        )


def engine_of(model: Model) -> Engine:
    """Return what computes a model's features."""
    from femo_tui.training import engines

    if model.features not in NETWORKS:
        return engines.HOG
    weights = model.facts.get("weights")
    path = model.folder / FEATURES_MODEL
    if not isinstance(weights, dict) or not path.is_file():
        raise TrainingError(f"{path} is missing: restore the model from a backup, or train anew")
    sha256, dim = str(weights["converted_sha256"]), int(str(weights["dim"]))
    return engines.mobilenet(path, sha256, dim, model.features)


def head_of(model: Model) -> SoftmaxHead:
    """Return a model's head.

    Raises:
        TrainingError: its file is damaged.
    """
    import numpy as np

    from femo_tui.training.head import SoftmaxHead

    path = model.folder / HEAD
    try:
        with np.load(path) as content:
            head = SoftmaxHead(content["coefficients"], content["biases"])
            if head.biases.shape != (len(model.classes),):
                raise MalformedRecord("another number of classes")
            return head
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, MalformedRecord) as problem:
        raise TrainingError(
            f"{path} cannot be read ({problem}): restore the model from a backup, or train anew"
        ) from None


def _trained_hashes(model: Model, store_root: Path) -> tuple[NDArray[np.float32], int]:
    """Return the perceptual hashes of a model's training images, and how many images are gone.

    A backup holds no cached features: what is lacking is computed, and kept nowhere.
    """
    import numpy as np

    from femo_tui.training.cache import FeatureCache
    from femo_tui.training.client import FEATURES, TRAINING
    from femo_tui.training.engines import PERCEPTUAL_HASH
    from femo_tui.training.features import extract

    path = model.folder / IMAGES
    with explained(path):
        lines = path.read_text("utf-8").splitlines()
    paths = {bytes.fromhex(m[1]): m[2] for line in lines if (m := _IMAGE_LINE.fullmatch(line))}
    cache = FeatureCache(store_root / TRAINING / FEATURES, PERCEPTUAL_HASH)
    try:
        cached = cache.rows(sha256 for sha256 in paths if sha256 in cache)
        lacking = [name for sha256, name in paths.items() if sha256 not in cache]
    finally:
        cache.close()
    with tempfile.TemporaryDirectory(prefix="femo-evaluate-") as aside:
        found = extract(store_root, lacking, [PERCEPTUAL_HASH], Path(aside))
    same = np.array([sha256 in paths for sha256 in found.hashes], np.bool_)
    hashes = np.concatenate([cached, found.rows[PERCEPTUAL_HASH.name][same]])
    return hashes, len(lacking) - int(same.sum())
