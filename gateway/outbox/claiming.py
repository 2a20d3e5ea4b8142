"""Taking due messages out of the queue under a lease, and asking of each whether it may leave now.

As rows and not as objects: between a carrier's answer and the next message lies nothing but this.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.details import WINDOWS, Contact, read_details
from gateway.identifiers import new_token
from gateway.keyring import SealError
from gateway.outbox import policy
from gateway.outbox.due import Due, take_due
from gateway.outbox.queue import LEASE, Outgoing, open_message
from models.base import Base, any_found, any_of, touch
from models.case import CaseFile
from models.inbound import InboundMessage
from models.loading import take
from models.outbound import OptOutRow, OutboundMessage
from models.people import Agency, Cadre, Officer
from models.prepared import Among, Prepared
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient

STAFF: Final[dict[Recipient, type[Officer] | type[Cadre] | type[Agency]]] = {
    Recipient.OFFICER: Officer,
    Recipient.CADRE: Cadre,
    Recipient.AGENCY: Agency,
}


def claim_due(
    session: Session, desk: Desk, now: datetime, limit: int, ids: Sequence[str] | None = None
) -> list[Outgoing]:
    """Take up to `limit` due messages under a lease; those that may not leave now are settled on the spot.

    Empty only when nothing is due: messages that may not leave do not hide the ones behind them. `ids`: of these only.
    """
    token = new_token()
    while rows := take_due(session, now, token, limit, ids):
        around = _look_around(session, rows)
        ready = [_release(session, desk, now, token, row, around) for row in rows]
        if leaving := [outgoing for outgoing in ready if outgoing]:
            return leaving
    return []


def leaving_of(session: Session, desk: Desk, now: datetime, row: OutboundMessage) -> policy.Leaving:
    """What the policy asks about one message that is to leave. Raises SealError."""
    around = _look_around(session, [row])
    return _leaving(desk, now, row, around.cases.get(row.case_id or ""), around)


# Looking around


class Waiting(Protocol):
    """What both a row of a claim and a whole message have."""

    @property
    def purpose(self) -> Purpose: ...
    @property
    def recipient(self) -> Recipient: ...
    @property
    def case_id(self) -> str | None: ...
    @property
    def person_id(self) -> str | None: ...
    @property
    def priority(self) -> Priority | None: ...
    @property
    def to_index(self) -> bytes: ...
    @property
    def dedupe_key(self) -> str: ...
    @property
    def not_after(self) -> datetime: ...


@dataclass(frozen=True)
class Around:
    """What has to be known of the messages of one claim, asked once for all of them."""

    cases: Mapping[str, CaseFile]
    opted_out: Set[bytes]
    suspended: Set[str]
    carriers: Mapping[str, str]
    """Of each text that one of them answers: the carrier that brought it."""


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


_CASES = Among(_table(CaseFile).c.id, lambda among: select(_table(CaseFile)).where(among))
_STOPPED = Among(_table(OptOutRow).c.phone_index, lambda among: select(_table(OptOutRow).c.phone_index).where(among))
_CAME_BY = Among(
    _table(InboundMessage).c.id,
    lambda among: select(_table(InboundMessage).c.id, _table(InboundMessage).c.provider).where(among),
)


def _suspended(people: Table) -> Among:
    return Among(people.c.id, lambda among: select(people.c.id).where(among, people.c.suspended_at.is_not(None)))


_SUSPENDED = {model: _suspended(_table(model)) for model in STAFF.values()}


def _look_around(session: Session, rows: Collection[Waiting]) -> Around:
    cases = {row.case_id for row in rows if row.case_id}
    answered = {name for row in rows if (name := _answers(row))}
    phones = {row.to_index for row in rows}
    people: dict[type[Officer] | type[Cadre] | type[Agency], set[str]] = {}
    for row in rows:
        if row.person_id and row.recipient in STAFF:
            people.setdefault(STAFF[row.recipient], set()).add(row.person_id)
    suspended = {name for model, ids in people.items() for (name,) in any_of(session, _SUSPENDED[model], ids)}
    session.flush()  # as before any question of the session's own
    return Around(
        {case.id: case for case in (take(session, CaseFile, row) for row in any_found(session, _CASES, cases))},
        {phone for (phone,) in any_of(session, _STOPPED, phones)},
        suspended,
        {name: carrier for name, carrier in any_of(session, _CAME_BY, answered)},  # noqa: C416 - rows of two
    )


def _answers(row: Waiting) -> str | None:
    """The effect's name of an answer begins with the message it answers: `in:<id>:<number>`."""
    kind, _, rest = row.dedupe_key.partition(":")
    return rest.partition(":")[0] if kind == "in" else None


# May it leave


_TABLE = _table(OutboundMessage)
_LET_GO = Prepared(
    lambda _: (
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("held_id"), _TABLE.c.token == bindparam("held_token"))
        .values(
            **{name: bindparam(name) for name in ("status", "code", "due_at", "not_after", "settled_at")},
            token=None,
            lease_until=None,
            attempts=_TABLE.c.attempts - 1,
        )
    )
)


def _release(session: Session, desk: Desk, now: datetime, token: str, row: Due, around: Around) -> Outgoing | None:
    case = around.cases.get(row.case_id or "")
    try:
        to, text = open_message(desk, row, case)
        decision = policy.decide(_leaving(desk, now, row, case, around), desk.office, now)
    except SealError:  # the case was erased: nothing may leave for it any more
        decision = policy.Decision(policy.Verdict.CANCEL, reason="erased")
        to = text = ""
    if decision.verdict is not policy.Verdict.SEND:
        touch(session, _LET_GO, {"held_id": row.id, "held_token": token, **_kept_back(now, row, decision)})
        return None
    return Outgoing(
        id=row.id,
        token=token,
        purpose=row.purpose,
        recipient=row.recipient,
        attempts=row.attempts,
        lease_until=now + LEASE,
        not_after=row.not_after,
        tried=row.provider,
        came_by=around.carriers.get(_answers(row) or ""),
        to=to,
        text=text,
    )


def _kept_back(now: datetime, row: Due, decision: policy.Decision) -> dict[str, object]:
    """What the row says of a message that does not leave now."""
    as_it_was = {"code": decision.reason, "due_at": row.due_at, "not_after": row.not_after, "settled_at": None}
    if decision.verdict is policy.Verdict.WAIT and decision.until:
        not_after = max(row.not_after, decision.until + timedelta(minutes=30))
        return {**as_it_was, "status": MessageStatus.QUEUED, "due_at": decision.until, "not_after": not_after}
    expired = decision.verdict is policy.Verdict.EXPIRE
    return {
        **as_it_was,
        "status": MessageStatus.EXPIRED if expired else MessageStatus.CANCELLED,
        "settled_at": now,
    }


def _leaving(desk: Desk, now: datetime, row: Waiting, case: CaseFile | None, around: Around) -> policy.Leaving:
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
