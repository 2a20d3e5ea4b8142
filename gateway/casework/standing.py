"""How a case must stand by its own timeline. The chain proves the timeline; status, priority and holder lie beside it

in the clear, where a hand on the database can change them: then the row says something else than its last event.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.events import Event, list_events
from gateway.desk import Desk
from gateway.details import read_details
from gateway.keyring import SealError
from models.case import CaseEvent, CaseFile
from models.lifecycle import HELD, find_move
from models.vocabulary import CaseStatus

ENDINGS: Final = ("erased", "shredded")
AGAIN: Final = 2
S = CaseStatus


@dataclass(frozen=True)
class Standing:
    """`status` is `new` for a partial case too: what makes the one the other is not always an event."""

    status: CaseStatus = S.NEW
    priority: str = ""
    holder: str | None = None
    acted: bool = False
    acted_before: bool = False
    """Whether the duty had been met before the newest first action, which may be taken back."""


def stand(events: Iterable[Event]) -> Standing:
    """A fold over the timeline from its first event. Pure."""
    return reduce(_after, events, Standing())


def _after(now: Standing, event: Event) -> Standing:
    match event.kind:
        case "opened":
            return replace(now, priority=event.body["priority"])
        case "priority":
            return replace(now, priority=event.body["after"])
        case "accepted":
            status = find_move(now.status, "accept") or now.status
            status = S.IN_PROGRESS if now.acted and status is S.ACCEPTED else status
            return replace(now, status=status, holder=event.actor.removeprefix("officer:"))
        case "passed_on" | "holder_suspended":
            return replace(now, status=S.NEW, holder=None)
        case "related" if event.body["person"] == now.holder:
            return replace(now, status=S.NEW, holder=None)
        case "first_action":
            status = find_move(now.status, "first_action") or now.status
            return replace(now, status=status, acted=True, acted_before=now.acted)
        case "taken_back":
            return replace(now, acted=now.acted_before)
        case "referral_accepted" if now.status in HELD:
            return replace(now, acted=True)
        case "referred":
            return replace(now, status=S.REFERRED)
        case "closed" | "invalid":
            return replace(now, status=CaseStatus(event.kind))
        case "reopened":
            return Standing(S.REOPENED, now.priority)
    return now


def find_difference(session: Session, desk: Desk, case: CaseFile) -> str | None:
    """What of the row is not as its timeline and its sealed details say; None when all agrees.

    On PostgreSQL each statement sees what has been committed by then: an act done between two of them is no fault.
    """
    found = _compare(session, desk, case)
    for _ in range(AGAIN):
        if found is None:
            return None
        session.expire(case)
        found = _compare(session, desk, case)
    return found


def _compare(session: Session, desk: Desk, case: CaseFile) -> str | None:
    if case.wrapped_key is None:
        ended = select(CaseEvent.seq).where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(ENDINGS))
        return None if session.scalar(ended.limit(1)) else "its key is gone, and no row tells of an erasure"
    try:
        told = stand(list_events(session, desk, case))
        place = read_details(desk, case).area_code
    except SealError:
        return "it does not open with its key"
    said = {
        "status": (told.status, S.NEW if case.status is S.PARTIAL else case.status),
        "priority": (told.priority, case.priority),
        "holder": (told.holder, case.holder_id),
        "kecamatan": (desk.areas.kecamatan(place) if place else None, case.kecamatan),
    }
    other = [name for name, (timeline, row) in said.items() if timeline != row]
    return f"{', '.join(other)} not as the timeline says" if other else None
