"""What the office did besides: requests to agencies, education sessions, lessons opened, cadres who went along."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.statistics.hiding import FEW
from gateway.statistics.months import bounds
from gateway.statistics.notes import month_of
from gateway.statistics.small_cells import SMALL, few, guarded
from gateway.statistics.tallies import UNKNOWN, spread
from models.case import CaseEvent
from models.outreach import LearnCount, OutreachSession
from models.people import Agency
from models.referral import Referral

Row = dict[str, Any]


def referrals(session: Session, desk: Desk, months: list[str]) -> list[Row]:
    """Requests by month and agency. Each is a case passed on, so the rule of small counts holds here too."""
    start, end = bounds(desk, months[0], months[-1])
    wanted = select(Agency.name, Referral.asked_at, Referral.status, Referral.answered_at)
    asked = wanted.join(Agency, Agency.id == Referral.agency_id).where(
        Referral.asked_at >= start, Referral.asked_at < end
    )
    groups: dict[tuple[str, str], list[tuple[str, int | None]]] = {}
    for name, at, status, answered_at in session.execute(asked):
        minutes = None if answered_at is None else int((answered_at - at).total_seconds() // 60)
        groups.setdefault((month_of(desk, at), name), []).append((status, minutes))
    return [
        {"month": month, "agency": name, **_of_agency(requests)} for (month, name), requests in sorted(groups.items())
    ]


def _of_agency(requests: list[tuple[str, int | None]]) -> Row:
    by_status = Counter(status for status, _ in requests)
    accepted, answers = by_status["accepted"] + by_status["done"], spread(minutes for _, minutes in requests)
    return {
        "asked": few(len(requests)),
        "accepted": guarded(accepted, len(requests)),
        "declined": guarded(by_status["declined"], len(requests)),
        "done": guarded(by_status["done"], accepted),
        "median_minutes_to_answer": answers.median if answers.cases >= FEW else SMALL,
    }


def outreach(session: Session, desk: Desk, months: list[str]) -> list[Row]:
    """Education sessions by month: they are public, so their numbers are true."""
    start, end = (at.date() for at in bounds(desk, months[0], months[-1]))
    held = select(OutreachSession).where(OutreachSession.held_on >= start, OutreachSession.held_on < end)
    groups: dict[str, list[OutreachSession]] = {}
    for row in session.scalars(held):
        groups.setdefault(row.held_on.strftime("%Y-%m"), []).append(row)
    return [
        {
            "month": month,
            **_sums(rows),
            "kecamatan": _by(rows, [desk.areas.kecamatan(row.area_code) if row.area_code else None for row in rows]),
            "audience": _by(rows, [row.audience for row in rows]),
            "topic": _by(rows, [row.topic for row in rows]),
        }
        for month, rows in sorted(groups.items())
    ]


def _sums(rows: Iterable[OutreachSession]) -> Row:
    found = list(rows)
    return {"sessions": len(found), "people": sum(row.people or 0 for row in found)}


def _by(rows: list[OutreachSession], entries: list[str | None]) -> dict[str, Row]:
    named = [(entry or UNKNOWN, row) for entry, row in zip(entries, rows, strict=True)]
    return {name: _sums(row for entry, row in named if entry == name) for name in sorted({name for name, _ in named})}


def learned(session: Session, desk: Desk, months: list[str]) -> list[Row]:
    """How often each topic of the learn menu was opened; tied to no phone, so the numbers are true."""
    start, end = (at.date() for at in bounds(desk, months[0], months[-1]))
    counts: dict[str, Counter[str]] = {}
    for day, topic, times in session.execute(
        select(LearnCount.day, LearnCount.topic, LearnCount.times).where(LearnCount.day >= start, LearnCount.day < end)
    ):
        counts.setdefault(day.strftime("%Y-%m"), Counter())[topic] += times
    return [{"month": month, "topics": dict(sorted(topics.items()))} for month, topics in sorted(counts.items())]


def accompanied(session: Session, desk: Desk, months: list[str]) -> Counter[str]:
    """How often a cadre went with somebody (DAMPING), by month: true counts, for `few`."""
    start, end = bounds(desk, months[0], months[-1])
    told = select(CaseEvent.at).where(CaseEvent.kind == "accompanied", CaseEvent.at >= start, CaseEvent.at < end)
    times: Iterable[datetime] = session.scalars(told)
    return Counter(month_of(desk, at) for at in times)
