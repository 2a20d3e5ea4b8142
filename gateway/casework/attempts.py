"""What was tried, also in vain: one row in `access_record`, never a name, a phone or a text."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.identifiers import new_id
from models.throttle import AccessRecord


def note(session: Session, now: datetime, actor: str, what: str, rows: int = 0) -> None:
    """`actor` up to 48 and `what` up to 32 characters; `rows` how many rows came of it."""
    session.add(AccessRecord(id=new_id(now), at=now, actor=actor[:48], what=what[:32], rows=rows))
