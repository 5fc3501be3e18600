"""Everything that a study's results show, in one frozen object; made again when data changed."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.conditions import Condition
from femo_tui.model.contrasts import Contrast
from femo_tui.model.left_out import LeftOut
from femo_tui.model.participants import Participant
from femo_tui.model.records import JsonValue
from femo_tui.model.study import Baseline, Measure, Study
from femo_tui.stats.comparisons import Family
from femo_tui.stats.confused import Confused
from femo_tui.stats.elsewhere import not_only_elsewhere
from femo_tui.stats.families import conditions_of, families_of
from femo_tui.stats.figures import RunFigures, WindowFigures
from femo_tui.stats.figures_cache import read_figures, run_stamps
from femo_tui.stats.looks import count_looks
from femo_tui.stats.measures import ClassValue, class_of
from femo_tui.stats.omnibus import Friedman, friedman
from femo_tui.stats.pairing import Pairing
from femo_tui.stats.registers import WindowRegisters
from femo_tui.stats.selection import Counted, select
from femo_tui.store.layout import TOMBSTONE
from femo_tui.store.tombstone import has_tombstone, read_tombstone


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see; None takes what the study declares."""

    measure: Measure | None = None
    baseline: Baseline | None = None
    lag_s: float | None = None
    pairs: tuple[Contrast, ...] = ()  # further ones
    confused: Confused | None = None  # by a model: a family of their own
    per_register: bool = False
    mix_simulated: bool = False
    show_p: bool = False  # also before the planned n


@dataclass(frozen=True, slots=True)
class ParticipantValues:
    """What one participant puts into the numbers."""

    participant: str
    run: RunFigures
    windows: tuple[WindowFigures, ...]  # those that count, by time
    values: dict[str, ClassValue]  # by class; what others are held against has none


@dataclass(frozen=True, slots=True)
class StudyResults:
    """A study's results, as asked for."""

    study: Study
    measure: Measure
    baseline: Baseline
    lag_s: float
    per_register: bool  # pseudo-replication
    simulated: bool  # simulated data are in it
    mixed: bool  # beside real ones
    n: int  # participants in the primary family
    participants: tuple[ParticipantValues, ...]
    conditions: tuple[Condition, ...]
    families: tuple[Family, ...]  # the primary one first
    friedman: Friedman | None
    left_out: tuple[LeftOut, ...]
    non_responders: tuple[str, ...]  # no response of the threshold or more in the whole session
    unjudged_responders: tuple[str, ...]  # responses cannot be told at 0.05 µS
    looks: int  # at p-values before the planned n, this one not counted
    p_shown: bool
    early: bool  # a look at p-values now is one before the planned n
    fingerprint: str  # of the data and of what was asked

    @property
    def primary(self) -> Family:
        return self.families[0]

    def look(self) -> dict[str, JsonValue]:
        """Return what is logged of a look at these p-values before the planned n."""
        return {
            "n": self.n,
            "planned_n": self.study.planned_n,
            "measure": self.measure.value,
            "baseline": self.baseline.value,
            "per_register": self.per_register,
        }


def study_results(
    root: Path,
    study: Study,
    people: Sequence[Participant],
    asked: Asked,
    previous: StudyResults | None = None,
    elsewhere: Sequence[LeftOut] = (),
) -> StudyResults:
    """Return the results of a store's study.

    Args:
        root: the store.
        study: as its study file says.
        people: as the catalog has them.
        asked: measure, baseline and so on.
        previous: what was returned before; it is returned again if neither data nor wishes changed.
        elsewhere: runs of other stations, to be named as left out.

    Raises:
        StoreError: the store cannot be read.
    """
    stamps = run_stamps(root)
    people = not_only_elsewhere(people, elsewhere, stamps)
    fingerprint = _fingerprint(
        study, people, asked, {**stamps, **{e.what: e.reason for e in elsewhere}}
    )
    looks = count_looks(root)
    if previous is not None and previous.fingerprint == fingerprint:
        return previous if previous.looks == looks else dataclasses.replace(previous, looks=looks)
    lag_s = study.gsr_lag_s if asked.lag_s is None else asked.lag_s
    return results_of(
        read_figures(root, stamps, lag_s, keep=lag_s == study.gsr_lag_s),
        study,
        people,
        asked,
        registers=WindowRegisters(root) if asked.per_register else None,
        discarded=(*_discarded(root, stamps), *elsewhere),
        looks=looks,
        fingerprint=fingerprint,
    )


