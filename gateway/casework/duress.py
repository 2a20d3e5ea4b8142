"""The code word of a call, and the other words of its list: said by her, one of those means that she is not free.

Whoever stands beside her hears or reads an answer that is the same for both.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import alerts
from gateway.casework.acts import Act
from gateway.casework.events import REPORTER, record
from gateway.casework.timetable import schedule
from gateway.desk import Desk
from gateway.details import read_details, write_details
from menus.screens.callback import CODE_WORDS
from models.case import CaseFile
from models.lifecycle import OPEN

FLAG = "duress"
LOOKED_AT = 5


def read_word(text: str) -> str | None:
    """A code word, when the text is nothing else."""
    word = text.strip(" .,!?").lower()
    return word if word in CODE_WORDS else None


def hear(session: Session, desk: Desk, now: datetime, phone_index: bytes, word: str) -> CaseFile | None:
    """A word from her phone: her own is on the record, another flags her case. None when no case has a word."""
    mine = (CaseFile.phone_index == phone_index, CaseFile.status.in_(OPEN), CaseFile.wrapped_key.is_not(None))
    newest = select(CaseFile).where(*mine).order_by(CaseFile.created_at.desc()).limit(LOOKED_AT).with_for_update()
    for case in session.scalars(newest):
        agreed = read_details(desk, case).contact.word
        if agreed is None:
            continue
        if word == agreed:
            record(session, desk, case, now, "code_word", REPORTER)
        else:
            _flag(session, desk, now, case, REPORTER)
            alerts.tell_again(session, desk, now, case, f"duress {now.isoformat()}")
        return case
    return None


def mark(act: Act) -> CaseFile:
    """An officer heard another word of the list by voice. Raises Refused."""
    act.move("duress")
    _flag(act.session, act.desk, act.now, act.case, f"officer:{act.officer.id}")
    return act.done()


def _flag(session: Session, desk: Desk, now: datetime, case: CaseFile, actor: str) -> None:
    """No call and no SMS to that phone until the holder decides otherwise; what is queued is not let out."""
    details = read_details(desk, case).flagged(FLAG)
    contact = replace(details.contact.without_sms(), blocked=True)
    write_details(desk, case, replace(details, contact=contact))
    record(session, desk, case, now, FLAG, actor)
    schedule(session, desk, now, case)
