"""The models of a store: listed, opened, and whether those they learnt from still agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord, TrainingError, UnknownName, UsageError
from femo_tui.model.events import Facts
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.records import JsonValue
from femo_tui.stats.confused import Confused, confused_by
from femo_tui.store import layout
from femo_tui.store.tail import LineTail
from femo_tui.training.validation import Kind, Unit, Validation

MODELS = layout.MODELS
MODEL_FILE, HEAD, LABELS = "model.json", "head.npz", "labels.txt"
CARD, IMAGES, FEATURES_MODEL = "card.md", "images.txt", "features.tflite"
EVALUATIONS = "evaluations.jsonl"
_NAME = re.compile(r"m-(\d{2,})")


@dataclass(frozen=True, slots=True)
class Model:
    """One finished model, as its folder tells it."""

    name: str
    folder: Path
    facts: Facts  # model.json
    classes: tuple[str, ...]
    participants: tuple[str, ...]  # whose images it learnt from, with their data set if imported
    features: str
    simulated: bool
    validations: tuple[Validation, ...]
    stale: tuple[str, ...]  # why it should be used no more; empty while it may

    @property
    def headline(self) -> Validation | None:
        """Return the evaluation by participant, per frame, of the model's own features."""
        return next(
            (
                v
                for v in self.validations
                if v.kind is Kind.BY_PARTICIPANT
                and v.features == self.features
                and v.unit is Unit.FRAME
            ),
            None,
        )

    @property
    def made_utc(self) -> str:
        return str(self.facts.get("made_utc", ""))


@dataclass(frozen=True, slots=True)
class Damaged:
    """A model that cannot be read."""

    name: str
    problem: str  # one sentence, with what to do


@dataclass(frozen=True, slots=True)
class Shelf:
    """The models of a store, the oldest first, and those that cannot be read."""

    models: tuple[Model, ...]
    damaged: tuple[Damaged, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(one.problem for one in self.damaged)


def place_of(store_root: Path, name: str) -> Path:
    return store_root / MODELS / name


def next_name(store_root: Path) -> str:
    """Return the name of the next model: numbers are never used twice while a model is there."""
    taken = [int(match.group(1)) for path in _folders(store_root) if (match := _match(path))]
    return f"m-{max(taken, default=0) + 1:02d}"


def list_models(store_root: Path, people: Iterable[Participant]) -> Shelf:
    """Return all models; one that cannot be read hides no other."""
    known = {person.code: person for person in people}
    models, damaged = [], []
    for folder in _folders(store_root):
        try:
            models.append(_read(folder, known))
        except TrainingError as problem:
            damaged.append(Damaged(folder.name, str(problem)))
    return Shelf(tuple(models), tuple(damaged))


def find_model(store_root: Path, name: str, people: Iterable[Participant]) -> Model:
    """Return one model.

    Raises:
        UnknownName: there is none of that name.
        TrainingError: it cannot be read.
    """
    folder = place_of(store_root, name)
    if not _NAME.fullmatch(name) or not (folder / MODEL_FILE).is_file():
        names = ", ".join(path.name for path in _folders(store_root)) or "none"
        raise UnknownName(f"model {name!r} is unknown: known are {names}; look at `femo models`")
    return _read(folder, {person.code: person for person in people})


def confused_of(model: Model) -> Confused:
    """Return what a model confuses on people it has not seen.

    Raises:
        UsageError: that is not known.
    """
    if model.headline is None:
        raise UsageError(
            f"model {model.name} was not evaluated by participant, so what it confuses on people it"
            " has not seen is not known: train it on two participants or more"
        )
    return confused_by(model.name, model.headline.confusion.most_confused)


def stale_reasons(root: Path, people: JsonValue, known: dict[str, Participant]) -> tuple[str, ...]:
    """Return one sentence for each participant who does not stand behind a model any more.

    Nor does one whose run is gone: it was discarded, or is another participant's.

    People of imported data sets are not registered here and cannot withdraw here.
    """
    reasons = []
    for person in people if isinstance(people, list) else []:
        if not isinstance(person, dict) or not person.get("consent"):
            continue
        code = str(person["participant"])
        now = known.get(code)
        if now is None:
            reasons.append(f"{code} is withdrawn")
        elif refusal := now.refusal(Scope.FACE, Scope.TRAIN):
            changed = refusal.replace("no consent", "no longer consents")
            reasons.append(f"{code}: {refusal}" if now.consent.lapsed else f"{code} {changed}")
        elif (run := person.get("source")) and not (root / str(run) / layout.MANIFEST).is_file():
            reasons.append(f"{code}'s run was discarded or reassigned")
    return tuple(reasons)


def _read(folder: Path, known: dict[str, Participant]) -> Model:
    try:
        facts = json.loads((folder / MODEL_FILE).read_bytes())
        validations = [Validation.from_json(v) for v in facts["validations"]]
        return Model(
            name=folder.name,
            folder=folder,
            facts=facts,
            classes=tuple(facts["classes"]),
            participants=tuple(person["participant"] for person in facts["people"]),
            features=facts["features"],
            simulated=facts["simulated"],
            validations=(*validations, *_evaluations(folder)),
            stale=stale_reasons(folder.parent.parent, facts["people"], known),
        )
    except (OSError, ValueError, KeyError, TypeError, MalformedRecord) as problem:
        why = f"{problem} is missing" if isinstance(problem, KeyError) else str(problem)
        raise TrainingError(
            f"model {folder.name} is damaged: {folder / MODEL_FILE} cannot be read ({why}); restore"
            " its folder from a backup, or remove it"
        ) from None


def _evaluations(folder: Path) -> list[Validation]:
    """Return the evaluations made after the model was finished; a line that is none is passed over.

    A disk that was full leaves a torn one, and the model is as good as before.
    """
    found = []
    for _, line in LineTail(folder / EVALUATIONS).read():
        with suppress(ValueError, MalformedRecord):
            found.append(Validation.from_json(json.loads(line)))
    return found


def _folders(store_root: Path) -> list[Path]:
    found = (path.parent for path in (store_root / MODELS).glob(f"m-*/{MODEL_FILE}"))
    return sorted((path for path in found if _match(path)), key=_number)


def _match(path: Path) -> re.Match[str] | None:
    return _NAME.fullmatch(path.name)


def _number(path: Path) -> int:
    return int(path.name.partition("-")[2])
