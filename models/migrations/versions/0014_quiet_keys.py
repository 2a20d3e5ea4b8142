"""a key pressed in the menus changes no index of its session"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

HAS_CASE = sa.text("case_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_ussd_session_phone", "ussd_session")
    op.drop_index("ix_ussd_session_last_at", "ussd_session")
    op.create_index(
        "ix_ussd_session_left",
        "ussd_session",
        ["phone_index", "last_at"],
        sqlite_where=HAS_CASE,
        postgresql_where=HAS_CASE,
    )
    op.create_index("ix_ussd_session_started_at", "ussd_session", ["started_at"])


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older release; restore a backup instead")
