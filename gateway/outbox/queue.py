"""The outbox: enqueue, claim with a lease, settle. A row leaves `queued` only here.

Claiming and settling are one statement each and the same on both engines; two workers never hold the same row, and a
worker that froze past its lease finds its token gone and changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from gateway.casework.details import WINDOWS, Contact, key_of, read_details
from gateway.desk import Desk
from gateway.identifiers import new_id, new_token
from gateway.keyring import SealError
from gateway.outbox import policy
from menus.gsm import segments
from models.base import insert_new
from models.case import CaseFile
from models.outbound import WAITING, OptOutRow, OutboundMessage
from models.people import Agency, Cadre, Officer
from models.vocabulary import MessageStatus, Purpose, Recipient

STAFF: dict[Recipient, type[Officer] | type[Cadre] | type[Agency]] = {
    Recipient.OFFICER: Officer,
    Recipient.CADRE: Cadre,
    Recipient.AGENCY: Agency,
}
LEASE = timedelta(seconds=60)
LATE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Draft:
    """A message decided, not yet a row. `dedupe_key` names the effect: the same key twice is one message."""

    purpose: Purpose
    recipient: Recipient
    to: str = field(repr=False)
    text: str = field(repr=False)
    dedupe_key: str
    person_id: str | None = None
    due_at: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True)
class Outgoing:
    """A claimed message, opened, ready for the carrier."""

    id: str
    token: str
    purpose: Purpose
    recipient: Recipient
    attempts: int
    lease_until: datetime
    to: str = field(repr=False)
    text: str = field(repr=False)


def enqueue(session: Session, desk: Desk, now: datetime, draft: Draft, case: CaseFile | None = None) -> bool:
    """Put a message in the outbox; false when this effect already has its message."""
    rule = policy.rule_for(draft.purpose, draft.recipient)
    priority = case.priority if case else None
    due = policy.first_moment(desk.office, draft.due_at or now, draft.purpose, draft.recipient, priority)
    message_id = new_id(now)
    body = json.dumps([draft.to, draft.text], ensure_ascii=False).encode()
    values = {
        "id": message_id,
        "dedupe_key": draft.dedupe_key,
        "purpose": draft.purpose,
        "recipient": draft.recipient,
        "case_id": case.id if case else None,
        "person_id": draft.person_id,
        "priority": priority,
        "rank": policy.rank_of(draft.purpose, draft.recipient, priority),
        "to_index": desk.keyring.index("phone", draft.to),
        "body": _seal(desk, case, message_id, body),
        "segments": segments(draft.text),
        "status": MessageStatus.QUEUED,
        "queued_at": now,
        "due_at": due,
        "not_after": draft.not_after or due + rule.lives_for,
    }
    return insert_new(session, OutboundMessage, values)


def is_known(session: Session, dedupe_key: str) -> bool:
    """Whether this effect has its message already: spares making a code nobody would be told."""
    found = select(OutboundMessage.id).where(OutboundMessage.dedupe_key == dedupe_key)
    return session.scalar(found) is not None


def _seal(desk: Desk, case: CaseFile | None, message_id: str, body: bytes) -> bytes:
    if case is None:
        return desk.keyring.seal("outbound_message.body", message_id, body)
    return key_of(desk, case).seal("outbound_message.body", message_id, body)


def open_message(desk: Desk, message: OutboundMessage, case: CaseFile | None) -> tuple[str, str]:
    """Phone and text. Raises SealError, also when the case has been erased."""
    if message.case_id is None:
        raw = desk.keyring.open("outbound_message.body", message.id, message.body)
    elif case is None:
        raise SealError
    else:
        raw = key_of(desk, case).open("outbound_message.body", message.id, message.body)
    to, text = json.loads(raw)
    return to, text


def claim_due(session: Session, desk: Desk, now: datetime, limit: int) -> list[Outgoing]:
    """Take up to `limit` due messages under a lease; those that may not leave now are settled on the spot.

    Empty only when nothing is due: messages that may not leave do not hide the ones behind them.
    """
    while rows := _take_due(session, now, limit):
        ready = [_release(session, desk, now, row) for row in rows]
        session.flush()
        if found := [outgoing for outgoing in ready if outgoing]:
            return found
    return []


def _take_due(session: Session, now: datetime, limit: int) -> list[OutboundMessage]:
    picked = (
        select(OutboundMessage.id)
        .where(OutboundMessage.status.in_(WAITING), OutboundMessage.due_at <= now, OutboundMessage.not_after >= now)
        .order_by(OutboundMessage.rank, OutboundMessage.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("picked")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    token = new_token()
    taken = (
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)))
        .values(
            status=MessageStatus.SENDING,
            token=token,
            lease_until=now + LEASE,
            attempts=OutboundMessage.attempts + 1,
        )
        .returning(OutboundMessage)
        .execution_options(synchronize_session=False)
    )
    rows = list(session.scalars(taken))
    rows.sort(key=lambda row: (row.rank, row.due_at))
    return rows


def _release(session: Session, desk: Desk, now: datetime, row: OutboundMessage) -> Outgoing | None:
    case = session.get(CaseFile, row.case_id) if row.case_id else None
    try:
        to, text = open_message(desk, row, case)
        decision = policy.decide(leaving_of(session, desk, now, row, case), desk.office, now)
    except SealError:  # the case was erased: nothing may leave for it any more
        decision = policy.Decision(policy.Verdict.CANCEL, reason="erased")
        to = text = ""
    if decision.verdict is policy.Verdict.SEND:
        return Outgoing(row.id, row.token or "", row.purpose, row.recipient, row.attempts, now + LEASE, to, text)
    row.attempts -= 1
    row.token, row.lease_until, row.code = None, None, decision.reason
    if decision.verdict is policy.Verdict.WAIT and decision.until:
        row.status, row.due_at = MessageStatus.QUEUED, decision.until
        row.not_after = max(row.not_after, decision.until + timedelta(minutes=30))
    else:
        expired = decision.verdict is policy.Verdict.EXPIRE
        row.status = MessageStatus.EXPIRED if expired else MessageStatus.CANCELLED
        row.settled_at = now
    return None


def leaving_of(
    session: Session, desk: Desk, now: datetime, row: OutboundMessage, case: CaseFile | None
) -> policy.Leaving:
    """What the policy asks about a message that is about to leave. Raises SealError."""
    contact = read_details(desk, case).contact if case and row.recipient is Recipient.REPORTER else None
    return policy.Leaving(
        purpose=row.purpose,
        recipient=row.recipient,
        priority=row.priority,
        not_after=row.not_after,
        opted_out=session.get(OptOutRow, row.to_index) is not None,
        suspended=_is_suspended(session, row),
        consents=contact is not None and contact.sms,
        safe_from=_safe_from(desk, contact, now),
    )


def _safe_from(desk: Desk, contact: Contact | None, now: datetime) -> datetime | None:
    if contact is None or contact.hours not in WINDOWS:
        return None
    return desk.office.next_within(now, WINDOWS[contact.hours])


def _is_suspended(session: Session, row: OutboundMessage) -> bool:
    table = STAFF.get(row.recipient)
    if table is None or row.person_id is None:
        return False
    frozen = select(table.id).where(table.id == row.person_id, table.suspended_at.is_not(None))
    return session.scalar(frozen) is not None


@dataclass(frozen=True)
class Outcome:
    """What came of handing a message over. `status` is where the row goes."""

    status: MessageStatus
    provider: str
    provider_id: str | None = None
    code: str | None = None
    cost: str | None = None
    again_after: timedelta | None = None
    holds: bool = False
    """Nothing else would be taken either: the queue stops and tries one message now and then."""


def settle(session: Session, now: datetime, outgoing: Outgoing, outcome: Outcome) -> bool:
    """Write the outcome; false when the lease was lost meanwhile, and then nothing changes."""
    final = outcome.status in (MessageStatus.FAILED, MessageStatus.UNKNOWN)
    values: dict[str, object] = {
        "status": outcome.status,
        "provider": outcome.provider,
        "provider_id": outcome.provider_id,
        "code": outcome.code,
        "cost": outcome.cost,
        "token": None,
        "lease_until": None,
    }
    if outcome.status in (MessageStatus.SENT, MessageStatus.DELIVERED):
        values["sent_at"] = now
    if final or outcome.status is MessageStatus.DELIVERED:
        values["settled_at"] = now
    if outcome.again_after is not None:
        values["due_at"] = now + outcome.again_after
    held = (OutboundMessage.id == outgoing.id, OutboundMessage.token == outgoing.token)
    done = session.execute(update(OutboundMessage).where(*held).values(**values))
    return isinstance(done, CursorResult) and done.rowcount == 1


def give_back(session: Session, outgoing: Outgoing) -> None:
    """Never handed over: it waits again, and whether it may leave is asked anew. Nothing when the lease was lost."""
    held = (OutboundMessage.id == outgoing.id, OutboundMessage.token == outgoing.token)
    values = {"status": MessageStatus.QUEUED, "token": None, "lease_until": None}
    session.execute(update(OutboundMessage).where(*held).values(attempts=OutboundMessage.attempts - 1, **values))


def expire_old(session: Session, now: datetime) -> list[OutboundMessage]:
    """Messages whose time has passed while they waited."""
    late = (OutboundMessage.status.in_(WAITING), OutboundMessage.not_after < now)
    statement = (
        update(OutboundMessage)
        .where(*late)
        .values(status=MessageStatus.EXPIRED, settled_at=now, code="too_late")
        .returning(OutboundMessage)
        .execution_options(synchronize_session=False)
    )
    return list(session.scalars(statement))


def reap_leases(session: Session, now: datetime) -> list[OutboundMessage]:
    """Rows whose sender died or froze: what left is not known, so the policy of a lost answer decides."""
    rows = list(
        session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.status == MessageStatus.SENDING, OutboundMessage.lease_until < now)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        row.status = policy.after_lost_answer(row.purpose, row.recipient, row.attempts)
        row.token, row.lease_until, row.code = None, None, "lease_lost"
        if row.status is MessageStatus.UNKNOWN:
            row.settled_at = now
    return rows


def cancel_for_phone(session: Session, to_index: bytes, reason: str, recipients: Sequence[Recipient]) -> int:
    """Stop what still waits for a phone; alerts to officers are never among the recipients given."""
    waiting = (
        OutboundMessage.to_index == to_index,
        OutboundMessage.status.in_(WAITING),
        OutboundMessage.recipient.in_(recipients),
    )
    done = session.execute(update(OutboundMessage).where(*waiting).values(status=MessageStatus.CANCELLED, code=reason))
    return done.rowcount if isinstance(done, CursorResult) else 0


def withdraw(session: Session, case: CaseFile, steps: Sequence[str]) -> None:
    """What was decided of this case in such steps and has not left yet is no longer so.

    A step is the word that follows the case in the effect's name: `accepted`, `first_action`.
    """
    names = (OutboundMessage.dedupe_key.startswith(f"{case.id}:{step} ", autoescape=True) for step in steps)
    waiting = (OutboundMessage.case_id == case.id, OutboundMessage.status.in_(WAITING), or_(*names))
    session.execute(update(OutboundMessage).where(*waiting).values(status=MessageStatus.CANCELLED, code="overtaken"))


def has_word(session: Session, case: CaseFile, step: str, since: datetime) -> bool:
    """Whether such a step has been told, or is about to be, since then."""
    told = (
        OutboundMessage.case_id == case.id,
        OutboundMessage.dedupe_key.startswith(f"{case.id}:{step} ", autoescape=True),
        OutboundMessage.queued_at > since,
        OutboundMessage.status != MessageStatus.CANCELLED,
    )
    return session.scalar(select(OutboundMessage.id).where(*told).limit(1)) is not None


def lift_stop(session: Session, phone_index: bytes) -> None:
    """She says anew that SMS are welcome, so an earlier BERHENTI of hers is over; a carrier's word stays."""
    hers = (OptOutRow.phone_index == phone_index, OptOutRow.source == "sms")
    session.execute(delete(OptOutRow).where(*hers))


def is_late(session: Session, now: datetime) -> bool:
    """Whether alerts of P1 have waited longer than LATE_AFTER: then no screen may say that officers are reached."""
    stuck = (OutboundMessage.status.in_(WAITING), OutboundMessage.rank == 0, OutboundMessage.due_at < now - LATE_AFTER)
    return session.scalar(select(OutboundMessage.id).where(*stuck).limit(1)) is not None
