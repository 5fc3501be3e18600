"""Takes back here the consent that was taken back at another station of the same catalog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.events import Facts
from femo_tui.model.participants import Scope
from femo_tui.store import erasing, pending
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.layout import SESSIONS, runs_of
from femo_tui.store.rewriting import chain_holds, seal_sha256
from femo_tui.store.run_start import read_run_start
from femo_tui.store.stripping import IN_RUNS
from femo_tui.store.tombstone import has_tombstone
from femo_tui.store.withdrawal import what_blocks

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.catalog.stations import Withdrawal


def catch_up(catalog: Catalog, modes: Modes = PRIVATE) -> None:
    """Carry out what other stations began; what cannot be done now waits for the next start.

    So it waits while a run of the participant is recorded or a training reads the store.

    Raises:
        StoreError: something cannot be removed; the next start goes on with it.
    """
    root = catalog.root
    for withdrawal in catalog.outstanding():
        code, everything = withdrawal.code, not withdrawal.scopes
        runs = [
            run
            for run in runs_of(root, code)
            if everything or (IN_RUNS & set(withdrawal.scopes) and _is_covered(run, withdrawal))
        ]
        if what_blocks(root, code, runs, everything=everything, trains=_trains(withdrawal)):
            continue
        if pending.is_at_work(root):
            return
        with pending.at_work(root, "a withdrawal", withdrawal.operator, modes):
            journal = _journal(root, withdrawal, runs)
            pending.begin(root, withdrawal.id, journal, modes)
            erasing.carry_out(catalog, journal, modes=modes)


def _is_covered(run: Path, withdrawal: Withdrawal) -> bool:
    """Return whether a run was recorded before consent was taken back: it may be given anew."""
    start = None if has_tombstone(run) else read_run_start(run)
    return start is not None and start.utc <= withdrawal.utc


def _trains(withdrawal: Withdrawal) -> bool:
    about = {Scope.FACE, Scope.TRAIN, Scope.GSR}
    return not withdrawal.scopes or bool(about & set(withdrawal.scopes))


def _journal(root: Path, withdrawal: Withdrawal, runs: list[Path]) -> Facts:
    kind = erasing.KIND_SCOPES if withdrawal.scopes else erasing.KIND_ALL
    files = sum(path.is_file() for path in (root / SESSIONS / withdrawal.code).rglob("*"))
    return {
        "kind": kind,
        erasing.ELSEWHERE: True,
        "id": withdrawal.id,
        "code": withdrawal.code,
        "number": withdrawal.number,
        "scopes": [scope.value for scope in withdrawal.scopes],
        "operator": withdrawal.operator,
        "utc": withdrawal.utc,
        "files": files,
        "bundles": [],  # listed, with the backups, where it was taken back
        "backups": [],
        "runs": {
            run.relative_to(root).as_posix(): {
                "manifest": seal_sha256(run),
                "amendments_held": chain_holds(run),
            }
            for run in runs
        },
    }
