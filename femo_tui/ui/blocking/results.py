"""The console's way to the statistics: compute, log a look, write to a file.

NumPy and SciPy behind them are imported here, late.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.store.files import make_folder, write_new
from femo_tui.store.layout import EXPORTS
from femo_tui.ui import words
from femo_tui.ui.blocking.desk import Desk

if TYPE_CHECKING:
    from femo_tui.stats.confused import Confused
    from femo_tui.stats.results import Asked, StudyResults
    from femo_tui.training.models import Model, Shelf


@dataclass(frozen=True, slots=True)
class Computed:
    """A study's results as they may be shown."""

    results: StudyResults
    asked: Asked  # without p where that has to be asked again
    participants: int  # registered


def compute(
    desk: Desk, asked: Asked, before: StudyResults | None, *, agreed: bool = False
) -> Computed:
    """Compute the results, unless neither data nor wishes changed since `before`.

    Args:
        desk: the store and its operator.
        asked: what the operator wants to see.
        before: what is on the screen.
        agreed: the operator has just agreed to a logged look. p-values that were agreed to for
            other data are hidden again.

    Raises:
        ProtocolError: study.toml has mistakes.
        StoreError: the store cannot be read, or a look cannot be logged: p must not be shown then.
    """
    from femo_tui.stats.elsewhere import runs_elsewhere
    from femo_tui.stats.looks import log_look
    from femo_tui.stats.results import study_results
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study

    root = desk.store_root
    study = load_study(root)
    with Catalog.open(root) as catalog:
        people, elsewhere = catalog.participants(), runs_elsewhere(catalog.runs())
    found = study_results(root, study, people, asked, before, elsewhere)
    is_same = before is not None and before.fingerprint == found.fingerprint
    if asked.show_p and found.early and not (agreed or is_same):
        asked = dataclasses.replace(asked, show_p=False)
        found = study_results(root, study, people, asked, None, elsewhere)
    if found.p_shown and found.early and found.n and not is_same:
        log_look(root, desk.operator, desk.clock, found.look())
        found = study_results(root, study, people, asked, found, elsewhere)  # with this look
    return Computed(found, asked, len(people))


def models_that_confuse(desk: Desk) -> Shelf:
    """Return the models of which it is known what they confuse on people they have not seen.

    Raises:
        FemoError: the catalog cannot be read.
    """
    from femo_tui.store.catalog import Catalog
    from femo_tui.training.models import list_models

    with Catalog.open(desk.store_root) as catalog:
        people = catalog.participants()
    shelf = list_models(desk.store_root, people)
    known = tuple(model for model in shelf.models if model.headline is not None)
    return dataclasses.replace(shelf, models=known)


def confused_of(model: Model) -> Confused | None:
    """Return the pairs that a model confuses on people it has not seen, None where not known."""
    from femo_tui.stats.confused import confused_by

    headline = model.headline
    return None if headline is None else confused_by(model.name, headline.confusion.most_confused)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write results to a file."""

    stem: str
    suffix: str
    holds: str


FORMS = (
    Form("results", ".txt", "everything, as femo results prints it"),
    Form("results", ".md", "everything, for notes or a supplement"),
    Form("results", ".json", "everything, with full precision"),
    Form("comparisons", ".csv", "a row a comparison"),
    Form("values", ".csv", "a row a participant and class"),
    Form("windows", ".csv", "a row a window"),
    Form("left-out", ".csv", "what is not in the numbers, and why"),
)


def proposed_path(desk: Desk, form: Form) -> str:
    """Return where a form goes unless the operator says otherwise, relative to the store."""
    return f"{EXPORTS}/{desk.now():%Y-%m-%d-%H%M%S}-{form.stem}{form.suffix}"


def export(desk: Desk, results: StudyResults, form: Form, text: str) -> Path:
    """Write results to a new private file; return its path.

    Args:
        desk: the store, in which a relative path lies.
        results: as shown; p-values that are hidden stay so.
        form: what is written.
        text: the path as typed.

    Raises:
        StoreError: the file exists, or cannot be written.
    """
    path = desk.store_root / words.path_of(text)
    if path.parent == desk.store_root / EXPORTS:
        make_folder(path.parent)
    write_new(path, _written(results, form).encode())
    return path


def _written(results: StudyResults, form: Form) -> str:
    import json

    from femo_tui.stats.render import document, tables, text

    match form.suffix:
        case ".txt":
            return text.study_text(results)
        case ".md":
            return document.study_markdown(results)
        case ".json":
            return json.dumps(document.study_json(results), ensure_ascii=False, indent=2) + "\n"
    return tables.table_csv(form.stem, results)
