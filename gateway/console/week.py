"""The rota as its page shows it: a week of shifts and leaves, who is on duty now, and where nobody is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import rota
from gateway.casework.coverage import Gap, Span
from gateway.casework.people import open_officer
from gateway.console.visits import Visit
from gateway.phones import mask
from models.duty import DutyLeave, DutyShift, list_leaves, list_on_duty, list_shifts
from models.people import Officer
from models.vocabulary import OfficerRole

DAYS = 7


@dataclass(frozen=True)
class Entry:
    """A shift or a leave. `areas`: kecamatan codes, empty for wherever she serves."""

    id: str
    leave: bool
    name: str
    span: Span
    areas: tuple[str, ...] = ()
    present_at: datetime | None = None
    idle: bool = False
    """It counts for nobody: her phone is suspended, or her areas have shrunk."""


@dataclass(frozen=True)
class Day:
    day: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class OnDuty:
    name: str
    phone: str
    """Masked."""
    span: Span
    areas: tuple[str, ...]
    present_at: datetime | None


@dataclass(frozen=True)
class Hole:
    """A stretch in which nobody is on duty in these kecamatan; empty: in none of them."""

    span: Span
    kecamatans: tuple[str, ...]


@dataclass(frozen=True)
class Week:
    monday: date
    days: tuple[Day, ...]
    now: tuple[OnDuty, ...]
    holes: tuple[Hole, ...]
    officers: dict[str, str]
    """Who may be put on duty, by id."""


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def look(session: Session, visit: Visit, monday: date) -> Week:
    """Six statements, however full the week is."""
    desk = visit.desk
    midnight = datetime.combine(monday, time(), desk.office.zone)
    within = Span(midnight, midnight + timedelta(days=DAYS))
    everybody = list(session.scalars(select(Officer).order_by(Officer.id)))
    names = {officer.id: open_officer(desk, officer).name for officer in everybody}
    entries = [_shift(shift, officer, names) for shift, officer in list_shifts(session, within.start, within.end)]
    entries += [_leave(leave, names) for leave, _ in list_leaves(session, within.start, within.end)]
    return Week(
        monday,
        tuple(_days(entries, midnight)),
        tuple(_now(visit, shift, officer, names) for shift, officer in list_on_duty(session, visit.now)),
        tuple(gather(rota.find_gaps(session, desk, visit.now), len(desk.areas.kecamatans()))),
        {one.id: names[one.id] for one in everybody if one.role is not OfficerRole.ADMIN and one.suspended_at is None},
    )


def _shift(shift: DutyShift, officer: Officer, names: dict[str, str]) -> Entry:
    areas = rota.areas_of(shift, officer)
    idle = officer.suspended_at is not None or areas is None
    span = Span(shift.starts_at, shift.ends_at)
    return Entry(shift.id, False, names[officer.id], span, areas or (), shift.present_at, idle)


def _leave(leave: DutyLeave, names: dict[str, str]) -> Entry:
    return Entry(leave.id, True, names[leave.officer_id], Span(leave.starts_at, leave.ends_at))


def _now(visit: Visit, shift: DutyShift, officer: Officer, names: dict[str, str]) -> OnDuty:
    phone = mask(open_officer(visit.desk, officer).phone)
    areas = rota.areas_of(shift, officer) or ()
    return OnDuty(names[officer.id], phone, Span(shift.starts_at, shift.ends_at), areas, shift.present_at)


def _days(entries: list[Entry], midnight: datetime) -> Iterable[Day]:
    """Each day with all that touches it, by time: a night stands in both of its days."""
    for number in range(DAYS):
        whole = Span(midnight + timedelta(days=number), midnight + timedelta(days=number + 1))
        mine = sorted((one for one in entries if one.span.overlaps(whole)), key=lambda one: (one.span, one.id))
        yield Day(whole.start.date(), tuple(mine))


def gather(gaps: Iterable[Gap], all_of_them: int) -> list[Hole]:
    """The same stretch in several kecamatan as one line. Pure."""
    by_span: dict[Span, list[str]] = {}
    for gap in gaps:
        by_span.setdefault(gap.span, []).append(gap.kecamatan)
    return [Hole(span, () if len(codes) == all_of_them else tuple(codes)) for span, codes in sorted(by_span.items())]
