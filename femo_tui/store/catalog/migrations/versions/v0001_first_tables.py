"""Make the tables for participants, consents, sessions, runs, attempts, ratings and the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_CODE, _NAME, _UTC = sa.String(), sa.String(), sa.String()


def upgrade() -> None:
    op.create_table(
        "participants",
        sa.Column("code", _CODE, primary_key=True),
        sa.Column("age", sa.Integer),
        sa.Column("sex", sa.String()),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("registered_utc", _UTC, nullable=False),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("participant", _CODE, sa.ForeignKey("participants.code"), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("form_version", _NAME, nullable=False),
        sa.Column("given_utc", _UTC, nullable=False),
        sa.Column("recorded_by", _NAME, nullable=False),
    )
    op.create_index("ix_consents_participant", "consents", ["participant"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("participant", _CODE, sa.ForeignKey("participants.code"), nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.UniqueConstraint("participant", "name"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("run_dir", sa.Text, nullable=False, unique=True),
        sa.Column("protocol", _NAME, nullable=False),
        sa.Column("protocol_sha256", sa.String(), nullable=False),
        sa.Column("operator", _NAME, nullable=False),
        sa.Column("started_utc", _UTC, nullable=False),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("windows_accepted", sa.Integer, nullable=False),
        sa.Column("windows_planned", sa.Integer, nullable=False),
        sa.Column("gsr_samples", sa.Integer, nullable=False),
        sa.Column("gsr_lost", sa.Integer, nullable=False),
        sa.Column("gsr_rejected_lines", sa.Integer, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("frames_with_face", sa.Integer, nullable=False),
        sa.Column("frames_dropped", sa.Integer, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.Boolean, nullable=False),
    )
    op.create_index("ix_runs_session_id", "runs", ["session_id"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_run(),
        sa.Column("step", _NAME, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("class_name", _NAME),
        sa.Column("onset_s", sa.Double, nullable=False),
        sa.Column("end_s", sa.Double),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("media_s", sa.Double),
        sa.Column("uncertainty_s", sa.Double, nullable=False),
        sa.Column("gsr_samples", sa.Integer, nullable=False),
        sa.Column("gsr_valid", sa.Integer, nullable=False),
        sa.Column("gsr_mean_us", sa.Double),
        sa.Column("gsr_rate_hz", sa.Double),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("frames_with_face", sa.Integer, nullable=False),
        sa.Column("frames_with_eyes", sa.Integer, nullable=False),
        sa.Column("sharpness", sa.Double),
        sa.Column("verdict", _NAME, nullable=False),
        sa.Column("verdict_by", _NAME, nullable=False),
        sa.Column("verdict_reason", sa.Text, nullable=False),
    )
    op.create_index("ix_attempts_run_id", "attempts", ["run_id"])
    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_run(),
        sa.Column("t_s", sa.Double, nullable=False),
        sa.Column("step", _NAME, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("about", _NAME),
        sa.Column("scale", _NAME, nullable=False),
        sa.Column("value", sa.Integer),
        sa.Column("source", _NAME, nullable=False),
    )
    op.create_index("ix_ratings_run_id", "ratings", ["run_id"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("utc", _UTC, nullable=False),
        sa.Column("operator", _NAME, nullable=False),
        sa.Column("action", _NAME, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _of_run() -> sa.Column[int]:
    key = sa.ForeignKey("runs.id", ondelete="CASCADE")
    return sa.Column("run_id", sa.Integer, key, nullable=False)
