"""`Cek nomor`: what a receipt tells anybody who types it, and no more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.casework import alarms
from gateway.casework.events import REPORTER, record
from gateway.clock import hour_of
from gateway.desk import Desk
from gateway.details import read_details
from gateway.identifiers import is_receipt
from models.base import insert_new
from models.case import CaseFile
from models.throttle import Throttle, count_once_more
from models.vocabulary import CaseStatus

WRONG_A_DAY = 5
"""Wrong numbers one phone may try a day; after that every answer is `unknown`."""
ALARM_AN_HOUR = 50
"""Wrong numbers an hour, of all phones together, at which supervisors are told."""
DEGRADED_A_DAY = 500
"""Wrong numbers a day that might have been one, of all phones together, after which a number is told only to the phone

that its case came from. A plain stop would let anybody silence the menu for everybody.
"""
GUESSES = 250_000
"""That limit times the numbers that answer: with 500 of them all 500 tries, with 10,000 only 25.

Of 5.9 thousand million numbers, a year of tries so finds one with a chance of 1.5 in a hundred, however many answer.
"""

RECEIVED = frozenset({CaseStatus.PARTIAL, CaseStatus.NEW})


@dataclass(frozen=True)
class Tries:
    """Wrong numbers so far, this try included: of this phone today, of all in this hour, guesses of all today."""

    phone: int
    hour: int
    day: int


def most_a_day(answering: int) -> int:
    """Guesses a day of all phones together, while so many numbers answer. Pure."""
    return min(DEGRADED_A_DAY, GUESSES // max(answering, 1))


def look_up(session: Session, desk: Desk, now: datetime, phone: str, receipt: str) -> dict[str, str]:
    """`received`, `handled`, `please_call` or `unknown`; wrong, expired and throttled are told in the same word.

    The try is counted before it is checked, and given back when it was right. Whatever is not told runs the same
    statements, so that neither words nor work tell a number that never was from one that is no more.
    """
    digits = "".join(filter(str.isdigit, receipt))
    weight = int(is_receipt(digits))  # a typing error fails the check digit, and could never have found anything
    tries = _count(session, desk, now, phone, 1, weight)
    most = _most_today(session, desk, now)
    case = find_by_receipt(session, desk, digits)
    may_ask = tries.day <= most or (case is not None and case.phone_index == desk.keyring.index("phone", phone))
    if case is None or case.wrapped_key is None or tries.phone > WRONG_A_DAY or not may_ask:
        if tries.hour == ALARM_AN_HOUR:
            alarms.tell_of_guesses(session, desk, now, tries.hour, hour_of(now))
        if weight and tries.day == most:
            alarms.tell_of_guesses(session, desk, now, tries.day, _day(desk, now))
        return {"status": "unknown", "receipt": ""}
    _count(session, desk, now, phone, -1, -weight)
    record(session, desk, case, now, "looked_up", REPORTER)
    if read_details(desk, case).please_call:
        word = "please_call"
    else:
        word = "received" if case.status in RECEIVED else "handled"
    return {"status": word, "receipt": digits}


def _count(session: Session, desk: Desk, now: datetime, phone: str, by: int, weight: int) -> Tries:
    """The office's counters last and briefly: they are rows that all phones share. `weight`: 0 for no guess."""
    index, day = desk.keyring.index, _day(desk, now)
    return Tries(
        count_once_more(session, index("count", "receipt", phone), day, by=by),
        count_once_more(session, index("count", "all receipts an hour"), hour_of(now), by=by),
        count_once_more(session, index("count", "all receipts a day"), day, by=weight),
    )


def _most_today(session: Session, desk: Desk, now: datetime) -> int:
    """By the numbers that answered when the day's first was tried: kept as a row, not counted for every key."""
    key, day = desk.keyring.index("count", "receipts that answer"), _day(desk, now)
    answering = session.scalar(select(Throttle.times).where(Throttle.key == key, Throttle.window_at == day))
    if answering is None:
        alive = select(func.count()).select_from(CaseFile).where(CaseFile.wrapped_key.is_not(None))
        answering = session.scalar(alive) or 0
        insert_new(session, Throttle, {"key": key, "window_at": day, "times": answering})
    return most_a_day(answering)


def _day(desk: Desk, now: datetime) -> datetime:
    return datetime.combine(desk.office.today(now), datetime.min.time(), desk.office.zone)


def find_by_receipt(session: Session, desk: Desk, receipt: str) -> CaseFile | None:
    digits = "".join(filter(str.isdigit, receipt))
    index = desk.keyring.index("receipt", digits if is_receipt(digits) else "")
    return session.scalar(select(CaseFile).where(CaseFile.receipt_index == index).with_for_update())
