"""Runs that have no seal yet: one that is being recorded, and those that lost their recorder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import StoreError
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store.layout import MANIFEST, find_run, iter_runs
from femo_tui.store.run_reader import RunReader
from femo_tui.store.tombstone import has_tombstone

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog


def unended_runs(root: Path) -> Iterator[RunSnapshot]:
    """Yield the runs without a seal, as they stand; one of which nothing is written yet is none."""
    for run_dir in iter_runs(root):
        if (run_dir / MANIFEST).exists() or has_tombstone(run_dir):
            continue
        try:
            run = RunReader(run_dir, keep_samples=False).poll()
        except StoreError:
            continue  # it is just being made or removed
        if run.start is not None:
            yield run


def lost_runs(root: Path) -> list[RunSnapshot]:
    """Return the runs that lost their recorder and wait for somebody to close or resume them."""
    return [run for run in unended_runs(root) if run.state is RunState.LOST]


def enter_unended(catalog: Catalog) -> None:
    """Have the catalog know the runs without a seal as they stand; a killed recorder told nobody.

    Raises:
        StoreError: the catalog refuses.
    """
    for run in unended_runs(catalog.root):
        catalog.index_snapshot(run)


def shortest_name(root: Path, run_dir: Path) -> str:
    """Return the least that has to be typed to name a run: `S01`, `S01/run-02`, or all of it."""
    person, session, run = run_dir.parts[-3:]
    for name in (person, f"{person}/{run}"):
        if find_run(root, name) == run_dir:
            return name
    return f"{person}/{session}/{run}"
