"""Small shared states as rows: the sending rate, held carriers, heartbeats. Rows, because processes are many."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from gateway.outbox.routing import Ways
from models.base import any_of, found, insert_new, put, upsert_into
from models.prepared import Among, Prepared
from models.throttle import Pulse

HOLD = "hold "
"""Begins the name of the row of a carrier that takes nothing now."""
HOLD_FOR = timedelta(seconds=60)
"""With no balance or bad credentials one message is tried this often; the queue goes on by itself."""
BALANCE = "balance "
"""Begins the name of the row of what a carrier last said is left."""
LONGEST_HOLD = timedelta(hours=1)
"""Longer than any hold: what seems to be held longer was held before the clock went back."""
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


_ROW = Prepared(lambda _: select(Pulse.at, Pulse.word).where(Pulse.name == bindparam("name")).with_for_update())


class State(NamedTuple):
    at: datetime
    word: str


def find(session: Session, name: str) -> State | None:
    """What a row says; nobody else changes it before this transaction ends."""
    rows = found(session, _ROW, {"name": name})
    return State(*rows[0]) if rows else None


def hold(session: Session, now: datetime, carrier: str, why: str, wait: timedelta = HOLD_FOR) -> None:
    """Nothing leaves by this carrier until `wait` is over; from then on one message in HOLD_FOR tries."""
    beat(session, now + wait - HOLD_FOR, HOLD + carrier, why)


def release(session: Session, carrier: str) -> None:
    session.execute(delete(Pulse).where(Pulse.name == HOLD + carrier))


_PULSE = cast(Table, Pulse.__table__)
_HOLDS = Among(_PULSE.c.name, lambda among: select(_PULSE.c.name, _PULSE.c.word).where(among))


def find_holds(session: Session, carriers: Sequence[str]) -> dict[str, str]:
    """The carriers that are held, each with the constant word that says why."""
    rows = any_of(session, _HOLDS, [HOLD + carrier for carrier in carriers])
    return {name.removeprefix(HOLD): word for name, word in rows}


def list_holds(session: Session) -> list[tuple[str, str, datetime]]:
    """Every carrier that is held, with why and when that was last found out."""
    rows = session.scalars(select(Pulse).where(Pulse.name.startswith(HOLD)).order_by(Pulse.name))
    return [(row.name.removeprefix(HOLD), row.word, row.at) for row in rows]


def keep_balance(session: Session, now: datetime, carrier: str, told: str) -> None:
    """`told`: amount and currency in the carrier's own words, such as `KES 1785.50`."""
    beat(session, now, BALANCE + carrier, told[:64])


def list_balances(session: Session) -> list[tuple[str, str, datetime]]:
    """What each carrier that tells it said was left, and when it said so."""
    rows = session.scalars(select(Pulse).where(Pulse.name.startswith(BALANCE)).order_by(Pulse.name))
    return [(row.name.removeprefix(BALANCE), row.word, row.at) for row in rows]


def find_ways(session: Session, now: datetime, carriers: Sequence[str]) -> Ways:
    """The carriers that are free, and of those held the first whose turn it is to try one message."""
    free, trial = [], None
    for carrier in carriers:
        held = find(session, HOLD + carrier)
        if held is None:
            free.append(carrier)
        elif trial is None and not now < held.at + HOLD_FOR <= now + LONGEST_HOLD:
            trial = carrier
    return Ways(tuple(free), trial)


def begin_trial(session: Session, now: datetime, carrier: str) -> None:
    """Its next turn is HOLD_FOR from now, whatever becomes of this one."""
    if held := find(session, HOLD + carrier):
        beat(session, now, HOLD + carrier, held.word)


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
