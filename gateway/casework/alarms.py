"""What somebody may be up to, told to supervisors and heads: once, however long it goes on."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework import attempts
from gateway.casework.alerts import say_to_officer
from gateway.desk import Desk
from models.people import list_active
from models.vocabulary import OfficerRole, Purpose


def tell_of_guesses(session: Session, desk: Desk, now: datetime, count: int, since: datetime) -> None:
    """Somebody may be guessing receipts."""
    attempts.note(session, now, "status", "many wrong receipts", count)
    inserts = {"n": str(count), "t": desk.office.local(since).strftime("%d-%m %H.%M")}
    _tell_leaders(session, desk, now, "sms.alarm.guesses", f"guesses {since.isoformat()}", **inserts)


def tell_of_codes(session: Session, desk: Desk, now: datetime, person_id: str, name: str, since: datetime) -> None:
    """Somebody may be guessing the codes of this officer or agency, or she needs help."""
    attempts.note(session, now, f"phone {person_id}", "many bad codes")
    inserts = {"name": name, "t": desk.office.local(since).strftime("%d-%m %H.%M")}
    _tell_leaders(session, desk, now, "sms.alarm.codes", f"codes {person_id} {since.isoformat()}", **inserts)


def _tell_leaders(session: Session, desk: Desk, now: datetime, key: str, step: str, **inserts: str) -> None:
    for leader in list_active(session, OfficerRole.SUPERVISOR, OfficerRole.HEAD):
        say_to_officer(session, desk, now, None, leader, Purpose.ALERT, key, step, **inserts)
