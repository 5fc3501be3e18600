"""Enters bundles that were given out and backups that were made, and tells whose data they hold."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from femo_tui.model.given_out import Backup, Export
from femo_tui.store.catalog.schema import (
    BackupParticipantRecord,
    BackupRecord,
    ExportParticipantRecord,
    ExportRecord,
)


def enter_export(session: Session, export: Export) -> None:
    session.add(
        ExportRecord(
            utc=export.utc,
            operator=export.operator,
            file_name=export.file_name,
            sha256=export.sha256,
            level=export.level,
            recipients=" ".join(export.recipients),
            note=export.note,
            people=[ExportParticipantRecord(participant=code) for code in set(export.participants)],
        )
    )


def enter_backup(session: Session, backup: Backup, store: str) -> None:
    session.add(
        BackupRecord(
            utc=backup.utc,
            operator=backup.operator,
            destination=backup.destination,
            backup_id=backup.backup_id,
            store=store,
            people=[BackupParticipantRecord(participant=code) for code in set(backup.participants)],
        )
    )


def exports_of(session: Session, code: str | None) -> list[Export]:
    """Return all exports, or those that hold a participant, the oldest first."""
    found = [
        Export(
            record.utc,
            record.operator,
            record.file_name,
            record.sha256,
            record.level,
            tuple(record.recipients.split()),
            record.note,
            tuple(sorted(person.participant for person in record.people)),
        )
        for record in session.scalars(select(ExportRecord).order_by(ExportRecord.id))
    ]
    return [export for export in found if code is None or code in export.participants]


def backups_of(session: Session, code: str | None) -> list[Backup]:
    """Return all backups, or those that hold a participant, the oldest first."""
    found = [
        Backup(
            record.utc,
            record.operator,
            record.destination,
            record.backup_id,
            tuple(sorted(person.participant for person in record.people)),
        )
        for record in session.scalars(select(BackupRecord).order_by(BackupRecord.id))
    ]
    return [backup for backup in found if code is None or code in backup.participants]


def newest_backup(session: Session, store: str) -> str | None:
    """Return when the last backup of a store was made."""
    return session.scalar(select(func.max(BackupRecord.utc)).where(BackupRecord.store == store))


def forget_in_backups(
    session: Session, destination: str, backup_ids: Collection[str], names: Collection[str]
) -> None:
    """Have backups hold participants no more."""
    chosen = select(BackupRecord.id).where(
        BackupRecord.destination == destination, BackupRecord.backup_id.in_(backup_ids)
    )
    session.execute(
        delete(BackupParticipantRecord).where(
            BackupParticipantRecord.backup_record_id.in_(chosen),
            BackupParticipantRecord.participant.in_(names),
        )
    )


def rename_in_given_out(session: Session, code: str, name: str) -> None:
    """Have another name stand for a participant wherever something was given out."""
    for table in (ExportParticipantRecord, BackupParticipantRecord):
        session.execute(update(table).where(table.participant == code).values(participant=name))
