"""Messages that will never arrive, and what follows from it."""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from gateway.casework.escalation import climb_at_once
from gateway.desk import Desk
from gateway.keyring import SealError
from models.outbound import OutboundMessage
from models.vocabulary import MessageStatus, Priority, Purpose

log = structlog.get_logger(__name__)

LOST: Final = frozenset({MessageStatus.FAILED, MessageStatus.EXPIRED})


def after_loss(session: Session, desk: Desk, now: datetime, row: OutboundMessage) -> None:
    """A P1 alert that will never arrive climbs at once."""
    alerting = row.purpose in (Purpose.ALERT, Purpose.ESCALATION) and row.priority is Priority.P1
    if not (alerting and row.status in LOST and row.case_id):
        return
    try:
        climb_at_once(session, desk, now, row.case_id, row.id)
    except SealError:  # one unreadable case must not stop the sending of all the others
        log.error("case cannot be opened", case=row.case_id)
