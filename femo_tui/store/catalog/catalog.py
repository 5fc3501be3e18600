"""What a store knows to exist: participants and their consent, runs, who did what. No samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from femo_tui.errors import MalformedRecord, StoreError, UnknownName, UsageError
from femo_tui.model.events import Facts
from femo_tui.model.participants import (
    UNCHANGED,
    Participant,
    Scope,
    Sex,
    Unchanged,
    check_age,
    check_code,
)
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.store.catalog.consenting import next_consent
from femo_tui.store.catalog.entries import (
    PERSON_COLUMNS,
    RUN_COLUMNS,
    ConsentEntry,
    RunRow,
    consent_of,
    consent_record,
    participant_of,
    person_row,
    run_row,
)
from femo_tui.store.catalog.given_out import rename_in_given_out
from femo_tui.store.catalog.indexing import (
    drop_empty_sessions,
    enter_run,
    entry_name,
    next_number,
    relative,
    remove_person,
)
from femo_tui.store.catalog.ledger import Ledger
from femo_tui.store.catalog.schema import (
    AttemptRecord,
    ConsentRecord,
    ParticipantRecord,
    RunRecord,
    SessionRecord,
    StoreRecord,
)
from femo_tui.store.catalog.stations import withdrawn_codes
from femo_tui.store.catalog.windows import Windows
from femo_tui.store.correction import AGE, SEX, amend_person
from femo_tui.store.films_shown import Film, Showing
from femo_tui.store.layout import iter_runs
from femo_tui.store.run_reader import RunReader
from femo_tui.store.waiting import entering
from femo_tui.store.withdrawn import check_not_withdrawn, code_of_withdrawn


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What came of building the runs anew from their folders."""

    runs: int
    removed: int  # runs whose folder is gone
    problems: tuple[str, ...]  # folders that could not be entered, one sentence each


