"""the officers' console: log-ins, second factors, forms sent once, and the indexes its queue walks along"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_case_file_holder": ["holder_id", "status", "priority", "created_at"],
    "ix_case_file_complete": ["complete", "status", "priority", "created_at"],
    "ix_case_file_place": ["kecamatan", "status", "priority", "created_at"],
    "ix_case_file_place_complete": ["kecamatan", "complete", "status", "priority", "created_at"],
    "ix_case_file_late_at": ["late_at"],
    "ix_case_file_place_late_at": ["kecamatan", "late_at"],
    "ix_case_file_created_at": ["created_at"],
    "ix_case_file_place_created_at": ["kecamatan", "created_at"],
}


def upgrade() -> None:
    op.create_table(
        "web_session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", sa.String(length=16), nullable=True),
        sa.Column("shown_case_id", sa.String(length=32), nullable=True),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_index", name=op.f("uq_web_session_token_index")),
    )
    op.create_index("ix_web_session_officer_id", "web_session", ["officer_id", "ended_at"])
    op.create_index("ix_web_session_last_at", "web_session", ["last_at"])
    op.create_table(
        "second_factor",
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("code_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("officer_id", "code_index", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "form_receipt",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_form_receipt")),
    )
    op.create_index("ix_form_receipt_at", "form_receipt", ["at"])
    op.add_column("case_file", sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_case_file_holder_id", table_name="case_file")
    for name, columns in INDEXES.items():
        op.create_index(name, "case_file", columns)
    # Cases that somebody holds get theirs when the rules next look at them.
    op.execute("UPDATE case_file SET late_at = accept_due_at WHERE status IN ('new', 'reopened')")


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older release; restore a backup instead")
