"""Imports a bundle: copied, verified, held against the store, and only then moved into it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from femo_tui.bundle import layout
from femo_tui.bundle.incoming.arrivals import Arrival, finish_run, unpack_runs
from femo_tui.bundle.incoming.bounds import STANDARD, Bounds
from femo_tui.bundle.incoming.conflicts import Plan, make_plan
from femo_tui.bundle.incoming.contents import Contents
from femo_tui.bundle.incoming.merging import begin, carry_out, settle
from femo_tui.bundle.incoming.shape import table_rows
from femo_tui.bundle.incoming.staging import Staging, new_staging, one_import
from femo_tui.bundle.incoming.verifying import BundleReport, look_through
from femo_tui.bundle.layout import Level
from femo_tui.errors import BundleError
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.events import Facts
from femo_tui.model.participants import Participant
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.store.amendments import amend
from femo_tui.store.files import PRIVATE, Modes, explained, make_folder
from femo_tui.store.imported import ENCRYPTED, PLAIN, Imported, Origin, imported_folder

_ID_DIGITS = 16
_FAULTS_TOLD = 10


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is imported, and on whose word."""

    path: Path
    identities: tuple[Path, ...] = ()  # files of age identities; none: the lab's own
    as_code: Mapping[str, str] = field(default_factory=dict)  # code there → code here
    trusted: Mapping[str, str] = field(default_factory=dict)  # name → signer, as the config has it
    signer: str | None = None  # who must have signed it


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came in."""

    report: BundleReport
    bundle_id: str
    sha256: str  # of the file as it came
    kept: Path  # where it lies unchanged
    participants: Mapping[str, str]  # everybody with runs in it: code there → code here
    registered: tuple[str, ...]  # those of them who are new here
    runs: tuple[str, ...]  # that are new here, relative to the store
    known_runs: tuple[str, ...]  # that were here already
    notes: tuple[str, ...]  # what to know, one sentence each


def import_bundle(
    root: Path,
    request: ImportRequest,
    operator: str,
    report: Report = unheard,
    *,
    clock: Clock | None = None,
    bounds: Bounds = STANDARD,
    modes: Modes = PRIVATE,
) -> ImportResult:
    """Take a bundle into a store.

    Until all of it is verified and nothing contradicts the store, nothing is written outside one
    private folder in it, which is removed whatever happens. From then on it is finished, at the
    next start if it is killed.

    Args:
        root: the store; made if there is none.
        request: the bundle.
        operator: who imports.
        report: told of the bytes copied, of those verified, then of the runs.
        clock: for the notes of when.
        bounds: how much of anything may be inside.
        modes: of what is written.

    Raises:
        BundleError: it does not hold, with every fault; ImportConflict: it contradicts the store.
        UsageError: `as_code` cannot be.
        StoreError: another import is at work, or the store cannot be written.
        Cancelled: `report` wants no more.
    """
    with explained(root):
        made_root = not root.exists()
    make_folder(root, modes)
    try:
        with one_import(root):
            settle(root, modes)
            staging = new_staging(root, modes)
            try:
                clock = clock or HostClock()
                done = _import(
                    root, staging, request, operator, report, clock, bounds, is_new=made_root
                )
            finally:
                if staging.folder.exists() and not staging.journal.exists():
                    staging.remove()
    finally:
        if made_root:
            with suppress(OSError):  # not empty: something was imported
                root.rmdir()
    return done


def _import(
    root: Path,
    staging: Staging,
    request: ImportRequest,
    operator: str,
    report: Report,
    clock: Clock,
    bounds: Bounds,
    *,
    is_new: bool,
) -> ImportResult:
    from femo_tui.store.catalog import Catalog

    sha256 = staging.take(request.path, report)
    found, contents = _verified(staging, request, bounds, report)
    arrivals, faults = unpack_runs(staging, list(contents.runs))
    if faults:
        raise _refused(request.path, faults)
    now_utc = iso_seconds(clock.utc())
    people: dict[str, Participant] = {}
    if not is_new:  # in one that was made just now nobody is registered
        with Catalog.open(root) as catalog:
            people = {person.code: person for person in catalog.participants()}
    plan = make_plan(
        root,
        request.path,
        arrivals,
        people,
        request.as_code,
        found.content_sha256,
        now_utc,
    )
    chosen = _chosen(contents)
    for number, planned in enumerate(plan.runs):
        report(Progress(number, len(plan.runs), "runs"))
        _, session, run = planned.arrival.where.split("/")
        origin = Origin(sha256, found.content_sha256, found.signer, session, run)
        try:
            finish_run(planned.arrival, planned.code, planned.run, origin, staging)
        except BundleError as problem:
            raise _refused(request.path, [str(problem)]) from None
        if planned.is_chosen_here and planned.arrival.where in chosen:
            facts: Facts = {"utc": now_utc, "operator": operator, "amends": "primary"}
            facts |= {"primary": True, "reason": "chosen in the bundle"}
            amend(planned.arrival.run_dir, facts, modes=staging.modes)
    imported = Imported(
        id=found.content_sha256[:_ID_DIGITS],
        name=found.name,
        file=ENCRYPTED if found.encrypted else PLAIN,
        sha256=sha256,
        content_sha256=found.content_sha256,
        signer=found.signer,
        trusted_as=found.trusted_as,
        level=found.level.value if found.level else "",
        simulated=found.simulated,
        imported_utc=now_utc,
        operator=operator,
        participants={code: request.as_code.get(code, code) for code in found.participants},
    )
    shutil.rmtree(staging.payload, ignore_errors=True)  # what no run was made of
    merge = begin(staging, imported, plan)
    with Catalog.open(root, clock) as catalog:
        carry_out(root, staging, merge, catalog)
    return _result(root, found, imported, plan, arrivals)


def _verified(
    staging: Staging, request: ImportRequest, bounds: Bounds, report: Report
) -> tuple[BundleReport, Contents]:
    """Verify the copy and keep the files of its runs.

    Raises:
        BundleError: it does not hold.
    """
    with explained(staging.folder):
        found, contents = look_through(
            staging.original,
            identities=request.identities,
            trusted=request.trusted,
            signer=request.signer,
            bounds=bounds,
            keep=staging.keep,
            report=report,
        )
    if found.faults:
        raise _refused(request.path, found.faults)
    return replace(found, path=request.path), contents


def _refused(path: Path, faults: Sequence[str]) -> BundleError:
    told = "; ".join(faults[:_FAULTS_TOLD])
    more = len(faults) - _FAULTS_TOLD
    return BundleError(
        f"{path} is refused: {told}{f'; and {more} more faults' if more > 0 else ''}"
    )


def _chosen(contents: Contents) -> set[str]:
    """Return the runs that a person chose as their participant's primary one, by their place."""
    rows = table_rows(contents, f"{layout.DERIVED}/{layout.RUNS}")
    return {
        "/".join(row.get(key, "") for key in ("participant_id", "session", "run"))
        for row in rows
        if row.get("chosen") == "yes"
    }


def _result(
    root: Path,
    found: BundleReport,
    imported: Imported,
    plan: Plan,
    arrivals: Sequence[Arrival],
) -> ImportResult:
    notes = list(plan.notes)
    if found.level is Level.STATISTICS:
        notes.append("level statistics: there are no runs to take in; the bundle is kept as it is")
    if found.simulated:
        notes.append("SIMULATED: `femo results` counts these runs only in a store of such runs")
    with_runs = sorted({arrival.code for arrival in arrivals})
    return ImportResult(
        report=found,
        bundle_id=imported.id,
        sha256=imported.sha256,
        kept=imported_folder(root, imported.id),
        participants={code: imported.participants[code] for code in with_runs},
        registered=tuple(person.code for person in plan.people),
        runs=tuple(run.place for run in plan.runs),
        known_runs=plan.known,
        notes=tuple(notes),
    )
