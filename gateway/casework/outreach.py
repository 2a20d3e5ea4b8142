"""Education and advocacy as counts: sessions held, ways accompanied, lessons opened. Nobody's name."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, false, func, select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from menus.sessions import MOST_PEOPLE
from models.base import insert_new, touch
from models.case import CaseFile
from models.outreach import LOOKED_AT, Accompaniment, OutreachSession
from models.people import Officer
from models.vocabulary import Form, OfficerRole

AUDIENCES = ("anak", "perempuan", "ibu muda", "umum")
"""As DESIGN section 4 names them."""
LATEST_ENTRY = timedelta(days=366)
TOLD_TWICE_WITHIN = timedelta(hours=12)
"""A lesson's number and a SULUH with the same number, so near to each other, are one session."""
WAYS = {
    "1": "Puskesmas atau rumah sakit",
    "2": "Polisi",
    "3": "UPTD PPA",
    "4": "Pengadilan atau KUA",
    "5": "Tempat lain",
}
"""Where a cadre went along (DAMPING), by the digit she answers: printed on her card, never sent."""


def count_learned(session: Session, desk: Desk, now: datetime, topic: str) -> None:
    """One more look at a topic of the learn menu today; tied to no phone."""
    touch(session, LOOKED_AT, look_at(desk, now, topic))


def look_at(desk: Desk, now: datetime, topic: str) -> dict[str, object]:
    """The values of `LOOKED_AT`."""
    return {"day": desk.office.today(now), "topic": topic[:24], "times": 1}


def hold_session(
    session: Session,
    desk: Desk,
    now: datetime,
    cadre_id: str,
    area_code: str | None,
    people: int | None,
    audience: str | None,
    topic: str | None,
) -> OutreachSession:
    """SULUH, or the number that answers a lesson: an education session a cadre held today.

    Who answers the lesson and also sends SULUH tells of one session twice: they are one row.
    """
    if told := _find_told(session, desk, now, cadre_id, people, topic):
        told.area_code = told.area_code if topic in desk.cards else area_code or told.area_code
        told.audience = told.audience or (audience[:16] if audience else None)
        told.topic = topic[:8] if topic and topic not in desk.cards else told.topic or topic
        return told
    held = OutreachSession(
        id=new_id(now),
        cadre_id=cadre_id,
        at=now,
        held_on=desk.office.today(now),
        area_code=area_code,
        people=people,
        audience=audience[:16] if audience else None,
        topic=topic[:8] if topic else None,
    )
    session.add(held)
    return held


def complete_session(
    session: Session, desk: Desk, session_id: str, *, people: int | None = None, area_code: str | None = None
) -> OutreachSession | None:
    """What was asked after a SULUH; None when the session is no more. It stays on the day it was told.

    With its number known it may turn out to be one that the lesson's answer has told already.
    """
    held = session.get(OutreachSession, session_id, with_for_update=True)
    if held is None:
        return None
    held.area_code = area_code or held.area_code
    if people is None:
        return held
    held.people = people
    told = _find_told(session, desk, held.at, held.cadre_id, people, held.topic)
    if told is None:
        return held
    told.area_code = held.area_code or told.area_code
    told.audience = told.audience or held.audience
    told.topic = held.topic or told.topic
    session.delete(held)
    return told


def drop_session(session: Session, session_id: str) -> None:
    """Nobody came: no session."""
    session.execute(delete(OutreachSession).where(OutreachSession.id == session_id))


def _find_told(
    session: Session, desk: Desk, now: datetime, cadre_id: str | None, people: int | None, topic: str | None
) -> OutreachSession | None:
    """The session of the same day, hours and number of people that she told by the other of the two ways."""
    lesson = OutreachSession.topic.in_(desk.cards) & OutreachSession.audience.is_(None)
    other_way = ~func.coalesce(lesson, false()) if topic in desk.cards else lesson
    same = (OutreachSession.cadre_id == cadre_id, OutreachSession.people == people)
    near = (OutreachSession.held_on == desk.office.today(now), OutreachSession.at >= now - TOLD_TWICE_WITHIN)
    found = select(OutreachSession).where(*same, *near, other_way)
    return session.scalar(found.order_by(OutreachSession.at.desc()).limit(1).with_for_update())


@dataclass(frozen=True)
class Held:
    """A session as an officer writes it down."""

    area_code: str
    people: int
    audience: str
    topic: str
    on: date | None = None


def enter_session(session: Session, desk: Desk, now: datetime, officer: Officer, held: Held) -> OutreachSession:
    """An officer's own session, or one from a cadre's paper. Raises Refused, and then nothing has changed."""
    check_worker(officer)
    day = held.on or desk.office.today(now)
    topic = held.topic.strip().upper()
    area = desk.areas.find(held.area_code)
    if area is None:
        raise Refused(f"{held.area_code} is no area code of this district")
    if not officer.serves(desk.areas.kecamatan(area.code)):
        raise Refused(f"{held.area_code} lies outside this officer's areas")
    if not 1 <= held.people <= MOST_PEOPLE:
        raise Refused(f"people is a number from 1 to {MOST_PEOPLE}")
    if held.audience not in AUDIENCES:
        raise Refused(f"audience is one of {', '.join(AUDIENCES)}")
    if topic not in {*Form, "KDRT", *desk.cards}:
        raise Refused(f"{held.topic} is no topic: a kind's code (FIS), KDRT, or a lesson card (E05)")
    if not desk.office.today(now) - LATEST_ENTRY <= day <= desk.office.today(now):
        raise Refused(f"a session is entered within {LATEST_ENTRY.days} days, and not before it was held")
    entry = OutreachSession(
        id=new_id(now),
        officer_id=officer.id,
        at=now,
        held_on=day,
        area_code=area.code,
        people=held.people,
        audience=held.audience,
        topic=topic,
    )
    session.add(entry)
    return entry


def check_worker(officer: Officer) -> None:
    """Raises Refused for a phone that is suspended and for an admin."""
    if officer.suspended_at is not None:
        raise Refused("this officer's phone is suspended")
    if officer.role is OfficerRole.ADMIN:
        raise Refused("an admin does no outreach")


def list_newest(session: Session, limit: int) -> list[OutreachSession]:
    """The sessions held last."""
    newest = select(OutreachSession).order_by(OutreachSession.held_on.desc(), OutreachSession.id.desc())
    return list(session.scalars(newest.limit(limit)))


def list_sessions(session: Session) -> list[dict[str, Any]]:
    """Every session, oldest first; whose it is only as cadre or officer."""
    rows = session.scalars(select(OutreachSession).order_by(OutreachSession.held_on, OutreachSession.id))
    return [
        {
            "held_on": row.held_on.isoformat(),
            "area_code": row.area_code,
            "people": row.people,
            "audience": row.audience,
            "topic": row.topic,
            "by": "officer" if row.officer_id else "cadre",
            "at": row.at,
        }
        for row in rows
    ]


def count_accompanied(session: Session, desk: Desk, now: datetime, case: CaseFile, cadre_id: str, digit: str) -> bool:
    """DAMPING: a cadre went with somebody. False when this way was counted today already.

    The row is tied to no case: only who holds the key could ask whether a case she knows was counted.
    """
    day = desk.office.today(now)
    values = {
        "id": new_id(now),
        "name": desk.keyring.index("name", "accompaniment", case.id, cadre_id, day.isoformat(), digit),
        "cadre_id": cadre_id,
        "day": day,
        "kecamatan": case.kecamatan,
        "where_to": digit,
    }
    return insert_new(session, Accompaniment, values)
