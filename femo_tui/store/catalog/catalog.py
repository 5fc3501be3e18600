"""What a store knows to exist: participants and their consent, runs, who did what. No samples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from femo_tui.errors import StoreError, UnknownName, UsageError
from femo_tui.model.clock import Clock, HostClock
from femo_tui.model.participants import Consent, Participant, Scope, Sex, check_age, check_code
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.model.run_state import RunStatus
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store.catalog.database import empty_journal, open_database, reading, writing
from femo_tui.store.catalog.entries import (
    PERSON_COLUMNS,
    RUN_COLUMNS,
    ConsentEntry,
    RunRow,
    consent_of,
    consent_record,
    participant_of,
    person_row,
)
from femo_tui.store.catalog.indexing import enter_run, next_number, relative
from femo_tui.store.catalog.schema import (
    AttemptRecord,
    AuditRecord,
    ConsentRecord,
    ParticipantRecord,
    RunRecord,
    SessionRecord,
)
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.layout import iter_runs
from femo_tui.store.run_reader import RunReader

_ENDED = frozenset(status.value for status in RunStatus)


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
            consents=[consent_record(participant.consent, operator)],
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
        newest = select(func.max(ConsentRecord.id)).group_by(ConsentRecord.participant)
        chosen = (
            select(*PERSON_COLUMNS)
            .join(ConsentRecord, ConsentRecord.participant == ParticipantRecord.code)
            .where(ConsentRecord.id.in_(newest))
            .order_by(ParticipantRecord.code)
        )
        with self._read() as session:
            return [person_row(row) for row in session.execute(chosen)]

    def participant(self, code: str) -> Participant:
        """Return one participant.

        Raises:
            UnknownName: nobody has that code.
        """
        with self._read() as session:
            return participant_of(_person(session, code))

    def participant_number(self, code: str) -> int:
        """Return a participant's place in the order of registration, from 1; it never changes.

        Raises:
            UnknownName: nobody has that code.
        """
        with self._read() as session:
            return _person(session, code).number

    def consents(self, code: str) -> list[ConsentEntry]:
        """Return all that a participant ever agreed to, the newest last: that one counts.

        Raises:
            UnknownName: nobody has that code.
        """
        with self._read() as session:
            found = _person(session, code).consents
            return [ConsentEntry(consent_of(entry), entry.recorded_by) for entry in found]

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
            before = participant_of(person).consent
            agreed = before.scopes if scopes is None else scopes
            form = form_version or before.form_version
            if (agreed, form) != (before.scopes, before.form_version):
                consent = Consent(agreed, form, self._now())
                person.consents.append(consent_record(consent, operator))
                changed.append("consent")
            detail = f"{code}: {', '.join(changed) or 'nothing'}"
            session.add(self._audit(operator, "participant_edit", detail))

    def runs(self, participant: str | None = None) -> list[RunRow]:
        """Return all runs, or one participant's, the oldest first."""
        chosen = (
            select(*RUN_COLUMNS)
            .join(SessionRecord, RunRecord.session_id == SessionRecord.id)
            .order_by(RunRecord.started_utc, RunRecord.run_dir)
        )
        if participant is not None:
            chosen = chosen.where(SessionRecord.participant == participant)
        with self._read() as session:
            return [RunRow(*row) for row in session.execute(chosen)]

    def unjudged_windows(self) -> dict[str, int]:
        """Return how many windows have no verdict in each run that ended with such, by folder."""
        chosen = (
            select(RunRecord.run_dir, func.count())
            .join(AttemptRecord, AttemptRecord.run_id == RunRecord.id)
            .where(AttemptRecord.verdict == "", RunRecord.status.in_(_ENDED))
            .group_by(RunRecord.run_dir)
        )
        with self._read() as session:
            return {row[0]: row[1] for row in session.execute(chosen)}

    def index_run(self, run_dir: Path) -> None:
        """Enter a run, or bring its entry up to date, from its folder.

        Raises:
            StoreError: the folder holds no run_start.
        """
        self.index_snapshot(RunReader(run_dir, keep_samples=False).poll())

    def index_snapshot(self, snapshot: RunSnapshot) -> None:
        """Enter a run that was read already."""
        with self._write() as session:
            enter_run(session, snapshot, self.root)

    def reindex(self, report: Report = unheard) -> Reindexed:
        """Enter every run folder of the store, and drop entries whose folder is gone."""
        found: set[str] = set()
        problems = []
        folders = list(iter_runs(self.root))
        for number, run_dir in enumerate(folders):
            report(Progress(number, len(folders), "runs"))
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
