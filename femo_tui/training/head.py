"""The layer that is trained: softmax regression on centred features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from femo_tui.training.lbfgs import minimise
from femo_tui.training.request import Head

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix: TypeAlias = "NDArray[np.float32]"
    Labels: TypeAlias = "NDArray[np.intp]"
    Losses: TypeAlias = Callable[[int, "SoftmaxHead"], None]

# Inverse strength of the ridge penalty on features of mean squared length 1. On MobileNet's it is
# close to scikit-learn's default; between 1 and 1 000 accuracy by participant changes by 2 %.
INVERSE_PENALTY = 100.0
# Of the study's `retrain` script (TensorFlow's image retraining example).
BATCH, RATE, STEPS, FIRST_SPREAD = 100, 0.01, 4000, 0.001
_TELL_EVERY = 100


@dataclass(frozen=True, slots=True)
class SoftmaxHead:
    """Class scores are features @ coefficients + biases."""

    coefficients: Matrix  # dim × classes
    biases: NDArray[np.float32]  # classes

    def scores(self, features: Matrix) -> Matrix:
        scored: Matrix = features @ self.coefficients + self.biases
        return scored

    def probabilities(self, features: Matrix) -> Matrix:
        scores = self.scores(features)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Matrix = odds / odds.sum(axis=1, keepdims=True)
        return shares

    def predict(self, features: Matrix) -> Labels:
        best: Labels = self.scores(features).argmax(axis=1)
        return best


def train_head(
    kind: Head,
    features: Matrix,
    labels: Labels,
    classes: int,
    seed: int,
    on_step: Losses | None = None,
    rows: Labels | None = None,
) -> SoftmaxHead:
    """Train a head; the same features, labels and seed give the same head to the bit.

    Args:
        kind: how.
        features: n × dim.
        labels: 0 … classes − 1, n. Each class has the same weight whatever its count.
        classes: how many there are; one without images is never predicted.
        seed: of the batches of `retrain`; the minimum of `lbfgs` needs none.
        on_step: called with (step, the head so far) now and then.
        rows: which of them to train on; None for all.
    """
    # one copy of the training rows is all the memory that a fold takes
    centred = features.copy() if rows is None else features[rows]
    labels = labels if rows is None else labels[rows]
    if kind is Head.RETRAIN:
        return _retrain(centred, labels, classes, seed, on_step)
    mean = centred.mean(axis=0)
    centred -= mean
    length = np.float32(np.sqrt(np.einsum("ij,ij->i", centred, centred).mean()) or 1.0)
    centred /= length
    weights = class_weights(labels, classes)
    share = weights[labels] / weights[labels].sum()
    dim = features.shape[1]
    here = np.arange(len(labels))
    penalty = np.float32(1 / (INVERSE_PENALTY * len(labels)))
    absent = np.bincount(labels, minlength=classes) == 0

    def loss(point: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        coefficients = point[:-classes].reshape(dim, classes)
        scores = centred @ coefficients
        scores += point[-classes:]
        scores -= scores.max(axis=1, keepdims=True)
        errors = np.exp(scores)
        total = errors.sum(axis=1)
        value = float(share.dot(np.log(total) - scores[here, labels]))
        value += 0.5 * float(penalty) * float(np.square(coefficients).sum())
        errors /= total[:, None]
        errors[here, labels] -= 1
        errors *= share[:, None]
        gradient = np.empty_like(point)
        gradient[:-classes] = (centred.T @ errors + penalty * coefficients).ravel()
        gradient[-classes:] = errors.sum(axis=0)
        return value, gradient

    def head_at(point: NDArray[np.float32]) -> SoftmaxHead:
        coefficients = point[:-classes].reshape(dim, classes) / length
        biases = point[-classes:] - mean @ coefficients
        biases[absent] = -np.inf
        return SoftmaxHead(coefficients, biases)

    def tell(step: int, _value: float, point: NDArray[np.float32]) -> None:
        if on_step is not None:
            on_step(step, head_at(point))

    start = np.zeros(dim * classes + classes, np.float32)
    return head_at(minimise(loss, start, tell).point)


def class_weights(labels: Labels, classes: int) -> NDArray[np.float32]:
    """Return a weight for each class so that all count alike: n / (classes × its count)."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)


def cross_entropy(head: SoftmaxHead, features: Matrix, labels: Labels) -> float:
    """Return the mean of −log p of the true class."""
    if len(labels) == 0:
        return float("nan")
    found = head.probabilities(features)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(found, 1e-12)).mean())


def _retrain(
    features: Matrix, labels: Labels, classes: int, seed: int, on_step: Losses | None
) -> SoftmaxHead:
    """Do as the study did: batches drawn at random, plain gradient steps, no penalty."""
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(0, FIRST_SPREAD, (features.shape[1], classes)).astype(np.float32)
    biases = np.zeros(classes, np.float32)
    rows = np.arange(BATCH)
    for step in range(1, STEPS + 1):
        batch = rng.integers(0, len(labels), BATCH)
        chosen = features[batch]
        errors = SoftmaxHead(coefficients, biases).probabilities(chosen)
        errors[rows, labels[batch]] -= 1
        errors *= np.float32(RATE / BATCH)
        coefficients -= chosen.T @ errors
        biases -= errors.sum(axis=0)
        if on_step is not None and step % _TELL_EVERY == 0:
            on_step(step, SoftmaxHead(coefficients, biases))
    return SoftmaxHead(coefficients, biases)
