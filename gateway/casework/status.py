"""`Cek nomor`: what a receipt tells anybody who types it, and no more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import alarms
from gateway.casework.events import REPORTER, record
from gateway.clock import hour_of
from gateway.desk import Desk
from gateway.details import read_details
from gateway.identifiers import is_receipt
from models.case import CaseFile
from models.throttle import count_once_more
from models.vocabulary import CaseStatus

WRONG_A_DAY = 5
"""Wrong numbers one phone may try a day; after that every answer is `unknown`."""
ALARM_AN_HOUR = 50
"""Wrong numbers an hour, of all phones together, at which supervisors are told."""
DEGRADED_A_DAY = 500
"""Wrong numbers a day, of all phones together, after which only phones that belong to a case are answered.

A plain stop would let anybody silence the menu for everybody. Ten digits, and so many tries a day at ten thousand
open cases: on average 1180 days to the first number found.
"""

RECEIVED = frozenset({CaseStatus.PARTIAL, CaseStatus.NEW})


@dataclass(frozen=True)
class Tries:
    """Wrong numbers so far, this try included: of this phone today, of all in this hour, of all today."""

    phone: int
    hour: int
    day: int


def look_up(session: Session, desk: Desk, now: datetime, phone: str, receipt: str) -> dict[str, str]:
    """`received`, `handled`, `please_call` or `unknown`; wrong, expired and throttled are told in the same word.

    The try is counted before it is checked, and given back when it was right. Whatever is not told runs the same
    statements, so that neither words nor work tell a number that never was from one that is no more.
    """
    digits = "".join(filter(str.isdigit, receipt))
    tries = _count(session, desk, now, phone, 1)
    case = find_by_receipt(session, desk, digits)
    linked = _is_linked(session, desk, phone)
    may_ask = tries.day <= DEGRADED_A_DAY or linked
    if case is None or case.wrapped_key is None or tries.phone > WRONG_A_DAY or not may_ask:
        if tries.hour == ALARM_AN_HOUR:
            alarms.tell_of_guesses(session, desk, now, tries.hour)
        return {"status": "unknown", "receipt": ""}
    _count(session, desk, now, phone, -1)
    record(session, desk, case, now, "looked_up", REPORTER)
    if read_details(desk, case).please_call:
        word = "please_call"
    else:
        word = "received" if case.status in RECEIVED else "handled"
    return {"status": word, "receipt": digits}


def _count(session: Session, desk: Desk, now: datetime, phone: str, by: int) -> Tries:
    """The office's counters last and briefly: they are rows that all phones share."""
    day = datetime.combine(desk.office.today(now), datetime.min.time(), desk.office.zone)
    hour = hour_of(now)
    index = desk.keyring.index
    return Tries(
        count_once_more(session, index("count", "receipt", phone), day, by=by),
        count_once_more(session, index("count", "all receipts an hour"), hour, by=by),
        count_once_more(session, index("count", "all receipts a day"), day, by=by),
    )


def _is_linked(session: Session, desk: Desk, phone: str) -> bool:
    """Whether any case came from this phone."""
    index = desk.keyring.index("phone", phone)
    return session.scalar(select(CaseFile.id).where(CaseFile.phone_index == index).limit(1)) is not None


def find_by_receipt(session: Session, desk: Desk, receipt: str) -> CaseFile | None:
    digits = "".join(filter(str.isdigit, receipt))
    index = desk.keyring.index("receipt", digits if is_receipt(digits) else "")
    return session.scalar(select(CaseFile).where(CaseFile.receipt_index == index).with_for_update())
