"""The card that goes with a model: what it is, what it learnt from, how far it can be trusted."""

from __future__ import annotations

from femo_tui.model.events import Facts
from femo_tui.training.report import HEADER, confusion_lines, rows, sentences
from femo_tui.training.validation import Difference, NotPossible, Validation


def card_text(facts: Facts) -> str:
    """Return the card in Markdown, from what `model.json` says."""
    found = validations(facts)
    people = _dicts(facts["people"])
    weights = facts["weights"]
    lines = [
        f"# {facts['model']}{' – SIMULATED' if facts['simulated'] else ''}",
        "",
        "Tells which of these the face on an image shows: "
        + ", ".join(str(name) for name in _list(facts["classes"]))
        + ". Made for research on groups; it says nothing reliable about one person.",
        "",
        f"Made {facts['made_utc']} by {facts['operator']}; {facts['features']} features,"
        f" head {facts['head']}, seed {facts['seed']}.",
        "",
        *_fine_tuning(facts.get("fine_tuning")),
        "## How far it can be trusted",
        "",
        *(f"* {said}" for said in sentences(found, differences(facts))),
        "",
        _table_row(HEADER),
        _table_row(("---",) * len(HEADER)),
        *(_table_row(row) for row in rows(found, impossible(facts))),
        "",
    ]
    if found:
        shown = found[0]
        lines += [
            f"Confusion, {shown.features} {shown.kind.value.replace('_', ' ')}:",
            "",
            "```",
            *confusion_lines(shown.confusion),
            "```",
            "",
        ]
    lines += [
        "## What it learnt from",
        "",
        f"{facts['images']} images of {facts['participants']} people (`images.txt` names each with"
        " its SHA-256).",
        "",
        _table_row(("participant", "consent, form", "source", "SHA-256 of its manifest")),
        _table_row(("---",) * 4),
        *(_person_row(person) for person in people),
        "",
        "## What was left out",
        "",
        *(
            "* " + ": ".join(str(o[k]) for k in ("participant", "what", "reason") if o[k])
            for o in _dicts(facts["left_out"])
        ),
        "",
        "## Made with",
        "",
        *(f"* {name} {text}" for name, text in _dict(facts["versions"]).items()),
    ]
    if isinstance(weights, dict):
        lines.append(f"* weights {weights['name']}, SHA-256 {weights['sha256']}")
    return "\n".join(lines) + "\n"


def validations(facts: Facts) -> list[Validation]:
    """Return the evaluations that `model.json`, or a training's result, lists."""
    return [Validation.from_json(one) for one in _dicts(facts["validations"])]


def impossible(facts: Facts) -> list[NotPossible]:
    """Return the evaluations that `model.json`, or a training's result, says were not possible."""
    return [NotPossible.from_json(one) for one in _dicts(facts["not_possible"])]


def differences(facts: Facts) -> list[Difference]:
    """Return the paired differences that `model.json`, or a training's result, lists."""
    return [Difference.from_json(one) for one in _dicts(facts["differences"])]


def _fine_tuning(facts: object) -> list[str]:
    """Return how the network was fine-tuned; nothing where it was not."""
    if not isinstance(facts, dict):
        return []
    blocks = facts["blocks"]
    which = "last block was" if blocks == 1 else f"last {blocks} blocks were"
    epochs = ", ".join(str(epoch) for epoch in _list(facts["best_epochs"]))
    return [
        f"MobileNet's {which} fine-tuned for {facts['best_epoch']} epochs, of at most"
        f" {facts['epochs']}, batch normalisation as it was learnt; how long, was found on people"
        f" held out ({', '.join(str(p) for p in _list(facts['people_to_stop_by']))}), then all were"
        f" learnt from. On new people the same was done {facts['folds']} times, each without a"
        f" group of people and for {epochs} epochs. Computed on"
        f" {facts.get('device', 'a machine that is not noted')},"
        f" {facts.get('precision', 'float32')}.",
        "",
    ]


def _person_row(person: Facts) -> str:
    consent = ", ".join(str(scope) for scope in _list(person["consent"]))
    return _table_row(
        (
            str(person["participant"]),
            f"{consent}; {person['form_version']}" if consent else "not on record here",
            str(person["source"]),
            str(person["sha256"])[:16],
        )
    )


def _table_row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[Facts]:
    return [item for item in _list(value) if isinstance(item, dict)]
