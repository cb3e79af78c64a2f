"""Someone would like a word"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tick", schema=None) as batch_op:
        batch_op.add_column(sa.Column("word_from", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("word", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("tick", schema=None) as batch_op:
        batch_op.drop_column("word")
        batch_op.drop_column("word_from")
