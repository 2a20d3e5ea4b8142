"""What leaders and admins do about people: look at a phone, suspend, restore, confirm. Each leaves an access row."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework import attempts, handling
from gateway.casework.people import Person, open_agency, open_cadre, open_officer
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.outbox.waiting import cancel_for_phone, lift_stop
from models.people import Agency, Cadre, Officer
from models.vocabulary import CadreRole, Recipient

Staff = Officer | Cadre | Agency
LONGEST_NAME = 120
TABLES: dict[str, type[Officer] | type[Cadre] | type[Agency]] = {"officer": Officer, "cadre": Cadre, "agency": Agency}


def get(session: Session, kind: str, person_id: str) -> Staff:
    """Raises Refused. The row is locked where the engine locks rows."""
    table = TABLES.get(kind)
    found = session.get(table, person_id, with_for_update=True) if table else None
    if not isinstance(found, Officer | Cadre | Agency):
        raise Refused("this person is not on the list")
    return found


def open_person(desk: Desk, person: Staff) -> Person:
    if isinstance(person, Officer):
        return open_officer(desk, person)
    return open_cadre(desk, person) if isinstance(person, Cadre) else open_agency(desk, person)


def show_phone(session: Session, desk: Desk, now: datetime, actor: str, person: Staff) -> str:
    attempts.note(session, now, actor, f"phone shown {person.__tablename__}", 1)
    return open_person(desk, person).phone


def suspend(session: Session, desk: Desk, now: datetime, actor: str, person: Staff) -> int:
    """A phone is lost or stolen: its codes, log-ins and waiting SMS end at once; cases put back on the ladder.

    Raises Refused for herself: whoever locks herself out can not mend it.
    """
    if actor == f"officer:{person.id}":
        raise Refused("nobody suspends herself")
    back = handling.suspend(session, desk, now, person)
    cancel_for_phone(session, person.phone_index, "suspended", list(Recipient))
    attempts.note(session, now, actor, f"suspend {person.__tablename__}", 1)
    return back


def restore(session: Session, now: datetime, actor: str, person: Staff, *, sms_again: bool = False) -> None:
    """The phone is back in the right hands. `sms_again`: she has said that her BERHENTI is over; nothing else ends it.

    What a carrier says of her phone stays.
    """
    person.suspended_at = None
    if sms_again:
        lift_stop(session, person.phone_index)
    attempts.note(session, now, actor, f"restore {person.__tablename__}", 1)


def confirm(
    session: Session, desk: Desk, now: datetime, actor: str, cadre: Staff, name: str, village: str, role: str
) -> None:
    """Who asked by DAFTAR is a cadre, as her village office or the PKK's list says. Raises Refused."""
    if not isinstance(cadre, Cadre):
        raise Refused("this person is not on the list")
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"a cadre has a name of at most {LONGEST_NAME} characters")
    area = desk.areas.find(village)
    if area is None or area.is_kecamatan:
        raise Refused("choose her village")
    if role not in CadreRole.__members__:
        raise Refused("choose her role")
    cadre.name = desk.keyring.seal("cadre.name", cadre.id, name.encode())
    cadre.area_code, cadre.role, cadre.confirmed_at = area.code, CadreRole(role), cadre.confirmed_at or now
    attempts.note(session, now, actor, "cadre confirmed", 1)
