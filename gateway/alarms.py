"""Telling the technician by SMS which part is sick: once when it falls sick, and again while it stays so.

The worker tells of everything but itself. That it is silent is told by the web process, which then hands that one
message to the carrier, since nobody else would.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import vitals
from gateway.casework.people import open_officer
from gateway.desk import Desk
from gateway.outbox import pulse
from gateway.outbox.queue import Draft, enqueue
from gateway.vitals import Machine
from models.outbound import OutboundMessage
from models.people import Officer, list_active
from models.vocabulary import OfficerRole, Purpose, Recipient

AGAIN_AFTER: Final = timedelta(hours=6)
SILENT_FOR: Final = timedelta(minutes=2)
"""A worker that restarts is back sooner."""
TEXTS: Final = {
    "worker": "sms.alarm.worker",
    "queue": "sms.alarm.queue",
    "carrier": "sms.alarm.carrier",
    "balance": "sms.alarm.balance",
    "spool": "sms.alarm.spool",
    "disk": "sms.alarm.disk",
}


def of_worker(session: Session, desk: Desk, now: datetime, machine: Machine) -> list[str]:
    """What a worker that lives says; the ids of its messages."""
    sick = vitals.find_sick(session, now, machine, desk.settings.provider)
    return tell(session, desk, now, [part for part in sick if part != "worker"])


def of_web(session: Session, desk: Desk, now: datetime, machine: Machine) -> list[str]:
    """What the web process says when no worker lives; the ids of its messages, which it has to send itself."""
    sick = vitals.find_sick(session, now, machine, desk.settings.provider, beats_within=SILENT_FOR)
    return tell(session, desk, now, ["worker"]) if "worker" in sick else []


def tell(session: Session, desk: Desk, now: datetime, sick: Iterable[str]) -> list[str]:
    """One message to each technician for each sick part that has not been told of in the last hours."""
    names = []
    for part in sick:
        if part in TEXTS and pulse.take_turn(session, now, f"alarm {part}", AGAIN_AFTER):
            names += [_tell(session, desk, now, part, officer) for officer in _technicians(session)]
    wanted = select(OutboundMessage.id).where(OutboundMessage.dedupe_key.in_(names))
    return list(session.scalars(wanted)) if names else []


def _tell(session: Session, desk: Desk, now: datetime, part: str, officer: Officer) -> str:
    """The name of the effect."""
    name = f"alarm {part} {now.isoformat()}:{officer.id}"
    count = str(min(vitals.count_due(session, now), 9999))
    text = desk.texts.render(TEXTS[part], "id", t=desk.office.clock(now), n=count)
    phone = open_officer(desk, officer).phone
    enqueue(session, desk, now, Draft(Purpose.ALERT, Recipient.OFFICER, phone, text, name, officer.id))
    return name


def _technicians(session: Session) -> list[Officer]:
    """Admins; in an office without one, supervisors; without these, heads."""
    for role in (OfficerRole.ADMIN, OfficerRole.SUPERVISOR, OfficerRole.HEAD):
        if found := list_active(session, role):
            return found
    return []
