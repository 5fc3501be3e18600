"""Takes back a participant's consent: all of theirs goes, or what one scope covers.

`plan_withdrawal` tells beforehand what will go, what was given out already, and which backups hold
it. What is begun is finished, at the next start if need be.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import Cancelled, UsageError
from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.model.events import Facts
from femo_tui.model.given_out import Backup, Export
from femo_tui.model.participants import Scope
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.store import feature_files, pending, traces
from femo_tui.store.erasing import KIND_ALL, KIND_SCOPES, SHOWN, carry_out
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.layout import FEATURES, LOCK, RECORDER_LOCK, SESSIONS, TRAINING, runs_of
from femo_tui.store.lock import HeldLock
from femo_tui.store.pages import pages_with_faces
from femo_tui.store.rewriting import chain_holds, seal_sha256
from femo_tui.store.seal import is_sealed
from femo_tui.store.stripping import IN_RUNS, scope_files
from femo_tui.store.tombstone import has_tombstone

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog

_LEARNT_FROM = frozenset({Scope.FACE, Scope.TRAIN})


@dataclass(frozen=True, slots=True)
class WithdrawalPlan:
    """What a withdrawal will do; paths are relative to the store."""

    code: str
    scopes: tuple[Scope, ...]  # empty: everything
    runs: tuple[str, ...]
    files: int
    bytes: int
    features: int  # kept of their faces
    models: tuple[str, ...]  # that will be stale
    trainings: tuple[str, ...]  # whose data sets go
    results: tuple[str, ...]  # files in exports/ that name them, or show their face
    originals: tuple[str, ...]  # imported bundles whose file goes
    exports: tuple[Export, ...]  # given out already: femo cannot call them back
    backups: tuple[Backup, ...]  # that still hold the data
    blocked: tuple[str, ...]  # why it cannot be done now, one sentence each


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What came of it."""

    plan: WithdrawalPlan
    id: str  # what stands for the participant now, and names the tombstone; empty for scopes
    still_named_in: tuple[str, ...]  # texts of others that name them; look at these by hand
    stations: tuple[str, ...] = ()  # others on the same catalog, that do it at their next start


def plan_withdrawal(
    catalog: Catalog, code: str, scopes: Collection[Scope] = (), report: Report = unheard
) -> WithdrawalPlan:
    """Return what a withdrawal of everything, or of some scopes, will do; nothing is changed.

    Raises:
        UnknownName: nobody has that code.
        Cancelled: from `report`.
    """
    root = catalog.root
    catalog.participant(code)
    chosen = tuple(scope for scope in Scope if scope in scopes)
    everything = not chosen
    touched = everything or bool(IN_RUNS & set(chosen))
    runs = [run for run in runs_of(root, code) if touched]
    if not everything:
        runs = [run for run in runs if not has_tombstone(run)]
    learnt = everything or bool(_LEARNT_FROM & set(chosen))
    images = traces.image_files(root, code) if learnt else []
    hashes = traces.image_hashes(images, report)
    exports = tuple(catalog.exports(code))
    bundles = {export.file_name for export in exports}
    files = _files_that_go(root, code, runs, chosen)
    about_gsr = everything or Scope.GSR in chosen
    in_data_sets = learnt or about_gsr
    results = traces.results_with(root, code, bundles) if about_gsr else ()
    if not about_gsr and SHOWN & set(chosen):
        results = pages_with_faces(root, code)
    trainings = traces.trainings_with(root, code) if in_data_sets else ()
    originals = traces.originals_with(root, code) if touched else ()
    return WithdrawalPlan(
        code=code,
        scopes=chosen,
        runs=tuple(run.relative_to(root).as_posix() for run in runs),
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        features=feature_files.count(root / TRAINING / FEATURES, hashes) if hashes else 0,
        models=traces.models_with(root, code) if learnt else (),
        trainings=tuple(folder.relative_to(root).as_posix() for folder in trainings),
        results=tuple(path.relative_to(root).as_posix() for path in results),
        originals=tuple(bundle.id for bundle in originals),
        exports=exports,
        backups=tuple(catalog.backups(code)),
        blocked=what_blocks(root, code, runs, everything=everything, trains=in_data_sets),
    )


def withdraw(
    catalog: Catalog,
    code: str,
    scopes: Collection[Scope],
    operator: str,
    clock: Clock,
    report: Report = unheard,
    modes: Modes = PRIVATE,
) -> Withdrawn:
    """Do what `plan_withdrawal` tells; there is no way back.

    Args:
        catalog: of the store.
        code: of the participant.
        scopes: those that consent is taken back for; empty for everything.
        operator: who does it.
        clock: tells when.
        report: may cancel until the first thing is removed.
        modes: of what is written.

    Raises:
        UnknownName: nobody has that code.
        UsageError: they are being recorded, a training runs, or a run has to be closed first.
        StoreError: something cannot be removed; the next start goes on with it.
        Cancelled: from `report`; nothing was changed then.
    """
    plan = plan_withdrawal(catalog, code, scopes, report)
    if plan.blocked:
        raise UsageError(plan.blocked[0])
    root = catalog.root
    utc = iso_seconds(clock.utc())
    name = f"w-{secrets.token_hex(4)}"
    journal: Facts = {
        "kind": KIND_SCOPES if plan.scopes else KIND_ALL,
        "id": name,
        "code": code,
        "number": catalog.participant_number(code),
        "scopes": [scope.value for scope in plan.scopes],
        "operator": operator,
        "utc": utc,
        "files": plan.files,
        "bundles": sorted({export.file_name for export in plan.exports}),
        "backups": [backup.backup_id for backup in plan.backups],
        "runs": {
            run: {"manifest": seal_sha256(root / run), "amendments_held": chain_holds(root / run)}
            for run in plan.runs
        },
    }
    with pending.at_work(root, "a withdrawal", operator, modes):
        pending.begin(root, name, journal, modes)
        carry_out(catalog, journal, _not_to_be_ended(report), modes)
    named = () if plan.scopes else traces.places_that_name(root, code)
    stations = tuple(catalog.stations_without(name)) if catalog.is_shared else ()
    return Withdrawn(plan, "" if plan.scopes else name, named, stations)


def _not_to_be_ended(report: Report) -> Report:
    """Return a report that goes on though whoever is told wants no more: half is worse than all."""

    def told(progress: Progress) -> None:
        try:
            report(progress)
        except Cancelled:
            return

    return told


def _files_that_go(
    root: Path, code: str, runs: list[Path], scopes: tuple[Scope, ...]
) -> list[Path]:
    if not scopes:
        return [path for path in (root / SESSIONS / code).rglob("*") if path.is_file()]
    return [path for run in runs for path in scope_files(run, scopes)]


def what_blocks(
    root: Path, code: str, runs: list[Path], *, everything: bool, trains: bool
) -> tuple[str, ...]:
    """Return why consent cannot be taken back now, one sentence each."""
    found = []
    for run in runs:
        where = "/".join(run.parts[-3:])
        if HeldLock.is_held(run / LOCK):
            found.append(f"{where} is being recorded: end it, then take back consent")
        elif not everything and not is_sealed(run):
            found.append(f"{where} is not closed: close it with `femo recover {where}` first")
    if trains and HeldLock.is_held(root / TRAINING / LOCK):
        found.append(
            "a training runs on this store and reads what is to go: wait, or end it with"
            " `femo train --cancel`"
        )
    holder = HeldLock.holder(root / RECORDER_LOCK) or {}
    if not found and holder.get("participant") == code:
        found.append(f"{code} is being recorded: end the run, then take back consent")
    return tuple(found)
