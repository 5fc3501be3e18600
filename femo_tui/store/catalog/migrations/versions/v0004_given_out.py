"""Note what was given out and backed up, when consent expires; the audit moves to its own file."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from femo_tui.store import audit

revision = "0004"
down_revision = "0003"

_NAME, _UTC = sa.String(), sa.String()


def upgrade() -> None:
    op.add_column("consents", sa.Column("expires_utc", _UTC))
    op.create_table(
        "exports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("utc", _UTC, nullable=False),
        sa.Column("operator", _NAME, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("level", _NAME, nullable=False),
        sa.Column("recipients", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "export_participants",
        _of("export_id", "exports.id"),
        sa.Column("participant", _NAME, primary_key=True),
    )
    op.create_table(
        "backups",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("utc", _UTC, nullable=False),
        sa.Column("operator", _NAME, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("backup_id", _NAME, nullable=False),
    )
    op.create_table(
        "backup_participants",
        _of("backup_record_id", "backups.id"),
        sa.Column("participant", _NAME, primary_key=True),
    )
    _move_audit()
    op.drop_table("audit")


def _of(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target, ondelete="CASCADE"), primary_key=True)


def _move_audit() -> None:
    """Write what the table tells into the log, with pseudonyms in place of codes."""
    connection = op.get_bind()
    root = Path(connection.engine.url.database or "").parent
    codes = set(connection.scalars(sa.text("SELECT code FROM participants")))
    rows = connection.execute(
        sa.text("SELECT utc, operator, action, detail FROM audit ORDER BY id")
    )
    for utc, operator, action, detail in rows.all():
        code = detail.partition(":")[0].partition("/")[0]
        about = [code] if code in codes else []
        audit.note(root, action, operator, {"detail": detail}, about, utc=utc)
