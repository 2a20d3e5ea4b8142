"""The outbox: enqueue, claim with a lease, settle. A row leaves `queued` only here.

Claiming and settling are one statement each and the same on both engines; two workers never hold the same row, and a
worker that froze past its lease finds its token gone and changes nothing.
"""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import Table, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from gateway import crash
from gateway.desk import Desk
from gateway.details import WINDOWS, Contact, key_of, read_details
from gateway.identifiers import new_id, new_token
from gateway.keyring import SealError
from gateway.outbox import policy
from menus.gsm import segments
from models.base import insert_new, touch
from models.case import CaseFile
from models.inbound import InboundMessage
from models.outbound import WAITING, OptOutRow, OutboundMessage
from models.people import Agency, Cadre, Officer
from models.prepared import Prepared
from models.vocabulary import MessageStatus, Purpose, Recipient

STAFF: dict[Recipient, type[Officer] | type[Cadre] | type[Agency]] = {
    Recipient.OFFICER: Officer,
    Recipient.CADRE: Cadre,
    Recipient.AGENCY: Agency,
}
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


def claim_due(
    session: Session, desk: Desk, now: datetime, limit: int, ids: Sequence[str] | None = None
) -> list[Outgoing]:
    """Take up to `limit` due messages under a lease; those that may not leave now are settled on the spot.

    Empty only when nothing is due: messages that may not leave do not hide the ones behind them. `ids`: of these only.
    """
    while rows := _take_due(session, now, limit, ids):
        around = _look_around(session, rows)
        ready = [_release(session, desk, now, row, around) for row in rows]
        session.flush()
        if found := [outgoing for outgoing in ready if outgoing]:
            return found
    return []


def _take_due(session: Session, now: datetime, limit: int, ids: Sequence[str] | None) -> list[OutboundMessage]:
    times = {"now": now, "ahead": now + CLOCKS_DIFFER, "new_lease": now + LEASE}
    values = {**times, "room": limit, "new_token": new_token(), **({} if ids is None else {"ids": list(ids)})}
    rows = list(session.scalars(_taking(any_of_them=ids is None), values))
    rows.sort(key=lambda row: (row.rank, row.due_at))
    return rows


_AT = OutboundMessage.due_at.type
_NOW, _AHEAD = bindparam("now", type_=_AT), bindparam("ahead", type_=_AT)
_URGENT = (OutboundMessage.rank < 2, OutboundMessage.queued_at > _AHEAD)
_AT_ONCE = or_(OutboundMessage.due_at == OutboundMessage.queued_at, OutboundMessage.status == MessageStatus.ERRORED)
_IS_DUE = or_(OutboundMessage.due_at <= _NOW, and_(*_URGENT, _AT_ONCE))
"""Its time has come; or it is a call for help, or what somebody waits for, of an hour that a clock which has gone back

calls the future: whoever cries must not wait for that hour to come again.
"""


@cache
def _taking(*, any_of_them: bool) -> ReturningUpdate[OutboundMessage]:
    """Made once. Rows the session knows are read anew: what has just been settled may be due again at once."""
    these = [] if any_of_them else [OutboundMessage.id.in_(bindparam("ids", expanding=True))]
    picked = (
        select(OutboundMessage.id)
        .where(OutboundMessage.status.in_(WAITING), _IS_DUE, OutboundMessage.not_after >= _NOW, *these)
        .order_by(OutboundMessage.rank, OutboundMessage.due_at)
        .limit(bindparam("room"))
        .with_for_update(skip_locked=True)
        .cte("picked")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    values = {
        "status": MessageStatus.SENDING,
        "token": bindparam("new_token"),
        "lease_until": bindparam("new_lease", type_=_AT),
        "attempts": OutboundMessage.attempts + 1,
    }
    return (
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)))
        .values(values)
        .returning(OutboundMessage)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


