"""BERHENTI, and a carrier's opt-out: what waits for a phone is cancelled, and consent on its open cases ends."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.events import REPORTER, record
from gateway.conversations.outcomes import write_attempt
from gateway.desk import Desk
from gateway.details import read_details, write_details
from gateway.outbox.waiting import cancel_for_phone
from gateway.providers.base import OptOut
from models.base import put
from models.case import CaseFile
from models.lifecycle import OPEN
from models.outbound import OptOutRow
from models.people import find_agency, find_officer
from models.vocabulary import Recipient


def stop(session: Session, desk: Desk, now: datetime, phone: str, source: str) -> CaseFile | None:
    """No more messages to this phone: what waits is cancelled, consent on its open cases ends."""
    index = desk.keyring.index("phone", phone)
    put(session, OptOutRow, {"phone_index": index, "at": now, "source": source}, keys=["phone_index"])
    cancel_for_phone(session, index, "opted_out", [Recipient.REPORTER, Recipient.CADRE])
    mine = select(CaseFile).where(CaseFile.phone_index == index, CaseFile.status.in_(OPEN)).with_for_update()
    latest = None
    for case in session.scalars(mine.order_by(CaseFile.created_at)):
        if case.wrapped_key is None:
            continue
        latest = case
        details = read_details(desk, case)
        if details.cadre_id is None:
            write_details(desk, case, replace(details, contact=details.contact.without_sms()))
        record(session, desk, case, now, "stopped", REPORTER, source=source)
    return latest


def opt_out(session: Session, desk: Desk, now: datetime, message: OptOut) -> None:
    """The carrier says a phone wants no messages. An officer's or agency's phone stays alerted."""
    index = desk.keyring.index("phone", message.phone)
    staff = find_officer(session, index) or find_agency(session, index)
    if staff is not None:
        write_attempt(session, now, "opt-out refused", staff.id)
        return
    stop(session, desk, now, message.phone, "carrier")
