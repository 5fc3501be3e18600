"""What a training found, the same while it is made and once it is a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from femo_tui.training.card import differences, impossible
from femo_tui.training.journal import TrainSnapshot
from femo_tui.training.models import Model
from femo_tui.training.validation import Difference, Kind, NotPossible, Unit, Validation

Row: TypeAlias = Validation | NotPossible


@dataclass(frozen=True, slots=True)
class Findings:
    """The evaluations of one model, side by side."""

    name: str  # of the model; empty while it is made
    validations: tuple[Validation, ...]
    impossible: tuple[NotPossible, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]  # what to know before believing it

    @classmethod
    def of_model(cls, model: Model) -> Findings:
        problem = str(model.facts.get("weights_problem") or "")
        without = (f"{problem}; HOG and nuisance were trained alone",) if problem else ()
        return cls(
            model.name,
            model.validations,
            tuple(impossible(model.facts)),
            tuple(differences(model.facts)),
            (*(f"stale: {reason}" for reason in model.stale), *without),
        )

    @classmethod
    def of_snapshot(cls, now: TrainSnapshot) -> Findings:
        return cls("", now.validations, (), (), ())

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the evaluations of the model's own features, then the others, then what failed."""
        return (*self.validations, *self.impossible)

    @property
    def headline(self) -> Validation | None:
        """Return what is to be expected of new people, in the model's own features."""
        first = next(iter(self.validations), None)
        return next(
            (
                v
                for v in self.validations
                if first is not None
                and v.features == first.features
                and v.kind is Kind.BY_PARTICIPANT
                and v.unit is Unit.FRAME
            ),
            None,
        )

    @property
    def can_be_compared(self) -> bool:
        """Return whether the results can tell what the model confuses on unseen people."""
        return bool(self.name) and self.headline is not None


def key_of(row: Row) -> str:
    """Return what an evaluation is called among those of a model."""
    if isinstance(row, NotPossible):
        return f"{row.kind.value} {row.features} not possible"
    return f"{row.kind.value} {row.features} {row.unit.value} {row.folds} {row.n}"
