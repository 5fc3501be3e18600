"""A look at a store: its study, its people, its runs, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from femo_tui.model.participants import Participant

if TYPE_CHECKING:
    from femo_tui.store.catalog import RunRow

_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What the screens say about the study."""

    title: str
    protocol: str
    planned_n: int | None
    form_version: str
    pilots: tuple[str, ...] = ()  # participants who never count
    backup_days: int = 7  # how old the last backup may be


@dataclass(frozen=True, slots=True)
class Overview:
    """What the home screen, the people and the runs are drawn from."""

    study: StudyFacts
    participants: tuple[Participant, ...]
    runs: tuple[RunRow, ...]
    at: datetime
    unjudged: Mapping[str, int]  # windows without a verdict, by run folder
    undecided: Mapping[str, int]  # windows that the rules failed, and nobody since
    stale_models: Mapping[str, str] = field(default_factory=dict)  # by name: why
    damaged_models: tuple[str, ...] = ()  # that cannot be read
    backed_up: datetime | None = None  # when the last backup was made
    withdrawn: frozenset[str] = frozenset()  # codes that are never given again
    waiting: tuple[str, ...] = ()  # folders of runs that the catalog does not know yet


def held_once(
    seen: Overview | None, people: Sequence[Participant], runs: Sequence[RunRow]
) -> tuple[tuple[Participant, ...], tuple[RunRow, ...]]:
    """Return both, with what is as it was in `seen`: screens hold that, and a second one is waste.

    A thousand of each come anew whenever one run goes on.
    """
    people_before = {} if seen is None else {person.code: person for person in seen.participants}
    runs_before = {} if seen is None else {(run.station, run.run_dir): run for run in seen.runs}
    return (
        tuple(_same(people_before.get(person.code), person) for person in people),
        tuple(_same(runs_before.get((run.station, run.run_dir)), run) for run in runs),
    )


def _same(before: _Told | None, now: _Told) -> _Told:
    return before if before is not None and before == now else now
