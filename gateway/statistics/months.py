"""True counts by month: closed months from their sealed sums, the running one from its facts."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.identifiers import new_id
from gateway.statistics.notes import USE, month_of, read_facts
from gateway.statistics.tallies import Tally, sum_up
from models.base import put
from models.statistics import StatisticFact, StatisticMonth
from models.throttle import AccessRecord

PLACE = "statistic_month.body"
SETTLES = timedelta(hours=1)
"""How long after its end a month is summed up: transactions begun before midnight have ended by then."""


def span(first: str, last: str) -> list[str]:
    """Every month from `first` to `last`, both included: ["2026-11", "2026-12", "2027-01"]."""
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, end + 1)]


def before(month: str, months: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - months
    return f"{number // 12:04}-{number % 12 + 1:02}"


def bounds(desk: Desk, first: str, last: str) -> tuple[datetime, datetime]:
    """When the first month begins and the last one is over, in the office's time."""
    begins, ends = (date.fromisoformat(f"{month}-01") for month in (first, before(last, -1)))
    zone = desk.office.zone
    start, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (begins, ends))
    return start, end


def first_month(session: Session) -> str | None:
    """The month of the office's first case."""
    return session.scalar(select(func.min(StatisticFact.month)))


def read_tallies(session: Session, desk: Desk, months: list[str]) -> dict[str, Tally]:
    """The true counts of these months. Never to be printed as they are: see `small_cells`."""
    summed = select(StatisticMonth.month, StatisticMonth.body).where(
        StatisticMonth.month.in_(months), StatisticMonth.stale.is_(False)
    )
    found = {
        month: Tally.from_bytes(desk.keyring.open(PLACE, month, body, USE))
        for month, body in session.execute(summed)
        if body is not None
    }
    facts = read_facts(session, desk, [month for month in months if month not in found])
    return {month: found.get(month) or sum_up(facts[month]) for month in months}


def read_true(session: Session, desk: Desk, now: datetime, actor: str, months: list[str]) -> dict[str, Tally]:
    """For the head's own page: true counts, and who looked stands in the access record."""
    session.add(AccessRecord(id=new_id(now), at=now, actor=actor, what="statistics true", rows=len(months)))
    return read_tallies(session, desk, months)


def sum_closed(session: Session, desk: Desk, now: datetime) -> int:
    """Sum up the months that are over and have no sums yet, or whose facts have changed; how many."""
    running = month_of(desk, now - SETTLES)
    sound = select(StatisticMonth.month).where(StatisticMonth.stale.is_(False))
    due = select(StatisticFact.month).where(StatisticFact.month < running, StatisticFact.month.not_in(sound))
    months = sorted(session.scalars(due.distinct()))
    for month in months:
        _sum(session, desk, now, month)
    return len(months)


def _sum(session: Session, desk: Desk, now: datetime, month: str) -> None:
    """Its row is taken first: a case that changes meanwhile waits there, and then marks the new sums stale."""
    put(session, StatisticMonth, {"month": month, "stale": False}, keys=["month"])
    tally = sum_up(read_facts(session, desk, [month])[month])
    body = desk.keyring.seal(PLACE, month, tally.to_bytes(), USE)
    put(session, StatisticMonth, {"month": month, "stale": False, "summed_at": now, "body": body}, keys=["month"])