def results_of(
    runs: Sequence[RunFigures],
    study: Study,
    people: Sequence[Participant],
    asked: Asked,
    *,
    registers: WindowRegisters | None = None,
    discarded: Sequence[LeftOut] = (),
    looks: int = 0,
    fingerprint: str = "",
) -> StudyResults:
    """Return the results of these runs.

    Args:
        runs: their figures, by participant and time, made with the lag that is asked for.
        study: as its study file says.
        people: as the catalog has them.
        asked: measure, baseline and so on.
        registers: reads single samples, where each is to count.
        discarded: runs that are named as left out and are not among `runs`.
        looks: how often somebody looked at p-values early.
        fingerprint: of the data and of what was asked.
    """
    by_code = {person.code: person for person in people}
    selection = select(runs, by_code, study, mix_simulated=asked.mix_simulated)
    pairing = Pairing(
        selection.counted,
        asked.measure or study.measure,
        asked.baseline or study.baseline,
        registers,
    )
    conditions = conditions_of(selection.counted)
    families = families_of(study, conditions, asked, pairing)
    participants = tuple(_values(person, conditions, pairing) for person in selection.counted)
    n = len({who for one in families[0].comparisons for who in one.participants})
    early = study.planned_n is None or n < study.planned_n
    responders = _responders(selection.counted)
    return StudyResults(
        study=study,
        measure=pairing.measure,
        baseline=pairing.baseline,
        lag_s=study.gsr_lag_s if asked.lag_s is None else asked.lag_s,
        per_register=asked.per_register,
        simulated=selection.simulated,
        mixed=selection.simulated and any(not p.run.simulated for p in selection.counted),
        n=n,
        participants=participants,
        conditions=conditions,
        families=families,
        friedman=_omnibus(families[0], pairing),
        left_out=_left_out(
            [*discarded, *selection.left_out], selection.counted, conditions, pairing
        ),
        non_responders=responders[0],
        unjudged_responders=responders[1],
        looks=looks,
        p_shown=asked.show_p or study.planned_n is None or not early,
        early=early,
        fingerprint=fingerprint,
    )


def _fingerprint(
    study: Study, people: Sequence[Participant], asked: Asked, stamps: dict[str, str]
) -> str:
    consents = sorted((p.code, sorted(scope.value for scope in p.consent.scopes)) for p in people)
    what = repr((study, asked, consents, sorted(stamps.items())))
    return hashlib.sha256(what.encode()).hexdigest()


def _values(
    person: Counted, conditions: Sequence[Condition], pairing: Pairing
) -> ParticipantValues:
    values = {
        condition.class_name: value
        for condition in conditions
        if not pairing.is_reference(condition)
        and (value := pairing.value(person, condition)) is not None
    }
    return ParticipantValues(person.participant, person.run, person.windows, values)


def _omnibus(primary: Family, pairing: Pairing) -> Friedman | None:
    """Test the classes of the primary family at once, over those who have all of them."""
    compared = [one for c in primary.comparisons for one in (c.contrast.first, c.contrast.second)]
    classes = list(dict.fromkeys(compared))
    rows = []
    for person in pairing.counted:
        row = [_level(person, condition, pairing) for condition in classes]
        whole = [round(level, 9) for level in row if level is not None]
        if len(whole) == len(classes):
            rows.append(whole)
    return friedman([condition.class_name for condition in classes], rows)


def _level(person: Counted, condition: Condition, pairing: Pairing) -> float | None:
    """Return a participant's value in a class; the reference does not change against itself."""
    if pairing.is_reference(condition):
        level_us = pairing.neutral_us(person, condition)
        return level_us if level_us is None or pairing.measure is Measure.US else 0.0
    value = pairing.value(person, condition)
    return None if value is None else value.of(pairing.measure)


def _discarded(root: Path, stamps: Iterable[str]) -> Iterator[LeftOut]:
    """Yield the runs of which only a tombstone is left."""
    for name in stamps:
        if has_tombstone(root / name):
            _, participant, session, run = name.split("/")
            yield LeftOut(participant, f"{session}/{run}", _why_discarded(root / name))


def _why_discarded(run_dir: Path) -> str:
    try:
        reason = read_tombstone(run_dir).reason
    except MalformedRecord:
        return f"discarded; its {TOMBSTONE} cannot be read: restore it from a backup"
    return f"discarded: {reason}" if reason else "discarded"


def _left_out(
    known: Sequence[LeftOut],
    counted: Sequence[Counted],
    conditions: Sequence[Condition],
    pairing: Pairing,
) -> tuple[LeftOut, ...]:
    """Return all that is left out, by participant; a class that somebody lacks is named too."""
    found = [*known, *pairing.left_out]
    named = {(one.participant, one.what.partition(",")[0]) for one in found}
    for person in counted:
        has = {class_of(window) for window in person.windows}
        found += [
            LeftOut(person.participant, condition.class_name, "no window of this class")
            for condition in conditions
            if condition not in has and (person.participant, condition.class_name) not in named
        ]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.participant))


def _responders(counted: Sequence[Counted]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who showed no response, and of whom that cannot be said at 0.05 µS."""
    from femo_tui.signals.responses import LEAST_US

    none, unjudged = [], []
    for person in counted:
        run = person.run
        if run.responses == 0 and run.response_least_us <= LEAST_US:
            none.append(person.participant)
        elif not run.responses:
            unjudged.append(person.participant)
    return tuple(none), tuple(unjudged)
