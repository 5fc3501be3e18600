"""Gathers what a training looks at: the runs that count and the imported data sets.

Run as a process of its own: what it needs of the catalog and of signal filters would stay in the
trainer's memory.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from femo_tui.errors import FemoError, TrainingError
from femo_tui.model.left_out import LeftOut
from femo_tui.store import files
from femo_tui.store.layout import DATASET_FILE
from femo_tui.training.client import request_of
from femo_tui.training.dataset import DataSet
from femo_tui.training.imported import imported_names, imported_set, read_imported
from femo_tui.training.recorded import recorded_set
from femo_tui.training.request import RECORDED, TrainRequest


def collect(request: TrainRequest) -> DataSet:
    """Return what is to be learnt from; real and simulated never mix.

    Raises:
        TrainingError: there is nothing, or too little to tell classes apart.
        UsageError: a data set that was named is unknown.
    """
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study

    root = request.store_root
    found = DataSet(())
    if not request.datasets or RECORDED in request.datasets:
        with Catalog.open(root) as catalog:
            people = {person.code: person for person in catalog.participants()}
        found = recorded_set(root, load_study(root), people, with_gsr=request.with_gsr)
    names = [name for name in request.datasets if name != RECORDED] or (
        imported_names(root) if not request.datasets else ()
    )
    for name in names:
        if not read_imported(root, name).external:
            found = found.plus(imported_set(root, name))
    if found.simulated and not all(person.simulated for person in found.people):
        found = found.only(simulated=request.simulated)
    return _with_tests(root, found)


def _with_tests(root: Path, found: DataSet) -> DataSet:
    """Return it with the data sets that are for tests only; what is drawn tests nothing real."""
    for name in imported_names(root):
        imported = read_imported(root, name)
        if imported.external and imported.simulated and not found.simulated:
            why = LeftOut("", f"data set {name}", "SIMULATED, and what is learnt from is not")
            found = replace(found, left_out=(*found.left_out, why))
        elif imported.external:
            found = found.plus(imported_set(root, name))
    return found


def check_enough(found: DataSet) -> None:
    """Raise TrainingError unless there are classes to tell apart."""
    if not found.images:
        reasons = sorted({o.reason for o in found.left_out if o.reason})[:3]
        raise TrainingError(
            "there is no image to train on"
            + (f" ({'; '.join(reasons)})" if reasons else "")
            + ": record a session, or bring images in with `femo dataset import`"
        )
    if len(found.classes) < 2:
        raise TrainingError(
            f"there is one class only, {found.classes[0]}, and nothing to tell it from: add images"
            " of another class"
        )


def main(arguments: list[str]) -> int:
    """Collect for the training in a folder into its data set file; return the exit status."""
    run_dir = Path(arguments[0])
    try:
        found = collect(request_of(run_dir))
        check_enough(found)
        files.replace(run_dir / DATASET_FILE, found.to_json().encode())
    except FemoError as problem:
        print(problem, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
