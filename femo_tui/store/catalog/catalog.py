"""What a store knows to exist: participants and their consent, runs, who did what. No samples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from sqlalchemy import delete, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from femo_tui.errors import StoreError, UnknownName, UsageError
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.participants import Consent, Participant, Scope, Sex, check_age, check_code
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store.catalog.database import empty_journal, open_database, reading, writing
from femo_tui.store.catalog.indexing import enter_run, next_number, relative
from femo_tui.store.catalog.schema import (
    AuditRecord,
    ConsentRecord,
    ParticipantRecord,
    RunRecord,
    SessionRecord,
)
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.layout import iter_runs
from femo_tui.store.run_reader import RunReader


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
class Reindexed:
    """What came of building the runs anew from their folders."""

    runs: int
    removed: int  # runs whose folder is gone
    problems: tuple[str, ...]  # folders that could not be entered, one sentence each


class Catalog:
    """The open catalog of a store; safe to use from several threads and processes.

    Every method raises StoreError where the database refuses.
    """

    def __init__(self, root: Path, engine: Engine, clock: Clock) -> None:
        self.root = root
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, root: Path, clock: Clock | None = None, modes: Modes = PRIVATE) -> Catalog:
        """Open the catalog of a store, made if there is none.

        Raises:
            StoreError: the store cannot be used; nothing half-made is left behind.
        """
        return cls(root, open_database(root, modes), clock or HostClock())

    def close(self) -> None:
        """Let go of the database; doing so twice is harmless."""
        self._engine.dispose()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add_participant(self, participant: Participant, operator: str) -> None:
        """Register a participant.

        Raises:
            UsageError: the code is taken, or cannot be one; the age cannot be.
        """
        check_code(participant.code)
        if participant.age is not None:
            check_age(participant.age)
        record = ParticipantRecord(
            code=participant.code,
            age=participant.age,
            sex=None if participant.sex is None else participant.sex.value,
            notes=participant.notes,
            registered_utc=participant.registered_utc,
            consents=[_consent_record(participant.consent, operator)],
        )
        try:
            with self._write() as session:
                record.number = next_number(session)
                session.add(record)
                session.add(self._audit(operator, "participant_add", participant.code))
        except IntegrityError:
            raise UsageError(
                f"participant {participant.code} is registered already; use another code, or"
                f" change this one with `femo participant edit {participant.code}`"
            ) from None

    def participants(self) -> list[Participant]:
        """Return everybody, by code."""
        chosen = select(ParticipantRecord).order_by(ParticipantRecord.code)
        with self._read() as session:
            found = session.scalars(chosen.options(selectinload(ParticipantRecord.consents)))
            return [_participant(record) for record in found]

    def participant(self, code: str) -> Participant:
        """Return one participant.

        Raises:
            UnknownName: nobody has that code.
        """
        with self._read() as session:
            return _participant(_person(session, code))

    def participant_number(self, code: str) -> int:
        """Return a participant's place in the order of registration, from 1; it never changes.

        Raises:
            UnknownName: nobody has that code.
        """
        with self._read() as session:
            return _person(session, code).number

    def edit_participant(
        self,
        code: str,
        operator: str,
        *,
        age: int | None = None,
        sex: Sex | None = None,
        notes: str | None = None,
        scopes: frozenset[Scope] | None = None,
        form_version: str | None = None,
    ) -> None:
        """Change what is given; another consent is added to the history, and counts from now on.

        Raises:
            UnknownName: nobody has that code.
        """
        changed = [
            name
            for name, value in (("age", age), ("sex", sex), ("notes", notes))
            if value is not None
        ]
        with self._write() as session:
            person = _person(session, code)
            if age is not None:
                person.age = check_age(age)
            if sex is not None:
                person.sex = sex.value
            if notes is not None:
                person.notes = notes
            before = _participant(person).consent
            agreed = before.scopes if scopes is None else scopes
            form = form_version or before.form_version
            if (agreed, form) != (before.scopes, before.form_version):
                consent = Consent(agreed, form, self._now())
                person.consents.append(_consent_record(consent, operator))
                changed.append("consent")
            detail = f"{code}: {', '.join(changed) or 'nothing'}"
            session.add(self._audit(operator, "participant_edit", detail))

    def runs(self, participant: str | None = None) -> list[RunRow]:
        """Return all runs, or one participant's, the oldest first."""
        chosen = (
            select(RunRecord, SessionRecord)
            .join(SessionRecord, RunRecord.session_id == SessionRecord.id)
            .order_by(RunRecord.started_utc, RunRecord.run_dir)
        )
        if participant is not None:
            chosen = chosen.where(SessionRecord.participant == participant)
        with self._read() as session:
            return [_run_row(run, visit) for run, visit in session.execute(chosen)]

    def index_run(self, run_dir: Path) -> None:
        """Enter a run, or bring its entry up to date, from its folder.

        Raises:
            StoreError: the folder holds no run_start.
        """
        self.index_snapshot(RunReader(run_dir).poll())

    def index_snapshot(self, snapshot: RunSnapshot) -> None:
        """Enter a run that was read already."""
        with self._write() as session:
            enter_run(session, snapshot, self.root)

    def reindex(self) -> Reindexed:
        """Enter every run folder of the store, and drop entries whose folder is gone."""
        found: set[str] = set()
        problems = []
        for run_dir in iter_runs(self.root):
            try:
                self.index_run(run_dir)
            except StoreError as problem:
                problems.append(str(problem))
            else:
                found.add(relative(run_dir, self.root))
        with self._write() as session:
            gone = [
                name
                for name in session.scalars(select(RunRecord.run_dir))
                if name not in found and not (self.root / name).is_dir()
            ]
            for name in gone:
                session.execute(delete(RunRecord).where(RunRecord.run_dir == name))
        return Reindexed(len(found), len(gone), tuple(problems))

    def leave_no_trace(self) -> None:
        """Have what was removed be gone from the journal, too; pages are overwritten anyway."""
        empty_journal(self._engine)

    def audit(self, operator: str, action: str, detail: str) -> None:
        """Note who did what."""
        with self._write() as session:
            session.add(self._audit(operator, action, detail))

    def _audit(self, operator: str, action: str, detail: str) -> AuditRecord:
        return AuditRecord(utc=self._now(), operator=operator, action=action, detail=detail)

    def _now(self) -> str:
        return self._clock.utc().isoformat(timespec="seconds").replace("+00:00", "Z")

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with reading(self._engine) as connection, Session(bind=connection) as session:
            yield session

    @contextmanager
    def _write(self) -> Iterator[Session]:
        with writing(self._engine) as connection, Session(bind=connection) as session:
            yield session
            session.flush()


def _person(session: Session, code: str) -> ParticipantRecord:
    person = session.get(ParticipantRecord, code)
    if person is None:
        raise UnknownName(
            f"participant {code} is not registered; look at `femo participant list`, or register"
            f" them with `femo participant add {code}`"
        )
    return person


def _participant(record: ParticipantRecord) -> Participant:
    newest = record.consents[-1]
    scopes = frozenset(Scope(word) for word in newest.scopes.split(",") if word)
    return Participant(
        record.code,
        record.age,
        None if record.sex is None else Sex(record.sex),
        record.notes,
        Consent(scopes, newest.form_version, newest.given_utc),
        record.registered_utc,
    )


def _consent_record(consent: Consent, operator: str) -> ConsentRecord:
    return ConsentRecord(
        scopes=",".join(sorted(scope.value for scope in consent.scopes)),
        form_version=consent.form_version,
        given_utc=consent.given_utc,
        recorded_by=operator,
    )


def _run_row(run: RunRecord, visit: SessionRecord) -> RunRow:
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
