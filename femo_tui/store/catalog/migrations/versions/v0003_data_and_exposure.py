"""Note what becomes of a run's data, and how often the film of a window had been shown."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    data = sa.Column("data", sa.String(), nullable=False, server_default="keep")
    op.add_column("runs", data)
    op.add_column("attempts", sa.Column("media", sa.Text))
    op.add_column("attempts", sa.Column("exposure", sa.Integer))
    primary = sa.Column("primary", sa.Boolean, nullable=False, server_default=sa.true())
    op.add_column("attempts", primary)
