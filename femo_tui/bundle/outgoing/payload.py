"""Puts the data set of a bundle together, file by file, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from femo_tui.bundle import layout
from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing import dataset
from femo_tui.bundle.outgoing.bag import BagWriter
from femo_tui.bundle.outgoing.cards import model_cards
from femo_tui.bundle.outgoing.classic import Picture, classic_files, table_pieces
from femo_tui.bundle.outgoing.events_table import events_json, events_table, task_facts
from femo_tui.bundle.outgoing.faces import Seals, faces_of, read_image, short_name
from femo_tui.bundle.outgoing.femo_run import SharedRun
from femo_tui.bundle.outgoing.figures import (
    LEFT_OUT_COLUMNS,
    QUALITY_COLUMNS,
    RUN_COLUMNS,
    WINDOW_COLUMNS,
    Figures,
    figures_of,
    left_out_rows,
    quality_rows,
    run_rows,
    window_rows,
)
from femo_tui.bundle.outgoing.physio import physio_json, physio_pieces, sampled
from femo_tui.bundle.outgoing.selection import Selection
from femo_tui.bundle.outgoing.shares import RunShare
from femo_tui.bundle.outgoing.tables import sidecar, table, to_json
from femo_tui.bundle.outgoing.tar import joined
from femo_tui.model.participants import Participant
from femo_tui.stats.render.document import study_json
from femo_tui.stats.render.methods import methods
from femo_tui.stats.render.tables import table_csv
from femo_tui.stats.render.text import study_text
from femo_tui.store.layout import FRAMES_FILE, GSR_FILE, RUN_FILE


def write_payload(
    bag: BagWriter, root: Path, selection: Selection, people: Iterable[Participant]
) -> None:
    """Write all that lies in `data/`.

    Args:
        bag: where to.
        root: the store.
        selection: what goes.
        people: everybody in the catalog: whose consent models rest on.

    Raises:
        BundleError: a file of the store was changed since it was sealed, or cannot be read.
        StoreError: the store cannot be read.
    """
    for share in selection.shares:
        share.check()
    seals = Seals()
    figures = figures_of(root, selection)
    bag.put(layout.CHANGES, dataset.changes())
    bag.put(layout.README, dataset.readme(selection))
    bag.put(layout.DESCRIPTION, dataset.description(selection))
    derived = _derived(selection, figures, model_cards(root, people))
    for name in sorted(derived):
        bag.put(f"{layout.DERIVED}/{name}", derived[name])
    bag.put(layout.PARTICIPANTS_COLUMNS, dataset.participants_json(selection))
    bag.put(layout.PARTICIPANTS, dataset.participants_table(selection))
    if selection.level is not Level.STATISTICS:
        if selection.classic:
            _put_classic(bag, selection, seals)
        for share in selection.shares:
            _put_faces(bag, share, seals)
        for share in selection.shares:
            _put_run(bag, share, selection)
    by_path = sorted(selection.shares, key=lambda share: share.place.beh(""))
    for share in by_path:
        _put_beh(bag, share, selection, figures)


def _derived(selection: Selection, figures: Figures, cards: dict[str, bytes]) -> dict[str, bytes]:
    """Return name → content of what was computed."""
    results = figures.results
    body = study_json(results)
    del body["fingerprint"]  # of the store's files, which are not these
    return {
        layout.DESCRIPTION: dataset.derived_description(selection),
        layout.COMPARISONS: table_csv("comparisons", results).encode(),
        layout.VALUES: table_csv("values", results).encode(),
        layout.RESULTS_TEXT: study_text(results).encode(),
        layout.RESULTS_JSON: to_json(body, indent=None),
        layout.METHODS: f"{methods(results)}\n".encode(),
        layout.WINDOWS: table(WINDOW_COLUMNS, window_rows(figures, selection)),
        _beside(layout.WINDOWS): sidecar(WINDOW_COLUMNS),
        layout.QUALITY: table(QUALITY_COLUMNS, quality_rows(selection)),
        _beside(layout.QUALITY): sidecar(QUALITY_COLUMNS),
        layout.RUNS: table(RUN_COLUMNS, run_rows(selection)),
        _beside(layout.RUNS): sidecar(RUN_COLUMNS),
        layout.LEFT_OUT: table(LEFT_OUT_COLUMNS, left_out_rows(selection, results)),
        _beside(layout.LEFT_OUT): sidecar(LEFT_OUT_COLUMNS),
        **{f"{layout.MODELS}/{name}.json": card for name, card in cards.items()},
    }


def _beside(table_name: str) -> str:
    return table_name.removesuffix(".tsv") + ".json"


def _put_classic(bag: BagWriter, selection: Selection, seals: Seals) -> None:
    for file in classic_files(selection.shares):
        name = f"{layout.CLASSIC}/{file.name}"
        if isinstance(file, Picture):
            image = read_image(file.share, file.file, seals)
            bag.put(name, image.content, image.sha256)
        else:
            bag.put_pieces(name, joined(table_pieces, file))


def _put_faces(bag: BagWriter, share: RunShare, seals: Seals) -> None:
    if not share.faces:
        return
    folder = f"{layout.FACES}/{share.place.folder}"
    files, frames_table = faces_of(share)
    by_name = {short_name(file): file for file in files}
    for name in sorted([*by_name, layout.FRAMES_TABLE]):
        if name == layout.FRAMES_TABLE:
            bag.put(f"{folder}/{name}", frames_table)
        else:
            image = read_image(share, by_name[name], seals)
            bag.put(f"{folder}/{name}", image.content, image.sha256)


def _put_run(bag: BagWriter, share: RunShare, selection: Selection) -> None:
    folder = f"{layout.FEMO}/{share.place.folder}"
    run = SharedRun(share)
    bag.put_pieces(f"{folder}/{FRAMES_FILE}", joined(SharedRun.frame_lines, run))
    bag.put_pieces(f"{folder}/{GSR_FILE}", joined(SharedRun.gsr_lines, run))
    bag.put(f"{folder}/{RUN_FILE}", b"".join(run.run_lines(selection.rule)))


def _put_beh(bag: BagWriter, share: RunShare, selection: Selection, figures: Figures) -> None:
    place = share.place
    if selection.level is Level.STATISTICS:
        rows = window_rows(figures, selection, share)
        bag.put(place.beh("beh.json"), sidecar(WINDOW_COLUMNS, task_facts(share)))
        bag.put(place.beh("beh.tsv"), table(WINDOW_COLUMNS, rows))
        return
    bag.put(place.beh("events.json"), events_json(share))
    bag.put(place.beh("events.tsv"), events_table(share, selection.rule))
    found = sampled(share)
    if found.count:
        bag.put(place.beh("physio.json"), physio_json(share, found, selection.rule))
        bag.put_pieces(place.beh("physio.tsv.gz"), partial(physio_pieces, share, found))
