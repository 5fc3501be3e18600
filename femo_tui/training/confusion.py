"""A confusion matrix of counts, and every figure that follows from it.

It is built from pairs of labels only, so that a matrix whose rows do not add up cannot exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from femo_tui.errors import MalformedRecord


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by true class (rows) and predicted class (columns)."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, classes: Sequence[str], pairs: Iterable[tuple[int, int]]) -> Confusion:
        """Count pairs of (true, predicted) class numbers."""
        counts = [[0] * len(classes) for _ in classes]
        for true, predicted in pairs:
            counts[true][predicted] += 1
        return cls(tuple(classes), tuple(tuple(row) for row in counts))

    @classmethod
    def from_json(cls, classes: Sequence[str], counts: object) -> Confusion:
        """Read counts that were stored.

        Raises:
            MalformedRecord: not one whole number of at least 0 for each pair of classes.
        """
        size = len(classes)
        if not (
            isinstance(counts, list)
            and len(counts) == size
            and all(isinstance(row, list) and len(row) == size for row in counts)
            and all(type(count) is int and count >= 0 for row in counts for count in row)
        ):
            raise MalformedRecord(f"a confusion matrix of {size} classes is no table of counts")
        return cls(tuple(classes), tuple(tuple(row) for row in counts))

    @property
    def n(self) -> int:
        return sum(sum(row) for row in self.counts)

    @property
    def accuracy(self) -> float:
        return _share(sum(row[i] for i, row in enumerate(self.counts)), self.n)

    @property
    def recalls(self) -> tuple[float | None, ...]:
        """Return the share of each true class that was found; None for a class without images."""
        rows = enumerate(self.counts)
        return tuple(row[i] / sum(row) if sum(row) else None for i, row in rows)

    @property
    def balanced_accuracy(self) -> float:
        """Return the mean recall of the classes that occur."""
        recalls = [recall for recall in self.recalls if recall is not None]
        return _share(sum(recalls), len(recalls))

    @property
    def macro_f1(self) -> float:
        """Return the mean F1 of the classes that occur or are predicted."""
        scores = []
        for i, row in enumerate(self.counts):
            named = sum(other[i] for other in self.counts)
            if sum(row) or named:
                scores.append(2 * row[i] / (sum(row) + named))
        return _share(sum(scores), len(scores))

    @property
    def chance(self) -> float:
        """Return the accuracy of one who names each class as often but sees nothing.

        Where all classes are equally many it is one over their number.
        """
        n = self.n
        return sum(
            _share(sum(row), n) * _share(sum(other[i] for other in self.counts), n)
            for i, row in enumerate(self.counts)
        )

    @property
    def kappa(self) -> float:
        """Return Cohen's κ: the part of what chance leaves open that is told rightly."""
        return _share(self.accuracy - self.chance, 1 - self.chance)

    @property
    def row_percent(self) -> tuple[tuple[float, ...], ...]:
        """Return each row as percentages of its true class: they add up to 100, or to 0."""
        return tuple(tuple(100 * _share(count, sum(row)) for count in row) for row in self.counts)

    @property
    def most_confused(self) -> tuple[tuple[str, str, float], ...]:
        """Return pairs of classes and the share of their images taken for the other, most first."""
        pairs = [
            (
                self.classes[i],
                self.classes[j],
                _share(
                    self.counts[i][j] + self.counts[j][i],
                    sum(self.counts[i]) + sum(self.counts[j]),
                ),
            )
            for i in range(len(self.classes))
            for j in range(i)
        ]
        return tuple(sorted((p for p in pairs if p[2] > 0), key=lambda pair: -pair[2]))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
