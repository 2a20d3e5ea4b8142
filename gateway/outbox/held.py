"""Messages that wait for a person: after a restore nobody knows which of them have left already."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.outbox import policy
from models.outbound import WAITING, OutboundMessage
from models.throttle import AccessRecord
from models.vocabulary import MessageStatus

NOT_LEFT = (*WAITING, MessageStatus.SENDING)


def hold_all(session: Session) -> int:
    """Whatever has not left, or may have; how many."""
    values = {"status": MessageStatus.HELD, "token": None, "lease_until": None, "code": "restored"}
    done = session.execute(update(OutboundMessage).where(OutboundMessage.status.in_(NOT_LEFT)).values(**values))
    return done.rowcount if isinstance(done, CursorResult) else 0


def release(session: Session, desk: Desk, now: datetime, actor: str, ids: Sequence[str] | None) -> int:
    """Let these (or all) wait to be sent again, as if decided now; how many. Raises Refused for one not held.

    Whether each may leave, consent and quiet hours included, is asked when it leaves.
    """
    rows = _find(session, ids)
    for row in rows:
        row.status, row.code = MessageStatus.QUEUED, None
        row.due_at = policy.first_moment(desk.office, now, row.purpose, row.recipient, row.priority)
        row.not_after = row.due_at + policy.rule_for(row.purpose, row.recipient).lives_for
    _note(session, now, actor, "messages released", len(rows))
    return len(rows)


def cancel(session: Session, now: datetime, actor: str, ids: Sequence[str] | None) -> int:
    """These (or all) are never sent; how many. Raises Refused for one not held."""
    rows = _find(session, ids)
    for row in rows:
        row.status, row.code, row.settled_at = MessageStatus.CANCELLED, "not_released", now
    _note(session, now, actor, "messages cancelled", len(rows))
    return len(rows)


def _find(session: Session, ids: Sequence[str] | None) -> list[OutboundMessage]:
    wanted = select(OutboundMessage).where(OutboundMessage.status == MessageStatus.HELD)
    if ids is not None:
        wanted = wanted.where(OutboundMessage.id.in_(ids))
    rows = list(session.scalars(wanted.order_by(OutboundMessage.id).with_for_update()))
    missing = set(ids or ()) - {row.id for row in rows}
    if missing:
        raise Refused(f"{min(missing)} is not a message that is held")
    return rows


def _note(session: Session, now: datetime, actor: str, what: str, count: int) -> None:
    session.add(AccessRecord(id=new_id(now), at=now, actor=actor, what=what, rows=count))
