"""The queue's views as walks along an index: a page costs the same with a hundred cases as with ten thousand.

Each view is a union of branches; a branch fixes the first columns of one index and reads the rest in its order, so it
stops after one page. Counts stop at `COUNTED`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.case import CaseFile
from models.lifecycle import HELD, OPEN, WAITING
from models.vocabulary import CaseStatus, Priority

PAGE: Final = 20
COUNTED: Final = 100
"""A count of this many is shown as 99+."""
NOWHERE: Final = "-"
"""The filter's word for cases whose kecamatan is not known."""
ENDED: Final = frozenset({CaseStatus.CLOSED, CaseStatus.INVALID})
Condition = ColumnElement[bool]
NO_PLACE: Final[Condition] = CaseFile.kecamatan.is_(None)


class Shelf(StrEnum):
    WAITING = "waiting"
    LATE = "late"
    TODAY = "today"
    INCOMPLETE = "incomplete"
    MINE = "mine"
    ALL = "all"


STATUSES: Final = {Shelf.WAITING: WAITING, Shelf.INCOMPLETE: OPEN, Shelf.MINE: HELD, Shelf.ALL: OPEN}
ORDERS: Final[dict[Shelf, tuple[InstrumentedAttribute[Any], ...]]] = {
    Shelf.LATE: (CaseFile.late_at, CaseFile.id),
    Shelf.TODAY: (CaseFile.created_at, CaseFile.id),
}
URGENT_FIRST: Final = (CaseFile.priority, CaseFile.created_at, CaseFile.id)
SHOWN: Final = (
    CaseFile.id,
    CaseFile.reference,
    CaseFile.status,
    CaseFile.priority,
    CaseFile.channel,
    CaseFile.reporter,
    CaseFile.complete,
    CaseFile.kecamatan,
    CaseFile.created_at,
    CaseFile.queued_at,
    CaseFile.accepted_at,
    CaseFile.acted_at,
    CaseFile.holder_id,
    CaseFile.late_at,
    CaseFile.closed_at,
    CaseFile.wrapped_key,
    CaseFile.details,
)


@dataclass(frozen=True)
class Reader:
    """Whose queue it is: her areas (empty: the whole district), and the moments that the views compare with."""

    officer_id: str
    areas: tuple[str, ...]
    now: datetime
    midnight: datetime


@dataclass(frozen=True)
class Wish:
    """A shelf, narrowed; `after` is the last row of the page before, by the columns of the shelf's order."""

    shelf: Shelf = Shelf.WAITING
    kecamatan: str | None = None
    status: CaseStatus | None = None
    priority: Priority | None = None
    holder_id: str | None = None
    after: tuple[Any, ...] | None = None


def list_page(session: Session, reader: Reader, wish: Wish) -> list[Any]:
    """One page in order, and one row more when there is another page."""
    columns = ORDERS.get(wish.shelf, URGENT_FIRST)
    newest_first = wish.shelf is Shelf.TODAY
    where = [] if wish.after is None else [_beyond(columns, wish.after, newest_first)]
    walks = [_walk(session, [*branch, *where], columns, newest_first) for branch in _branches(reader, wish)]
    if not walks:
        return []
    merged = union_all(*(select(walk) for walk in walks)).subquery()
    order = _directed([merged.c[column.key] for column in columns], newest_first)
    return list(session.execute(select(merged).order_by(*order).limit(PAGE + 1)))


def _walk(
    session: Session, conditions: list[Condition], columns: Sequence[InstrumentedAttribute[Any]], newest_first: bool
) -> Subquery:
    """One branch in the page's order. SQLite merges such walks row by row and stops; PostgreSQL must be told to stop.

    To PostgreSQL `kecamatan IS NULL` fixes nothing: only an order that begins with it is the order of its index.
    """
    if session.get_bind().dialect.name != "postgresql":
        return select(*SHOWN).where(*conditions).order_by(*_directed(columns, newest_first)).subquery()
    if any(condition is NO_PLACE for condition in conditions):
        columns = [CaseFile.kecamatan, *columns]
    order = _directed(columns, newest_first)
    return select(*SHOWN).where(*conditions).order_by(*order).limit(PAGE + 1).subquery()


def _directed(columns: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]], newest_first: bool) -> list[Any]:
    return [column.desc() if newest_first else column for column in columns]


def _beyond(columns: Sequence[InstrumentedAttribute[Any]], after: tuple[Any, ...], newest_first: bool) -> Condition:
    here = tuple_(*columns)
    there = tuple_(*(literal(value, column.type) for value, column in zip(after, columns, strict=True)))
    return here < there if newest_first else here > there


def count(session: Session, reader: Reader, wishes: Sequence[Wish]) -> list[int]:
    """How many cases each wish finds, in one statement; COUNTED stands for that many or more."""
    counts = []
    for wish in wishes:
        branches = [select(literal(1).label("one")).where(*branch) for branch in _branches(reader, wish)]
        some = select(union_all(*branches).subquery()).limit(COUNTED).subquery()
        counts.append(select(func.count()).select_from(some).scalar_subquery())
    return list(session.execute(select(*counts)).one())


def _branches(reader: Reader, wish: Wish) -> list[list[Condition]]:
    """Each branch's conditions: those that its index answers first."""
    places = _places(reader, wish)
    if wish.shelf is Shelf.LATE:
        return [[*place, CaseFile.late_at <= reader.now] for place in places]
    if wish.shelf is Shelf.TODAY:
        return [[*place, CaseFile.created_at >= reader.midnight] for place in places]
    more: list[Condition] = [CaseFile.wrapped_key.is_not(None)]
    if wish.priority:
        more.append(CaseFile.priority == wish.priority)
    if wish.shelf is Shelf.INCOMPLETE:
        more.append(CaseFile.complete.is_(False))
    holder_id = reader.officer_id if wish.shelf is Shelf.MINE else wish.holder_id
    if holder_id:
        held = _either(places) if wish.shelf is not Shelf.MINE else []
        return [[CaseFile.holder_id == holder_id, status, *held, *more] for status in _statuses(wish)]
    return [[*place, status, *more] for place, status in product(places, _statuses(wish))]


def _statuses(wish: Wish) -> list[Condition]:
    allowed = STATUSES[wish.shelf] | (ENDED if wish.shelf is Shelf.ALL and wish.status in ENDED else frozenset())
    wanted = sorted(allowed & {wish.status} if wish.status else allowed)
    return [CaseFile.status == status for status in wanted]


def _places(reader: Reader, wish: Wish) -> list[list[Condition]]:
    """No condition for the whole district; else one of her kecamatan, or none known."""
    if wish.kecamatan == NOWHERE:
        return [[NO_PLACE]]
    if wish.kecamatan:
        return [[CaseFile.kecamatan == wish.kecamatan]] if _may(reader, wish.kecamatan) else []
    if not reader.areas:
        return [[]]
    return [[NO_PLACE], *([CaseFile.kecamatan == code] for code in reader.areas)]


def _may(reader: Reader, kecamatan: str) -> bool:
    return not reader.areas or kecamatan in reader.areas


def _either(places: list[list[Condition]]) -> list[Condition]:
    """The same as one condition, for walks along the holder's index."""
    single = [place[0] for place in places if place]
    return [or_(*single)] if single else []
