"""what the worker tidies each minute is found by an index"""

from alembic import op

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_conversation_expires_at", "conversation", ["expires_at"])
    op.create_index("ix_throttle_window_at", "throttle", ["window_at"])
    op.create_index("ix_parked_report_matched_at", "parked_report", ["matched_at"])


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older release; restore a backup instead")
