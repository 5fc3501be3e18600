"""What an evaluation found: frozen records that cross to the console, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from femo_tui.errors import MalformedRecord
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue
from femo_tui.training.confusion import Confusion
from femo_tui.training.intervals import accuracy_interval, mean_interval

OPTIMISTIC = "participants shared: optimistic"


class Kind(StrEnum):
    """How training and test were kept apart."""

    BY_PARTICIPANT = "by_participant"  # nobody is in both: what is to be expected of new people
    BY_CLIP = "by_clip"  # neither a person nor a film is in both
    STUDY = "study"  # a random tenth of the images, as in 2018
    EXTERNAL = "external"  # images from elsewhere


class Unit(StrEnum):
    """What is told right or wrong."""

    FRAME = "frame"
    WINDOW = "window"  # its frames together


@dataclass(frozen=True, slots=True)
class Tally:
    """How one participant fared."""

    participant: str
    correct: int
    n: int

    @property
    def share(self) -> float:
        return self.correct / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image that was taken for another class, and how surely."""

    path: str  # relative to the store
    true: str
    predicted: str
    probability: float


@dataclass(frozen=True, slots=True)
class Validation:
    """One evaluation of one kind of features."""

    kind: Kind
    features: str  # mobilenet, hog, nuisance, time; face, face+gsr where windows have both
    frames: str  # even, study, external
    unit: Unit
    folds: int
    confusion: Confusion
    people: tuple[Tally, ...]
    note: str = ""
    training_accuracy: float | None = None
    near_duplicates: int = 0  # tested images that have a near-duplicate among the trained ones
    mistakes: tuple[Mistake, ...] = ()  # the surest first

    @property
    def n(self) -> int:
        return self.confusion.n

    @property
    def accuracy(self) -> float:
        return self.confusion.accuracy

    @property
    def chance(self) -> float:
        """Return the accuracy of one who names each class as often but sees nothing."""
        return self.confusion.chance

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the accuracy over participants, None below two."""
        return accuracy_interval([p.correct for p in self.people], [p.n for p in self.people])

    def to_json(self) -> Facts:
        low, high = self.interval or (None, None)
        confusion = self.confusion
        return {
            "kind": self.kind.value,
            "features": self.features,
            "frames": self.frames,
            "unit": self.unit.value,
            "folds": self.folds,
            "n": self.n,
            "accuracy": self.accuracy,
            "balanced_accuracy": confusion.balanced_accuracy,
            "macro_f1": confusion.macro_f1,
            "kappa": confusion.kappa,
            "ci_low": low,
            "ci_high": high,
            "chance": self.chance,
            "confusion": [list(row) for row in confusion.counts],
            "classes": list(confusion.classes),
            "training_accuracy": self.training_accuracy,
            "near_duplicates": self.near_duplicates,
            "note": self.note,
            "per_participant": [asdict(person) for person in self.people],
            "mistakes": [asdict(mistake) for mistake in self.mistakes],
        }

    @classmethod
    def from_json(cls, body: JsonValue) -> Validation:
        """Read what `to_json` wrote; figures are computed from the counts again.

        Raises:
            MalformedRecord: it is none.
        """
        try:
            return cls._read(dict(body))  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError) as problem:
            raise MalformedRecord(f"this is no evaluation ({problem})") from None

    @classmethod
    def _read(cls, body: Facts) -> Validation:
        training_accuracy = body.get("training_accuracy")
        return cls(
            kind=Kind(str(body["kind"])),
            features=str(body["features"]),
            frames=str(body["frames"]),
            unit=Unit(str(body["unit"])),
            folds=int(str(body["folds"])),
            confusion=Confusion.from_json(
                [str(name) for name in _listed(body["classes"])], body["confusion"]
            ),
            people=tuple(
                Tally(str(p["participant"]), int(str(p["correct"])), int(str(p["n"])))
                for p in _listed(body["per_participant"])
                if isinstance(p, dict)
            ),
            note=str(body.get("note", "")),
            training_accuracy=None if training_accuracy is None else float(str(training_accuracy)),
            near_duplicates=int(str(body.get("near_duplicates", 0))),
            mistakes=tuple(
                Mistake(
                    str(m["path"]),
                    str(m["true"]),
                    str(m["predicted"]),
                    float(str(m["probability"])),
                )
                for m in _listed(body.get("mistakes", []))
                if isinstance(m, dict)
            ),
        )


@dataclass(frozen=True, slots=True)
class NotPossible:
    """An evaluation that these data do not allow."""

    kind: Kind
    features: str
    reason: str

    def to_json(self) -> Facts:
        return {**asdict(self), "kind": self.kind.value}

    @classmethod
    def from_json(cls, body: Mapping[str, JsonValue]) -> NotPossible:
        return cls(Kind(str(body["kind"])), str(body["features"]), str(body["reason"]))


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much one kind of features is more accurate than another, on the same people."""

    features: str
    than: str
    unit: Unit
    mean: float
    low: float | None
    high: float | None
    people: int

    def to_json(self) -> Facts:
        return {**asdict(self), "unit": self.unit.value}

    @classmethod
    def from_json(cls, body: Mapping[str, JsonValue]) -> Difference:
        low, high = (None if body[k] is None else float(str(body[k])) for k in ("low", "high"))
        return cls(
            features=str(body["features"]),
            than=str(body["than"]),
            unit=Unit(str(body["unit"])),
            mean=float(str(body["mean"])),
            low=low,
            high=high,
            people=int(str(body["people"])),
        )


def _listed(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def difference(one: Validation, other: Validation) -> Difference:
    """Return the paired difference of two evaluations, one participant one pair."""
    theirs = {person.participant: person for person in other.people}
    gains = [
        person.share - theirs[person.participant].share
        for person in one.people
        if person.participant in theirs
    ]
    low, high = mean_interval(gains) or (None, None)
    mean = sum(gains) / len(gains) if gains else 0.0
    return Difference(one.features, other.features, one.unit, mean, low, high, len(gains))


# What is compared with what, on the same folds: each kind of features with the plainer ones.
_COMPARED = (
    ("fine-tuned", "mobilenet"),
    ("mobilenet", "hog"),
    ("mobilenet", "nuisance"),
    ("hog", "nuisance"),
    ("face+gsr", "face"),
)


def differences(validations: Sequence[Validation]) -> list[Difference]:
    """Return the paired differences by participant, whichever way they go."""
    honest = [v for v in validations if v.kind is Kind.BY_PARTICIPANT]
    return [
        difference(one, other)
        for better, plainer in _COMPARED
        for unit in Unit
        for one in honest
        for other in honest
        if (one.features, other.features) == (better, plainer)
        and one.unit is other.unit is unit
        and one.folds == other.folds
    ]
