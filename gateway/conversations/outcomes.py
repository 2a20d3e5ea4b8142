"""What comes of an officer's words, whole or not at all: what is told to her, and what is on the record."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework import alarms, alerts, attempts, codes
from gateway.casework.acts import Act
from gateway.conversations.arrival import Arrival
from gateway.errors import Refused
from models.case import CaseFile
from models.people import Officer


def note_attempt(arrival: Arrival, what: str, person_id: str) -> None:
    write_attempt(arrival.session, arrival.now, what, person_id)


def write_attempt(session: Session, now: datetime, what: str, person_id: str) -> None:
    """Something was tried with an officer's or agency's phone: on the record, whoever it was."""
    attempts.note(session, now, f"phone {person_id}", what)


def do_whole(
    arrival: Arrival, officer: Officer, verb: str, case_id: str | None, work: Callable[[], CaseFile | bool]
) -> CaseFile | bool:
    """Do it whole or not at all; refused, nothing of it stays, and the attempt is on the record."""
    try:
        with arrival.session.begin_nested():
            return work()
    except Refused as refusal:
        return _explain(arrival, officer, verb, case_id, str(refusal))


def refuse(arrival: Arrival, officer: Officer) -> bool:
    """Wrong, used, expired: one answer for all, nothing changed, the attempt on the record."""
    note_bad_code(arrival, officer.id, lambda: alerts.name_of(arrival.desk, officer))
    if officer.suspended_at is None:
        arrival.say_to_staff("sms.officer.challenge_bad")
    return True


def note_bad_code(arrival: Arrival, person_id: str, name: Callable[[], str]) -> None:
    """On the record; and when there have been too many, supervisors are told."""
    note_attempt(arrival, "bad code", person_id)
    since = codes.locked_since(arrival.session, arrival.desk, arrival.now, person_id)
    if since is not None:
        alarms.tell_of_codes(arrival.session, arrival.desk, arrival.now, person_id, name(), since)


def _explain(arrival: Arrival, officer: Officer, verb: str, case_id: str | None, why: str) -> CaseFile | bool:
    """The code was good, the act is not possible: who took the case, else that nothing has changed."""
    case = arrival.session.get(CaseFile, case_id) if case_id else None
    case = case if case and case.wrapped_key else None  # an erased one is nobody's any more
    reference = case.reference if case else ""
    actor = f"officer:{officer.id}"
    attempts.note_refused(arrival.session, arrival.desk, arrival.now, actor, reference, verb, why)
    holder = alerts.find_holder(arrival.session, case) if case else None
    if case is None:
        arrival.say_to_staff("sms.officer.challenge_bad")
    elif verb != "SELESAI" and holder and holder.id != officer.id:
        name = alerts.name_of(arrival.desk, holder)
        arrival.say_to_staff("sms.officer.taken_other", case, ref=case.reference, name=name)
    else:
        arrival.say_to_staff("sms.officer.refused", case, ref=case.reference)
    return case or True


def say_with_code(arrival: Arrival, act: Act, key: str, **inserts: str) -> None:
    """Every answer carries the next code."""
    code = codes.issue(arrival.session, arrival.desk, arrival.now, act.officer.id, alerts.ACT, act.case.id)
    arrival.say_to_staff(key, act.case, ref=act.case.reference, code=code, **inserts)
