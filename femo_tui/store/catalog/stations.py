"""Several stores on one catalog: who they are, and what consent taken back each has to carry out.

Where the catalog is a store's own file none of this is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from femo_tui.errors import StoreError
from femo_tui.model.participants import Scope
from femo_tui.store.catalog.schema import (
    StoreRecord,
    WithdrawalDoneRecord,
    WithdrawalRecord,
)
from femo_tui.store.station import STATION_FILE, Station
from femo_tui.store.withdrawn import WithdrawnPerson, withdrawn_ids, withdrawn_people


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Consent that was taken back at one station, for the others."""

    id: str
    code: str
    number: int
    scopes: tuple[Scope, ...]  # empty: everything
    utc: str
    operator: str


def station_of(session: Session, station: Station) -> str | None:
    """Return what the station of a store is called, None where the catalog does not know it."""
    record = session.get(StoreRecord, station.id)
    return None if record is None else record.station


def check_joined(session: Session, root: Path, station: Station) -> StoreRecord:
    """Return the entry of a store that has joined.

    Raises:
        StoreError: it has joined another catalog.
    """
    record = session.get(StoreRecord, station.id)
    if record is None:
        raise StoreError(
            f"{root}: its runs belong to {station.catalog}, and the catalog that was given does not"
            f" know this store; give that one, or, to join this one, remove {STATION_FILE} and run"
            " `femo reindex`"
        )
    return record


def join(session: Session, root: Path, station: Station, name: str, utc: str) -> None:
    """Enter a store, and who withdrew there."""
    session.add(StoreRecord(id=station.id, station=name, joined_utc=utc))
    for person in withdrawn_people(root):
        enter_withdrawal(session, _of_person(person))
        end_withdrawal(session, person.id, station.id)


def enter_withdrawal(session: Session, withdrawal: Withdrawal) -> None:
    """Note what every store has to carry out; noting it again changes nothing.

    A withdrawal of everything takes the place of those of single scopes.
    """
    if session.get(WithdrawalRecord, withdrawal.id) is not None:
        return
    if not withdrawal.scopes:
        code = WithdrawalRecord.code == withdrawal.code
        session.execute(delete(WithdrawalRecord).where(code, WithdrawalRecord.scopes != ""))
    session.add(
        WithdrawalRecord(
            id=withdrawal.id,
            code=withdrawal.code,
            number=withdrawal.number,
            scopes=",".join(scope.value for scope in withdrawal.scopes),
            utc=withdrawal.utc,
            operator=withdrawal.operator,
        )
    )
    session.flush()


def end_withdrawal(session: Session, withdrawal_id: str, store: str) -> None:
    """Note that a store has carried a withdrawal out."""
    known = session.get(WithdrawalRecord, withdrawal_id) is not None
    if known and session.get(WithdrawalDoneRecord, (withdrawal_id, store)) is None:
        session.add(WithdrawalDoneRecord(withdrawal_id=withdrawal_id, store=store))


def outstanding(session: Session, store: str) -> list[Withdrawal]:
    """Return what a store has to carry out yet, the oldest first."""
    done = select(WithdrawalDoneRecord.withdrawal_id).where(WithdrawalDoneRecord.store == store)
    chosen = select(WithdrawalRecord).where(WithdrawalRecord.id.not_in(done))
    return [_of_record(record) for record in session.scalars(chosen.order_by(WithdrawalRecord.utc))]


def stations_without(session: Session, withdrawal_id: str) -> list[str]:
    """Return the stations that have not carried a withdrawal out yet."""
    done = select(WithdrawalDoneRecord.store).where(
        WithdrawalDoneRecord.withdrawal_id == withdrawal_id
    )
    chosen = select(StoreRecord.station).where(StoreRecord.id.not_in(done))
    return sorted(session.scalars(chosen))


def withdrawn_codes(session: Session, root: Path) -> dict[str, str]:
    """Return code → id of everybody who withdrew, here or at another station."""
    chosen = select(WithdrawalRecord.code, WithdrawalRecord.id).where(WithdrawalRecord.scopes == "")
    return {row.code: row.id for row in session.execute(chosen)} | withdrawn_ids(root)


def withdrawn_numbers(session: Session, root: Path) -> set[int]:
    """Return the numbers of those who withdrew: never given again."""
    chosen = select(WithdrawalRecord.number).where(WithdrawalRecord.scopes == "")
    return {*session.scalars(chosen), *(person.number for person in withdrawn_people(root))}


def _of_person(person: WithdrawnPerson) -> Withdrawal:
    return Withdrawal(
        person.id, person.code, person.number, (), person.withdrawn_utc, person.operator
    )


def _of_record(record: WithdrawalRecord) -> Withdrawal:
    words: Iterable[str] = record.scopes.split(",") if record.scopes else ()
    scopes = tuple(Scope(word) for word in words)
    return Withdrawal(record.id, record.code, record.number, scopes, record.utc, record.operator)
