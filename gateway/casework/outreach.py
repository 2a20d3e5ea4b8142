"""Education and advocacy as counts: sessions cadres held, lessons people opened. Nobody's name."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.identifiers import new_id
from models.base import upsert_into
from models.outreach import LearnCount, OutreachSession


def count_learned(session: Session, desk: Desk, now: datetime, topic: str) -> None:
    """One more look at a topic of the learn menu today; tied to no phone."""
    statement = upsert_into(session, LearnCount).values(day=desk.office.today(now), topic=topic[:24], times=1)
    session.execute(
        statement.on_conflict_do_update(index_elements=["day", "topic"], set_={"times": LearnCount.times + 1})
    )


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
    """SULUH: an education session a cadre held today."""
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
