"""The audit trail: who looked at what, and whether the chains are whole; the same as `audit verify`, in parts."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import attempts
from gateway.casework.events import find_broken
from gateway.casework.people import open_officer
from gateway.casework.standing import find_difference
from gateway.console.audit_words import say_act, say_who
from gateway.console.routes import Page
from gateway.console.visits import ADMINS, LEADERS, Answer, Visit
from gateway.identifiers import plain_reference
from models.case import CaseFile, find_case
from models.people import Agency, Officer
from models.throttle import AccessRecord

MAY_LOOK = LEADERS | ADMINS
PAGE = 50
CHECKED = 100
"""Chains of one request."""


@dataclass(frozen=True)
class Row:
    at: datetime
    who: str
    what: str
    rows: int


@dataclass(frozen=True)
class Checked:
    """What came of looking at some chains. `broken`: case and first bad row; `changed`: cases whose own row differs."""

    cases: int
    broken: tuple[tuple[str, int], ...]
    changed: tuple[str, ...]
    next: str | None
    unknown: bool = False
    """The reference asked for belongs to no case."""


def show(visit: Visit) -> Answer:
    before = request.args.get("before", "")[:32]

    def work(session: Session) -> tuple[list[AccessRecord], dict[str, str]]:
        wanted = select(AccessRecord).order_by(AccessRecord.id.desc()).limit(PAGE + 1)
        found = list(session.scalars(wanted.where(AccessRecord.id < before) if before else wanted))
        names = {officer.id: open_officer(visit.desk, officer).name for officer in session.scalars(select(Officer))}
        names |= {agency.id: agency.name for agency in session.scalars(select(Agency))}
        return found, names

    found, names = visit.read(work)
    rows = [Row(row.at, say_who(row.actor, names), say_act(row.what), row.rows) for row in found[:PAGE]]
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.page("audit.html", rows=rows, more=more, checked=None, reference="", batch=CHECKED)


def check(visit: Visit) -> Answer:
    """One case by its reference, or the next CHECKED of all of them. Reading only; the check itself is on record."""
    reference, after = request.form.get("reference", "").strip(), request.form.get("after", "")[:32]

    def work(session: Session) -> Checked:
        found = _check_one(session, visit, reference) if reference else _check_some(session, visit, after)
        attempts.note(session, visit.now, visit.actor, "audit verify", found.cases)
        return found

    checked = visit.write(work)
    return visit.page("audit.html", rows=[], more=None, checked=checked, reference=reference, batch=CHECKED)


def _check_one(session: Session, visit: Visit, reference: str) -> Checked:
    case = find_case(session, plain_reference(reference))
    if case is None:
        return Checked(0, (), (), None, unknown=True)
    return _checked(session, visit, [(case.id, case.reference)], None)


def _check_some(session: Session, visit: Visit, after: str) -> Checked:
    wanted = select(CaseFile.id, CaseFile.reference).where(CaseFile.id > after).order_by(CaseFile.id)
    found = [(row.id, row.reference) for row in session.execute(wanted.limit(CHECKED + 1))]
    some = found[:CHECKED]
    return _checked(session, visit, some, some[-1][0] if len(found) > CHECKED else None)


def _checked(session: Session, visit: Visit, cases: list[tuple[str, str]], following: str | None) -> Checked:
    seen = [(reference, find_broken(session, visit.desk.keyring, case_id), case_id) for case_id, reference in cases]
    broken = tuple((f"BP-{reference}", row) for reference, row, _ in seen if row is not None)
    sound = [(f"BP-{reference}", session.get_one(CaseFile, case_id)) for reference, row, case_id in seen if row is None]
    changed = tuple(name for name, case in sound if find_difference(session, visit.desk, case))
    return Checked(len(cases), broken, changed, following)


PAGES = (
    Page("/audit", "audit", show, may=MAY_LOOK, menu="65 Jejak"),
    Page("/audit/check", "audit_check", check, may=MAY_LOOK, post=True),
)
