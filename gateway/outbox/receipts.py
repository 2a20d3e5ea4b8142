"""Delivery reports: a status moves only forward; what we do not know is kept, never refused."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import Table, and_, bindparam, select
from sqlalchemy.orm import Session

from gateway import crash
from gateway.identifiers import new_id
from gateway.outbox.policy import MOVES
from gateway.providers.base import DeliveryReport
from models.base import any_of
from models.outbound import OutboundMessage, ParkedReport
from models.prepared import Among
from models.vocabulary import MessageStatus

FINAL = frozenset({MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.EXPIRED})


def apply(session: Session, now: datetime, report: DeliveryReport) -> OutboundMessage | None:
    """Move the message the report names; None when it is parked or changes nothing.

    A report is parked when its word is unknown, or its id is (it may overtake the settling of its own send, or come of
    an earlier attempt while another is under way).
    """
    named = (OutboundMessage.provider == report.provider, OutboundMessage.provider_id == report.provider_id)
    row = session.scalar(select(OutboundMessage).where(*named).with_for_update())
    if row is None or report.status is None or row.status is MessageStatus.SENDING:
        _park(session, now, report)
        return None
    moved = _advance(row, report.status, report.reason, now)
    crash.here("report_applied")
    return row if moved else None


def match_parked(session: Session, now: datetime, message_id: str) -> OutboundMessage | None:
    """After a send has settled: the report that came before we knew the carrier's id."""
    row = session.get(OutboundMessage, message_id, with_for_update=True)
    if row is None or row.provider_id is None or row.status is MessageStatus.SENDING:
        return None
    waiting = (
        ParkedReport.provider == row.provider,
        ParkedReport.provider_id == row.provider_id,
        ParkedReport.matched_at.is_(None),
    )
    moved = None
    for parked in session.scalars(select(ParkedReport).where(*waiting).order_by(ParkedReport.id)):
        parked.matched_at = now
        if parked.status and _advance(row, parked.status, parked.reason, now):
            moved = row
    return moved


_PARKED = cast(Table, ParkedReport.__table__)
_TOLD = Among(
    _PARKED.c.provider_id,
    lambda among: select(_PARKED.c.provider_id).where(
        _PARKED.c.provider == bindparam("carrier"), among, _PARKED.c.matched_at.is_(None)
    ),
)


def find_parked(session: Session, named: Collection[tuple[str, str]]) -> set[str]:
    """Of messages named by carrier and its id: the ids of which a report has come already."""
    by_carrier: dict[str, list[str]] = {}
    for carrier, name in named:
        by_carrier.setdefault(carrier, []).append(name)
    return {
        name for carrier, names in by_carrier.items() for (name,) in any_of(session, _TOLD, names, {"carrier": carrier})
    }


def match_all_parked(session: Session, now: datetime) -> None:
    """Reports that met neither their message nor its settling: a race that the next look ends."""
    both = (OutboundMessage.provider == ParkedReport.provider, OutboundMessage.provider_id == ParkedReport.provider_id)
    waiting = (ParkedReport.matched_at.is_(None), ParkedReport.status.is_not(None))
    found = select(OutboundMessage.id).join(ParkedReport, and_(*both)).where(*waiting).limit(200)
    for message_id in list(session.scalars(found)):
        match_parked(session, now, message_id)


def _advance(row: OutboundMessage, status: MessageStatus, reason: str | None, now: datetime) -> bool:
    if status not in MOVES[row.status]:
        return False
    row.status = status
    if status in (MessageStatus.SENT, MessageStatus.DELIVERED):
        row.sent_at = row.sent_at or now
    row.code = reason or row.code
    if status in FINAL:
        row.settled_at = now
    return True


def _park(session: Session, now: datetime, report: DeliveryReport) -> None:
    session.add(
        ParkedReport(
            id=new_id(now),
            provider=report.provider,
            provider_id=report.provider_id,
            at=now,
            raw_status=report.raw_status[:64],
            reason=report.reason[:64] if report.reason else None,
            status=report.status,
        )
    )
