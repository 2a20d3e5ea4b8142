"""The morning's figures by SMS: a digest for those on duty and supervisors, on Mondays a recap for the head.

Counts only, of the officer's own areas. Each round is one row, so it is made once whatever the number of workers;
after downtime only the newest is made, and none that is stale.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from gateway.casework import alerts, attendance, coverage, rota, rules
from gateway.casework.people import open_officer
from gateway.casework.rules import Facts, Times
from gateway.casework.timetable import facts_of, list_unanswered, stored_name, times_of
from gateway.clock import Office
from gateway.desk import Desk
from gateway.details import read_details
from gateway.keyring import SealError
from gateway.outbox.queue import Draft, enqueue
from gateway.statistics.facts import LAPSES, WAITS
from models.base import insert_new
from models.case import CaseFile, RuleFiring
from models.duty import DailyRound, find_away, list_on_duty, list_shifts
from models.lifecycle import OPEN
from models.people import Officer, list_active
from models.vocabulary import CaseStatus, OfficerRole, Purpose, Recipient

log = structlog.get_logger(__name__)

MORNING = time(7, 30)
STALE = timedelta(hours=12)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
SOON = timedelta(hours=2)
"""Whose shift begins within this time gets the digest too: the day duty often starts at eight."""
OVERDUE = {**dict.fromkeys(WAITS, 1), **{rule: firing for rule, (_, firing) in LAPSES.items()}}
"""From which firing on a rule says that a case was late."""


@dataclass(frozen=True)
class Figures:
    """A digest's counts: cases, and of what is owed in them, whatever it is."""

    new: int = 0
    waiting: int = 0
    late: int = 0
    due: int = 0


def last_morning(office: Office, now: datetime) -> datetime:
    """The newest 07.30 that is not in the future."""
    return office.next_time(now - DAY, MORNING)


def count(cases: Iterable[Facts], times: Times, now: datetime) -> Figures:
    """Cases new within the last day, and waiting; duties late, and due within the next day. Pure."""
    new = waiting = late = due = 0
    for facts in cases:
        deadlines = list(rules.list_deadlines(facts, times))
        new += now - DAY <= facts.created_at < now
        waiting += facts.waits
        late += sum(deadline <= now for deadline in deadlines)
        due += sum(now < deadline <= now + DAY for deadline in deadlines)
    return Figures(new, waiting, late, due)


def is_due(session: Session, desk: Desk, now: datetime) -> bool:
    """Whether this morning's round still has to be made."""
    morning = last_morning(desk.office, now)
    return now <= morning + STALE and session.get(DailyRound, ("digest", desk.office.today(morning))) is None


def make_round(session: Session, desk: Desk, now: datetime) -> int:
    """Digest, and on a Monday the recap; the number of messages. Nothing when it has been made."""
    morning = last_morning(desk.office, now)
    day = desk.office.today(morning)
    claimed = insert_new(session, DailyRound, {"name": "digest", "day": day, "at": now})
    if not claimed or now > morning + STALE:
        return 0
    told = _digest(session, desk, now, morning, day)
    return told + (_recap(session, desk, now, morning, day) if day.weekday() == 0 else 0)


def _digest(session: Session, desk: Desk, now: datetime, morning: datetime, day: date) -> int:
    wanted = select(CaseFile).where(or_(CaseFile.status.in_(OPEN), CaseFile.created_at >= morning - DAY))
    cases = [(case.kecamatan, _facts(session, desk, now, case)) for case in session.scalars(wanted)]
    gaps, times, told = rota.find_gaps(session, desk, now), times_of(desk), 0
    for officer in _readers(session, now, morning):
        figures = count((facts for kecamatan, facts in cases if officer.serves(kecamatan)), times, morning)
        empty = coverage.count_stretches(gap for gap in gaps if officer.serves(gap.kecamatan))
        told += _tell(
            session,
            desk,
            now,
            morning,
            officer,
            f"digest {day}",
            "sms.officer.digest",
            new=figures.new,
            waiting=figures.waiting,
            late=figures.late,
            due=figures.due,
            empty=empty,
        )
    return told


def _facts(session: Session, desk: Desk, now: datetime, case: CaseFile) -> Facts:
    """What counts need. A case that is erased or cannot be opened is counted by what lies in the clear."""
    try:
        details = read_details(desk, case)
    except SealError:
        return _outline(case)
    return facts_of(case, details, now, list_unanswered(session, case, details))


