"""What the catalog's records say, as the model's own words and as rows of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from functools import lru_cache
from sys import intern
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.store.catalog.schema import (
    ConsentRecord,
    ParticipantRecord,
    RunRecord,
    SessionRecord,
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in a list of runs."""

    participant: str
    session: str
    run: str
    run_dir: str  # relative to the store
    protocol: str
    started_utc: str
    duration_s: float
    status: str  # of run_stop, else the run's state when it was entered
    windows_accepted: int
    windows_planned: int
    gsr_samples: int
    frames: int
    simulated: bool
    data: str = (
        "keep"  # or until_asked: left out until somebody decides; discarded: nothing is left
    )
    station: str = ""  # where its files are, if that is another one than this


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What a participant agreed to at one time, and who entered it."""

    consent: Consent
    recorded_by: str


def participant_of(record: ParticipantRecord, utc: str) -> Participant:
    """Return a participant with the consent that holds at `utc`."""
    return Participant(
        record.code,
        record.age,
        None if record.sex is None else Sex(record.sex),
        record.notes,
        consent_of(record.consents[-1]).at(utc),
        record.registered_utc,
    )


def consent_of(record: ConsentRecord) -> Consent:
    return Consent(
        _scopes(record.scopes), record.form_version, record.given_utc, record.expires_utc
    )


def consent_record(consent: Consent, operator: str) -> ConsentRecord:
    return ConsentRecord(
        scopes=",".join(sorted(scope.value for scope in consent.scopes | consent.lapsed)),
        form_version=consent.form_version,
        given_utc=consent.given_utc,
        expires_utc=consent.expires_utc,
        recorded_by=operator,
    )


# Columns, not records: a thousand records of the mapper cost a console 5 MB for good.
RUN_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (  # in the order of RunRow
    *(SessionRecord.participant, SessionRecord.name, RunRecord.name, RunRecord.run_dir),
    *(RunRecord.protocol, RunRecord.started_utc, RunRecord.duration_s, RunRecord.status),
    *(RunRecord.windows_accepted, RunRecord.windows_planned),
    *(RunRecord.gsr_samples, RunRecord.frames, RunRecord.simulated, RunRecord.data),
)
PERSON_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    *(ParticipantRecord.code, ParticipantRecord.age, ParticipantRecord.sex),
    *(ParticipantRecord.notes, ParticipantRecord.registered_utc),
    *(ConsentRecord.scopes, ConsentRecord.form_version, ConsentRecord.given_utc),
    ConsentRecord.expires_utc,
)


def person_row(row: Sequence[Any], utc: str) -> Participant:
    """Read a participant from PERSON_COLUMNS, with the consent that holds at `utc`."""
    code, age, sex, notes, registered_utc, scopes, form_version, given_utc, expires_utc = row
    consent = Consent(_scopes(scopes), form_version, given_utc, expires_utc).at(utc)
    return Participant(code, age, None if sex is None else Sex(sex), notes, consent, registered_utc)


def run_row(row: Sequence[Any], store: str) -> RunRow:
    """Read a run from RUN_COLUMNS, as a store sees it, and its own store and station."""
    *told, of_store, station = row
    # A word that a thousand runs share is held once.
    shared: list[Any] = [intern(word) if isinstance(word, str) else word for word in told]
    run = RunRow(*shared)
    run_dir = run.run_dir.removeprefix(f"{of_store}/")
    elsewhere = "" if of_store == store else station or of_store
    return with_changes(run, run_dir=run_dir, station=elsewhere)


@lru_cache(64)
def _scopes(text: str) -> frozenset[Scope]:
    return frozenset(Scope(word) for word in text.split(",") if word)
