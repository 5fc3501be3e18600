"""Have several stores share a catalog: whose run it is, who took part, what each has to erase."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NAME = sa.String()


def upgrade() -> None:
    for table in ("runs", "backups"):
        op.add_column(table, sa.Column("store", _NAME, nullable=False, server_default=""))
    op.create_table(
        "stores",
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("station", _NAME, nullable=False),
        sa.Column("joined_utc", _NAME, nullable=False),
    )
    op.create_table(
        "withdrawals",
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("code", _NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("utc", _NAME, nullable=False),
        sa.Column("operator", _NAME, nullable=False),
    )
    op.create_index("ix_withdrawals_code", "withdrawals", ["code"])
    of = sa.ForeignKey("withdrawals.id", ondelete="CASCADE")
    op.create_table(
        "withdrawals_done",
        sa.Column("withdrawal_id", _NAME, of, primary_key=True),
        sa.Column("store", _NAME, primary_key=True),
    )
