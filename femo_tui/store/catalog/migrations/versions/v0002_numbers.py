"""Number the participants in order of registration; orders of protocols go by it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "participants", sa.Column("number", sa.Integer, nullable=False, server_default="0")
    )
    people = sa.table(
        "participants", sa.column("code"), sa.column("number"), sa.column("registered_utc")
    )
    connection = op.get_bind()
    in_order = sa.select(people.c.code).order_by(people.c.registered_utc, people.c.code)
    for number, code in enumerate(connection.scalars(in_order).all(), 1):
        connection.execute(people.update().where(people.c.code == code).values(number=number))
    op.create_index("ix_participants_number", "participants", ["number"], unique=True)
