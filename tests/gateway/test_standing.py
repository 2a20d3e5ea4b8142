"""A case stands as its own timeline says, whatever is done to it by the gateway; what a hand changed is named."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gateway.casework import endings, erasure, handling, people, referrals, relations, unproved
from gateway.casework.acts import Act
from gateway.casework.standing import find_difference
from models.case import CaseFile
from models.people import Agency
from models.vocabulary import Priority
from tests.made import a_case
from tests.office import Office


def difference(office: Office, case_id: str) -> str | None:
    desk = office.parts.desk
    found: str | None = office.read(lambda session: find_difference(session, desk, session.get_one(CaseFile, case_id)))
    return found


def connected(act: Act) -> CaseFile:
    return handling.first_action(act, handling.CONNECTED)


def connected_by_digit(act: Act) -> CaseFile:
    return handling.first_action(act, handling.CONNECTED, proved=False)


def agency_accepts(act: Act) -> CaseFile:
    agency = act.session.scalars(select(Agency)).one()
    assert referrals.answer(act.session, act.desk, act.now, act.case, agency, "TERIMA")
    return act.case


def suspend(act: Act) -> None:
    handling.suspend(act.session, act.desk, act.now, act.officer)


Does = Callable[[Act], object]
STORIES: dict[str, list[tuple[str, Does]]] = {
    "taken, passed on after a first action, taken again": [
        ("ani", handling.accept),
        ("ani", connected),
        ("ani", handling.pass_on),
        ("citra", handling.accept),
    ],
    "passed on to one by name": [("ani", handling.accept), ("citra", lambda act: handling.pass_on(act, act.officer))],
    "an agency that accepts, then another officer": [
        ("ani", handling.accept),
        ("ani", lambda act: referrals.refer(act, "RSUD", "danger")),
        ("ani", agency_accepts),
        ("ani", handling.pass_on),
        ("citra", handling.accept),
    ],
    "closed and reopened": [
        ("citra", handling.accept),
        ("citra", connected),
        ("citra", endings.close),
        ("ani", endings.reopen),
        ("ani", handling.accept),
    ],
    "no case at all": [("citra", lambda act: endings.invalidate(act, "a test"))],
    "raised and lowered": [
        ("ani", lambda act: handling.change_priority(act, Priority.P2, "a child")),
        ("ani", lambda act: handling.change_priority(act, Priority.P3, "not so")),
    ],
    "related to a party": [("ani", handling.accept), ("ani", relations.mark_related)],
    "a colleague is related, not its holder": [
        ("ani", handling.accept),
        ("citra", relations.mark_related),
    ],
    "the holder's phone is suspended": [("ani", handling.accept), ("ani", suspend)],
    "a digit taken back, then passed on": [
        ("ani", handling.accept),
        ("ani", connected_by_digit),
        ("ani", lambda act: unproved.take_back(act, 2)),
        ("ani", handling.pass_on),
        ("citra", handling.accept),
    ],
}


@pytest.mark.parametrize("name", STORIES)
def test_every_act_leaves_the_row_as_its_timeline_says(any_office: Office, name: str) -> None:
    office = any_office
    phones = {"ani": office.officer("Ani"), "citra": office.officer("Citra", role="supervisor")}
    agency = people.new_agency(office.parts.desk, office.clock.now, "RSUD", "rsud", "+6281200000099")
    office.write(lambda session: session.add(agency))
    case_id = a_case(office)
    for who, does in STORIES[name]:
        office.work()
        office.act(phones[who], does)
        assert difference(office, case_id) is None, (who, does)


def test_a_partial_case_and_the_waiting_one_it_becomes_agree(any_office: Office) -> None:
    any_office.officer()
    any_office.phone().dial().press("3", "4", "2")
    (case_id,) = any_office.read(lambda session: list(session.scalars(select(CaseFile.id))))
    assert difference(any_office, case_id) is None
    any_office.forward(minutes=21)
    assert any_office.case()["status"] == "new"
    assert difference(any_office, case_id) is None


def test_an_erased_case_agrees(any_office: Office) -> None:
    case_id, citra = a_case(any_office), any_office.officer("Citra", role="supervisor")
    any_office.act(citra, lambda act: endings.invalidate(act, "a test"))

    def shred(session: Session) -> None:
        case = session.get_one(CaseFile, case_id)
        erasure.shred(session, any_office.parts.desk, any_office.clock.now, case, "officer:1", "erased", reason="r")

    any_office.write(shred)
    assert difference(any_office, case_id) is None


def test_an_act_done_while_it_is_looked_at_is_no_fault(any_office: Office) -> None:
    ani, case_id = any_office.officer("Ani"), a_case(any_office)

    def look(session: Session) -> str | None:
        case = session.get_one(CaseFile, case_id)
        any_office.act(ani, handling.accept)
        return find_difference(session, any_office.parts.desk, case)

    assert any_office.read(look) is None


BY_HAND: list[Any] = [
    pytest.param("status = 'closed'", "status not as the timeline says", id="ended"),
    pytest.param("status = 'new', holder_id = NULL", "status, holder not as the timeline says", id="given back"),
    pytest.param("priority = 'P3'", "priority not as the timeline says", id="lowered"),
    pytest.param("holder_id = 'nobody'", "holder not as the timeline says", id="given away"),
    pytest.param("kecamatan = '64.01.01'", "kecamatan not as the timeline says", id="moved"),
    pytest.param("wrapped_key = NULL", "its key is gone, and no row tells of an erasure", id="key dropped"),
    pytest.param(
        "wrapped_key = (SELECT wrapped_key FROM case_file AS o WHERE o.id <> case_file.id)",
        "it does not open with its key",
        id="another's key",
    ),
    pytest.param(
        "details = (SELECT details FROM case_file AS o WHERE o.id <> case_file.id)",
        "it does not open with its key",
        id="another's details",
    ),
]


@pytest.mark.parametrize(("change", "told"), BY_HAND)
def test_what_a_hand_on_the_database_changed_is_named(any_office: Office, change: str, told: str) -> None:
    case_id = a_case(any_office, Priority.P1)
    any_office.act(any_office.officer("Ani"), handling.accept)
    a_case(any_office, phone="+6281100008888")
    assert difference(any_office, case_id) is None
    statement = text(f"UPDATE case_file SET {change} WHERE id = :case")
    any_office.write(lambda session: session.execute(statement, {"case": case_id}) and None)
    assert difference(any_office, case_id) == told


@pytest.mark.parametrize(
    "change", ["late_at = NULL", "next_rule_at = NULL", "created_at = touched_at", "complete = false"]
)
def test_times_changed_by_hand_are_not_found(office: Office, change: str) -> None:
    """Said plainly in docs/threat-model.md: not defended."""
    case_id = a_case(office)
    statement = text(f"UPDATE case_file SET {change} WHERE id = :case")
    office.write(lambda session: session.execute(statement, {"case": case_id}) and None)
    assert difference(office, case_id) is None
