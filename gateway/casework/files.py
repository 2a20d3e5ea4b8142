"""Looking at cases: every look leaves its trace, a list one row, an opened case an event in its chain."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import duplicates, duties
from gateway.casework.events import list_events, record
from gateway.casework.people import open_officer
from gateway.desk import Desk
from gateway.details import Contact, Details, read_details
from gateway.errors import Refused
from gateway.identifiers import new_id, plain_reference
from gateway.keyring import SealError
from gateway.outbox.queue import open_message
from gateway.phones import mask
from models.case import CaseFile, find_case
from models.outbound import OutboundMessage
from models.people import Officer
from models.throttle import AccessRecord
from models.vocabulary import Age, CaseStatus, ContactMode, Sex

HOURS = {"morning": "08-11", "midday": "11-15", "afternoon": "15-18", "evening": "18-21", "any": "07-21"}


def list_cases(
    session: Session, desk: Desk, now: datetime, actor: str, status: CaseStatus | None = None
) -> list[dict[str, Any]]:
    """Every case that has not been erased, oldest first; one audit row for the whole list."""
    wanted = select(CaseFile).where(CaseFile.wrapped_key.is_not(None)).order_by(CaseFile.created_at)
    if status:
        wanted = wanted.where(CaseFile.status == status)
    names = _officer_names(session, desk)
    found = [_row_or_shell(desk, case, now, names) for case in session.scalars(wanted)]
    session.add(AccessRecord(id=new_id(now), at=now, actor=actor, what="cases list", rows=len(found)))
    return found


def view(session: Session, desk: Desk, now: datetime, actor: str, reference: str, reason: str) -> dict[str, Any]:
    """One case with its timeline; the look itself becomes part of it. Raises Refused."""
    case = find_case(session, plain_reference(reference))
    if case is None or case.wrapped_key is None:
        raise Refused(f"no case has the reference {reference}")
    session.refresh(case, with_for_update=True)
    record(session, desk, case, now, "viewed", actor, reason=reason)
    row = _as_row(desk, case, now, _officer_names(session, desk))
    events = [
        {"seq": event.seq, "at": event.at, "kind": event.kind, "actor": event.actor, **_safe(event.body)}
        for event in list_events(session, desk, case)
    ]
    details = read_details(desk, case)
    extra = {
        "service": details.service,
        "place_assumed": details.place_assumed,
        "flags": list(details.flags),
        "code_word": details.contact.word,
        "incident_on": details.incident_on,
        "withdrawn": details.withdrawn,
        "duties": [{"name": duty.name, "due_at": duty.due} for duty in duties.list_open(details)],
        "similar": [
            {"reference": f"BP-{one.reference}", "reasons": list(one.reasons)}
            for one in duplicates.find_similar(session, desk, case)
        ],
        "linked": _references(session, details.linked),
        "phone": mask(details.call_phone or details.phone) if details.phone else None,
    }
    return {**row, **extra, "events": events}


def _references(session: Session, ids: tuple[str, ...]) -> list[str]:
    found = session.scalars(select(CaseFile.reference).where(CaseFile.id.in_(ids)).order_by(CaseFile.reference))
    return [f"BP-{reference}" for reference in found]


def _safe(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("seq", "at", "kind", "actor")}


def _officer_names(session: Session, desk: Desk) -> dict[str, str]:
    return {officer.id: open_officer(desk, officer).name for officer in session.scalars(select(Officer))}


def _row_or_shell(desk: Desk, case: CaseFile, now: datetime, names: dict[str, str]) -> dict[str, Any]:
    """A case whose details cannot be opened is still on the list: with what lies in the clear, and said to be so."""
    try:
        return _as_row(desk, case, now, names)
    except SealError:
        return {**_clear(case, names), "unreadable": True}


def _as_row(desk: Desk, case: CaseFile, now: datetime, names: dict[str, str]) -> dict[str, Any]:
    details = read_details(desk, case)
    return _clear(case, names) | {
        "area_code": details.area_code,
        "forms": list(details.forms),
        "victim": {"age": details.age, "sex": details.sex},
        "contact": contact_of(details, case, now),
    }


def _clear(case: CaseFile, names: dict[str, str]) -> dict[str, Any]:
    """INTERFACES' object, with empty places for what is sealed."""
    return {
        "reference": f"BP-{case.reference}",
        "status": case.status,
        "priority": case.priority,
        "channel": case.channel,
        "reporter": case.reporter,
        "complete": case.complete,
        "kecamatan": case.kecamatan,
        "area_code": None,
        "forms": [],
        "victim": {"age": Age.UNKNOWN, "sex": Sex.UNKNOWN},
        "contact": {"mode": ContactMode.NONE, "hours": None},
        "created_at": case.created_at,
        "accepted_at": case.accepted_at,
        "accepted_by": names.get(case.accepted_by or ""),
        "first_action_at": case.first_action_at,
        "closed_at": case.closed_at,
    }


def as_row(session: Session, desk: Desk, case: CaseFile, now: datetime) -> dict[str, Any]:
    """One case as the lists show it."""
    return _as_row(desk, case, now, _officer_names(session, desk))


def contact_of(details: Details, case: CaseFile, now: datetime) -> dict[str, str | None]:
    """The contact rule as it stands at this moment: a call allowed once is over after its half hour."""
    contact: Contact = details.contact
    if contact.blocked:
        return {"mode": "sms" if contact.sms else "none", "hours": None}
    if contact.allows_once(now, case.touched_at):
        return {"mode": contact.mode, "hours": "once"}
    if contact.once and not contact.may_call(now, case.touched_at):
        return {"mode": "none", "hours": None}
    return {"mode": contact.mode, "hours": HOURS.get(contact.hours or "", contact.hours)}


def list_messages(
    session: Session, desk: Desk, now: datetime, actor: str, reference: str | None, reveal: bool
) -> Iterator[dict[str, Any]]:
    """Outbound messages, oldest first. Revealing phones is on the record."""
    wanted = select(OutboundMessage).order_by(OutboundMessage.queued_at, OutboundMessage.id)
    if reference:
        case = find_case(session, plain_reference(reference))
        if case is None:
            raise Refused(f"no case has the reference {reference}")
        wanted = wanted.where(OutboundMessage.case_id == case.id)
    rows = list(session.scalars(wanted))
    what = "messages revealed" if reveal else "messages list"
    session.add(AccessRecord(id=new_id(now), at=now, actor=actor, what=what, rows=len(rows)))
    return (_message_row(session, desk, row, reveal) for row in rows)


def _message_row(session: Session, desk: Desk, row: OutboundMessage, reveal: bool) -> dict[str, Any]:
    case = session.get(CaseFile, row.case_id) if row.case_id else None
    try:
        to, text = open_message(desk, row, case)
    except SealError:
        to, text = "", ""
    return {
        "id": row.id,
        "purpose": row.purpose,
        "recipient": row.recipient,
        "to": to if reveal or not to else mask(to),
        "text": text,
        "status": row.status,
        "attempts": row.attempts,
        "due_at": row.due_at,
        "not_after": row.not_after,
        "provider_id": row.provider_id,
        "segments": row.segments,
        "case": f"BP-{case.reference}" if case else None,
        "code": row.code,
    }
