"""The catalog's tables. A change here needs a migration, and a test compares the two."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import Double, ForeignKey, String, Text, UniqueConstraint, true
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

SCHEMA_VERSION = "0005"  # the newest migration
KNOWN_VERSIONS = frozenset({"0001", "0002", "0003", "0004", "0005"})

# Without lengths: what a run folder tells must be entered, however long, by every database.
_CODE = String()
_NAME = String()
_SHA256 = String()
_UTC = String()  # ISO 8601, as in every file of the store


class Base(DeclarativeBase):
    """What all tables share."""

    type_annotation_map: ClassVar = {float: Double}


class ParticipantRecord(Base):
    """A person, known by a code only."""

    __tablename__ = "participants"

    code: Mapped[str] = mapped_column(_CODE, primary_key=True)
    age: Mapped[int | None]
    sex: Mapped[str | None] = mapped_column(_NAME)
    notes: Mapped[str] = mapped_column(Text)
    registered_utc: Mapped[str] = mapped_column(_UTC)
    number: Mapped[int] = mapped_column(server_default="0", index=True, unique=True)
    consents: Mapped[list[ConsentRecord]] = relationship(order_by="ConsentRecord.id")


class ConsentRecord(Base):
    """What a participant agreed to at one time; the newest counts."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participants.code"), index=True)
    scopes: Mapped[str] = mapped_column(Text)  # sorted, with commas between
    form_version: Mapped[str] = mapped_column(_NAME)
    given_utc: Mapped[str] = mapped_column(_UTC)
    expires_utc: Mapped[str | None] = mapped_column(_UTC)
    recorded_by: Mapped[str] = mapped_column(_NAME)


class SessionRecord(Base):
    """One visit of a participant."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("participant", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(ForeignKey("participants.code"))
    name: Mapped[str] = mapped_column(_NAME)


class RunRecord(Base):
    """One execution of a protocol, as its folder tells it."""

    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    name: Mapped[str] = mapped_column(_NAME)
    run_dir: Mapped[str] = mapped_column(Text, unique=True)  # see indexing.entry_name
    store: Mapped[str] = mapped_column(_NAME, server_default="")  # empty: the catalog's only one
    protocol: Mapped[str] = mapped_column(_NAME)
    protocol_sha256: Mapped[str] = mapped_column(_SHA256)
    operator: Mapped[str] = mapped_column(_NAME)
    started_utc: Mapped[str] = mapped_column(_UTC)
    duration_s: Mapped[float]
    status: Mapped[str] = mapped_column(_NAME)  # of run_stop, else the run's state
    reason: Mapped[str] = mapped_column(Text)
    windows_accepted: Mapped[int]
    windows_planned: Mapped[int]
    gsr_samples: Mapped[int]
    gsr_lost: Mapped[int]
    gsr_rejected_lines: Mapped[int]
    frames: Mapped[int]
    frames_with_face: Mapped[int]
    frames_dropped: Mapped[int]
    simulated: Mapped[bool]
    sealed: Mapped[bool]
    data: Mapped[str] = mapped_column(_NAME, server_default="keep")  # keep, until_asked, discarded


class AttemptRecord(Base):
    """One window of one attempt at a step: its figures and its verdict."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(_NAME)
    attempt: Mapped[int]
    class_name: Mapped[str | None] = mapped_column(_NAME)
    onset_s: Mapped[float]
    end_s: Mapped[float | None]
    reason: Mapped[str] = mapped_column(Text)
    media_s: Mapped[float | None]
    uncertainty_s: Mapped[float]
    gsr_samples: Mapped[int]
    gsr_valid: Mapped[int]
    gsr_mean_us: Mapped[float | None]
    gsr_rate_hz: Mapped[float | None]
    frames: Mapped[int]
    frames_with_face: Mapped[int]
    frames_with_eyes: Mapped[int]
    sharpness: Mapped[float | None]
    verdict: Mapped[str] = mapped_column(_NAME)
    verdict_by: Mapped[str] = mapped_column(_NAME)
    verdict_reason: Mapped[str] = mapped_column(Text)
    media: Mapped[str | None] = mapped_column(Text)
    exposure: Mapped[int | None]
    primary: Mapped[bool] = mapped_column(server_default=true())  # see events.WindowStart


class RatingRecord(Base):
    """One answer of a participant; without a value it was asked and not answered."""

    __tablename__ = "ratings"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    t_s: Mapped[float]
    step: Mapped[str] = mapped_column(_NAME)
    attempt: Mapped[int]
    about: Mapped[str | None] = mapped_column(_NAME)
    scale: Mapped[str] = mapped_column(_NAME)
    value: Mapped[int | None]
    source: Mapped[str] = mapped_column(_NAME)


class ExportRecord(Base):
    """A bundle that was given out."""

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    utc: Mapped[str] = mapped_column(_UTC)
    operator: Mapped[str] = mapped_column(_NAME)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(_SHA256)
    level: Mapped[str] = mapped_column(_NAME)
    recipients: Mapped[str] = mapped_column(Text)  # with spaces between
    note: Mapped[str] = mapped_column(Text)
    people: Mapped[list[ExportParticipantRecord]] = relationship(
        order_by="ExportParticipantRecord.participant"
    )


class ExportParticipantRecord(Base):
    """Whose data a bundle holds: a code, or the id of who withdrew since."""

    __tablename__ = "export_participants"

    export_id: Mapped[int] = mapped_column(
        ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    participant: Mapped[str] = mapped_column(_NAME, primary_key=True)


class BackupRecord(Base):
    """A backup that was made."""

    __tablename__ = "backups"

    id: Mapped[int] = mapped_column(primary_key=True)
    utc: Mapped[str] = mapped_column(_UTC)
    operator: Mapped[str] = mapped_column(_NAME)
    destination: Mapped[str] = mapped_column(Text)
    backup_id: Mapped[str] = mapped_column(_NAME)
    store: Mapped[str] = mapped_column(_NAME, server_default="")  # of which, as in runs
    people: Mapped[list[BackupParticipantRecord]] = relationship(
        order_by="BackupParticipantRecord.participant"
    )


class BackupParticipantRecord(Base):
    """Whose data a backup holds, as of an export."""

    __tablename__ = "backup_participants"

    backup_record_id: Mapped[int] = mapped_column(
        ForeignKey("backups.id", ondelete="CASCADE"), primary_key=True
    )
    participant: Mapped[str] = mapped_column(_NAME, primary_key=True)


class StoreRecord(Base):
    """One of several stores that share the catalog, each at a station of its own."""

    __tablename__ = "stores"

    id: Mapped[str] = mapped_column(_NAME, primary_key=True)
    station: Mapped[str] = mapped_column(_NAME)
    joined_utc: Mapped[str] = mapped_column(_UTC)


class WithdrawalRecord(Base):
    """Consent that was taken back, which every store has to carry out; see `withdrawals`."""

    __tablename__ = "withdrawals"

    id: Mapped[str] = mapped_column(_NAME, primary_key=True)
    code: Mapped[str] = mapped_column(_CODE, index=True)
    number: Mapped[int]
    scopes: Mapped[str] = mapped_column(Text)  # with commas between; empty for everything
    utc: Mapped[str] = mapped_column(_UTC)
    operator: Mapped[str] = mapped_column(_NAME)


class WithdrawalDoneRecord(Base):
    """A store that has carried a withdrawal out."""

    __tablename__ = "withdrawals_done"

    withdrawal_id: Mapped[str] = mapped_column(
        ForeignKey("withdrawals.id", ondelete="CASCADE"), primary_key=True
    )
    store: Mapped[str] = mapped_column(_NAME, primary_key=True)
