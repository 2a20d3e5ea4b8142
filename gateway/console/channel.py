"""The channel log as its page shows it: what left, what did not and why, and whether the queue moves at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway import vitals
from gateway.casework import acts
from gateway.console.visits import Visit
from gateway.errors import Refused
from gateway.keyring import SealError
from gateway.outbox import policy, pulse
from gateway.outbox.queue import open_message
from gateway.phones import mask
from models.case import CaseFile
from models.outbound import WAITING, OutboundMessage
from models.people import Officer
from models.throttle import Pulse
from models.vocabulary import MessageStatus, Purpose, Recipient

PAGE: Final = 40
MOST_COUNTED: Final = 1000


class Shown(StrEnum):
    ALL = "all"
    TROUBLE = "trouble"
    WAITING = "waiting"
    HELD = "held"


STATUSES: Final = {
    Shown.TROUBLE: (MessageStatus.FAILED, MessageStatus.UNKNOWN, MessageStatus.EXPIRED),
    Shown.WAITING: (*WAITING, MessageStatus.SENDING),
    Shown.HELD: (MessageStatus.HELD,),
}


@dataclass(frozen=True)
class Row:
    """One message, without its text."""

    id: str
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    purpose: Purpose
    recipient: Recipient
    status: MessageStatus
    phone: str | None
    """Masked; None for a person of a case that is not the reader's."""
    reference: str | None
    attempts: int
    segments: int
    cost: str | None
    provider: str | None
    code: str | None
    again: bool
    """Whether asking to send it again is worth a try."""


@dataclass(frozen=True)
class Line:
    """The state of the channel now."""

    waiting: int
    oldest_due: datetime | None
    holds: list[tuple[str, str, datetime]]
    """Carriers that take nothing now, each with why and since when."""
    balances: list[tuple[str, str, datetime]]
    """What each carrier that tells it said was left, and when."""
    beat_at: datetime | None
    alive: bool


def look_at_line(session: Session, now: datetime) -> Line:
    due = (OutboundMessage.status.in_(WAITING), OutboundMessage.due_at <= now)
    some = select(OutboundMessage.due_at).where(*due).limit(MOST_COUNTED).subquery()
    waiting, oldest = session.execute(select(func.count(), func.min(some.c.due_at)).select_from(some)).one()
    beat, holds = session.get(Pulse, "worker"), pulse.list_holds(session)
    return Line(
        waiting,
        oldest,
        holds,
        pulse.list_balances(session),
        beat.at if beat else None,
        beat is not None and beat.at >= now - vitals.HEARTBEAT_WITHIN,
    )


def list_page(session: Session, visit: Visit, shown: Shown, before: str) -> list[Row]:
    """One page and one more, newest first. Three statements, whatever the number of messages."""
    wanted = select(OutboundMessage).order_by(OutboundMessage.id.desc()).limit(PAGE + 1)
    if before:
        wanted = wanted.where(OutboundMessage.id < before)
    if shown in STATUSES:
        wanted = wanted.where(OutboundMessage.status.in_(STATUSES[shown]))
    found = list(session.scalars(wanted))
    asked = select(CaseFile).where(CaseFile.id.in_({row.case_id for row in found if row.case_id}))
    cases = {case.id: case for case in session.scalars(asked)}
    reader = visit.officer(session)
    return [_row(visit, reader, message, cases.get(message.case_id or "")) for message in found]


def _row(visit: Visit, reader: Officer, message: OutboundMessage, case: CaseFile | None) -> Row:
    mine = case is not None and _may_see(visit, case, reader)
    trouble = policy.find_why_not_again(message.purpose, message.recipient, message.status)
    return Row(
        id=message.id,
        queued_at=message.queued_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        purpose=message.purpose,
        recipient=message.recipient,
        status=message.status,
        phone=_phone(visit, message, case) if mine or message.recipient is not Recipient.REPORTER else None,
        reference=case.reference if case and mine else None,
        attempts=message.attempts,
        segments=message.segments,
        cost=message.cost,
        provider=message.provider,
        code=message.code,
        again=trouble is None and visit.now < message.queued_at + timedelta(days=1),
    )


def _may_see(visit: Visit, case: CaseFile, reader: Officer) -> bool:
    """Not an admin, not another area's officer, not a party's relative; and nobody once it is erased."""
    try:
        acts.check_may(visit.desk, case, reader)
    except (Refused, SealError):
        return False
    return True


def _phone(visit: Visit, message: OutboundMessage, case: CaseFile | None) -> str | None:
    try:
        return mask(open_message(visit.desk, message, case)[0])
    except SealError:
        return None
