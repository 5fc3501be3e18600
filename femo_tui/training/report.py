"""What a training found, in words: the table side by side, and its plain sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from femo_tui.training.confusion import Confusion
from femo_tui.training.matrix import matrix_blocks
from femo_tui.training.request import FINE_TUNED
from femo_tui.training.validation import Difference, Kind, NotPossible, Unit, Validation

WIDTH = 80  # of a terminal that must be enough
HEADER = ("features", "evaluated", "n", "accuracy", "balanced", "95 % interval", "chance", "")
KIND_WORDS = {
    Kind.BY_PARTICIPANT: "by participant",
    Kind.BY_CLIP: "by clip",
    Kind.STUDY: "the study's way",
    Kind.EXTERNAL: "external images",
}


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def rows(
    validations: Iterable[Validation], not_possible: Iterable[NotPossible]
) -> list[tuple[str, ...]]:
    """Return the table's rows, all evaluations side by side, then what was not possible."""
    shown = [
        (
            v.features,
            KIND_WORDS[v.kind] + (", windows" if v.unit is Unit.WINDOW else ""),
            str(v.n),
            percent(v.accuracy),
            percent(v.confusion.balanced_accuracy),
            "" if v.interval is None else f"[{100 * v.interval[0]:.0f}, {100 * v.interval[1]:.0f}]",
            percent(v.chance),
            "; ".join(part for part in (v.note, _trained(v), _near(v)) if part),
        )
        for v in validations
    ]
    return [
        *shown,
        *(
            (w.features, KIND_WORDS[w.kind], "", "", "", "", "", f"not possible: {w.reason}")
            for w in not_possible
        ),
    ]


def sentences(validations: Sequence[Validation], differences: Iterable[Difference]) -> list[str]:
    """Return what is to be taken from the figures, one sentence each."""
    said = []
    differences = list(differences)
    main = next((v.features for v in validations), "")
    frozen = next((v.features for v in validations if v.features != FINE_TUNED), main)
    honest = _find(validations, Kind.BY_PARTICIPANT, main)
    study = _find(validations, Kind.STUDY, frozen)
    if honest is not None and study is not None:
        of, how = (" of the frozen base", ", fine-tuned") if main == FINE_TUNED else ("", "")
        said.append(
            f"The study's way would have said {percent(study.accuracy)}{of}. On people it has never"
            f" seen{how}: {percent(honest.accuracy)} (chance {percent(honest.chance)})."
        )
    said += [_gain(d) for d in differences if d.features == FINE_TUNED and d.unit is Unit.FRAME]
    if honest is not None and honest.interval is not None and honest.interval[0] <= honest.chance:
        said.append("On unseen people it cannot be told from chance.")
    nuisance = _find(validations, Kind.BY_PARTICIPANT, "nuisance")
    if (
        nuisance is not None
        and nuisance.interval is not None
        and nuisance.interval[0] > nuisance.chance
    ):
        said.append(
            f"Light, colour and place alone tell {percent(nuisance.accuracy)}: look at how"
            " the classes were recorded before believing the faces."
        )
    time = _find(validations, Kind.BY_PARTICIPANT, "time")
    if time is not None and time.interval is not None and time.interval[0] > time.chance:
        said.append(
            f"Time in run alone tells {percent(time.accuracy)}, since the steps came in the same"
            " order: whatever drifts with time can pass for an emotion. Vary the order."
        )
    said += [
        f"{d.features} against {d.than}{' by window' if d.unit is Unit.WINDOW else ''}:"
        f" {100 * d.mean:+.1f} points a person [{100 * d.low:+.1f}, {100 * d.high:+.1f}]."
        for d in differences
        if d.low is not None and d.high is not None
    ]
    if honest is not None:
        pairs = honest.confusion.most_confused[:3]
        if pairs:
            said.append(
                "Most confused: "
                + ", ".join(f"{one} ↔ {other} {percent(share)}" for one, other, share in pairs)
                + "."
            )
    return said


def _gain(difference: Difference) -> str:
    """Return in words what fine-tuning brought."""
    low, high = difference.low, difference.high
    if low is not None and low > 0:
        return "Fine-tuning helps on people it has never seen."
    if high is not None and high < 0:
        return "Fine-tuning made it worse on people it has never seen: train without it."
    return "Whether fine-tuning helps cannot be told on these people: the plainer model will do."


def confusion_lines(confusion: Confusion) -> list[str]:
    """Return a confusion matrix in counts, then in percent of each row; both axes named."""
    lines: list[str] = []
    for title, in_percent in (("Counts", False), ("Percent of each row, the true class", True)):
        for block in matrix_blocks(confusion, WIDTH, in_percent=in_percent):
            lines += ["", f"{title}:", block.head, *(row.text for row in block.rows)]
    return lines[1:]


def _find(validations: Iterable[Validation], kind: Kind, features: str) -> Validation | None:
    return next(
        (
            v
            for v in validations
            if v.kind is kind and v.features == features and v.unit is Unit.FRAME
        ),
        None,
    )


def _trained(validation: Validation) -> str:
    """Return what the study printed first: the accuracy on the images trained on."""
    right = validation.training_accuracy
    return f"training {percent(right)}" if validation.kind is Kind.STUDY and right else ""


def _near(validation: Validation) -> str:
    if not validation.near_duplicates:
        return ""
    return f"{validation.near_duplicates} of {validation.n} have a near-duplicate in training"
