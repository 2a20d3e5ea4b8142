"""The published statistics of whole months, as `beliperak stats` and the console tell them."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from gateway.statistics import months as by_month
from gateway.statistics import work
from gateway.statistics.facts import AGES
from gateway.statistics.hiding import FEW
from gateway.statistics.notes import month_of
from gateway.statistics.small_cells import HELD_BACK, SMALL, Shown, Table, Year, few, guarded, publish
from gateway.statistics.tallies import UNKNOWN, Spread, Tally
from models.vocabulary import Channel, Form, Sex

Row = dict[str, Any]
MOST_MONTHS = 120
LEGEND = {
    "<5": "fewer than five, nought included",
    "*": "not told, so that a count below five cannot be found by subtracting",
    "10+": "totals of the running year are told in fives",
}


@dataclass(frozen=True)
class Span:
    """What is told: whole months, none after the running one."""

    months: list[str]
    running: str
    widened: bool
    """Something else than these whole months was asked for."""


def widen(desk: Desk, now: datetime, first: date, last: date) -> Span:
    """The whole months that hold these days. Raises Refused: an empty span, one in the future, one too long."""
    if last < first:
        raise Refused("--to lies before --from")
    running = month_of(desk, now)
    start, end = first.strftime("%Y-%m"), min(last.strftime("%Y-%m"), running)
    if start > running:
        raise Refused("--from lies in the future")
    months = by_month.span(start, end)
    if len(months) > MOST_MONTHS:
        raise Refused(f"at most {MOST_MONTHS} months at a time")
    ends = by_month.bounds(desk, end, end)[1].date()
    return Span(months, running, widened=first.day != 1 or (ends - last).days != 1)


def entries_of(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The fixed rows of every table."""
    return {
        "kecamatan": (*(area.code for area in desk.areas if area.is_kecamatan), UNKNOWN),
        "form": tuple(form.value for form in Form),
        "age": AGES,
        "sex": tuple(sex.value for sex in Sex),
        "channel": tuple(channel.value for channel in Channel),
    }


def build(session: Session, desk: Desk, now: datetime, first: date, last: date) -> Row:
    """Everything about the months that hold `first` to `last`. Raises Refused."""
    told = widen(desk, now, first, last)
    tallies = _whole_years(session, desk, told)
    years = _publish(session, desk, told, tallies)
    accompanied = work.accompanied(session, desk, told.months)
    months = [
        {
            **_month(month, years, tallies[month], running=month == told.running),
            "accompanied": few(accompanied[month]),
        }
        for month in told.months
    ]
    return {
        "from": f"{told.months[0]}-01",
        "to": _last_day(desk, told.months[-1]),
        "asked": {"from": first.isoformat(), "to": last.isoformat()},
        "whole_months_only": told.widened,
        "running_month": told.running if told.running in told.months else None,
        "legend": LEGEND,
        "kecamatan_names": {area.code: area.name for area in desk.areas if area.is_kecamatan},
        "months": months,
        "years": [_year(year, years[year], told) for year in sorted({month[:4] for month in told.months})],
        "referrals": work.referrals(session, desk, told.months),
        "outreach": work.outreach(session, desk, told.months),
        "learned": work.learned(session, desk, told.months),
    }


def _whole_years(session: Session, desk: Desk, told: Span) -> dict[str, Tally]:
    """True counts of all calendar years that are touched, and of the one before: a month is always published the same

    way, whatever range asks for it.
    """
    first = f"{int(told.months[0][:4]) - 1:04}-01"
    last = min(f"{told.months[-1][:4]}-12", told.running)
    return by_month.read_tallies(session, desk, by_month.span(first, last))


def _publish(session: Session, desk: Desk, told: Span, tallies: dict[str, Tally]) -> dict[str, Year]:
    since, entries = by_month.first_month(session) or told.running, entries_of(desk)
    return {
        year: publish(
            {month: tally for month, tally in tallies.items() if month.startswith(year)},
            entries,
            since=since,
            is_over=year < told.running[:4],
        )
        for year in sorted({month[:4] for month in tallies})
    }


def _month(month: str, years: dict[str, Year], tally: Tally, *, running: bool) -> Row:
    table = years[month[:4]].months[month]
    return {
        "month": month,
        "running": running,
        **_table(table),
        "minutes_to_accept": _times(tally.accepted),
        "minutes_to_first_action": _times(tally.acted),
        "ladder_climbs": few(tally.climbs),
        "unmet_duties": {
            duty: _part(table, tally, tally.unmet.get(duty, 0))
            for duty in sorted({"accept", "first_action", *tally.unmet})
        },
        "month_before": _compare(table.cases, years, by_month.before(month, 1)),
        "year_before": _compare(table.cases, years, by_month.before(month, 12)),
    }


def _table(table: Table) -> Row:
    return {"cases": table.cases, **table.counts}


def _part(table: Table, tally: Tally, count: int) -> Shown:
    """Cases of the month in which something happened; a total that is hidden is not to be narrowed by its parts."""
    if not isinstance(table.cases, int):
        return SMALL if count < FEW else HELD_BACK
    return guarded(count, tally.cases)


def _times(spread: Spread) -> Row | str:
    """The worst is one person's wait, so below five nothing is told."""
    times = {name: value for name, value in asdict(spread).items() if name != "cases"}
    return times if spread.cases >= FEW else SMALL


def _compare(cases: Shown, years: dict[str, Year], month: str) -> Row:
    """Only from what is published for both months, so that it tells nothing new."""
    year = years.get(month[:4])
    other = year.months[month].cases if year and month in year.months else SMALL
    known = isinstance(cases, int) and isinstance(other, int)
    return {"month": month, "cases": other, "difference": int(cases) - int(other) if known else None}


def _year(year: str, published: Year, told: Span) -> Row:
    return {"year": int(year), "running": year == told.running[:4], **_table(published.total)}


def _last_day(desk: Desk, month: str) -> str:
    ends = by_month.bounds(desk, month, month)[1].date()
    return date.fromordinal(ends.toordinal() - 1).isoformat()
