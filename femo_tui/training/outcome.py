"""What predictions come to: counts, tallies by person, and the surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from femo_tui.training.confusion import Confusion
from femo_tui.training.crossing import Predicted, by_window
from femo_tui.training.folds import Fold
from femo_tui.training.material import Material
from femo_tui.training.validation import Kind, Mistake, Tally, Unit, Validation

if TYPE_CHECKING:
    from femo_tui.training.head import Labels

EVEN = "even"  # the frames that the headline is measured on
MISTAKES_SHOWN = 12


def frame_validation(
    kind: Kind,
    material: Material,
    name: str,
    frames: str,
    folds: list[Fold],
    predicted: Predicted,
    *,
    note: str = "",
    near: int = 0,
) -> Validation:
    """Return the evaluation of every frame that was tested; `near` counts duplicates."""
    true = material.labels[predicted.rows]
    return Validation(
        kind,
        name,
        frames,
        Unit.FRAME,
        len(folds),
        confusion_of(material.classes, true, predicted.labels),
        tallies_of(
            [material.images[i].participant for i in predicted.rows], true, predicted.labels
        ),
        note,
        predicted.training_accuracy,
        near,
        _mistakes(material, predicted),
    )


def window_validation(
    even: Material, name: str, folds: list[Fold], predicted: Predicted
) -> Validation | None:
    """Return the evaluation by window, None where no window was recorded."""
    recorded = np.array([not even.images[i].dataset for i in predicted.rows], np.bool_)
    if not recorded.any():
        return None
    windows = np.array([image.window for image in even.images], object)
    kept = Predicted(
        predicted.rows[recorded],
        predicted.labels[recorded],
        predicted.log_probabilities[recorded],
        predicted.training_accuracy,
    )
    rows, found = by_window(kept, windows)
    true = even.labels[rows]
    return Validation(
        Kind.BY_PARTICIPANT,
        name,
        EVEN,
        Unit.WINDOW,
        len(folds),
        confusion_of(even.classes, true, found),
        tallies_of([even.images[i].participant for i in rows], true, found),
        training_accuracy=predicted.training_accuracy,
    )


def _mistakes(material: Material, predicted: Predicted) -> tuple[Mistake, ...]:
    """Return the mistakes that were made most surely."""
    surest = predicted.log_probabilities.max(axis=1)
    wrong = np.flatnonzero(material.labels[predicted.rows] != predicted.labels)
    order = wrong[np.argsort(-surest[wrong], kind="stable")][:MISTAKES_SHOWN]
    return tuple(
        Mistake(
            material.images[predicted.rows[i]].path,
            material.classes[material.labels[predicted.rows[i]]],
            material.classes[predicted.labels[i]],
            float(np.exp(surest[i])),
        )
        for i in order
    )


def confusion_of(classes: Sequence[str], true: Labels, found: Labels) -> Confusion:
    """Return the counts of true and predicted classes."""
    return Confusion.of(classes, zip(true.tolist(), found.tolist(), strict=True))


def tallies_of(participants: Sequence[str], true: Labels, found: Labels) -> tuple[Tally, ...]:
    """Return how many of each person's were right."""
    who = np.asarray(participants, object)
    right = true == found
    return tuple(
        Tally(one, int(right[who == one].sum()), int((who == one).sum()))
        for one in sorted(set(participants))
    )
