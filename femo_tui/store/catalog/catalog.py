"""What a store knows to exist: participants and their consent, runs, who did what. No samples."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from femo_tui.errors import UnknownName, UsageError
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
from femo_tui.store.catalog.consenting import next_consent
from femo_tui.store.catalog.entries import (
    PERSON_COLUMNS,
    ConsentEntry,
    consent_of,
    consent_record,
    participant_of,
    person_row,
)
from femo_tui.store.catalog.given_out import rename_in_given_out
from femo_tui.store.catalog.indexing import next_number, remove_person
from femo_tui.store.catalog.ledger import Ledger
from femo_tui.store.catalog.runs import Runs
from femo_tui.store.catalog.schema import ConsentRecord, ParticipantRecord
from femo_tui.store.catalog.stations import withdrawn_codes
from femo_tui.store.catalog.windows import Windows
from femo_tui.store.correction import AGE, SEX, amend_person
from femo_tui.store.withdrawn import check_not_withdrawn, code_of_withdrawn


class Catalog(Runs, Ledger, Windows):
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

    def forget_participant(self, code: str, name: str) -> None:
        """Remove a participant with all that was entered of them; again is harmless.

        Where something was given out `name` stands for them from now on.
        """
        with self._write() as session:
            remove_person(session, code)
            rename_in_given_out(session, code, name)


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
