"""All evaluations of a training, side by side, and the model that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.training.crossing import (
    Features,
    as_they_are,
    cross,
    joined,
    standardised,
)
from femo_tui.training.duplicates import near_to
from femo_tui.training.folds import Fold, at_random, by_clip, by_group, by_participant
from femo_tui.training.head import SoftmaxHead, train_head
from femo_tui.training.material import NUISANCE, TIME, Material
from femo_tui.training.outcome import (
    EVEN,
    confusion_of,
    frame_validation,
    tallies_of,
    window_validation,
)
from femo_tui.training.request import Head
from femo_tui.training.validation import (
    OPTIMISTIC,
    Kind,
    NotPossible,
    Unit,
    Validation,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.training.workers import Workers

FACE, FACE_AND_GSR = "face", "face+gsr"
STUDY_FRAMES, EXTERNAL_FRAMES = "study", "external"
ONE_CLIP = "one clip per emotion"
ONE_PERSON = "one participant only"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Task:
    """One evaluation to be made: what it is called, how long it is, how it is done."""

    name: str
    folds: int
    run: Callable[[Progress, Workers | None], tuple[Validation, ...]]


def plan(
    material: Material, head: Head, seed: int, *, with_gsr: bool, in_groups: bool = False
) -> tuple[list[Task], list[NotPossible]]:
    """Return the evaluations that the material allows, the headline first, and what it does not.

    Args:
        material: the images.
        head: how to train.
        seed: of the training.
        with_gsr: whether to tell what skin conductance adds.
        in_groups: whether to evaluate the main features by groups of people, too, as what is
            fine-tuned is, so that the two can be compared.
    """
    even = material.part(material.even)
    study = material.part(material.study)
    tasks: list[Task] = []
    impossible: list[NotPossible] = []
    people = by_participant([image.participant for image in even.images])
    groups = by_group([image.participant for image in even.images])
    clips = by_clip(*_columns(even))
    for name in even.features:
        if len(people) > 1:
            tasks.append(_by_participant(even, name, people, head, seed))
        else:
            impossible.append(NotPossible(Kind.BY_PARTICIPANT, name, ONE_PERSON))
        if name == even.main and in_groups and len(groups) != len(people):
            tasks.append(_by_participant(even, name, groups, head, seed))
        if name == TIME:
            continue  # between films and in a random split it says nothing new
        if clips:
            tasks.append(_by_clip(even, name, clips, head, seed))
        if len(study.images) > 1:
            tasks.append(_study(study, name, head, seed))
    if not clips:
        impossible.append(NotPossible(Kind.BY_CLIP, material.main, ONE_CLIP))
    if with_gsr:
        fused = list(_fusion(even, head, seed))
        tasks += fused
        if not fused:
            impossible.append(
                NotPossible(Kind.BY_PARTICIPANT, FACE_AND_GSR, "too few windows with face and GSR")
            )
    return tasks, impossible


def fit(material: Material, head: Head, seed: int) -> SoftmaxHead:
    """Return the model's head: trained on every even frame of everybody."""
    even = material.part(material.even)
    return train_head(head, even.features[even.main], even.labels, len(even.classes), seed)


def external(
    model: SoftmaxHead,
    classes: Sequence[str],
    features: str,
    outside: Material,
    trained_hashes: NDArray[np.float32],
) -> Validation:
    """Evaluate a model on images from elsewhere; those of classes unknown to it are left out.

    Args:
        model: the head.
        classes: that it tells apart, in its order.
        features: which of the images' features it looks at.
        outside: the images.
        trained_hashes: perceptual hashes of the images it was trained on.
    """
    number = {name: i for i, name in enumerate(classes)}
    known = [i for i, image in enumerate(outside.images) if image.class_name in number]
    labels = np.array([number[outside.images[i].class_name] for i in known], np.intp)
    found = model.predict(outside.features[features][known])
    unknown = len(outside.images) - len(known)
    return Validation(
        Kind.EXTERNAL,
        features,
        EXTERNAL_FRAMES,
        Unit.FRAME,
        1,
        confusion_of(classes, labels, found),
        tallies_of([outside.images[i].participant for i in known], labels, found),
        note=f"{unknown} images of classes that the model does not know" if unknown else "",
        near_duplicates=int(near_to(outside.hashes[known], trained_hashes).sum()),
    )


