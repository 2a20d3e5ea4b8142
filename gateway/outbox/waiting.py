"""What lies in the outbox already: found again, cancelled, taken back, late. Nothing here makes or sends a message."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, CursorResult, bindparam, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.outbox import policy
from models.base import one
from models.case import CaseFile
from models.outbound import WAITING, OptOutRow, OutboundMessage
from models.prepared import Prepared
from models.vocabulary import MessageStatus, Purpose, Recipient

LATE_AFTER = timedelta(minutes=2)
CALLS_FOR_HELP = (Purpose.ALERT, Purpose.ESCALATION, Purpose.REFERRAL)


_KNOWN = Prepared(lambda _: select(OutboundMessage.id).where(OutboundMessage.dedupe_key == bindparam("dedupe_key")))


def is_known(session: Session, dedupe_key: str) -> bool:
    """Whether this effect has its message already: spares making a code nobody would be told."""
    return one(session, _KNOWN, {"dedupe_key": dedupe_key}) is not None


def cancel_for_phone(session: Session, to_index: bytes, reason: str, recipients: Sequence[Recipient]) -> int:
    """Stop what still waits for a phone; alerts to officers are never among the recipients given."""
    waiting = (
        OutboundMessage.to_index == to_index,
        OutboundMessage.status.in_(WAITING),
        OutboundMessage.recipient.in_(recipients),
    )
    done = session.execute(update(OutboundMessage).where(*waiting).values(status=MessageStatus.CANCELLED, code=reason))
    return done.rowcount if isinstance(done, CursorResult) else 0


def withdraw(session: Session, case: CaseFile, steps: Sequence[str], person_id: str | None = None) -> None:
    """What was decided of this case in such steps and has not left yet is no longer so; for all, or for one person.

    A step is the word that follows the case in the effect's name: `accepted`, `first_action`.
    """
    waiting = [*_waiting(case, steps)]
    if person_id:
        waiting.append(OutboundMessage.person_id == person_id)
    session.execute(update(OutboundMessage).where(*waiting).values(status=MessageStatus.CANCELLED, code="overtaken"))


def renew(session: Session, now: datetime, case: CaseFile, step: str, person_id: str) -> bool:
    """The same words still wait to leave for this person: they live on as new ones would; false when none wait.

    While the carrier is away a cry repeated ten times is told once, and not forgotten either.
    """
    waiting = (*_waiting(case, [step]), OutboundMessage.person_id == person_id)
    row = session.scalar(select(OutboundMessage).where(*waiting).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return False
    row.not_after = max(row.not_after, now + policy.rule_for(row.purpose, row.recipient).lives_for)
    return True


def leave_now(session: Session, desk: Desk, case: CaseFile, queued_at: datetime, now: datetime) -> None:
    """Calls for help that were decided then, in an hour nobody could read them, leave as if decided now.

    Answers and receipts keep their time: what she did not wait for must not come when somebody else holds the phone.
    """
    waiting = (OutboundMessage.case_id == case.id, OutboundMessage.status.in_(WAITING))
    these = (OutboundMessage.queued_at == queued_at, OutboundMessage.purpose.in_(CALLS_FOR_HELP))
    for row in session.scalars(select(OutboundMessage).where(*waiting, *these)):
        due = policy.first_moment(desk.office, now, row.purpose, row.recipient, row.priority)
        if row.due_at < due:
            row.due_at, row.not_after = due, due + policy.rule_for(row.purpose, row.recipient).lives_for


def _waiting(case: CaseFile, steps: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    names = (OutboundMessage.dedupe_key.startswith(f"{case.id}:{step} ", autoescape=True) for step in steps)
    return OutboundMessage.case_id == case.id, OutboundMessage.status.in_(WAITING), or_(*names)


def has_untried(session: Session, case: CaseFile, step: str) -> bool:
    """Whether such a step of this case still waits to leave for the first time: nobody can have read it."""
    untried = (*_waiting(case, [step]), OutboundMessage.attempts == 0)
    return session.scalar(select(OutboundMessage.id).where(*untried).limit(1)) is not None


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
    """She says anew that SMS are welcome (a cadre: to the office), so her BERHENTI is over; a carrier's word stays."""
    hers = (OptOutRow.phone_index == phone_index, OptOutRow.source == "sms")
    session.execute(delete(OptOutRow).where(*hers))


_LONG = OutboundMessage.queued_at < bindparam("before")
"""Since when it waits, not when it is tried next: every try that fails moves that on."""
_STILL_WAITS = OutboundMessage.status.in_([literal(word, OutboundMessage.status.type) for word in WAITING])
_STUCK = Prepared(lambda _: select(OutboundMessage.id).where(_STILL_WAITS, OutboundMessage.rank == 0, _LONG).limit(1))


_DUE = OutboundMessage.due_at <= bindparam("now")
_URGENT = Prepared(lambda _: select(OutboundMessage.id).where(_STILL_WAITS, OutboundMessage.rank == 0, _DUE).limit(1))


def is_urgent_due(connection: Connection, now: datetime) -> bool:
    """Whether an alert of P1 may leave."""
    return _URGENT.one(connection, {"now": now}) is not None


def is_late(session: Session, now: datetime) -> bool:
    """Whether alerts of P1 have waited longer than LATE_AFTER: then no screen may say that officers are reached."""
    return one(session, _STUCK, {"before": now - LATE_AFTER}) is not None
