"""Second step"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("therapist", sa.Column("totp_step", sa.Integer(), nullable=True))
    op.create_table(
        "recovery_code",
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("therapist_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["therapist.id"], name=op.f("fk_recovery_code_therapist_id")
        ),
        sa.PrimaryKeyConstraint("mac", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_therapist_id"), "recovery_code", ["therapist_id"])
    op.create_table(
        "reset_link",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("therapist_id", sa.String(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["therapist_id"], ["therapist.id"], name=op.f("fk_reset_link_therapist_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_reset_link")),
        sa.UniqueConstraint("therapist_id", name=op.f("uq_reset_link_therapist_id")),
    )
    # Sign-ins are made anew: everyone signs in once more.
    op.drop_table("sign_in")
    op.create_table(
        "sign_in",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("therapist_id", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("half", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["therapist_id"], ["therapist.id"], name=op.f("fk_sign_in_therapist_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("ref", name=op.f("uq_sign_in_ref")),
    )
    op.create_index(op.f("ix_sign_in_therapist_id"), "sign_in", ["therapist_id"])
