"""Alembic's entry: runs on the connection it is given, never opens one of its own."""

from alembic import context

import models.case
import models.conversation
import models.duty
import models.inbound
import models.outbound
import models.outreach
import models.people
import models.referral
import models.throttle
import models.ussd_session  # noqa: F401 - each import adds its tables to the metadata
from models.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
