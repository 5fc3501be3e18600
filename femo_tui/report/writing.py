"""Writes a page to a new private file; one that leaves the store is noted as given out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.bundle.outgoing.noting import note_given_out
from femo_tui.bundle.outgoing.placed import check_place, placed
from femo_tui.errors import UnknownName
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.given_out import Export
from femo_tui.model.participants import Participant
from femo_tui.model.progress import Report, unheard
from femo_tui.store.files import make_folder
from femo_tui.store.layout import EXPORTS, find_run
from femo_tui.store.pages import SUFFIX

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog
    from femo_tui.training.models import Model

LEVEL = "report"  # among what was given out


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written."""

    path: Path
    sha256: str
    subject: str  # a run, or the study
    leaves: bool  # it lies outside the store, and is noted as given out
    participants: tuple[str, ...]
    faces: int
    simulated: bool
    not_shown: tuple[str, ...]  # what is kept off it, and why


def write_run_report(
    root: Path,
    run: str,
    out: Path | None,
    operator: str,
    *,
    looked_at: bool = False,
    report: Report = unheard,
    clock: Clock | None = None,
) -> Written:
    """Write the page of a run.

    Args:
        root: the store.
        run: a name as `find_run` takes it.
        out: the file to write, which must not exist; None makes one in the store's `exports/`.
        operator: who wants it.
        looked_at: somebody looked at the texts that were typed, and they may stand there.
        report: told how far it has come.
        clock: names the file, and dates the note.

    Raises:
        UnknownName: there is no such run.
        UsageError: `out` cannot be written to, or the run was discarded.
        ConsentError: nothing of it may leave the store.
        StoreError: the run cannot be read, or the page not be written.
    """
    from femo_tui.report.run_material import read_material
    from femo_tui.report.run_page import run_page
    from femo_tui.store.catalog import Catalog

    clock = clock or HostClock()
    run_dir = find_run(root, run)
    with Catalog.open(root, clock) as catalog:
        place = _place(root, out, "-".join(run_dir.parts[-3::2]), clock)
        leaves = not _is_inside(place, root)
        person = _person(catalog, run_dir.parts[-3])
        material = read_material(
            root, run_dir, person, leaves=leaves, looked_at=looked_at, report=report
        )
        page = run_page(material)
        code = material.participant
        sha256 = _put(catalog, place, page, operator, clock, (code,), leaves=leaves)
    kept_off = {"skin conductance": material.no_samples, "faces": material.no_faces}
    return Written(
        path=place,
        sha256=sha256,
        subject=material.where,
        leaves=leaves,
        participants=(code,),
        faces=page.count("<img "),
        simulated=bool(material.start.simulated),
        not_shown=tuple(f"{what}: {why}" for what, why in kept_off.items() if why),
    )


def write_study_report(
    root: Path,
    out: Path | None,
    operator: str,
    *,
    model: str = "",
    show_p: bool = False,
    looked_at: bool = False,
    clock: Clock | None = None,
) -> Written:
    """Write the page of the study.

    Args:
        root: the store.
        out: the file to write, which must not exist; None makes one in the store's `exports/`.
        operator: who wants it.
        model: the model whose findings stand there, and whose confusions are compared; empty for
            the newest that is not stale, which compares nothing more.
        show_p: p-values before the planned n; the look is logged.
        looked_at: somebody looked at the texts that were typed, and they may stand there.
        clock: names the file, and dates the note and the look.

    Raises:
        UnknownName: there is no such model.
        UsageError: `out` cannot be written to, or nobody shares what would leave.
        TrainingError: the model cannot be read.
        StoreError: the store cannot be read, or the page not be written.
    """
    from femo_tui.report.study_material import read_study
    from femo_tui.report.study_page import SUBJECT, study_page
    from femo_tui.stats.looks import log_look
    from femo_tui.stats.results import Asked
    from femo_tui.store.catalog import Catalog
    from femo_tui.training.models import confused_of

    clock = clock or HostClock()
    with Catalog.open(root, clock) as catalog:
        place = _place(root, out, SUBJECT, clock)
        leaves = not _is_inside(place, root)
        chosen, unread = _model(root, catalog, model)
        asked = Asked(
            confused=confused_of(chosen) if model and chosen is not None else None, show_p=show_p
        )
        material = read_study(root, catalog, chosen, asked, leaves=leaves, looked_at=looked_at)
        results = material.results
        if results.p_shown and results.early and results.n:
            log_look(root, operator, clock, results.look())
            results = replace(results, looks=results.looks + 1)  # with this one
            material = replace(material, results=results)
        codes = tuple(person.participant for person in results.participants)
        page = study_page(material)
        sha256 = _put(catalog, place, page, operator, clock, codes, leaves=leaves)
    return Written(
        path=place,
        sha256=sha256,
        subject=SUBJECT,
        leaves=leaves,
        participants=codes,
        faces=0,
        simulated=results.simulated,
        not_shown=(*([f"the model: {material.no_model}"] if material.no_model else []), *unread),
    )


def _model(root: Path, catalog: Catalog, name: str) -> tuple[Model | None, tuple[str, ...]]:
    """Return the model of a name, or the newest that everybody stands behind; what is unread."""
    from femo_tui.training.models import find_model, list_models

    people = catalog.participants()
    if name:
        return find_model(root, name, people), ()
    shelf = list_models(root, people)
    return next((m for m in reversed(shelf.models) if not m.stale), None), shelf.problems


def _place(root: Path, out: Path | None, stem: str, clock: Clock) -> Path:
    """Return where the page goes; the store's own folder for it is made."""
    if out is not None:
        check_place(out)
        return out.absolute()
    make_folder(root / EXPORTS)
    name = f"{clock.utc().astimezone():%Y-%m-%d-%H%M%S}-report-{stem}"
    place, number = root / EXPORTS / f"{name}{SUFFIX}", 1
    while place.exists():
        number += 1
        place = place.with_name(f"{name}-{number}{SUFFIX}")
    return place


def _is_inside(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())


def _person(catalog: Catalog, code: str) -> Participant | None:
    try:
        return catalog.participant(code)
    except UnknownName:
        return None


def _put(
    catalog: Catalog,
    place: Path,
    page: str,
    operator: str,
    clock: Clock,
    participants: tuple[str, ...],
    *,
    leaves: bool,
) -> str:
    """Write the page, and note it where it leaves the store; return its SHA-256."""
    with placed(place) as written, BufferedWriter(written) as file:
        file.write(page.encode())
    if leaves:
        utc = iso_seconds(clock.utc())
        given = Export(utc, operator, place.name, written.sha256, LEVEL, (), "", participants)
        note_given_out(catalog, place, given)
    return written.sha256
