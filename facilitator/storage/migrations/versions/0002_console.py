"""What the console sets: the shared screen, exact numbers, clusters, the time on phones, a door put off."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("room") as room:
        room.add_column(sa.Column("exact", sa.Boolean(), nullable=False, server_default=sa.false()))
        room.add_column(sa.Column("where", sa.String(), nullable=False, server_default="wall"))
        room.add_column(sa.Column("screen", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("round") as round_:
        round_.add_column(sa.Column("clusters", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("tick") as tick:
        tick.add_column(sa.Column("sent", sa.Integer(), nullable=True))
        tick.add_column(sa.Column("opened", sa.Float(), nullable=True))
        tick.add_column(sa.Column("phones_out", sa.Float(), nullable=True))
    with op.batch_alter_table("knock") as knock:
        knock.add_column(sa.Column("put_off", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table, columns in (
        ("knock", ("put_off",)),
        ("tick", ("phones_out", "opened", "sent")),
        ("round", ("clusters",)),
        ("room", ("screen", "where", "exact")),
    ):
        with op.batch_alter_table(table) as changed:
            for column in columns:
                changed.drop_column(column)