def _columns(material: Material) -> tuple[list[str], list[str], list[str]]:
    images = material.images
    return (
        [image.participant for image in images],
        [image.class_name for image in images],
        [image.clip for image in images],
    )


def _scaled(material: Material, name: str) -> Features:
    matrix = material.features[name]
    return standardised(matrix) if name in (NUISANCE, TIME) else as_they_are(matrix)


def _by_participant(even: Material, name: str, folds: list[Fold], head: Head, seed: int) -> Task:
    def run(progress: Progress, workers: Workers | None) -> tuple[Validation, ...]:
        predicted = cross(
            *(_scaled(even, name), even.labels, len(even.classes), folds, head, seed),
            *(progress, workers),
        )
        near = sum(
            int(near_to(even.hashes[fold.test], even.hashes[fold.train]).sum()) for fold in folds
        )
        people = len({image.participant for image in even.images})
        note = "" if len(folds) == people else f"{len(folds)} groups of people left out in turn"
        frame = frame_validation(
            Kind.BY_PARTICIPANT, even, name, EVEN, folds, predicted, note=note, near=near
        )
        window = window_validation(even, name, folds, predicted)
        return (frame,) if window is None else (frame, window)

    return Task(f"{name} by participant, {len(folds)} folds", len(folds), run)


def _by_clip(even: Material, name: str, folds: list[Fold], head: Head, seed: int) -> Task:
    def run(progress: Progress, workers: Workers | None) -> tuple[Validation, ...]:
        predicted = cross(
            *(_scaled(even, name), even.labels, len(even.classes), folds, head, seed),
            *(progress, workers),
        )
        note = "neither people nor films shared; classes with one film are not tested"
        return (frame_validation(Kind.BY_CLIP, even, name, EVEN, folds, predicted, note=note),)

    return Task(f"{name} by clip", len(folds), run)


def _study(study: Material, name: str, head: Head, seed: int) -> Task:
    fold = at_random(len(study.images), seed)

    def run(progress: Progress, workers: Workers | None) -> tuple[Validation, ...]:
        predicted = cross(
            *(_scaled(study, name), study.labels, len(study.classes), [fold], head, seed),
            *(progress, workers),
        )
        near = int(near_to(study.hashes[fold.test], study.hashes[fold.train]).sum())
        return (
            frame_validation(
                Kind.STUDY, study, name, STUDY_FRAMES, [fold], predicted, note=OPTIMISTIC, near=near
            ),
        )

    return Task(f"{name} the study's way", 1, run)


def _fusion(even: Material, head: Head, seed: int) -> Iterator[Task]:
    """Yield the evaluation of windows by face alone and by face and skin, on the same windows."""
    recorded = [i for i, image in enumerate(even.images) if image.window in even.gsr]
    rows: dict[str, list[int]] = {}
    for i in recorded:
        rows.setdefault(even.images[i].window, []).append(i)
    firsts = [members[0] for members in rows.values()]
    if len({even.images[i].participant for i in firsts}) < 2:
        return
    matrix = even.features[even.main]
    face = np.stack([matrix[members].mean(axis=0) for members in rows.values()])
    skin = np.array([even.gsr[name] for name in rows], np.float32)
    images = tuple(even.images[i] for i in firsts)
    labels = even.labels[firsts]
    folds = by_participant([image.participant for image in images])
    for name, features in ((FACE, as_they_are(face)), (FACE_AND_GSR, joined(face, skin))):

        def run(
            progress: Progress,
            workers: Workers | None,
            name: str = name,
            features: Features = features,
        ) -> tuple[Validation, ...]:
            found = cross(features, labels, len(even.classes), folds, head, seed, progress, workers)
            return (
                Validation(
                    Kind.BY_PARTICIPANT,
                    name,
                    EVEN,
                    Unit.WINDOW,
                    len(folds),
                    confusion_of(even.classes, labels[found.rows], found.labels),
                    tallies_of(
                        [images[i].participant for i in found.rows],
                        labels[found.rows],
                        found.labels,
                    ),
                    note="the mean of each window's frames",
                    training_accuracy=found.training_accuracy,
                ),
            )

        yield Task(f"{name} by participant", len(folds), run)
