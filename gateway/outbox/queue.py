"""The outbox: enqueue, settle, take back. `claiming` takes messages out of it.

Claiming and settling are one statement each and the same on both engines; two workers never hold the same row, and a
worker that froze past its lease finds its token gone and changes nothing.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol, cast

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from gateway import crash
from gateway.desk import Desk
from gateway.details import key_of
from gateway.identifiers import new_id
from gateway.keyring import SealError
from gateway.outbox import policy
from menus.gsm import segments
from models.base import insert_new, touch
from models.case import CaseFile
from models.outbound import WAITING, OutboundMessage
from models.prepared import Prepared
from models.vocabulary import MessageStatus, Purpose, Recipient

LEASE = timedelta(seconds=60)
CLOCKS_DIFFER = timedelta(minutes=1)
"""Between hosts, at most. A row of a later moment than this was written before the clock went back."""


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
    not_after: datetime
    tried: str | None
    """The carrier that was tried last."""
    came_by: str | None
    """The carrier that brought the text which this one answers."""
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


def _seal(desk: Desk, case: CaseFile | None, message_id: str, body: bytes) -> bytes:
    if case is None:
        return desk.keyring.seal("outbound_message.body", message_id, body)
    return key_of(desk, case).seal("outbound_message.body", message_id, body)


class Sealed(Protocol):
    """What of a message is needed to open it."""

    @property
    def id(self) -> str: ...
    @property
    def case_id(self) -> str | None: ...
    @property
    def body(self) -> bytes: ...


def open_message(desk: Desk, message: Sealed, case: CaseFile | None) -> tuple[str, str]:
    """Phone and text. Raises SealError, also when the case has been erased."""
    if message.case_id is None:
        raw = desk.keyring.open("outbound_message.body", message.id, message.body)
    elif case is None:
        raise SealError
    else:
        raw = key_of(desk, case).open("outbound_message.body", message.id, message.body)
    to, text = json.loads(raw)
    return to, text


@dataclass(frozen=True)
class Outcome:
    """What came of handing a message over. `status` is where the row goes."""

    status: MessageStatus
    provider: str
    provider_id: str | None = None
    code: str | None = None
    cost: str | None = None
    again_after: timedelta | None = None
    hold_for: timedelta | None = None
    """Nothing else would be taken either: this carrier is left alone, then tried with one message now and then."""
    elsewhere: bool = False
    """It certainly did not leave: another carrier may take it at once."""


@cache
def _settling(names: frozenset[str]) -> Prepared:
    """Made once for each set of columns, as the inserts of `models.base` are."""
    table = cast(Table, OutboundMessage.__table__)
    held = (table.c.id == bindparam("held_id"), table.c.token == bindparam("held_token"))
    return Prepared(lambda _: update(table).where(*held).values({name: bindparam(name) for name in names}))


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
    held = {"held_id": outgoing.id, "held_token": outgoing.token}
    written = touch(session, _settling(frozenset(values)), {**values, **held})
    crash.here("settle_written")
    return written == 1


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
    over = or_(OutboundMessage.lease_until < now, OutboundMessage.lease_until > now + LEASE + CLOCKS_DIFFER)
    rows = list(
        session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.status == MessageStatus.SENDING, over)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        row.status = policy.after_lost_answer(row.purpose, row.recipient, row.attempts)
        row.token, row.lease_until, row.code = None, None, "lease_lost"
        if row.status is MessageStatus.UNKNOWN:
            row.settled_at = now
    session.flush()
    crash.here("messages_reaped")
    return rows
