"""`Cek nomor`: what a receipt tells anybody who types it, and no more."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.events import REPORTER, record
from gateway.desk import Desk
from gateway.details import read_details
from gateway.identifiers import is_receipt
from models.case import CaseFile
from models.throttle import count_once_more
from models.vocabulary import CaseStatus

WRONG_A_DAY = 5
"""Wrong numbers one phone may try a day; after that every answer is `unknown`."""

RECEIVED = frozenset({CaseStatus.PARTIAL, CaseStatus.NEW})


def look_up(session: Session, desk: Desk, now: datetime, phone: str, receipt: str) -> dict[str, str]:
    """`received`, `handled`, `please_call` or `unknown`; wrong, expired and throttled are told in the same word.

    The try is counted before it is checked, and given back when it was right.
    """
    digits = "".join(filter(str.isdigit, receipt))
    day = datetime.combine(desk.office.today(now), datetime.min.time(), desk.office.zone)
    tries = count_once_more(session, desk.keyring.index("count", "receipt", phone), day)
    case = find_by_receipt(session, desk, digits)
    if case is None or case.wrapped_key is None or tries > WRONG_A_DAY:
        return {"status": "unknown", "receipt": ""}
    count_once_more(session, desk.keyring.index("count", "receipt", phone), day, by=-1)
    record(session, desk, case, now, "looked_up", REPORTER)
    if read_details(desk, case).please_call:
        word = "please_call"
    else:
        word = "received" if case.status in RECEIVED else "handled"
    return {"status": word, "receipt": digits}


def find_by_receipt(session: Session, desk: Desk, receipt: str) -> CaseFile | None:
    digits = "".join(filter(str.isdigit, receipt))
    index = desk.keyring.index("receipt", digits if is_receipt(digits) else "")
    return session.scalar(select(CaseFile).where(CaseFile.receipt_index == index).with_for_update())
