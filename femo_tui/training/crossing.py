"""Train and test over folds, on all cores, the same numbers in whatever order they end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from femo_tui.training.features import worker_count
from femo_tui.training.folds import Fold
from femo_tui.training.head import SoftmaxHead, train_head
from femo_tui.training.request import Head

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


def cross(
    features: Features,
    labels: Labels,
    classes: int,
    folds: Sequence[Fold],
    head: Head,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
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
    """
    stopped = threading.Event()

    def one(fold: Fold) -> tuple[Matrix, float]:
        if stopped.is_set():
            raise InterruptedError
        matrix = features(fold.train)
        trained = train_head(head, matrix, labels, classes, seed, rows=fold.train)
        right = trained.predict(matrix) == labels
        return _log_probabilities(trained, matrix[fold.test]), float(right[fold.train].mean())

    found: dict[int, tuple[Matrix, float]] = {}
    with ThreadPoolExecutor(min(worker_count(), max(1, len(folds)))) as pool:
        numbers = {pool.submit(one, fold): number for number, fold in enumerate(folds)}
        try:
            for done, future in enumerate(as_completed(numbers), start=1):
                found[numbers[future]] = future.result()
                progress(done, len(folds))
        finally:
            stopped.set()
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