def _outline(case: CaseFile) -> Facts:
    return Facts(
        status=case.status,
        priority=case.priority,
        created_at=case.created_at,
        touched_at=case.touched_at,
        queued_at=case.queued_at,
        accept_due_at=case.accept_due_at,
        accepted_at=case.accepted_at,
        acted_at=case.acted_at,
        cried_at=case.cried_at,
    )


def _readers(session: Session, now: datetime, morning: datetime) -> list[Officer]:
    """On duty now or soon, and the supervisors (else heads); not who joined the office since."""
    soon = [officer for _, officer in list_shifts(session, now, now + SOON) if officer.suspended_at is None]
    readers = [*(officer for _, officer in list_on_duty(session, now)), *soon, *attendance.find_leaders(session, now)]
    away = find_away(session, now, {officer.id for officer in readers})
    found = {officer.id: officer for officer in readers if officer.id not in away and officer.created_at <= morning}
    return [officer for officer in found.values() if officer.role is not OfficerRole.ADMIN]


def _recap(session: Session, desk: Desk, now: datetime, morning: datetime, day: date) -> int:
    """Last week, Monday to Sunday, to the heads."""
    end = datetime.combine(day, time(), desk.office.zone)
    start, told = end - WEEK, 0
    if not insert_new(session, DailyRound, {"name": "recap", "day": day, "at": now}):
        return 0
    firings = _list_late(session, desk, start, end)
    came = _places(session, CaseFile.created_at >= start, CaseFile.created_at < end)
    closed = (CaseFile.status == CaseStatus.CLOSED, CaseFile.closed_at >= start, CaseFile.closed_at < end)
    ended = _places(session, *closed)
    for head in list_active(session, OfficerRole.HEAD):
        if head.created_at > morning:
            continue
        mine = [(rule, case_id) for rule, case_id, kecamatan in firings if head.serves(kecamatan)]
        told += _tell(
            session,
            desk,
            now,
            morning,
            head,
            f"recap {day}",
            "sms.officer.recap",
            new=sum(map(head.serves, came)),
            ended=sum(map(head.serves, ended)),
            late=len({case_id for _, case_id in mine}),
            climbed=len({case_id for rule, case_id in mine if rule == "ladder"}),
        )
    return told


def _list_late(session: Session, desk: Desk, start: datetime, end: datetime) -> set[tuple[str, str, str | None]]:
    """Rule, case and kecamatan of what was late in this time, whatever name its firings are kept under."""
    within = exists().where(RuleFiring.case_id == CaseFile.id, RuleFiring.fired_at >= start, RuleFiring.fired_at < end)
    late = set()
    readable = CaseFile.wrapped_key.is_not(None)  # of an erased case the names tell nothing any more
    for case in session.scalars(select(CaseFile).where(within, readable)):
        plain = {stored_name(desk, case, rule): rule for rule in OVERDUE}
        fired = select(RuleFiring.rule, RuleFiring.fired_at).where(RuleFiring.case_id == case.id)
        times: Counter[str] = Counter()
        for name, at in session.execute(fired.where(RuleFiring.fired_at < end).order_by(RuleFiring.fired_at)):
            rule = plain.get(name, "")
            times[rule] += 1
            if rule and at >= start and times[rule] >= OVERDUE[rule]:
                late.add((rule, case.id, case.kecamatan))
    return late


def _places(session: Session, *conditions: ColumnElement[bool]) -> list[str | None]:
    """The kecamatan of every case that meets these."""
    return list(session.scalars(select(CaseFile.kecamatan).where(*conditions)))


def _tell(
    session: Session, desk: Desk, now: datetime, morning: datetime, officer: Officer, step: str, key: str, **counts: int
) -> bool:
    text = desk.texts.render(key, alerts.LANGUAGE, **{name: str(min(count, 9999)) for name, count in counts.items()})
    try:
        phone = open_officer(desk, officer).phone
    except SealError:  # one unreadable officer must not keep the figures from all the others
        log.error("officer cannot be opened", officer=officer.id)
        return False
    name = f"-:{step}:{officer.id}"
    draft = Draft(Purpose.DIGEST, Recipient.OFFICER, phone, text, name, officer.id, due_at=morning)
    return enqueue(session, desk, now, draft)
