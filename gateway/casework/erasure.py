"""The end of a case's content: its key is dropped, and with it everything sealed under it.

What stays: the reference, status and times in the clear, the chain of events (its hashes are over sealed bodies, so it
can still be verified), and the case's share in the statistics under a name that leads nowhere.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from gateway.casework import duties
from gateway.casework.events import SYSTEM, record_ending
from gateway.desk import Desk
from gateway.details import read_details
from gateway.errors import Refused
from gateway.identifiers import new_token, plain_reference
from gateway.statistics import notes
from models.case import CaseFile, RuleFiring, find_case, lock_case
from models.conversation import Conversation
from models.inbound import InboundMessage
from models.lifecycle import OPEN
from models.outbound import WAITING, OutboundMessage
from models.people import Officer, OneTimeCode
from models.referral import Referral
from models.throttle import AccessRecord
from models.ussd_session import UssdSession
from models.vocabulary import CaseStatus, MessageStatus, OfficerRole, Recipient

INBOUND_LIVES = timedelta(days=90)
"""How long a raw text is kept from its receipt (DESIGN section 7), and from the end of its case: till then somebody may

have to read again what was said, and what is received must not be lost.
"""
BATCH = 500
LEADERS = (OfficerRole.SUPERVISOR, OfficerRole.HEAD)
ENDED = (CaseStatus.CLOSED, CaseStatus.INVALID)


@dataclass(frozen=True)
class Erased:
    """`key` is the wrapped key that was dropped: whoever verifies looks for these bytes."""

    reference: str
    key: bytes = field(repr=False)


def erase(
    session: Session, desk: Desk, now: datetime, reference: str, officer: Officer, second: Officer, reason: str
) -> Erased:
    """Two officers erase an ended case, after one of them verified the person by voice or in person. Raises Refused."""
    _check_officers(officer, second)
    if not reason.strip():
        raise Refused("erasing needs a reason, such as: asked in person, identity checked (no names)")
    found = find_case(session, plain_reference(reference))
    case = lock_case(session, found.id) if found else None
    if case is None:
        raise Refused(f"no case has the reference {reference}")
    if case.wrapped_key is None:
        raise Refused("the case has been erased")
    details = read_details(desk, case)
    if {officer.id, second.id} & set(details.related):
        raise Refused("an officer related to the case does not erase it")
    if owed := [duty.name for duty in duties.list_open(details)]:
        raise Refused(f"a legal duty is still open: {', '.join(owed)}")
    if case.status in OPEN:
        raise Refused(f"only an ended case is erased; this one is {case.status}")
    key = shred(session, desk, now, case, f"officer:{officer.id}", "erased", reason=reason, second=second.id)
    return Erased(f"BP-{case.reference}", key)


def _check_officers(officer: Officer, second: Officer) -> None:
    if officer.id == second.id:
        raise Refused("erasing needs two different officers")
    for one in (officer, second):
        if one.suspended_at is not None:
            raise Refused("an officer whose phone is suspended does not erase")
        if one.role is OfficerRole.ADMIN:
            raise Refused("an admin does not work on cases")
    if not {officer.role, second.role} & set(LEADERS):
        raise Refused("one of the two must be a supervisor or a head")


def shred(session: Session, desk: Desk, now: datetime, case: CaseFile, actor: str, kind: str, **body: object) -> bytes:
    """Drop the case's key and all that could be read without it; the wrapped key that was dropped."""
    key = case.wrapped_key or b""
    notes.unlink(session, desk, case)
    record_ending(session, desk, case, now, kind, actor, **body)
    case.wrapped_key = case.details = case.phone_index = case.kecamatan = None
    case.receipt_index = bytes.fromhex(new_token() + new_token())
    case.holder_id = case.next_rule_at = None
    for table in (Conversation, UssdSession, InboundMessage, OneTimeCode, RuleFiring):
        session.execute(delete(table).where(table.case_id == case.id))
    session.execute(update(Referral).where(Referral.case_id == case.id).values(basis=None))
    _empty_messages(session, now, case.id)
    desk.keyring.forget()
    session.flush()
    return key


def _empty_messages(session: Session, now: datetime, case_id: str) -> None:
    """What waits never leaves; what left keeps its times and status, and loses text and phone."""
    mine = OutboundMessage.case_id == case_id
    cancelled = {"status": MessageStatus.CANCELLED, "code": "erased", "settled_at": now}
    session.execute(update(OutboundMessage).where(mine, OutboundMessage.status.in_(WAITING)).values(**cancelled))
    session.execute(update(OutboundMessage).where(mine).values(body=b""))
    reporters = OutboundMessage.recipient.in_((Recipient.REPORTER, Recipient.CADRE))
    session.execute(update(OutboundMessage).where(mine, reporters).values(to_index=bytes(32), person_id=None))


# What is kept only for a time


def forget_inbound(session: Session, now: datetime) -> int:
    """Delete a batch of raw texts that are old enough; how many. Those of a case that still goes on are kept."""
    limit = now - INBOUND_LIVES
    over = or_(CaseFile.id.is_(None), and_(CaseFile.status.in_(ENDED), CaseFile.closed_at < limit))
    old = select(InboundMessage.id).outerjoin(CaseFile, CaseFile.id == InboundMessage.case_id)
    found = list(session.scalars(old.where(InboundMessage.received_at < limit, over).limit(BATCH)))
    session.execute(delete(InboundMessage).where(InboundMessage.id.in_(found)))
    return len(found)


def forget_looks(session: Session, desk: Desk, now: datetime) -> int:
    """Delete a batch of the rows that say who listed or tried what; how many.

    A list may have shown any case there was: it is kept as long as an ended case is, and never less than the oldest
    case it may have shown. Looks at one case are events of that case.
    """
    oldest = session.scalar(select(func.min(CaseFile.created_at)).where(CaseFile.wrapped_key.is_not(None)))
    limit = now - desk.settings.keep_closed_cases
    limit = min(limit, oldest) if oldest else limit
    old = select(AccessRecord.id).where(AccessRecord.at < limit).order_by(AccessRecord.id).limit(BATCH)
    found = list(session.scalars(old))
    session.execute(delete(AccessRecord).where(AccessRecord.id.in_(found)))
    return len(found)


def find_expired(session: Session, desk: Desk, now: datetime) -> list[str]:
    """Ids of the cases that ended longer ago than the office keeps them."""
    ended = (CaseFile.status.in_(ENDED), CaseFile.wrapped_key.is_not(None))
    old = CaseFile.closed_at < now - desk.settings.keep_closed_cases
    return list(session.scalars(select(CaseFile.id).where(*ended, old).order_by(CaseFile.closed_at)))


def shred_expired(session: Session, desk: Desk, now: datetime, case_id: str) -> bytes | None:
    """The key that was dropped; None when the case came alive again meanwhile, or a duty is open."""
    case = lock_case(session, case_id)
    if case is None or case.wrapped_key is None or case.status not in ENDED:
        return None
    if duties.list_open(read_details(desk, case)):
        return None
    return shred(session, desk, now, case, SYSTEM, "shredded")
