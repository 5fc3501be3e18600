"""The head: the minimum that others find, the same to the bit each time."""

from __future__ import annotations

import numpy as np
import pytest

from femo_tui.training.crossing import as_they_are, cross, standardised
from femo_tui.training.folds import by_participant
from femo_tui.training.head import INVERSE_PENALTY, SoftmaxHead, class_weights, train_head
from femo_tui.training.request import Head


def blobs(
    seed: int = 0, n: int = 120, dim: int = 10, classes: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    centres = rng.normal(0, 1.0, (classes, dim))
    return (centres[labels] + rng.normal(0, 1.2, (n, dim)) + 3).astype(np.float32), labels


def penalised_loss(head: SoftmaxHead, x: np.ndarray, y: np.ndarray) -> float:
    """The function that the head minimises, written down once more in double precision."""
    centred = x.astype(np.float64) - x.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=1).mean())
    w = head.coefficients.astype(np.float64) * length
    scores = centred / length @ w + head.biases + x.mean(axis=0) @ head.coefficients
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    share = class_weights(y, w.shape[1])[y]
    data = -(share * logs[np.arange(len(y)), y]).sum() / share.sum()
    return float(data + 0.5 * (w**2).sum() / (INVERSE_PENALTY * len(y)))


def test_the_head_is_at_the_minimum_that_scipy_finds() -> None:
    from scipy.optimize import minimize

    x, y = blobs()
    head = train_head(Head.LBFGS, x, y, 3, seed=1)

    def function(point: np.ndarray) -> float:
        return penalised_loss(SoftmaxHead(point[:30].reshape(10, 3), point[30:]), x, y)

    best = minimize(function, np.zeros(33), method="L-BFGS-B", options={"maxfun": 200_000})
    assert penalised_loss(head, x, y) == pytest.approx(best.fun, abs=1e-4)


@pytest.mark.parametrize("kind", Head)
def test_one_seed_gives_one_head_to_the_bit(kind: Head) -> None:
    x, y = blobs()
    one, other = (train_head(kind, x, y, 3, seed=5) for _ in range(2))
    assert one.coefficients.tobytes() == other.coefficients.tobytes()
    assert one.biases.tobytes() == other.biases.tobytes()


def test_the_studys_head_learns_too() -> None:
    x, y = blobs()
    steps: list[int] = []
    head = train_head(Head.RETRAIN, x, y, 3, 5, lambda step, _: steps.append(step))
    assert steps[-1] == 4000
    assert (head.predict(x) == y).mean() > 0.75


def test_a_rare_class_weighs_as_much_as_a_frequent_one() -> None:
    rng = np.random.default_rng(2)
    y = np.array([0] * 300 + [1] * 10)
    x = (y[:, None] * 1.0 + rng.normal(0, 1, (310, 1))).astype(np.float32)
    found = train_head(Head.LBFGS, x, y, 2, seed=1).predict(x)
    assert (found[y == 1] == 1).mean() > 0.5


def test_a_class_without_images_is_never_predicted() -> None:
    x, y = blobs(classes=2)
    head = train_head(Head.LBFGS, x, y, 3, seed=1)
    assert set(head.predict(np.random.default_rng(3).normal(0, 50, (500, 10)).astype("f4"))) <= {
        0,
        1,
    }


def test_cores_change_nothing_in_what_folds_predict() -> None:
    x, y = blobs(n=200)
    folds = by_participant([f"S{i % 8}" for i in range(200)])
    found = [cross(as_they_are(x), y, 3, folds, Head.LBFGS, 1) for _ in range(8)]
    assert found[0].log_probabilities.tobytes() == found[1].log_probabilities.tobytes()
    assert found[0].rows.tolist() == list(range(200))
    assert len({one.training_accuracy for one in found}) == 1
    one_by_one = [
        train_head(Head.LBFGS, x[f.train], y[f.train], 3, 1).predict(x[f.test]) for f in folds
    ]
    for fold, expected in zip(folds, one_by_one, strict=True):
        assert found[0].labels[fold.test].tolist() == expected.tolist()


def test_scaling_looks_at_the_training_rows_only() -> None:
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    x[5] = 1e6  # a tested row that would spoil every mean
    scaled = standardised(x)(np.arange(4))
    assert scaled[:4, :2].mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert scaled[:4, :2].std(axis=0) == pytest.approx([1, 1], abs=1e-6)


def test_progress_is_told_fold_by_fold() -> None:
    x, y = blobs(n=60)
    told: list[tuple[int, int]] = []
    folds = by_participant([f"S{i % 5}" for i in range(60)])
    cross(
        as_they_are(x), y, 3, folds, Head.LBFGS, 1, lambda done, total: told.append((done, total))
    )
    assert told == [(i, 5) for i in range(1, 6)]
