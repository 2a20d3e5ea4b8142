"""Every role by every verb of `cases do`, and by erasing: a table that is complete by construction."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import acts, endings, erasure, handling, people, relations
from gateway.commands import cases as commands
from gateway.details import read_details, write_details
from gateway.errors import Refused
from models.case import CaseEvent, CaseFile
from models.people import Officer
from models.vocabulary import OfficerRole, Priority
from tests.made import a_case
from tests.office import Office

TABLE = """
verb             holder      officer     elsewhere   supervisor  head        admin       suspended   related
accept           yes         yes         no          yes         yes         no          no          no
add_cadre        yes         yes         no          yes         yes         no          no          no
close            yes         no          no          yes         yes         no          no          no
consent          yes         yes         no          yes         yes         no          no          no
contact_rule     yes         no          no          yes         yes         no          no          no
duress           yes         yes         no          yes         yes         no          no          no
first_action     yes         no          no          yes         yes         no          no          no
invalid          yes         no          no          yes         yes         no          no          no
link             yes         yes         no          yes         yes         no          no          no
note             yes         yes         no          yes         yes         no          no          no
pass_on          yes         no          no          yes         yes         no          no          no
please_call      yes         yes         no          yes         yes         no          no          no
police_reported  yes         yes         no          yes         yes         no          no          no
priority         yes         yes         no          yes         yes         no          no          no
refer            yes         yes         no          yes         yes         no          no          no
related          yes         yes         no          yes         yes         no          no          no
reopen           yes         yes         no          yes         yes         no          no          no
require          no          no          no          yes         yes         no          no          no
unlink           yes         yes         no          yes         yes         no          no          no
waive            no          no          no          yes         yes         no          no          no
erase            yes         yes         yes         yes         yes         no          no          no
"""
"""`holder` is an officer who holds the case, `officer` another who serves its place, `elsewhere` one of another
kecamatan, `related` a supervisor related to a party."""
WHO = TABLE.split("\n")[1].split()[1:]
HERE, THERE = "64.01.04", "64.01.01"
ROLES = {"supervisor": "supervisor", "head": "head", "admin": "admin", "related": "supervisor"}


class World:
    """An office with somebody of every kind."""

    def __init__(self, office: Office) -> None:
        self.office, self.desk, self.now = office, office.parts.desk, office.clock.now
        areas = {"holder": HERE, "officer": HERE, "suspended": HERE, "elsewhere": THERE}
        self.phones = {
            who: office.officer(who.title(), ROLES.get(who, "officer"), areas.get(who, "")).number for who in WHO
        }
        self.phones["cadre"] = office.cadre().number
        agency = people.new_agency(self.desk, self.now, "RSUD", "rsud", "+6281200000099")
        office.write(lambda session: session.add(agency))

    def a_case(self, verb: str) -> str:
        """A P3 case in kecamatan 04 in the state that this verb needs, held where it is not waiting."""
        sexual = verb in ("police_reported", "require", "waive")
        case_id = a_case(self.office, Priority.P3, forms=("SEK",) if sexual else ("FIS",))

        def work(session: Session) -> None:
            case = session.get_one(CaseFile, case_id)
            write_details(self.desk, case, replace(read_details(self.desk, case), area_code=f"{HERE}.2016"))
            relations.mark_related(self.act(session, case_id, "supervisor"), self.row(session, "related"))
            if verb == "accept":
                return
            handling.accept(self.act(session, case_id, "holder"))
            if verb in ("close", "invalid", "reopen", "erase"):
                handling.first_action(self.act(session, case_id, "holder"), handling.CONNECTED)
            if verb in ("reopen", "erase"):
                endings.close(self.act(session, case_id, "supervisor"), "moved away")

        self.office.write(work)
        return case_id

    def row(self, session: Session, who: str) -> Officer:
        index = self.desk.keyring.index("phone", self.phones[who])
        return session.scalars(select(Officer).where(Officer.phone_index == index)).one()

    def act(self, session: Session, case_id: str, who: str) -> acts.Act:
        return acts.begin_on(session, self.desk, self.now, case_id, self.row(session, who))

    def suspend(self) -> None:
        self.office.write(
            lambda session: handling.suspend(session, self.desk, self.now, self.row(session, "suspended")) and None
        )

    def may(self, work: Callable[[Session], object]) -> bool:
        try:
            self.office.write(lambda session: work(session) and None)
        except Refused:
            return False
        return True

    def chain(self, case_id: str) -> list[str]:
        kinds = select(CaseEvent.kind).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)
        found: list[str] = self.office.read(lambda session: list(session.scalars(kinds)))
        return found

    def given(self, verb: str, case_id: str) -> Namespace:
        """What the command line needs for this verb."""
        to = {"related": self.phones["cadre"], "add_cadre": self.phones["cadre"], "pass_on": self.phones["head"]}
        more = {"result": 1, "priority": "P2", "agency": "RSUD", "on": "2026-11-23", "duty": "police"}
        other = self.office.read(lambda session: session.get_one(CaseFile, case_id).reference)
        reason = "call evening" if verb == "contact_rule" else "danger"
        return Namespace(verb=verb, reason=reason, to=to.get(verb), other=other, **more)


def expected(verb: str) -> dict[str, bool]:
    rows = {row.split()[0]: row.split()[1:] for row in TABLE.strip().splitlines()}
    return {who: word == "yes" for who, word in zip(WHO, rows[verb], strict=True)}


def test_the_table_knows_every_verb_and_every_role() -> None:
    verbs = {row.split()[0] for row in TABLE.strip().splitlines()[1:]}
    assert verbs == {*commands.VERBS, "erase"}
    assert set(OfficerRole) == {"officer", "supervisor", "head", "admin"} <= set(WHO)


@pytest.mark.parametrize("verb", sorted(commands.VERBS))
def test_every_role_by_every_verb(office: Office, verb: str) -> None:
    """What is allowed is on the case's chain afterwards; what is refused changes nothing."""
    world = World(office)
    world.suspend()
    other = world.a_case("note")
    allowed, chains = {}, {}
    for who in WHO:
        case_id = world.a_case(verb)
        before = world.chain(case_id)
        given = world.given(verb, other)
        allowed[who] = world.may(
            lambda session, case_id=case_id, who=who, given=given: commands.VERBS[verb](  # type: ignore[misc]
                world.act(session, case_id, who), given, office.parts
            )
        )
        chains[who] = world.chain(case_id) != before
    assert allowed == expected(verb)
    assert chains == allowed


def test_every_role_by_erasing(office: Office) -> None:
    """With a supervisor as the second."""
    world = World(office)
    world.suspend()
    second = world.office.officer("Second", "supervisor")
    world.phones["second"] = second.number
    allowed = {}
    for who in WHO:
        case_id = world.a_case("erase")
        reference = world.given("note", case_id).other
        allowed[who] = world.may(
            lambda session, who=who, reference=reference: erasure.erase(  # type: ignore[misc]
                session,
                world.desk,
                world.now,
                reference,
                world.row(session, who),
                world.row(session, "second"),
                "asked",
            )
        )
    assert allowed == expected("erase")
