"""Train and test over folds, on all cores, the same numbers in whatever order they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from femo_tui.training.folds import Fold
from femo_tui.training.head import SoftmaxHead, train_head
from femo_tui.training.request import Head
from femo_tui.training.workers import Workers, local_workers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from femo_tui.training.folds import Rows
    from femo_tui.training.head import Labels, Matrix


class Features(Protocol):
    """Features as a fold may see them: scaled by what stands in its training rows only."""

    def __call__(self, train: Rows) -> Matrix: ...


@dataclass(frozen=True, slots=True)
class Predicted:
    """What was predicted for the rows that were tested, in their order."""

    rows: Rows
    labels: Labels  # predicted
    log_probabilities: Matrix  # rows × classes
    training_accuracy: float  # mean over folds


def as_they_are(matrix: Matrix) -> Features:
    return lambda train: matrix


def standardised(matrix: Matrix) -> Features:
    """Return columns as z-scores of the training rows, and their squares: a middle can be a class.

    A column that is constant or unknown in training tells nothing.
    """

    def scaled(train: Rows) -> Matrix:
        mean, spread = matrix[train].mean(axis=0), matrix[train].std(axis=0)
        z = (matrix - mean) / np.where(spread > 0, spread, np.float32(1))
        z = np.clip(np.where(spread > 0, z, np.float32(0)), -10, 10)
        return np.concatenate([z, z * z], axis=1).astype(np.float32)

    return scaled


def joined(face: Matrix, skin: Matrix) -> Features:
    """Return face and skin features side by side, each part of mean squared length 1."""

    def scaled(train: Rows) -> Matrix:
        centred = face - face[train].mean(axis=0)
        length = np.sqrt((centred[train] ** 2).sum(axis=1).mean()) or 1.0
        mean, spread = skin[train].mean(axis=0), skin[train].std(axis=0)
        z = np.where(spread > 0, (skin - mean) / np.where(spread > 0, spread, 1), 0)
        z /= np.sqrt(skin.shape[1])
        return np.concatenate([centred / length, z], axis=1).astype(np.float32)

    return scaled


@dataclass(frozen=True)
class _Trial:
    """Trains on a fold and predicts what it tests; goes to other machines, too."""

    features: Features
    labels: Labels
    classes: int
    head: Head
    seed: int

    def __call__(self, fold: Fold) -> tuple[Matrix, float]:
        matrix = self.features(fold.train)
        trained = train_head(
            self.head, matrix, self.labels, self.classes, self.seed, rows=fold.train
        )
        right = trained.predict(matrix) == self.labels
        return _log_probabilities(trained, matrix[fold.test]), float(right[fold.train].mean())


def cross(
    features: Features,
    labels: Labels,
    classes: int,
    folds: Sequence[Fold],
    head: Head,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
    workers: Workers | None = None,
) -> Predicted:
    """Train on each fold's training rows and predict its test rows.

    Args:
        features: given a fold's training rows, all rows' features.
        labels: of all rows.
        classes: how many there are.
        folds: may test a row at most once.
        head: how to train.
        seed: of the training.
        progress: called with (folds done, folds), in this thread.
        workers: who trains; this machine's cores if nobody is named.
    """
    trial = _Trial(features, labels, classes, head, seed)
    found: dict[int, tuple[Matrix, float]] = {}
    with ExitStack() as working:
        by = workers or working.enter_context(local_workers())
        for number, result in by.run(trial, folds):
            found[number] = result
            progress(len(found), len(folds))
    rows = np.concatenate([fold.test for fold in folds])
    in_order = [found[number] for number in range(len(folds))]
    logs = np.concatenate([log for log, _ in in_order])
    if len(np.unique(rows)) != len(rows):
        raise ValueError("a row was tested twice")
    order = np.argsort(rows, kind="stable")
    right = float(np.mean([accuracy for _, accuracy in in_order]))
    return Predicted(rows[order], logs[order].argmax(axis=1), logs[order], right)


def _log_probabilities(head: SoftmaxHead, features: Matrix) -> Matrix:
    return np.log(np.maximum(head.probabilities(features), np.float32(1e-12)))


def by_window(predicted: Predicted, windows: NDArray[np.object_]) -> tuple[list[int], Labels]:
    """Return the first row of each window tested and what its frames together say.

    The frames vote with their log probabilities.
    """
    names, first, of = np.unique(
        windows[predicted.rows].astype(str), return_index=True, return_inverse=True
    )
    votes = np.zeros((len(names), predicted.log_probabilities.shape[1]))
    np.add.at(votes, of, predicted.log_probabilities)
    order = np.argsort(first, kind="stable")
    return [int(predicted.rows[i]) for i in first[order]], votes.argmax(axis=1)[order]
