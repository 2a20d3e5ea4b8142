"""What was tried, also in vain: one row in `access_record`, never a name, a phone, a text, or the kind of a case."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework.events import record
from gateway.desk import Desk
from gateway.identifiers import new_id, plain_reference
from models.case import find_case, lock_case
from models.throttle import AccessRecord


def note(session: Session, now: datetime, actor: str, what: str, rows: int = 0) -> None:
    """`actor` up to 48 and `what` up to 32 characters; `rows` how many rows came of it."""
    session.add(AccessRecord(id=new_id(now), at=now, actor=actor[:48], what=what[:32], rows=rows))


def note_refused(session: Session, desk: Desk, now: datetime, actor: str, reference: str, verb: str, why: str) -> None:
    """An act on a case that was refused: a row of the attempt, and, sealed in the case's own timeline, of what.

    To be called where nothing of the refused act is kept, by every door alike.
    """
    note(session, now, actor, "act refused")
    found = find_case(session, plain_reference(reference))
    case = lock_case(session, found.id) if found else None
    if case is not None and case.wrapped_key is not None:
        record(session, desk, case, now, "refused", actor, verb=verb, why=why)
