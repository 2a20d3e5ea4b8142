"""The rota: shifts and leaves of officers, written down only when they can be, and the gaps they leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from gateway.casework import coverage
from gateway.casework.coverage import Candidate, Cover, Gap, Span
from gateway.casework.people import open_officer
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from models.case import CaseFile
from models.duty import DutyLeave, DutyShift, DutyWord, list_leaves, list_on_duty, list_shifts
from models.lifecycle import HELD
from models.outbound import WAITING, OutboundMessage
from models.people import Officer, find_officer
from models.vocabulary import MessageStatus, OfficerRole

AHEAD = timedelta(days=7)
"""How far the gaps are looked for."""


@dataclass(frozen=True)
class Plan:
    """A shift somebody wishes to write down."""

    phone: str = field(repr=False)
    span: Span
    areas: tuple[str, ...] = ()


def shown(desk: Desk, at: datetime) -> str:
    """A time of the rota for a person: 23-11-2026 08.00, in the office's zone."""
    return desk.office.local(at).strftime("%d-%m-%Y %H.%M")


def get_officer(session: Session, desk: Desk, phone: str, *, lock: bool = False) -> Officer:
    """Raises Refused. With `lock` nobody else writes her shifts before this transaction ends."""
    officer = find_officer(session, desk.keyring.index("phone", phone))
    if officer is None:
        raise Refused("no officer has this phone")
    if lock:
        session.refresh(officer, with_for_update=True)
    return officer


def candidate_of(session: Session, officer: Officer) -> Candidate:
    shifts = select(DutyShift.starts_at, DutyShift.ends_at).where(DutyShift.officer_id == officer.id)
    leaves = select(DutyLeave.starts_at, DutyLeave.ends_at).where(DutyLeave.officer_id == officer.id)
    return Candidate(
        areas=frozenset(filter(None, officer.areas.split(","))),
        suspended=officer.suspended_at is not None,
        admin=officer.role is OfficerRole.ADMIN,
        shifts=tuple(Span(start, end) for start, end in session.execute(shifts)),
        leaves=tuple(Span(start, end) for start, end in session.execute(leaves)),
    )


def find_fault(session: Session, desk: Desk, plan: Plan, beside: Iterable[Span] = ()) -> str | None:
    """Why this shift can not be; `beside`: shifts of the same officer that are to be written with it."""
    officer = find_officer(session, desk.keyring.index("phone", plan.phone))
    if officer is None:
        return "no officer has this phone"
    for code in plan.areas:
        if code not in desk.areas.kecamatans():
            return f"{code} is no kecamatan of this district"
    known = candidate_of(session, officer)
    known = replace(known, shifts=(*known.shifts, *beside))
    return coverage.find_shift_fault(plan.span, plan.areas, known, lambda at: shown(desk, at))


def add_shift(session: Session, desk: Desk, now: datetime, plan: Plan) -> DutyShift:
    """Raises Refused, and then nothing has changed."""
    officer = get_officer(session, desk, plan.phone, lock=True)
    if fault := find_fault(session, desk, plan):
        raise Refused(fault)
    shift = DutyShift(
        id=new_id(now),
        officer_id=officer.id,
        starts_at=plan.span.start,
        ends_at=plan.span.end,
        areas=",".join(plan.areas),
        added_at=now,
    )
    session.add(shift)
    session.flush()
    return shift


def find_faults(session: Session, desk: Desk, plans: Sequence[Plan]) -> list[str | None]:
    """For each shift of a list why it can not be, the shifts before it in the list counted as written."""
    faults: list[str | None] = []
    beside: dict[str, list[Span]] = {}
    for plan in plans:
        mine = beside.setdefault(plan.phone, [])
        fault = find_fault(session, desk, plan, mine)
        if fault is None:
            mine.append(plan.span)
        faults.append(fault)
    return faults


def remove_shift(session: Session, desk: Desk, phone: str, start: datetime) -> None:
    """Raises Refused. What waits to be said of this shift is not said any more."""
    officer = get_officer(session, desk, phone, lock=True)
    this = (DutyShift.officer_id == officer.id, DutyShift.starts_at == start)
    gone = list(session.scalars(select(DutyShift.id).where(*this)))
    if not gone:
        raise Refused("this officer has no shift that starts then")
    for shift_id in gone:
        unsaid = (OutboundMessage.status.in_(WAITING), OutboundMessage.dedupe_key.startswith(f"-:duty {shift_id} "))
        session.execute(update(OutboundMessage).where(*unsaid).values(status=MessageStatus.CANCELLED, code="removed"))
    session.execute(delete(DutyWord).where(DutyWord.shift_id.in_(gone)))
    session.execute(delete(DutyShift).where(DutyShift.id.in_(gone)))


