"""Everything that the page of a study is made of: results, people, a model, faces found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.bundle.layout import Level
from femo_tui.bundle.outgoing.device_facts import plain_devices, plain_environment
from femo_tui.bundle.outgoing.figures import figures_of, left_out_rows
from femo_tui.bundle.outgoing.selection import ExportRequest, select
from femo_tui.model.events import RunStart
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.run_state import RunData
from femo_tui.report.rules import UNSHIFTED, Rules
from femo_tui.stats.elsewhere import runs_elsewhere
from femo_tui.stats.results import Asked, ParticipantValues, StudyResults, study_results
from femo_tui.store.layout import iter_runs
from femo_tui.store.run_start import read_run_start
from femo_tui.store.study import load_study

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog
    from femo_tui.training.models import Model


@dataclass(frozen=True, slots=True)
class Absent:
    """Something that is not in the numbers."""

    who: str  # empty where nobody may be named
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class StudyMaterial:
    """A study as its page may show it."""

    rules: Rules
    results: StudyResults
    registered: int
    recorded: int  # participants with a run that was not discarded
    absent: tuple[Absent, ...]
    faces: Mapping[tuple[str, str, int], tuple[int, int]]  # run, step, attempt: frames, with a face
    model: Model | None
    no_model: str  # why none stands here, where there is one


def read_study(
    root: Path,
    catalog: Catalog,
    model: Model | None,
    asked: Asked,
    *,
    leaves: bool,
    looked_at: bool,
) -> StudyMaterial:
    """Read a study.

    Args:
        root: the store.
        catalog: of the store.
        model: whose findings stand there, None for none.
        asked: p-values early, what a model confuses.
        leaves: the page is written outside the store.
        looked_at: somebody looked at what was typed, and it may stand there.

    Raises:
        UsageError: the page leaves, and nobody shares conductance.
        StoreError: the store cannot be read.
    """
    people, runs = catalog.participants(), catalog.runs()
    starts = {
        run_dir.relative_to(root).as_posix(): start
        for run_dir in iter_runs(root)
        if (start := read_run_start(run_dir)) is not None
    }
    operators = {start.operator for start in starts.values()}
    rules = Rules.of(leaves=leaves, looked_at=looked_at, operators=operators)
    if leaves:
        results, absent = _of_those_who_share(root, people, asked)
    else:
        found = study_results(root, load_study(root), people, asked, None, runs_elsewhere(runs))
        results = _plain(found, starts, rules)
        absent = tuple(
            Absent(one.participant, one.what or "all", rules.why_left_out(one.reason))
            for one in found.left_out
        )
    held_back = leaves and model is not None and bool(model.stale)
    needed = (Scope.FACE, Scope.SHARE_FACE) if leaves else (Scope.FACE,)
    seen = {person.code for person in people if not person.refusal(*needed)}
    return StudyMaterial(
        rules=rules,
        results=results,
        registered=len(people),
        recorded=len({r.participant for r in runs if r.data != RunData.DISCARDED.value}),
        absent=absent,
        faces={
            key: counts
            for key, counts in catalog.face_counts().items()
            if key[0] in starts and starts[key[0]].participant in seen
        },
        model=None if held_back else model,
        no_model="not everybody whom it learnt from stands behind it now" if held_back else "",
    )


def _of_those_who_share(
    root: Path, people: Sequence[Participant], asked: Asked
) -> tuple[StudyResults, tuple[Absent, ...]]:
    """Return the results that a bundle of level statistics holds, and what is not in them."""
    request = ExportRequest(level=Level.STATISTICS)
    selection = select(root, load_study(root), people, request)
    results = figures_of(root, selection, asked).results
    absent = []
    for row in left_out_rows(selection, results):
        who = str(row.get("participant_id") or "").removeprefix("sub-")
        count = row.get("count")
        what = str(row.get("what", ""))
        told = f"{count} {what}" if count is not None else what
        absent.append(Absent(who, told, str(row.get("reason", ""))))
    return results, tuple(absent)


def _plain(results: StudyResults, starts: Mapping[str, RunStart], rules: Rules) -> StudyResults:
    """Return results whose runs tell no port, no path and nothing that may not be told."""
    people = tuple(_plain_person(one, starts, rules) for one in results.participants)
    return dataclasses.replace(results, participants=people)


def _plain_person(
    person: ParticipantValues, starts: Mapping[str, RunStart], rules: Rules
) -> ParticipantValues:
    run = person.run
    start = starts.get(run.run_dir)
    devices = {} if start is None else start.devices
    sensor = plain_devices(devices, UNSHIFTED, gsr=True, faces=False)["gsr"]
    told = dataclasses.replace(
        run,
        sensor=str(sensor["model"]) if isinstance(sensor, dict) else None,
        environment=plain_environment(run.environment, rules.facts),
    )
    return dataclasses.replace(person, run=told)
