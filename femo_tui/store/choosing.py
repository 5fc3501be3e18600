"""Chooses which of somebody's runs counts: an amendment in it, and one in the run it took it from.

Without a choice the latest complete run of the study's protocol counts.
"""

from __future__ import annotations

from pathlib import Path

from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunData
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store import audit
from femo_tui.store.amendments import amend
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.layout import runs_of, store_of
from femo_tui.store.run_reader import RunReader
from femo_tui.store.seal import is_sealed


def choose_primary(
    run_dir: Path, operator: str, reason: str, clock: Clock, modes: Modes = PRIVATE
) -> tuple[str, ...]:
    """Have a run count for its participant, and no other of the same protocol.

    Returns:
        The runs that had been chosen before, as `session/run`.

    Raises:
        UsageError: it is not sealed, or its data are not kept.
        StoreError: it cannot be written; choosing again goes on with it.
    """
    run = RunReader(run_dir, keep_samples=False).poll()
    where = "/".join(run_dir.parts[-3:])
    _check(run, where)
    root, code = store_of(run_dir), run_dir.parts[-3]
    utc = iso_seconds(clock.utc())
    head: dict[str, JsonValue] = {"utc": utc, "operator": operator, "amends": "primary"}
    before = [other for other in _chosen(root, code) if _is_rival(other, run)]
    # The newest chosen one counts, so that the others let go first; cut short, none is chosen.
    for other in before:
        told = reason or f"{run_dir.parent.name}/{run_dir.name} was chosen"
        amend(other.run_dir, {**head, "primary": False, "reason": told}, modes=modes)
    if not run.chosen:
        amend(run_dir, {**head, "primary": True, "reason": reason}, modes=modes)
    names = tuple("/".join(other.run_dir.parts[-2:]) for other in before)
    facts = {"run": where, "instead_of": list(names), "reason": reason}
    audit.note(root, "run_primary", operator, facts, [code], utc=utc, modes=modes)
    return names


def counts_now(run_dir: Path, instead: tuple[str, ...]) -> str:
    """Return what `choose_primary` did, in words: `instead` is what it returned."""
    of = f", instead of {', '.join(instead)}" if instead else ""
    return f"{'/'.join(run_dir.parts[-3:])} counts for {run_dir.parts[-3]}{of}"


def _check(run: RunSnapshot, where: str) -> None:
    if run.data is RunData.DISCARDED:
        raise UsageError(f"{where}: this run was discarded; choose one that is kept")
    if not is_sealed(run.run_dir):
        raise UsageError(f"{where}: this run is {run.state.value}; end it or close it first")
    if run.data is not RunData.KEEP:
        raise UsageError(
            f"{where}: its data are kept until asked and in no analysis; add --data keep"
        )


def _chosen(root: Path, code: str) -> list[RunSnapshot]:
    runs = (RunReader(run_dir, keep_samples=False).poll() for run_dir in runs_of(root, code))
    return [run for run in runs if run.chosen and run.data is not RunData.DISCARDED]


def _is_rival(other: RunSnapshot, run: RunSnapshot) -> bool:
    if other.start is None or run.start is None or other.run_dir == run.run_dir:
        return False
    return other.start.protocol.get("name") == run.start.protocol.get("name")
