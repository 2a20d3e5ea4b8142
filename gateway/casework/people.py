"""People's rows, new and opened: officers, cadres and agencies, their log-ins, and who is to be told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.typed import read_phone
from models.duty import DutyShift, list_on_duty
from models.people import Agency, Cadre, Officer, find_agency, find_officer, list_active
from models.vocabulary import CadreRole, OfficerRole
from models.web_session import end_sessions

SHOWN = 20
"""Characters of an officer's name that fit into every text."""


@dataclass(frozen=True)
class Person:
    """Somebody who works with the gateway, opened."""

    id: str
    name: str = field(repr=False)
    phone: str = field(repr=False)


def open_officer(desk: Desk, officer: Officer) -> Person:
    name = desk.keyring.open("officer.name", officer.id, officer.name).decode()
    return Person(officer.id, name, desk.keyring.open("officer.phone", officer.id, officer.phone).decode())


def open_cadre(desk: Desk, cadre: Cadre) -> Person:
    name = desk.keyring.open("cadre.name", cadre.id, cadre.name).decode()
    return Person(cadre.id, name, desk.keyring.open("cadre.phone", cadre.id, cadre.phone).decode())


def open_agency(desk: Desk, agency: Agency) -> Person:
    return Person(agency.id, agency.name, desk.keyring.open("agency.phone", agency.id, agency.phone).decode())


def new_officer(
    desk: Desk,
    now: datetime,
    name: str,
    phone: str,
    role: OfficerRole,
    areas: str,
    login: str | None,
    secret: str | None,
) -> Officer:
    officer_id = new_id(now)
    return Officer(
        id=officer_id,
        name=desk.keyring.seal("officer.name", officer_id, name.encode()),
        phone=desk.keyring.seal("officer.phone", officer_id, phone.encode()),
        phone_index=desk.keyring.index("phone", phone),
        role=role,
        areas=areas,
        login=login,
        password_hash=secret,
        created_at=now,
    )


def add_officer(
    session: Session,
    desk: Desk,
    now: datetime,
    name: str,
    raw_phone: str,
    role: OfficerRole,
    areas: str,
    login: str | None,
    secret: str | None,
) -> Officer:
    """`secret`: the hash of the password that goes with `login`. Raises Refused."""
    if not 0 < len(name) <= 120 or len(login or "") > 64:
        raise Refused("an officer has a name, and a login of at most 64 characters")
    phone = read_phone(raw_phone)
    if find_officer(session, desk.keyring.index("phone", phone)):
        raise Refused("an officer has this phone already")
    if login:
        _check_free(session, login, "")
    officer = new_officer(desk, now, name, phone, role, areas, login or None, secret)
    session.add(officer)
    session.flush()
    return officer


def set_login(session: Session, now: datetime, officer: Officer, login: str | None, secret: str) -> None:
    """A new password, and a new name for the console if one is given; she is logged out everywhere. Raises Refused."""
    login = login or officer.login
    if not login or len(login) > 64:
        raise Refused("name her login: --login, at most 64 characters")
    _check_free(session, login, officer.id)
    officer.login, officer.password_hash = login, secret
    end_sessions(session, now, officer.id, "password")


def _check_free(session: Session, login: str, officer_id: str) -> None:
    if session.scalar(select(Officer.id).where(Officer.login == login, Officer.id != officer_id)):
        raise Refused("an officer has this login already")


def read_areas(desk: Desk, codes: Iterable[str]) -> str:
    """Kecamatan codes as an officer's row holds them; none: the whole district. Raises Refused."""
    named = [code.strip() for code in codes if code.strip()]
    for code in named:
        if code not in desk.areas.kecamatans():
            raise Refused(f"{code} is no kecamatan of this district")
    return ",".join(named)


def new_cadre(desk: Desk, now: datetime, name: str, phone: str, area_code: str | None, role: CadreRole) -> Cadre:
    """Not yet confirmed; importing a list or an officer confirms."""
    cadre_id = new_id(now)
    return Cadre(
        id=cadre_id,
        name=desk.keyring.seal("cadre.name", cadre_id, name.encode()),
        phone=desk.keyring.seal("cadre.phone", cadre_id, phone.encode()),
        phone_index=desk.keyring.index("phone", phone),
        area_code=area_code,
        role=role,
        created_at=now,
    )


def new_agency(desk: Desk, now: datetime, name: str, kind: str, phone: str) -> Agency:
    agency_id = new_id(now)
    return Agency(
        id=agency_id,
        name=name,
        kind=kind,
        phone=desk.keyring.seal("agency.phone", agency_id, phone.encode()),
        phone_index=desk.keyring.index("phone", phone),
        created_at=now,
    )


def add_agency(session: Session, desk: Desk, now: datetime, name: str, kind: str, raw_phone: str) -> Agency:
    """Raises Refused."""
    if not 0 < len(name) <= 120 or not 0 < len(kind) <= 32:
        raise Refused("an agency has a name of at most 120 characters and a kind of at most 32")
    phone = read_phone(raw_phone)
    if find_agency(session, desk.keyring.index("phone", phone)):
        raise Refused("an agency has this phone already")
    if session.scalar(select(Agency.id).where(Agency.name == name, Agency.suspended_at.is_(None))):
        raise Refused("an agency has this name already: cases are referred by name")
    agency = new_agency(desk, now, name, kind.lower(), phone)
    session.add(agency)
    return agency


def find_on_duty(session: Session, now: datetime, kecamatan: str | None) -> list[Officer]:
    """Officers on duty for a kecamatan; for an unknown one, all on duty. Each once."""
    return _serving(list_on_duty(session, now), kecamatan)


def _serving(running: Iterable[tuple[DutyShift, Officer]], kecamatan: str | None) -> list[Officer]:
    there = [officer for shift, officer in running if shift.covers(kecamatan) and officer.serves(kecamatan)]
    return list({officer.id: officer for officer in there}.values())


def find_to_alert(
    session: Session, now: datetime, kecamatan: str | None, related: tuple[str, ...] = ()
) -> list[Officer]:
    """Who hears of a new case. With nobody on duty for the place: supervisors and heads together, and whoever is on

    duty elsewhere; in an office that has named none of these, every officer: a case is never told to nobody.
    """

    def free(officers: list[Officer]) -> list[Officer]:
        return [officer for officer in officers if officer.id not in related]

    running = list_on_duty(session, now)
    on_duty = free(_serving(running, kecamatan))
    if on_duty:
        return on_duty
    leaders = free(list_active(session, OfficerRole.SUPERVISOR, OfficerRole.HEAD))
    elsewhere = free(_serving(running, None))
    return [*leaders, *elsewhere] or free(list_active(session, OfficerRole.OFFICER))
