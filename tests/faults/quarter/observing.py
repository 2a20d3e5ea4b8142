"""From a world's rows and logs to what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.events import list_events
from gateway.desk import Desk
from gateway.details import read_details
from gateway.outbox.queue import open_message
from models.case import CaseFile, RuleFiring
from models.outbound import OutboundMessage
from models.people import Agency
from models.referral import Referral
from tests.faults.quarter.seen import Case, Happening, Message, Person, Referred, Seen
from tests.faults.quarter.world import World


def observe(world: World) -> Seen:
    desk = world.office.parts.desk

    def look(session: Session) -> dict[str, Any]:
        rows = {case.id: case for case in session.scalars(select(CaseFile))}
        return {
            "cases": [_case(session, desk, row, world) for row in rows.values()],
            "messages": [_message(desk, row, rows) for row in session.scalars(select(OutboundMessage))],
            "firings": [(f.case_id, f.rule, f.step, f.fired_at) for f in session.scalars(select(RuleFiring))],
            "referrals": [
                Referred(row.case_id, row.agency_id, row.asked_at, row.answered_at, row.status)
                for row in session.scalars(select(Referral))
            ],
            "agencies": {row.id: (row.name, row.kind) for row in session.scalars(select(Agency))},
        }

    return Seen(
        start=world.start,
        end=world.now,
        outages=world.outages,
        people=[_person(world, officer) for officer in world.officers],
        shifts=world.shifts,
        departures=world.carrier.departures,
        texted=dict(world.texted),
        leaves=world.leaves,
        speechless={phone: _next_word(world, phone, at) for phone, at in world.speechless.items()},
        **world.office.read(look),
    )


def _next_word(world: World, phone: str, at: Any) -> Any:
    return next((said for said in world.spoken[phone] if (said - at).total_seconds() > 1), world.now)


def _person(world: World, officer: Any) -> Person:
    areas = tuple(filter(None, world.areas[officer.row_id].split(",")))
    away = tuple(world.away[officer.row_id])
    return Person(officer.row_id, officer.name, officer.role, officer.phone.number, areas, away)


def _case(session: Session, desk: Desk, row: CaseFile, world: World) -> Case:
    details = read_details(desk, row)
    timeline = (Happening(e.at, e.kind, e.actor, e.body) for e in list_events(session, desk, row))
    return Case(
        id=row.id,
        reference=row.reference,
        reporter=str(row.reporter),
        phone=details.phone,
        states=tuple(world.states[row.id]),
        known=tuple(world.known[row.id]),
        timeline=tuple(timeline),
        forms=details.forms,
        age=str(details.age),
        call_me=details.signs.call_me,
    )


def _message(desk: Desk, row: OutboundMessage, cases: Mapping[str, CaseFile]) -> Message:
    to, text = open_message(desk, row, cases.get(row.case_id or ""))
    return Message(
        id=row.id,
        case=row.case_id,
        purpose=str(row.purpose),
        recipient=str(row.recipient),
        person=row.person_id,
        priority=str(row.priority) if row.priority else None,
        to=to,
        text=text,
        status=str(row.status),
        code=row.code,
        queued_at=row.queued_at,
        ended_at=row.settled_at,
    )