class Catalog(Ledger, Windows):
    """The open catalog of a store; safe to use from several threads and processes.

    Every method raises StoreError where the database refuses.
    """

    def add_participant(self, participant: Participant, operator: str) -> None:
        """Register a participant.

        Raises:
            UsageError: the code is taken, or cannot be one; the age cannot be.
        """
        check_not_withdrawn(self.root, check_code(participant.code))
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
        with self._read() as session:
            if session.get(ParticipantRecord, participant.code) is not None:
                raise _taken(participant.code)
        # Before others have to wait: the audit log is put on the disk, which takes longest.
        self._note("participant_add", operator, participant.code)
        try:
            with self._write() as session:
                if participant.code in withdrawn_codes(session, self.root):
                    raise code_of_withdrawn(participant.code)
                record.number = next_number(session, self.root)
                session.add(record)
                session.flush()
        except (IntegrityError, UsageError) as problem:  # another was faster
            self._note("participant_add_refused", operator, participant.code)
            if isinstance(problem, UsageError):
                raise
            raise _taken(participant.code) from None

    def participants(self) -> list[Participant]:
        """Return everybody, by code."""
        newest = select(func.max(ConsentRecord.id)).group_by(ConsentRecord.participant)
        chosen = (
            select(*PERSON_COLUMNS)
            .join(ConsentRecord, ConsentRecord.participant == ParticipantRecord.code)
            .where(ConsentRecord.id.in_(newest))
        )
        with self._read() as session:
            utc = self._now()
            people = [person_row(row, utc) for row in session.execute(chosen)]
        return sorted(people, key=lambda person: person.code)  # each database has its own order

    def participant(self, code: str) -> Participant:
        """Return one participant.

        Raises:
            UnknownName: nobody has that code.
        """
        with self._read() as session:
            return participant_of(_person(session, code), self._now())

    def participant_number(self, code: str) -> int:
        """Return a participant's place in the order of registration, from 1; it never changes.

        Raises:
            UnknownName: nobody has that code.
        """
        with self._read() as session:
            return _person(session, code).number

    def consents(self, code: str) -> list[ConsentEntry]:
        """Return all that a participant ever agreed to, expired or not; the newest, last, counts.

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
        expires_utc: str | Unchanged | None = UNCHANGED,
    ) -> None:
        """Change what is given; another consent is added to the history, and counts from now on.

        Age and sex are corrections: sealed runs get an amendment that says so.

        Raises:
            UnknownName: nobody has that code.
            UsageError: the age cannot be.
        """
        facts: Facts = {}
        with self._write() as session:
            person = _person(session, code)
            before = participant_of(person, self._now())
            if age is not None and age != person.age:
                facts["age"] = {"from": person.age, "to": check_age(age)}
                person.age = age
            if sex is not None and sex != person.sex:
                facts["sex"] = {"from": person.sex, "to": sex.value}
                person.sex = sex.value
            if notes is not None and notes != person.notes:
                person.notes = notes
                facts["notes"] = "changed"
            consent = next_consent(before.consent, scopes, form_version, expires_utc, self._now())
            if consent is not None:
                person.consents.append(consent_record(consent, operator))
                facts["consent"] = consent.facts()
            session.flush()
            right: Facts = {AGE: person.age, SEX: person.sex}
            changed = {what: value for what, value in right.items() if what in facts}
            amend_person(self.root, code, changed, operator, self._now())
            self._note("participant_edit", operator, code, facts)

    def runs(self, participant: str | None = None) -> list[RunRow]:
        """Return all runs, or one participant's, the oldest first; also those of other stations."""
        chosen = (
            select(*RUN_COLUMNS, RunRecord.store, StoreRecord.station)
            .join(SessionRecord, RunRecord.session_id == SessionRecord.id)
            .outerjoin(StoreRecord, RunRecord.store == StoreRecord.id)
        )
        if participant is not None:
            chosen = chosen.where(SessionRecord.participant == participant)
        with self._read() as session:
            rows = [run_row(row, self.store) for row in session.execute(chosen)]
        return sorted(rows, key=lambda run: (run.started_utc, run.run_dir))

    def shown_elsewhere(self, code: str, before_utc: str = "") -> list[Showing]:
        """Return the films with a window that a participant was shown at other stations.

        Args:
            code: the participant's.
            before_utc: only in runs that began earlier; empty for all.
        """
        chosen = (
            select(AttemptRecord.media, RunRecord.run_dir, AttemptRecord.step, RunRecord.simulated)
            .join(RunRecord, AttemptRecord.run_id == RunRecord.id)
            .join(SessionRecord, RunRecord.session_id == SessionRecord.id)
            .where(SessionRecord.participant == code, RunRecord.store != self.store)
            .where(AttemptRecord.media.is_not(None))
            .order_by(RunRecord.started_utc, AttemptRecord.onset_s)
        )
        if before_utc:
            chosen = chosen.where(RunRecord.started_utc < before_utc)
        with self._read() as session:
            return [
                Showing(Film(media or ""), Path(run_dir), step, simulated)
                for media, run_dir, step, simulated in session.execute(chosen)
            ]

    def index_run(self, run_dir: Path) -> None:
        """Enter a run, or bring its entry up to date, from its folder.

        Raises:
            StoreError: the folder holds no run_start.
        """
        self.index_snapshot(RunReader(run_dir, keep_samples=False).poll())

    def index_snapshot(self, snapshot: RunSnapshot) -> None:
        """Enter a run that was read already; where the database is away it waits to be entered."""
        with entering(self.root, snapshot.run_dir), self._write() as session:
            enter_run(session, snapshot, self.root, self.store)

    def forget_run(self, run_dir: str) -> None:
        """Remove the entry of a run whose folder, relative to the store, is there no more."""
        with self._write() as session:
            name = entry_name(self.store, run_dir)
            session.execute(delete(RunRecord).where(RunRecord.run_dir == name))
            drop_empty_sessions(session)

    def forget_participant(self, code: str, name: str) -> None:
        """Remove a participant with all that was entered of them; again is harmless.

        Where something was given out `name` stands for them from now on.
        """
        with self._write() as session:
            remove_person(session, code)
            rename_in_given_out(session, code, name)

    def reindex(self, report: Report = unheard) -> Reindexed:
        """Enter every run folder of the store, and drop entries whose folder is gone."""
        found: set[str] = set()
        problems = []
        folders = list(iter_runs(self.root))
        for number, run_dir in enumerate(folders):
            report(Progress(number, len(folders), "runs"))
            try:
                self.index_run(run_dir)
            except (StoreError, MalformedRecord) as problem:
                problems.append(str(problem))
            else:
                found.add(relative(run_dir, self.root))
        before = f"{self.store}/"
        ours = select(RunRecord.run_dir).where(RunRecord.store == self.store)
        with self._write() as session:
            gone = [
                name
                for name in session.scalars(ours)
                if (where := name.removeprefix(before)) not in found
                and not (self.root / where).is_dir()
            ]
            for name in gone:
                session.execute(delete(RunRecord).where(RunRecord.run_dir == name))
            drop_empty_sessions(session)
        return Reindexed(len(found), len(gone), tuple(problems))


def _taken(code: str) -> UsageError:
    return UsageError(
        f"participant {code} is registered already; use another code, or change this one with"
        f" `femo participant edit {code}`"
    )


def _person(session: Session, code: str) -> ParticipantRecord:
    person = session.get(ParticipantRecord, code)
    if person is None:
        raise UnknownName(
            f"participant {code} is not registered; look at `femo participant list`, or register"
            f" them with `femo participant add {code}`"
        )
    return person
