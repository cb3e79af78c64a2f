"""Practice rooms, and what a therapist opened the last room with."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("room") as room:
        room.add_column(sa.Column("practice", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("therapist") as therapist:
        therapist.add_column(sa.Column("vignette", sa.String(), nullable=True))
        therapist.add_column(sa.Column("where", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("therapist") as therapist:
        therapist.drop_column("where")
        therapist.drop_column("vignette")
    with op.batch_alter_table("room") as room:
        room.drop_column("practice")
