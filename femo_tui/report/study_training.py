"""What the faces tell: evaluations side by side, the sentences, the confusion matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, el
from femo_tui.report.page import Column, bullets, notice, section, state, table
from femo_tui.report.study_material import StudyMaterial
from femo_tui.training.card import differences, impossible
from femo_tui.training.confusion import Confusion
from femo_tui.training.models import Model
from femo_tui.training.report import HEADER, KIND_WORDS, rows, sentences
from femo_tui.training.validation import Unit, Validation

_TEXT = (0, 1, 7)  # columns of the table that are no numbers


def training_section(material: StudyMaterial) -> Markup | None:
    """Return the findings of the model, None without one."""
    model = material.model
    if model is None:
        return None
    found = model.validations
    names = [name or "note" for name in HEADER]
    columns = [
        Column(f"{name[:1].upper()}{name[1:]}", is_number=i not in _TEXT)
        for i, name in enumerate(names)
    ]
    told = rows(found, impossible(model.facts))
    return section(
        "training",
        f"Training: model {model.name}",
        *_loud(model),
        bullets(sentences(found, differences(model.facts))),
        table("Evaluations side by side", columns, told),
        *_matrices(model),
        lead=f"{model.features} features, learnt from {model.facts.get('images')} images of"
        f" {words.plural(len(model.participants), 'person', 'people')}. What is to be expected of"
        " somebody new is the line by participant; the study's way shares people between training"
        " and test.",
    )


def _loud(model: Model) -> Iterator[Markup]:
    if model.stale:
        yield notice("warning", "STALE: use it no more", bullets(list(model.stale)))
    problem = str(model.facts.get("weights_problem") or "")
    if problem:
        yield notice("plain", "Without weights", f"{problem}; HOG and nuisance were trained alone.")
    if model.simulated:
        yield el("p", state("!", "SIMULATED: it learnt from simulated faces", "doubt"))


def _matrices(model: Model) -> Iterator[Markup]:
    """Yield the matrices of the model's own features."""
    for validation in model.validations:
        if validation.features == model.features:
            yield el("h3", f"Confusion, {_name(validation)}")
            yield el(
                "div",
                _matrix(validation, "counts"),
                _matrix(validation, "percent of each true class"),
                class_="pair block",
            )


def _name(validation: Validation) -> str:
    unit = "windows" if validation.unit is Unit.WINDOW else "images"
    note = f" ({validation.note})" if validation.note else ""
    return f"{KIND_WORDS[validation.kind]}, {validation.n} {unit}{note}"


def _matrix(validation: Validation, what: str) -> Markup:
    """Return a matrix as a table: rows are the true class, columns the predicted one."""
    confusion = validation.confusion
    is_counts = what == "counts"
    head = el(
        "tr",
        el("th", "true ↓  predicted →", scope="col"),
        (_column_head(i, name) for i, name in enumerate(confusion.classes)),
    )
    body = [
        el("tr", _row_head(i, name), *_cells(confusion, i, is_counts=is_counts))
        for i, name in enumerate(confusion.classes)
    ]
    caption = f"{what[:1].upper()}{what[1:]}: rows true, columns predicted"
    return el(
        "div",
        el(
            "table",
            el("caption", caption),
            el("thead", head),
            el("tbody", *body),
            class_="matrix",
        ),
    )


def _column_head(place: int, name: str) -> Markup:
    return el("th", str(place + 1), scope="col", class_="n", aria_label=f"predicted {name}")


def _row_head(place: int, name: str) -> Markup:
    return el("th", f"{place + 1} {name}", scope="row")


def _cells(confusion: Confusion, row: int, *, is_counts: bool) -> Sequence[Child]:
    """Return a row's cells, shaded by their share of the true class; the diagonal is bold."""
    shares = confusion.row_percent[row]
    return [
        el(
            "td",
            str(count) if is_counts else f"{share:.0f}" if share in (0, 100) else f"{share:.1f}",
            class_="n right" if row == column else "n",
            style=f"--share: {share / 100:.2f}",
        )
        for column, (count, share) in enumerate(zip(confusion.counts[row], shares, strict=True))
    ]
