"""practice network"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_phone",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_phone")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_practice_phone_phone_index")),
    )
    op.create_table(
        "practice_note",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_note")),
    )
    op.create_index("ix_practice_note_phone", "practice_note", ["phone_id", "id"])
    op.create_table(
        "practice_callback",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=16), nullable=False),
        sa.Column("phone_id", sa.String(length=32), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_callback")),
    )
    op.create_index("ix_practice_callback_due", "practice_callback", ["done_at", "due_at"])
    op.create_table(
        "practice_fault",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("word", sa.String(length=24), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(length=32), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_fault")),
    )
    op.create_table(
        "practice_play",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("story", sa.String(length=32), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_play")),
    )


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older release; restore a backup instead")
