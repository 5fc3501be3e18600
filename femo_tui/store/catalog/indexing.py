"""Enters a run into the catalog as its folder tells it; doing so again changes nothing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from femo_tui.errors import StoreError
from femo_tui.model.events import RunStart
from femo_tui.model.participants import Scope
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunData
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.store.catalog.schema import (
    AttemptRecord,
    ConsentRecord,
    ParticipantRecord,
    RatingRecord,
    RunRecord,
    SessionRecord,
)
from femo_tui.store.catalog.stations import withdrawn_codes, withdrawn_numbers
from femo_tui.store.layout import ORIGIN, RUN_FILE, session_utc
from femo_tui.store.tombstone import Tombstone, has_tombstone, read_tombstone


def enter_run(session: Session, snapshot: RunSnapshot, root: Path, store: str = "") -> None:
    """Insert or replace a run of a store with its attempts and ratings.

    A participant whom the catalog does not know is entered as run_start knows them.

    Raises:
        StoreError: the run has no run_start yet.
    """
    run = _emptied(session, entry_name(store, relative(snapshot.run_dir, root)), store)
    if has_tombstone(snapshot.run_dir):
        _enter_discarded(session, run, read_tombstone(snapshot.run_dir))
        return
    start = snapshot.start
    if start is None:
        raise StoreError(
            f"{snapshot.run_dir / RUN_FILE}: no run_start, so it is no run to enter; restore the"
            " folder from a backup, or remove it"
        )
    if session.get(ParticipantRecord, start.participant) is None:
        if start.participant in withdrawn_codes(session, root):
            raise StoreError(
                f"{snapshot.run_dir}: its participant withdrew; remove the folder, nothing of"
                " theirs is entered again"
            )
        number = _number_for(session, start, snapshot.run_dir, root)
        session.add(_participant(start, number))
        session.flush()
    run.session_id = _session_of(session, start.participant, start.session).id
    _fill(run, start, snapshot)
    session.add(run)
    session.flush()
    session.add_all(_attempt(run.id, window) for window in snapshot.windows)
    session.add_all(
        RatingRecord(
            run_id=run.id,
            t_s=rating.t_s,
            step=rating.step,
            attempt=rating.attempt,
            about=rating.about,
            scale=rating.scale,
            value=rating.value,
            source=rating.source,
        )
        for rating in snapshot.ratings
    )


def _emptied(session: Session, run_dir: str, store: str) -> RunRecord:
    """Return the entry of a run without its attempts and ratings, a new one if there is none."""
    chosen = select(RunRecord).where(RunRecord.run_dir == run_dir)
    run = session.scalars(chosen).one_or_none()
    if run is None:
        return RunRecord(run_dir=run_dir, store=store)
    for table in (AttemptRecord, RatingRecord):
        session.execute(delete(table).where(table.run_id == run.id))
    return run


def _enter_discarded(session: Session, run: RunRecord, tombstone: Tombstone) -> None:
    """Enter what a tombstone tells, in place of all that was known of the run."""
    if session.get(ParticipantRecord, tombstone.participant) is None:
        return  # the participant is withdrawn: no entry brings them back
    run.session_id = _session_of(session, tombstone.participant, tombstone.session).id
    run.name = tombstone.run
    run.protocol, run.protocol_sha256 = tombstone.protocol, ""
    run.operator, run.reason = tombstone.operator, tombstone.reason
    run.started_utc = tombstone.started_utc or session_utc(tombstone.session)
    run.status = run.data = RunData.DISCARDED.value
    run.duration_s = 0.0
    run.windows_accepted = run.windows_planned = 0
    run.gsr_samples = run.gsr_lost = run.gsr_rejected_lines = 0
    run.frames = run.frames_with_face = run.frames_dropped = 0
    run.simulated, run.sealed = False, True
    session.add(run)


def drop_empty_sessions(session: Session) -> None:
    """Remove visits of which no run is left."""
    held = select(RunRecord.session_id)
    session.execute(delete(SessionRecord).where(SessionRecord.id.not_in(held)))


def remove_person(session: Session, code: str) -> None:
    """Remove a participant with their consents, visits and runs."""
    visits = select(SessionRecord.id).where(SessionRecord.participant == code)
    session.execute(delete(RunRecord).where(RunRecord.session_id.in_(visits)))
    for table in (SessionRecord, ConsentRecord):
        session.execute(delete(table).where(table.participant == code))
    session.execute(delete(ParticipantRecord).where(ParticipantRecord.code == code))


def next_number(session: Session, root: Path) -> int:
    """Return the number of who is registered next: one more than the highest ever given."""
    given = session.scalar(select(func.max(ParticipantRecord.number))) or 0
    return max([given, *withdrawn_numbers(session, root)]) + 1


def _number_for(session: Session, start: RunStart, run_dir: Path, root: Path) -> int:
    """Return the number that a run was arranged by, where nobody else has it: else the next.

    A run that was reassigned was arranged for somebody else, an imported one in another store.
    """
    number: JsonValue = None
    match start.protocol.get("arranged"):
        case {"participant": start.participant, "number": int(given)} if given > 0:
            number = given
    if not isinstance(number, int) or (run_dir / ORIGIN).exists():
        return next_number(session, root)
    chosen = select(ParticipantRecord.code).where(ParticipantRecord.number == number)
    if number in withdrawn_numbers(session, root) or session.scalar(chosen) is not None:
        return next_number(session, root)
    return number


def relative(run_dir: Path, root: Path) -> str:
    """Return where a run lies in its store; a run elsewhere by its absolute path."""
    run_dir, root = run_dir.resolve(), root.resolve()
    return (run_dir.relative_to(root) if run_dir.is_relative_to(root) else run_dir).as_posix()


def entry_name(store: str, run_dir: str) -> str:
    """Return what a run is entered under: its folder, after its store where several share it."""
    return f"{store}/{run_dir}" if store else run_dir


def _fill(run: RunRecord, start: RunStart, snapshot: RunSnapshot) -> None:
    accepted = {w.step for w in snapshot.windows if w.accepted}
    run.name = start.run
    run.protocol = str(start.protocol.get("name", ""))
    run.protocol_sha256 = str(start.protocol.get("sha256", ""))
    run.operator = start.operator
    run.started_utc = start.utc
    run.duration_s = snapshot.elapsed_s
    run.status = snapshot.stop.status.value if snapshot.stop else snapshot.state.value
    run.reason = snapshot.stop.reason if snapshot.stop else snapshot.state_reason
    run.windows_accepted = len(accepted)
    run.windows_planned = _windows_planned(start)
    run.gsr_samples = snapshot.gsr.length
    run.gsr_lost = snapshot.gsr_lost
    run.gsr_rejected_lines = snapshot.gsr_rejected_lines
    run.frames = snapshot.faces.frames
    run.frames_with_face = snapshot.faces.with_face
    run.frames_dropped = snapshot.faces.dropped
    run.simulated = snapshot.simulated
    run.sealed = snapshot.sealed
    run.data = snapshot.data.value


def _windows_planned(start: RunStart) -> int:
    steps = start.protocol.get("steps")
    planned = steps if isinstance(steps, list) else []
    return sum(isinstance(step, dict) and bool(step.get("window")) for step in planned)


def _session_of(session: Session, participant: str, name: str) -> SessionRecord:
    """Return the session that a run belongs to, entered if it is new."""
    chosen = select(SessionRecord).where(
        SessionRecord.participant == participant, SessionRecord.name == name
    )
    visit = session.scalars(chosen).one_or_none()
    if visit is None:
        visit = SessionRecord(participant=participant, name=name)
        session.add(visit)
        session.flush()
    return visit


def _participant(start: RunStart, number: int) -> ParticipantRecord:
    consent = start.consent
    known = {scope.value for scope in Scope}
    scopes = {scope for scope in _texts(consent.get("scopes")) if scope in known}
    return ParticipantRecord(
        code=start.participant,
        age=start.age,
        sex=start.sex,
        notes="",
        registered_utc=start.utc,
        number=number,
        consents=[
            ConsentRecord(
                scopes=",".join(sorted(scopes)),
                form_version=str(consent.get("form_version", "")),
                given_utc=str(consent.get("given_utc", "")),
                expires_utc=str(consent["expires_utc"]) if consent.get("expires_utc") else None,
                recorded_by=start.operator,
            )
        ],
    )


def _texts(value: JsonValue) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _attempt(run_id: int, window: WindowSummary) -> AttemptRecord:
    return AttemptRecord(
        run_id=run_id,
        step=window.step,
        attempt=window.attempt,
        class_name=window.class_name,
        onset_s=window.onset_s,
        end_s=window.end_s,
        reason=window.reason,
        media_s=window.media_s,
        uncertainty_s=window.uncertainty_s,
        gsr_samples=window.gsr_samples,
        gsr_valid=window.gsr_valid,
        gsr_mean_us=window.gsr_mean_us,
        gsr_rate_hz=window.gsr_rate_hz,
        frames=window.frames,
        frames_with_face=window.frames_with_face,
        frames_with_eyes=window.frames_with_eyes,
        sharpness=window.sharpness,
        verdict=window.verdict,
        verdict_by=window.verdict_by,
        verdict_reason=window.verdict_reason,
        media=window.media,
        exposure=window.exposure,
        primary=window.primary,
    )
