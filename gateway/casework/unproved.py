"""A first action told by a bare digit: believed, and taken back as soon as another digit stands against it.

A digit proves nothing. Who forges her number may send one while SUDAH waits for it, before hers or after it: then hers
is the other one, or she reads in the answer what she never said. What a live code came with is never taken back.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.acts import Act
from gateway.desk import Desk
from gateway.details import key_of
from models.case import CaseEvent, CaseFile

OPEN_FOR = timedelta(hours=1)
"""How long another digit takes it back; later it is a new attempt, to be told with a code."""


def find(session: Session, desk: Desk, now: datetime, officer_id: str) -> tuple[str, int] | None:
    """The case, by its id, whose duty a bare digit of hers ended last, and the digit; None: nothing to take back."""
    mine = (CaseFile.holder_id == officer_id, CaseFile.acted_at >= now - OPEN_FOR)
    for case in session.scalars(select(CaseFile).where(*mine).order_by(CaseFile.acted_at.desc())):
        if body := _told(session, desk, case, officer_id):
            return case.id, body["result"]
    return None


def take_back(act: Act, digit: int) -> None:
    """Open the duty again, as it was before a bare digit other than this one."""
    case = act.case
    if case.acted_at is None or case.acted_at < act.now - OPEN_FOR:
        return
    body = _told(act.session, act.desk, case, act.officer.id)
    if body is None or body["result"] == digit:
        return
    if case.first_action_at == case.acted_at:
        case.first_action_at = None
    case.acted_at = datetime.fromisoformat(body["before"]) if body["before"] else None
    act.note("taken_back", result=body["result"])
    act.done()


def _told(session: Session, desk: Desk, case: CaseFile, officer_id: str) -> dict[str, Any] | None:
    """What her bare digit left on the timeline, while it is what the duty was met by."""
    if case.wrapped_key is None:
        return None
    same = (CaseEvent.case_id == case.id, CaseEvent.kind == "first_action", CaseEvent.at == case.acted_at)
    row = session.scalar(select(CaseEvent).where(*same).order_by(CaseEvent.seq.desc()).limit(1))
    if row is None or row.actor != f"officer:{officer_id}":
        return None
    body: dict[str, Any] = json.loads(key_of(desk, case).open("case_event.body", str(row.seq), row.body))
    return body if body.get("unproved") else None
