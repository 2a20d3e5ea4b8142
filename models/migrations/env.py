"""Alembic's entry: runs on the connection it is given, never opens one of its own."""

from typing import Any, Literal

from alembic import context

import models.audit
import models.case
import models.conversation
import models.duty
import models.export
import models.inbound
import models.keys
import models.outbound
import models.outreach
import models.people
import models.practice
import models.referral
import models.statistics
import models.throttle
import models.ussd_session
import models.web_session  # noqa: F401 - each import adds its tables to the metadata
from models.base import Base
from models.columns import Listed, UtcTime


def plain_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """A migration is history: it names the engine's own types, not ours of today."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Listed):
        return "sa.String(16)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