@dataclass(frozen=True)
class Left:
    """What a leave lies over: her shifts that now have nobody, and cases still in her hands."""

    shifts: int
    cases: int


def take_leave(session: Session, desk: Desk, now: datetime, phone: str, span: Span) -> Left:
    """An officer is away. Over her shifts it is accepted, and they count as empty. Raises Refused."""
    officer = get_officer(session, desk, phone, lock=True)
    known = candidate_of(session, officer)
    if fault := coverage.find_leave_fault(span, known, lambda at: shown(desk, at)):
        raise Refused(fault)
    leave = DutyLeave(id=new_id(now), officer_id=officer.id, starts_at=span.start, ends_at=span.end, added_at=now)
    session.add(leave)
    held = select(func.count()).where(CaseFile.holder_id == officer.id, CaseFile.status.in_(HELD))
    return Left(sum(span.overlaps(shift) for shift in known.shifts), session.scalar(held) or 0)


def end_leave(session: Session, desk: Desk, phone: str, start: datetime) -> None:
    """The leave that starts then is struck out. Raises Refused."""
    officer = get_officer(session, desk, phone, lock=True)
    this = (DutyLeave.officer_id == officer.id, DutyLeave.starts_at == start)
    if session.execute(delete(DutyLeave).where(*this).returning(DutyLeave.id)).first() is None:
        raise Refused("this officer has no leave that starts then")


# Looking


def find_gaps(session: Session, desk: Desk, now: datetime, kecamatans: Iterable[str] | None = None) -> list[Gap]:
    """Stretches of the next AHEAD in which a kecamatan has nobody on duty. None: every kecamatan."""
    within = Span(now, now + AHEAD)
    wanted = desk.areas.kecamatans() if kecamatans is None else kecamatans
    return coverage.find_gaps(list_covers(session, within), wanted, within)


def list_covers(session: Session, within: Span) -> list[Cover]:
    """Shifts as they count: not of suspended phones or admins, not while on leave."""
    away: dict[str, list[Span]] = {}
    for leave, officer in list_leaves(session, within.start, within.end):
        away.setdefault(officer.id, []).append(Span(leave.starts_at, leave.ends_at))
    covers = []
    for shift, officer in list_shifts(session, within.start, within.end):
        areas = areas_of(shift, officer)
        if officer.suspended_at is None and officer.role is not OfficerRole.ADMIN and areas is not None:
            span = Span(shift.starts_at, shift.ends_at)
            covers += [Cover(rest, frozenset(areas)) for rest in coverage.without(span, away.get(officer.id, []))]
    return covers


def areas_of(shift: DutyShift, officer: Officer) -> tuple[str, ...] | None:
    """The kecamatan a shift is good for; empty: the whole district.

    None: nowhere, because her areas have shrunk since it was planned.
    """
    planned, hers = (tuple(filter(None, raw.split(","))) for raw in (shift.areas, officer.areas))
    if planned and hers:
        return tuple(code for code in planned if code in hers) or None
    return planned or hers


def list_now(session: Session, desk: Desk, now: datetime) -> list[dict[str, Any]]:
    return [_shift_row(desk, shift, officer) for shift, officer in list_on_duty(session, now)]


def list_rota(session: Session, desk: Desk, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Shifts and leaves that touch [start, end), in order of time."""
    rows = [_shift_row(desk, shift, officer) | {"kind": "shift"} for shift, officer in list_shifts(session, start, end)]
    for leave, officer in list_leaves(session, start, end):
        span = {"from": leave.starts_at, "to": leave.ends_at, "present_at": None}
        rows.append({"kind": "leave", **_person(desk, officer), "areas": [], **span})
    return sorted(rows, key=lambda row: row["from"])


def _person(desk: Desk, officer: Officer) -> dict[str, Any]:
    person = open_officer(desk, officer)
    suspended = officer.suspended_at is not None
    return {"name": person.name, "phone": person.phone, "role": officer.role, "suspended": suspended}


def _shift_row(desk: Desk, shift: DutyShift, officer: Officer) -> dict[str, Any]:
    times = {"from": shift.starts_at, "to": shift.ends_at, "present_at": shift.present_at}
    return {**_person(desk, officer), "areas": list(areas_of(shift, officer) or ()), **times}
