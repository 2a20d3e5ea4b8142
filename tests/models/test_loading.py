"""Rows read past the session's unit of work: the same as SQLAlchemy's own way would give."""

from datetime import timedelta
from typing import cast

from sqlalchemy import Table, inspect, select
from sqlalchemy.orm import Session

from models.base import Base
from models.duty import DutyShift, list_on_duty
from models.people import Officer, list_active
from models.vocabulary import OfficerRole
from tests.office import Office


def values_of(row: Base) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in cast(Table, row.__table__).columns}


def test_officers_are_those_the_session_would_have_read(any_office: Office) -> None:
    for name, role in (("Ani", "officer"), ("Sri", "supervisor"), ("Udin", "head"), ("Wati", "supervisor")):
        any_office.officer(name, role)

    def both(session: Session, *roles: OfficerRole) -> tuple[list[object], list[object]]:
        theirs = session.scalars(select(Officer).where(Officer.role.in_(roles)).order_by(Officer.id))
        expected: list[object] = [values_of(officer) for officer in theirs]
        session.expunge_all()
        return [values_of(officer) for officer in list_active(session, *roles)], expected

    for roles in ((OfficerRole.OFFICER,), (OfficerRole.SUPERVISOR, OfficerRole.HEAD), (OfficerRole.ADMIN,)):
        found, expected = any_office.read(lambda session, roles=roles: both(session, *roles))
        assert found == expected
    assert len(any_office.read(lambda session: list_active(session, OfficerRole.SUPERVISOR, OfficerRole.HEAD))) == 3


def test_shifts_are_those_the_session_would_have_read(any_office: Office) -> None:
    any_office.officer("Ani")
    any_office.officer("Sri", on_duty=False)

    def both(session: Session) -> tuple[list[object], list[object]]:
        theirs = session.execute(select(DutyShift, Officer).join(Officer).order_by(DutyShift.id))
        expected: list[object] = [(values_of(shift), values_of(officer)) for shift, officer in theirs]
        session.expunge_all()
        running = list_on_duty(session, any_office.clock.now)
        return [(values_of(shift), values_of(officer)) for shift, officer in running], expected

    found, expected = any_office.read(both)
    assert found == expected and len(found) == 1


def test_one_that_the_session_knows_is_the_same_object(any_office: Office) -> None:
    any_office.officer("Ani")

    def look(session: Session) -> None:
        known = session.scalars(select(Officer)).one()
        assert list_active(session, OfficerRole.OFFICER) == [known]
        ((shift, officer),) = list_on_duty(session, any_office.clock.now)
        assert officer is known
        assert list_on_duty(session, any_office.clock.now) == [(shift, known)]

    any_office.read(look)


def test_what_the_session_has_changed_is_seen(any_office: Office) -> None:
    """Who has just been suspended is told nothing in the same breath."""
    any_office.officer("Ani")

    def suspend(session: Session) -> None:
        officer = session.scalars(select(Officer)).one()
        officer.suspended_at = any_office.clock.now
        assert list_on_duty(session, any_office.clock.now) == []
        officer.suspended_at = None
        assert list_active(session, OfficerRole.OFFICER) == [officer]

    any_office.write(suspend)


def test_what_is_changed_on_one_is_written_and_nothing_else(any_office: Office) -> None:
    any_office.officer("Ani")
    now = any_office.clock.now

    def leave(session: Session) -> None:
        ((shift, officer),) = list_on_duty(session, now)
        assert not inspect(shift).modified and not inspect(officer).modified
        shift.ends_at = now + timedelta(minutes=1)

    before = any_office.read(lambda session: values_of(session.scalars(select(DutyShift)).one()))
    any_office.write(leave)
    after = any_office.read(lambda session: values_of(session.scalars(select(DutyShift)).one()))
    assert after == before | {"ends_at": now + timedelta(minutes=1)}
