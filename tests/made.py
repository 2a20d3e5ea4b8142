"""Rows made for a test, only as far as they matter to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from gateway.casework import intake
from gateway.details import Contact
from gateway.outbox import claiming, queue
from gateway.outbox.queue import Draft, Outgoing
from models.case import CaseFile
from models.outbound import OutboundMessage
from models.vocabulary import Channel, ContactMode, Priority, Purpose, Recipient, Reporter
from tests.office import Office

SHE = "+6281100009999"
SMS = Contact(ContactMode.SMS)
NONE = Contact()
_NUMBERS = count(1)


def a_case(
    office: Office,
    priority: Priority = Priority.P3,
    contact: Contact = NONE,
    phone: str = SHE,
    forms: Sequence[str] = ("FIS",),
) -> str:
    """The id of a case a resident reported."""
    details = intake.new_details("report", phone, contact=contact, forms=tuple(forms), now=priority is Priority.P1)
    if priority is Priority.P2:
        details = replace(details, ask_first=True)
    opening = intake.Opening(details, Channel.USSD, Reporter.RESIDENT)
    found: str = office.write(
        lambda session: intake.open_case(session, office.parts.desk, office.clock.now, opening).id
    )
    return found


def a_message(
    office: Office,
    purpose: Purpose = Purpose.ANSWER,
    recipient: Recipient = Recipient.REPORTER,
    to: str = SHE,
    text: str = "Terima kasih.",
    case: str | None = None,
    key: str | None = None,
    **more: object,
) -> bool:
    """Enqueued a moment after the last one; true when it was new."""
    office.clock.now += timedelta(milliseconds=1)
    draft = Draft(purpose, recipient, to, text, key or f"made:{next(_NUMBERS)}", **more)  # type: ignore[arg-type]

    def work(session: Session) -> bool:
        row = session.get_one(CaseFile, case) if case else None
        return queue.enqueue(session, office.parts.desk, office.clock.now, draft, row)

    done: bool = office.write(work)
    return done


def claimed(office: Office, limit: int = 50) -> list[Outgoing]:
    found: list[Outgoing] = office.write(
        lambda session: claiming.claim_due(session, office.parts.desk, office.clock.now, limit)
    )
    return found


def rows(office: Office) -> list[OutboundMessage]:
    """Every outbound message, oldest first."""
    wanted = select(OutboundMessage).order_by(OutboundMessage.queued_at, OutboundMessage.id)
    found: list[OutboundMessage] = office.read(lambda session: list(session.scalars(wanted)))
    return found


def row(office: Office) -> OutboundMessage:
    """The only one."""
    (found,) = rows(office)
    return found


def emptied(url: str) -> str:
    """The same PostgreSQL database without a single table."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url
