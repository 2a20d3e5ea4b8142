"""The practice phones: who is on the page, whose each is, and what its screen shows."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.casework.people import open_agency, open_cadre, open_officer
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.phones import normalise
from gateway.simulator.tongue import N_
from models.duty import list_on_duty
from models.people import Agency, Cadre, Officer, find_agency, find_cadre, find_officer
from models.practice import PracticeNote, PracticePhone

FIRST_RESIDENT: Final = "+6281200000101"
"""Practice numbers count up from here. They belong to phones on this page; nothing leaves this machine."""
LONGEST_NAME: Final = 40
MOST: Final = 24
"""Phones on the page; more nobody can watch."""
Staff = TypeVar("Staff", Officer, Cadre, Agency)


@dataclass
class Handset:
    """One phone. `typed` is what the carrier has passed on since the dial, joined by `*`."""

    id: str
    number: str = field(repr=False)
    name: str
    session: str | None = None
    typed: str = field(default="", repr=False)
    screen: str = field(default="", repr=False)
    entry: str = field(default="", repr=False)
    """Typed on the keypad and not yet sent."""
    ended: bool = False
    """The screen is the last of its session, or the carrier's own words."""
    waiting: bool = False
    part: str | None = None
    """The part it plays in ready-made stories."""

    @property
    def is_open(self) -> bool:
        return self.session is not None


@dataclass(frozen=True)
class Owner:
    """Whose phone it is to the gateway: `resident`, `cadre`, `officer` or `agency`."""

    role: str = "resident"
    detail: str = ""
    """An officer's rank, a cadre's role, an agency's kind."""
    area_code: str | None = None
    suspended: bool = False
    on_duty: bool = False


# Rows


def find(session: Session, desk: Desk, phone_id: str) -> Handset | None:
    row = session.get(PracticePhone, phone_id, with_for_update=True, populate_existing=True)
    return _open(desk, row) if row else None


def get(session: Session, desk: Desk, phone_id: str) -> Handset:
    """Raises Refused."""
    handset = find(session, desk, phone_id)
    if handset is None:
        raise Refused(N_("Telepon ini tidak ada lagi."))
    return handset


def save(session: Session, desk: Desk, handset: Handset) -> None:
    row = session.get_one(PracticePhone, handset.id)
    row.phone_index = desk.keyring.index("phone", handset.number)
    row.body = _seal(desk, handset)
    session.flush()


def list_all(session: Session, desk: Desk) -> list[Handset]:
    """In the order they were added."""
    return [_open(desk, row) for row in session.scalars(select(PracticePhone).order_by(PracticePhone.id))]


def add(session: Session, desk: Desk, now: datetime, name: str, number: str, part: str | None = None) -> Handset:
    """Raises Refused."""
    name, phone = name.strip()[:LONGEST_NAME], normalise(number)
    if not name:
        raise Refused(N_("Beri telepon itu nama."))
    if phone is None:
        raise Refused(N_("Itu bukan nomor telepon."))
    index = desk.keyring.index("phone", phone)
    if session.scalar(select(PracticePhone.id).where(PracticePhone.phone_index == index)):
        raise Refused(N_("Nomor itu sudah ada di halaman ini."))
    if len(list(session.scalars(select(PracticePhone.id)))) >= MOST:
        raise Refused(N_("Terlalu banyak telepon di halaman ini. Singkirkan satu dulu."))
    handset = Handset(new_id(now), phone, name, part=part)
    session.add(PracticePhone(id=handset.id, phone_index=index, body=_seal(desk, handset)))
    session.flush()
    return handset


def remove(session: Session, desk: Desk, phone_id: str) -> None:
    """Off the page. Cases, people and messages stay. Raises Refused for a phone of the office."""
    handset = get(session, desk, phone_id)
    if owner_of(session, desk, handset).role == "officer":
        raise Refused(N_("Telepon petugas tetap di halaman ini: SMS-nya harus terlihat."))
    session.execute(delete(PracticeNote).where(PracticeNote.phone_id == phone_id))
    session.execute(delete(PracticePhone).where(PracticePhone.id == phone_id))


def next_number(session: Session, desk: Desk) -> str:
    """The next practice number that nobody has yet, on this page or in the office."""
    number = int(FIRST_RESIDENT[1:])
    while True:
        index = desk.keyring.index("phone", f"+{number}")
        on_page = session.scalar(select(PracticePhone.id).where(PracticePhone.phone_index == index))
        if not on_page and not any(look(session, index) for look in (find_officer, find_cadre, find_agency)):
            return f"+{number}"
        number += 1


def new_sim(session: Session, desk: Desk, handset: Handset) -> None:
    """Another number in the same phone: whoever calls with it has never called before."""
    used = max([int(FIRST_RESIDENT[1:]) + 8_000, *(int(one.number[1:]) for one in list_all(session, desk))])
    handset.number = f"+{used + 1}"
    handset.session, handset.typed, handset.screen, handset.entry = None, "", "", ""
    handset.ended = handset.waiting = False
    save(session, desk, handset)


def find_unseen(session: Session, desk: Desk) -> list[tuple[str, str]]:
    """(name, number) of the office's people whose phones are not on the page: their alerts would ring unseen."""
    seen = set(session.scalars(select(PracticePhone.phone_index)))

    def unseen(table: type[Staff]) -> list[Staff]:
        return [row for row in session.scalars(select(table).order_by(table.id)) if row.phone_index not in seen]

    people = [open_officer(desk, row) for row in unseen(Officer)]
    people += [open_cadre(desk, row) for row in unseen(Cadre) if row.confirmed_at]
    people += [open_agency(desk, row) for row in unseen(Agency)]
    return [(person.name, person.phone) for person in people]


def take_in(session: Session, desk: Desk, now: datetime) -> None:
    """The office's phones onto the page, as far as there is room, and a resident's when there is none at all."""
    count = len(list(session.scalars(select(PracticePhone.id))))
    if count == 0:
        add(session, desk, now, "Warga Satu", next_number(session, desk))
    for name, number in find_unseen(session, desk)[: max(0, MOST - 1 - count)]:
        add(session, desk, now, name, number)


def needs_taking_in(session: Session, desk: Desk) -> bool:
    """Asked before writing: the page is looked at every few seconds."""
    count = len(list(session.scalars(select(PracticePhone.id))))
    return count == 0 or (count < MOST - 1 and bool(find_unseen(session, desk)))


def owner_of(session: Session, desk: Desk, handset: Handset, on_duty: frozenset[str] = frozenset()) -> Owner:
    index = desk.keyring.index("phone", handset.number)
    if officer := find_officer(session, index):
        frozen = officer.suspended_at is not None
        return Owner("officer", officer.role, None, frozen, officer.id in on_duty)
    if agency := find_agency(session, index):
        return Owner("agency", agency.kind, None, agency.suspended_at is not None)
    if (cadre := find_cadre(session, index)) and cadre.confirmed_at is not None:
        return Owner("cadre", cadre.role, cadre.area_code, cadre.suspended_at is not None)
    return Owner()


def find_on_duty(session: Session, now: datetime) -> frozenset[str]:
    """Ids of officers on duty now."""
    return frozenset(officer.id for _, officer in list_on_duty(session, now))


def _seal(desk: Desk, handset: Handset) -> bytes:
    raw = json.dumps(asdict(handset), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return desk.keyring.seal("practice_phone.body", handset.id, raw)


def _open(desk: Desk, row: PracticePhone) -> Handset:
    return Handset(**json.loads(desk.keyring.open("practice_phone.body", row.id, row.body)))
