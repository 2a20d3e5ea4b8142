"""Small shared states as rows: the sending rate, the hold, heartbeats. Rows, because processes are many."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from models.base import insert_new, put, upsert_into
from models.throttle import Pulse

HOLD_FOR = timedelta(seconds=60)
"""With no balance or bad credentials one message is tried this often; the queue goes on by itself."""
BURST = 2
FARTHEST = timedelta(minutes=2)
"""No slot is handed out so far ahead: one that lies there is of a clock that has gone back since."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def beat(session: Session, now: datetime, name: str, word: str = "") -> None:
    put(session, Pulse, {"name": name, "at": now, "word": word}, keys=["name"])


def take_turn(session: Session, now: datetime, name: str, every: timedelta) -> bool:
    """Whether this call is the first in so long a time: of many that ask at once, one."""
    statement = upsert_into(session, Pulse).values(name=name, at=now, word="")
    past = or_(Pulse.at <= now - every, Pulse.at > now + every)  # or of a clock that has gone back since
    taken = statement.on_conflict_do_update(index_elements=["name"], set_={"at": now}, where=past)
    return session.execute(taken.returning(Pulse.name)).first() is not None


def find(session: Session, name: str) -> Pulse | None:
    return session.get(Pulse, name, populate_existing=True, with_for_update=True)


def hold(session: Session, now: datetime, why: str) -> None:
    beat(session, now, "hold", why)


def release(session: Session) -> None:
    session.execute(delete(Pulse).where(Pulse.name == "hold"))


def allowance(session: Session, now: datetime, most: int) -> int:
    """How many messages may be claimed: all, or under a hold one a minute."""
    held = find(session, "hold")
    if held is None:
        return most
    if abs(now - held.at) < HOLD_FOR:  # farther ahead: the clock has gone back since
        return 0
    held.at = now
    return 1


def reserve(session: Session, now: datetime, rate: float, count: int) -> list[datetime]:
    """The moments at which `count` messages may leave: `rate` a second for the whole office, BURST at once."""
    if count == 0:
        return []
    every = timedelta(seconds=1 / rate)
    row = find(session, "rate")
    if row is None:  # the very first: two workers that meet here queue at the row, or each would have its burst
        insert_new(session, Pulse, {"name": "rate", "at": LONG_AGO, "word": ""})
        row = find(session, "rate")
    last = row.at if row and row.at < now + FARTHEST else LONG_AGO
    free_at = max(last, now - (BURST - 1) * every)
    slots = []
    for _ in range(count):
        free_at = max(free_at + every, now - (BURST - 1) * every)
        slots.append(max(now, free_at - every))
    beat(session, free_at, "rate")
    return slots
