"""Images with their features, brought into the two sets: the even one and the study's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.errors import TrainingError
from femo_tui.faces.selection import PER_WINDOW, furthest_from, thinned
from femo_tui.training import engines
from femo_tui.training.dataset import DataSet, FaceImage
from femo_tui.training.request import FINE_TUNED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.training.features import Extracted
    from femo_tui.training.head import Labels, Matrix

MOBILENET, HOG, NUISANCE, TIME = "mobilenet", "hog", "nuisance", "time"
NEUTRAL = "neutral"


@dataclass(frozen=True)
class Material:
    """Images with their features, all of one length and order."""

    images: tuple[FaceImage, ...]
    features: dict[str, Matrix]  # mobilenet, hog, nuisance, time → n × dim
    hashes: NDArray[np.float32]  # perceptual, n × 32
    sha256: tuple[bytes, ...]
    even: NDArray[np.bool_]
    study: NDArray[np.bool_]
    gsr: dict[str, tuple[float, ...]]  # window → its skin features

    @cached_property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({image.class_name for image in self.images}))

    @cached_property
    def participants(self) -> tuple[str, ...]:
        return tuple(sorted({image.participant for image in self.images}))

    @cached_property
    def labels(self) -> Labels:
        number = {name: i for i, name in enumerate(self.classes)}
        return np.array([number[image.class_name] for image in self.images], np.intp)

    @property
    def main(self) -> str:
        """Return the features that the model is made of: MobileNet's, without weights HOG's."""
        return MOBILENET if MOBILENET in self.features else HOG

    def part(self, rows: NDArray[np.bool_]) -> Material:
        """Return some of the images; classes and labels are those of what is left."""
        if rows.all():
            return self
        at = np.flatnonzero(rows)
        return Material(
            tuple(self.images[i] for i in at),
            {name: matrix[at] for name, matrix in self.features.items()},
            self.hashes[at],
            tuple(self.sha256[i] for i in at),
            self.even[at],
            self.study[at],
            self.gsr,
        )


def make_material(found: DataSet, extracted: Extracted) -> tuple[Material, Material | None]:
    """Return the images to train on, of one set or both, and the external ones if there are any.

    Args:
        found: what was gathered.
        extracted: the features of its images, then of its external images.

    Raises:
        TrainingError: no image to train on can be read.
    """
    is_ours = np.array([i < len(found.images) for i in extracted.kept], np.bool_)
    if not is_ours.any():
        first = next(iter(extracted.unreadable.values()), "there is none")
        raise TrainingError(f"none of the {len(found.images)} images can be read: {first}")
    everything = (*found.images, *found.external)
    images = tuple(everything[i] for i in extracted.kept)
    features = {HOG: _named(extracted, engines.HOG.name)}
    for name in extracted.rows:
        for kind in (MOBILENET, FINE_TUNED):
            if name.startswith(kind):
                features = {kind: extracted.rows[name], **features}
    features[NUISANCE] = nuisance(images, _named(extracted, engines.COLOUR.name))
    if any(image.t_s is not None for image in images):
        features[TIME] = _known([[_or_nan(image.t_s)] for image in images])
    whole = Material(
        images,
        features,
        _named(extracted, engines.PERCEPTUAL_HASH.name),
        extracted.hashes,
        np.array([image.even for image in images], np.bool_),
        np.zeros(len(images), np.bool_),
        {
            g.window: (g.log_ratio, g.slope_per_min, g.responses_per_min, g.response_us)
            for g in found.gsr
        },
    )
    ours = whole.part(is_ours)
    ours.study[study_rows(ours.images, ours.features[ours.main])] = True
    return ours.part(ours.even | ours.study), None if is_ours.all() else whole.part(~is_ours)


def study_rows(images: Sequence[FaceImage], features: Matrix) -> list[int]:
    """Return the study's set: of each participant and class the ten images that differ most from
    that participant's neutral; of neutral itself ten, evenly in time. Imported images are a
    selection already and are all of it.

    An emotion is held against the neutral of its own kind, acted or spontaneous, or against any
    where there is none; without any neutral the images are taken evenly in time.
    """
    of: dict[tuple[str, str], list[int]] = {}
    chosen = [i for i, image in enumerate(images) if image.dataset]
    for i, image in enumerate(images):
        if not image.dataset:
            of.setdefault((image.participant, image.class_name), []).append(i)
    for (participant, class_name), rows in of.items():
        emotion, _, elicitation = class_name.rpartition("_")
        theirs = {c: r for (p, c), r in of.items() if p == participant and _is_neutral(c)}
        neutral = theirs.get(f"{NEUTRAL.capitalize()}_{elicitation}") or [
            i for rows_ in theirs.values() for i in rows_
        ]
        if emotion.lower() == NEUTRAL or not neutral:
            in_time = [i for i in rows if images[i].even] or rows
            chosen += [in_time[i] for i in thinned(len(in_time), PER_WINDOW)]
        else:
            chosen += [rows[i] for i in furthest_from(features[rows], features[neutral])]
    return sorted(chosen)


def nuisance(images: Sequence[FaceImage], colour: Matrix) -> Matrix:
    """Return what tells nothing of a face: colour, size, brightness, place in the frame.

    Time in run stands apart: where all have the same order of steps it tells every class, whatever
    the light.
    """
    rows = [
        [
            _or_nan(image.brightness),
            *([float("nan")] * 4 if image.box is None else [float(v) for v in image.box]),
        ]
        for image in images
    ]
    return np.concatenate([colour, _known(rows)], axis=1)


def _known(rows: list[list[float]]) -> Matrix:
    """Return columns in which what is not known is the mean of what is."""
    columns = np.array(rows, np.float64)
    for column in columns.T:
        there = np.isfinite(column)
        column[~there] = column[there].mean() if there.any() else 0.0
    return columns.astype(np.float32)


def _is_neutral(class_name: str) -> bool:
    return class_name.rpartition("_")[0].lower() == NEUTRAL


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _named(extracted: Extracted, name: str) -> Matrix:
    return extracted.rows[name]
