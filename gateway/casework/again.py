"""The same person speaks again: a second cry, words to an open case, a wish to be called about one there is."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from gateway.casework import alerts, intake, timetable
from gateway.casework.events import REPORTER, record
from gateway.desk import Desk
from gateway.details import Contact, Details, read_details, write_details
from models.base import insert_new
from models.case import CaseFile, RuleFiring
from models.lifecycle import OPEN
from models.vocabulary import Priority

JOINS_WITHIN = timedelta(minutes=30)
"""A second cry from the same phone within this long joins the open case (DESIGN section 3)."""
SAME_TALK = timedelta(hours=24)
REPEATS_EVERY = timedelta(minutes=5)
"""How often repeats alert the holder again, after the first one which does so at once."""


_NEWEST = (
    select(CaseFile)
    .where(
        CaseFile.phone_index == bindparam("phone_index"),
        CaseFile.touched_at >= bindparam("since"),
        CaseFile.status.in_(OPEN),
    )
    .order_by(CaseFile.created_at.desc())
    .with_for_update()
)
_DANGER = _NEWEST.where(CaseFile.priority == Priority.P1).limit(1)
_WITH_KEY = _NEWEST.where(CaseFile.wrapped_key.is_not(None))
_LATEST, _FEW = _WITH_KEY.limit(1), _WITH_KEY.limit(5)


def find_to_join(session: Session, now: datetime, phone_index: bytes) -> CaseFile | None:
    """The open danger case of this phone that a second cry joins."""
    return session.scalar(_DANGER, {"phone_index": phone_index, "since": now - JOINS_WITHIN})


def find_latest(session: Session, now: datetime, phone_index: bytes) -> CaseFile | None:
    """The newest open case of this phone in a day: what words nobody can place are added to."""
    return session.scalar(_LATEST, {"phone_index": phone_index, "since": now - SAME_TALK})


def join(session: Session, desk: Desk, now: datetime, case: CaseFile, *, told: bool = False) -> None:
    """A second cry for help: recorded every time, told at once, then at most every five minutes.

    `told`: what else was said with it has just been told to the same people.
    """
    record(session, desk, case, now, "cried_again", REPORTER)
    case.touched_at = now
    details = read_details(desk, case)
    if details.withdrawn:
        write_details(desk, case, replace(details, withdrawn=False, keys=details.keys | {"withdrawn": ""}))
    if not told:
        _tell_again(session, desk, now, case, "repeat")
    timetable.schedule(session, desk, now, case)


def _tell_again(session: Session, desk: Desk, now: datetime, case: CaseFile, rule: str) -> None:
    """To the holder, who owes a first action anew, or to those who have still to accept.

    The first repeat is told at once, then one every REPEATS_EVERY; all of them are on the record.
    """
    last = select(func.max(RuleFiring.fired_at)).where(RuleFiring.case_id == case.id, RuleFiring.rule == rule)
    told = session.scalar(last)
    if told is not None and now < told + REPEATS_EVERY:
        return
    if case.holder_id:
        case.cried_at = now
    firing = {"case_id": case.id, "rule": rule, "step": str(now.timestamp()), "fired_at": now}
    if insert_new(session, RuleFiring, firing):
        alerts.tell_again(session, desk, now, case, f"{rule} {now.isoformat()}")


def allowing_one_call(details: Details) -> Details:
    """Asking to be called is leave for one call within half an hour of the last key, before any hour is chosen."""
    return replace(details, contact=details.contact.allowing_one_call())


def find_call_me(session: Session, desk: Desk, now: datetime, phone_index: bytes) -> CaseFile | None:
    """The open call-me case of this phone that a second wish joins."""
    newest = session.scalars(_FEW, {"phone_index": phone_index, "since": now - JOINS_WITHIN})
    return next((case for case in newest if read_details(desk, case).service == "call_me"), None)


def ask_for_call(session: Session, desk: Desk, now: datetime, case: CaseFile, phone: str | None = None) -> None:
    """The person of an existing case wants to be called: the same case, more urgent, its holder is told.

    `phone` is the one she asks from; when it is another than the case's, leave to call is that phone's alone.
    """
    before, stood = read_details(desk, case), (case.queued_at, case.cried_at)
    call_phone = None if phone in (None, before.phone) else phone
    record(session, desk, case, now, "asked_for_call", REPORTER, other_phone=call_phone is not None)
    case.touched_at = now
    contact = before.contact if call_phone == before.call_phone else Contact()
    wish = before.ask_first or before.service != "call_me"
    asked = replace(before, ask_first=wish, call_phone=call_phone, contact=contact)
    intake.update_details(session, desk, now, case, before, allowing_one_call(asked))
    intake.wake(session, desk, now, case)
    if stood == (case.queued_at, case.cried_at):  # else they have just been told, as of a case more urgent or awake
        _tell_again(session, desk, now, case, "call again")
    timetable.schedule(session, desk, now, case)
