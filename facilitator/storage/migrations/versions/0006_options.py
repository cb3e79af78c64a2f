"""Options to choose from, and how sure people are"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("sureness", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("round", sa.Column("spread", sa.LargeBinary(), nullable=True))
    op.add_column("round", sa.Column("spread_shown", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_column("spread_shown")
        batch_op.drop_column("spread")
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_column("sureness")
