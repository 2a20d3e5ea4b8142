"""Keeping each case's fact: written in the transaction that changes the case, under a key that is not the case's."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.details import Details
from gateway.identifiers import new_token
from gateway.statistics.facts import NO_HISTORY, Fact, Firings, History, fact_of
from models.base import put, upsert_into
from models.case import CaseEvent, CaseFile, RuleFiring
from models.statistics import StatisticFact, StatisticMonth
from models.vocabulary import CaseStatus

PLACE, USE = "statistic_fact.body", "statistics"
Unveil = Callable[[], Mapping[str, str]]
"""Names as stored, to the rules they stand for."""


def month_of(desk: Desk, at: datetime) -> str:
    """The month in the office's time: 2026-11."""
    return desk.office.local(at).strftime("%Y-%m")


def note(session: Session, desk: Desk, now: datetime, case: CaseFile, details: Details, unveil: Unveil) -> bool:
    """Write the case's fact when it is another than before; true when it was written.

    `unveil` gives the rules whose firings are kept under another name than their own.

    Most answers change none (leave to call, a landmark): for those it costs one HMAC and no statement.
    """
    fact = fact_of(case, details, _history(session, now, case, unveil)).to_bytes()
    mark = desk.keyring.index("fact", case.id, fact.decode())
    if mark == case.fact_mark:
        return False
    case.fact_mark = mark
    month = month_of(desk, case.created_at)
    values = {"id": case.id, "month": month, "body": desk.keyring.seal(PLACE, case.id, fact, USE)}
    put(session, StatisticFact, values, keys=["id"])
    if month != month_of(desk, now):
        mark_stale(session, month)
    return True


def _history(session: Session, now: datetime, case: CaseFile, unveil: Unveil) -> History:
    """Nothing to look up for a report being made, nor while a new case first waits: those are the busiest hops."""
    if case.status is CaseStatus.PARTIAL or _waits_for_the_first_time(case, now):
        return NO_HISTORY
    firings = select(RuleFiring.rule, func.count(), func.min(RuleFiring.fired_at))
    rows = session.execute(firings.where(RuleFiring.case_id == case.id).group_by(RuleFiring.rule))
    first = select(func.min(CaseEvent.at)).where(CaseEvent.case_id == case.id, CaseEvent.kind == "accepted")
    unveiled = unveil()
    fired = {unveiled.get(rule, rule): Firings(times, at) for rule, times, at in rows}
    return History(fired, session.scalar(first))


def _waits_for_the_first_time(case: CaseFile, now: datetime) -> bool:
    """Never taken, never put back, not yet due: no rule has called anybody further up.

    Only an alert that did not arrive may have; it is counted as soon as the case is taken or falls due.
    """
    due = case.accept_due_at
    return case.accepted_at is None and case.queued_at == case.created_at and due is not None and now < due


def mark_stale(session: Session, month: str) -> None:
    """The sums of this month are to be made again. An INSERT first, so that two transactions meet at one row."""
    statement = upsert_into(session, StatisticMonth).values(month=month, stale=True)
    session.execute(statement.on_conflict_do_update(index_elements=["month"], set_={"stale": True}))


def read_facts(session: Session, desk: Desk, months: list[str]) -> dict[str, list[Fact]]:
    """The facts of these months, opened. Raises SealError."""
    found: dict[str, list[Fact]] = {month: [] for month in months}
    wanted = select(StatisticFact.id, StatisticFact.month, StatisticFact.body).where(StatisticFact.month.in_(months))
    for fact_id, month, body in session.execute(wanted):
        found[month].append(Fact.from_bytes(desk.keyring.open(PLACE, fact_id, body, USE)))
    return found


def unlink(session: Session, desk: Desk, case: CaseFile) -> None:
    """The case is being erased: its fact stays, under a name that leads nowhere."""
    row = session.get(StatisticFact, case.id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    raw, name = desk.keyring.open(PLACE, row.id, row.body, USE), new_token()
    body = desk.keyring.seal(PLACE, name, raw, USE)
    session.add(StatisticFact(id=name, month=row.month, body=body))
    session.delete(row)
    case.fact_mark = None
