"""What the catalog's records say, as the model's own words and as rows of a list."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What a participant agreed to at one time, and who entered it."""

    consent: Consent
    recorded_by: str


def participant_of(record: ParticipantRecord) -> Participant:
    return Participant(
        record.code,
        record.age,
        None if record.sex is None else Sex(record.sex),
        record.notes,
        consent_of(record.consents[-1]),
        record.registered_utc,
    )


def consent_of(record: ConsentRecord) -> Consent:
    scopes = frozenset(Scope(word) for word in record.scopes.split(",") if word)
    return Consent(scopes, record.form_version, record.given_utc)


def consent_record(consent: Consent, operator: str) -> ConsentRecord:
    return ConsentRecord(
        scopes=",".join(sorted(scope.value for scope in consent.scopes)),
        form_version=consent.form_version,
        given_utc=consent.given_utc,
        recorded_by=operator,
    )


def run_row(run: RunRecord, visit: SessionRecord) -> RunRow:
    return RunRow(
        participant=visit.participant,
        session=visit.name,
        run=run.name,
        run_dir=run.run_dir,
        protocol=run.protocol,
        started_utc=run.started_utc,
        duration_s=run.duration_s,
        status=run.status,
        windows_accepted=run.windows_accepted,
        windows_planned=run.windows_planned,
        gsr_samples=run.gsr_samples,
        frames=run.frames,
        simulated=run.simulated,
        data=run.data,
    )