@dataclass(frozen=True)
class Around:
    """What has to be known of the messages of one claim, asked once for all of them."""

    cases: Mapping[str, CaseFile]
    opted_out: Set[bytes]
    suspended: Set[str]


_CASES = select(CaseFile).where(CaseFile.id.in_(bindparam("ids", expanding=True)))
_STOPPED = select(OptOutRow.phone_index).where(OptOutRow.phone_index.in_(bindparam("phones", expanding=True)))
_SUSPENDED = {
    table: select(table.id).where(table.id.in_(bindparam("ids", expanding=True)), table.suspended_at.is_not(None))
    for table in STAFF.values()
}


def _look_around(session: Session, rows: Sequence[OutboundMessage]) -> Around:
    cases = {row.case_id for row in rows if row.case_id}
    people: dict[type[Officer] | type[Cadre] | type[Agency], set[str]] = {}
    for row in rows:
        if row.person_id and row.recipient in STAFF:
            people.setdefault(STAFF[row.recipient], set()).add(row.person_id)
    suspended: set[str] = set()
    for table, ids in people.items():
        suspended |= set(session.scalars(_SUSPENDED[table], {"ids": list(ids)}))
    return Around(
        {case.id: case for case in session.scalars(_CASES, {"ids": list(cases)})} if cases else {},
        set(session.scalars(_STOPPED, {"phones": list({row.to_index for row in rows})})),
        suspended,
    )


def _release(session: Session, desk: Desk, now: datetime, row: OutboundMessage, around: Around) -> Outgoing | None:
    case = around.cases.get(row.case_id or "")
    try:
        to, text = open_message(desk, row, case)
        decision = policy.decide(_leaving(desk, now, row, case, around), desk.office, now)
    except SealError:  # the case was erased: nothing may leave for it any more
        decision = policy.Decision(policy.Verdict.CANCEL, reason="erased")
        to = text = ""
    if decision.verdict is policy.Verdict.SEND:
        return _outgoing(session, now, row, to, text)
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


def _outgoing(session: Session, now: datetime, row: OutboundMessage, to: str, text: str) -> Outgoing:
    return Outgoing(
        id=row.id,
        token=row.token or "",
        purpose=row.purpose,
        recipient=row.recipient,
        attempts=row.attempts,
        lease_until=now + LEASE,
        not_after=row.not_after,
        tried=row.provider,
        came_by=_came_by(session, row),
        to=to,
        text=text,
    )


def _came_by(session: Session, row: OutboundMessage) -> str | None:
    """The effect's name of an answer begins with the message it answers: `in:<id>:<number>`."""
    kind, _, rest = row.dedupe_key.partition(":")
    answered = session.get(InboundMessage, rest.partition(":")[0]) if kind == "in" else None
    return answered.provider if answered else None


def leaving_of(session: Session, desk: Desk, now: datetime, row: OutboundMessage) -> policy.Leaving:
    """What the policy asks about one message that is to leave. Raises SealError."""
    around = _look_around(session, [row])
    return _leaving(desk, now, row, around.cases.get(row.case_id or ""), around)


def _leaving(desk: Desk, now: datetime, row: OutboundMessage, case: CaseFile | None, around: Around) -> policy.Leaving:
    contact = read_details(desk, case).contact if case and row.recipient is Recipient.REPORTER else None
    return policy.Leaving(
        purpose=row.purpose,
        recipient=row.recipient,
        priority=row.priority,
        not_after=row.not_after,
        opted_out=row.to_index in around.opted_out,
        suspended=row.recipient in STAFF and row.person_id in around.suspended,
        consents=contact is not None and contact.sms,
        safe_from=_safe_from(desk, contact, now),
    )


def _safe_from(desk: Desk, contact: Contact | None, now: datetime) -> datetime | None:
    """In the hours she named; at any time means by day, as quiet hours have it, and needs no window of its own."""
    if contact is None or contact.hours == "any" or contact.hours not in WINDOWS:
        return None
    return desk.office.next_within(now, WINDOWS[contact.hours])


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
