"""One officer's act on one case: found and locked, allowed or refused, recorded, and the rules told of it.

What may be done is in `handling`, `endings`, `referrals`, `legal` and `relations`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework import alerts, codes
from gateway.casework.events import record
from gateway.casework.timetable import schedule
from gateway.desk import Desk
from gateway.details import read_details
from gateway.errors import Refused
from gateway.identifiers import plain_reference
from models.case import CaseFile, find_case
from models.lifecycle import find_move
from models.people import Officer, list_active
from models.vocabulary import OfficerRole, Purpose

LEADERS = (OfficerRole.SUPERVISOR, OfficerRole.HEAD)


@dataclass(frozen=True)
class Act:
    """One act on one case: who, on what, when."""

    session: Session
    desk: Desk
    now: datetime
    case: CaseFile
    officer: Officer

    @property
    def leads(self) -> bool:
        return self.officer.role in LEADERS

    def note(self, kind: str, **body: object) -> None:
        record(self.session, self.desk, self.case, self.now, kind, f"officer:{self.officer.id}", **body)

    def move(self, verb: str) -> None:
        """Raises Refused when the lifecycle has no such move here."""
        target = find_move(self.case.status, verb)
        if target is None:
            raise Refused(f"{verb} is not possible while the case is {self.case.status}")
        self.case.status = target

    def done(self) -> CaseFile:
        schedule(self.session, self.desk, self.now, self.case)
        return self.case


def begin(session: Session, desk: Desk, now: datetime, reference: str, officer: Officer) -> Act:
    """Find and lock the case an officer names. Raises Refused: unknown, erased, suspended, not hers."""
    found = find_case(session, plain_reference(reference))
    if found is None:
        raise Refused(f"no case has the reference {reference}")
    return begin_on(session, desk, now, found.id, officer)


def begin_on(
    session: Session, desk: Desk, now: datetime, case_id: str, officer: Officer, *, called: bool = False
) -> Act:
    """`called`: she holds a live code for this case, because the ladder called her from another place."""
    case = session.get(CaseFile, case_id, with_for_update=True, populate_existing=True)
    case = check_may(desk, case, officer, called=called)
    return Act(session, desk, now, case, officer)


def check_may(desk: Desk, case: CaseFile | None, officer: Officer, *, called: bool = False) -> CaseFile:
    """The case, when this officer may work on it, or as much as see it. Raises Refused."""
    if case is None or case.wrapped_key is None:
        raise Refused("the case has been erased")
    if officer.suspended_at is not None:
        raise Refused("this officer's phone is suspended")
    if officer.role is OfficerRole.ADMIN:
        raise Refused("an admin does not work on cases")
    if officer.id in read_details(desk, case).related:
        raise Refused("this officer is related to the case")
    hers = called or officer.role is not OfficerRole.OFFICER or case.holder_id == officer.id
    if not hers and not officer.serves(case.kecamatan):
        raise Refused("the case lies outside this officer's areas")
    return case


def ask_leaders(act: Act, key: str, verb: str) -> None:
    """Supervisors, else heads, are asked to decide, each with a code of her own."""
    step = f"{verb} {act.now}"
    leaders = list_active(act.session, OfficerRole.SUPERVISOR) or list_active(act.session, OfficerRole.HEAD)
    for leader in leaders:
        code = codes.issue(act.session, act.desk, act.now, leader.id, [verb], act.case.id)
        alerts.say_to_officer(act.session, act.desk, act.now, act.case, leader, Purpose.REMINDER, key, step, code=code)
