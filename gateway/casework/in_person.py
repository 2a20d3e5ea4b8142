"""A case told to an officer, by voice or in person: the same case as any other, with the officer as its reporter."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework import acts, handling, intake
from gateway.casework.drafts import REPORTED, merge
from gateway.casework.events import record
from gateway.desk import Desk
from gateway.errors import Refused
from models.case import CaseFile
from models.people import Officer
from models.vocabulary import Channel, ContactMode, Form, OfficerRole, Reporter

SERVICE = "in_person"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Told:
    """What she said. `who` is a key of `drafts.REPORTED`, or unknown; `phone` in E.164."""

    who: str = UNKNOWN
    forms: tuple[str, ...] = ()
    danger: bool = False
    area_code: str | None = None
    landmark: str = field(default="", repr=False)
    sexual_when: str = ""
    mode: ContactMode = ContactMode.NONE
    hours: str = ""
    phone: str | None = field(default=None, repr=False)
    note: str = field(default="", repr=False)
    take: bool = False
    """The officer takes the case herself, at once."""


def open_told(session: Session, desk: Desk, now: datetime, officer: Officer, told: Told) -> CaseFile:
    """Raises Refused."""
    if officer.role is OfficerRole.ADMIN or officer.suspended_at is not None:
        raise Refused("an admin does not work on cases")
    if not told.forms and not told.note and not told.danger:
        raise Refused("a case needs at least what happened, or a note")
    if told.mode is not ContactMode.NONE and told.phone is None:
        raise Refused("a contact rule that allows contact needs a phone")
    actor = f"officer:{officer.id}"
    draft = {"who": told.who, "place": told.area_code or "", "landmark": told.landmark, "contact": told.mode}
    draft |= {"hours": told.hours, "now": "1" if told.danger else "", "sexual_when": told.sexual_when}
    details = merge(intake.new_details(SERVICE, told.phone), SERVICE, draft)
    forms = tuple(form for form in told.forms if form in list(Form))
    details = replace(details, forms=forms or (str(Form.TTU),))
    complete = bool(forms) and told.area_code is not None and told.who in REPORTED
    opening = intake.Opening(details, Channel.CONSOLE, Reporter.OFFICER, complete=complete, by=actor)
    case = intake.open_case(session, desk, now, opening)
    if told.note:
        record(session, desk, case, now, "note", actor, text=told.note)
    if told.take:
        handling.accept(acts.begin_on(session, desk, now, case.id, officer, called=True))
    return case
