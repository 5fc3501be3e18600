"""A card for each model of the store: what it is and how far it can be trusted, and no more.

The card in the store names operators, dates, folders and images; the one in a bundle does not. A
model that somebody no longer stands behind has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from femo_tui.bundle.outgoing.tables import to_json
from femo_tui.errors import BundleError
from femo_tui.model.events import Facts
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.records import JsonValue
from femo_tui.store.layout import MODEL_FILE, MODELS

_FACTS = ("model", "simulated", "classes", "features", "head", "seed", "with_gsr", "images")
_VALIDATION = (
    *("kind", "features", "frames", "unit", "folds", "n", "accuracy", "balanced_accuracy"),
    *("macro_f1", "kappa", "ci_low", "ci_high", "chance", "classes", "confusion"),
    *("training_accuracy", "near_duplicates"),
)
_WEIGHTS = ("sha256", "dim", "alpha")
_USE = "Made for research on groups; it says nothing reliable about one person."


def model_cards(root: Path, people: Iterable[Participant]) -> dict[str, bytes]:
    """Return name → card, in JSON, of every model that everybody still stands behind.

    Raises:
        BundleError: a model cannot be read.
    """
    known = {person.code: person for person in people}
    cards: dict[str, bytes] = {}
    for path in sorted((root / MODELS).glob(f"m-*/{MODEL_FILE}")):
        try:
            facts = json.loads(path.read_bytes())
            theirs = [person for person in facts["people"] if isinstance(person, dict)]
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise BundleError(
                f"{path}: cannot be read ({problem}); remove the model's folder, or restore it from"
                " a backup"
            ) from None
        if all(_stands_behind(person, known) for person in theirs):
            cards[path.parent.name] = to_json(_card(facts, len(theirs)))
    return cards


def _stands_behind(person: Mapping[str, JsonValue], known: Mapping[str, Participant]) -> bool:
    """Return whether consent still covers a model; people of imported images have none here."""
    if not person.get("consent"):
        return True
    now = known.get(str(person.get("participant")))
    return now is not None and now.allows(Scope.FACE) and now.allows(Scope.TRAIN)


def _card(facts: Facts, people: int) -> Facts:
    validations = facts.get("validations")
    weights = facts.get("weights")
    versions = facts.get("versions")
    return {
        **{key: facts.get(key) for key in _FACTS},
        "use": _USE,
        "participants": people,
        "weights": _picked(weights, _WEIGHTS) if isinstance(weights, dict) else None,
        "versions": dict(versions) if isinstance(versions, dict) else {},
        "validations": [
            _picked(one, _VALIDATION)
            for one in (validations if isinstance(validations, list) else [])
            if isinstance(one, dict)
        ],
    }


def _picked(facts: Mapping[str, JsonValue], keys: Iterable[str]) -> Facts:
    return {key: facts[key] for key in keys if key in facts}
