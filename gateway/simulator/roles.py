"""Giving a practice phone a role: the cadre, officer or agency is really added, as the command line would."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.casework import handling, people, rota
from gateway.casework.coverage import Span
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.outbox.waiting import cancel_for_phone
from gateway.simulator.handsets import Handset
from gateway.simulator.tongue import N_
from models.duty import DutyLeave, DutyShift, find_away, list_on_duty
from models.people import Agency, Cadre, Officer, find_agency, find_cadre, find_officer
from models.vocabulary import CadreRole, OfficerRole, Recipient

SHIFT: Final = timedelta(days=30)
"""How long an officer added here is on duty, and hears the alerts."""
STAFF: Final = {
    "officer": OfficerRole.OFFICER,
    "supervisor": OfficerRole.SUPERVISOR,
    "head": OfficerRole.HEAD,
}


def give(session: Session, desk: Desk, now: datetime, handset: Handset, role: str, village: str = "") -> None:
    """`role`: officer, supervisor, head, cadre or agency. Raises Refused, and then nothing has changed."""
    index = desk.keyring.index("phone", handset.number)
    if any(look(session, index) for look in (find_officer, find_agency, find_cadre)):
        raise Refused(N_("Telepon ini sudah punya peran; peran orang tidak diganti, tambahkan telepon lain."))
    if role in STAFF:
        session.add(people.new_officer(desk, now, handset.name, handset.number, STAFF[role], "", None, None))
        session.flush()
        put_on_duty(session, desk, now, handset.number)
    elif role == "cadre":
        _add_cadre(session, desk, now, handset, village)
    elif role == "agency":
        session.add(people.new_agency(desk, now, handset.name, "uptd", handset.number))
    else:
        raise Refused(N_("Peran itu tidak dikenal."))
    session.flush()


def _add_cadre(session: Session, desk: Desk, now: datetime, handset: Handset, village: str) -> None:
    if village not in desk.areas:
        raise Refused(N_("Pilih desa kader itu."))
    cadre = people.new_cadre(desk, now, handset.name, handset.number, village, CadreRole.KADER)
    cadre.confirmed_at = now
    session.add(cadre)


def put_on_duty(session: Session, desk: Desk, now: datetime, number: str) -> None:
    """On duty from now, present, unless she is already. Raises Refused."""
    officer = rota.get_officer(session, desk, number)
    if any(one.id == officer.id for _, one in list_on_duty(session, now)):
        return
    _end_leave(session, now, officer)
    running = (DutyShift.officer_id == officer.id, DutyShift.starts_at <= now, DutyShift.ends_at > now)
    if session.scalar(select(DutyShift.id).where(*running)) is None:
        following = select(DutyShift.starts_at).where(DutyShift.officer_id == officer.id, DutyShift.starts_at > now)
        until = session.scalar(following.order_by(DutyShift.starts_at).limit(1)) or now + SHIFT
        shift = rota.add_shift(session, desk, now, rota.Plan(number, Span(now, until)))
        shift.present_at = now
        session.flush()


def _end_leave(session: Session, now: datetime, officer: Officer) -> None:
    running = (DutyLeave.officer_id == officer.id, DutyLeave.starts_at <= now, DutyLeave.ends_at > now)
    session.execute(update(DutyLeave).where(*running).values(ends_at=now))


def send_all_home(session: Session, desk: Desk, now: datetime, until: datetime) -> int:
    """Whoever is on duty takes leave until then: nobody is on duty. How many went."""
    here = {officer.id: officer for _, officer in list_on_duty(session, now)}
    away = find_away(session, now, here)
    gone = [officer for officer in here.values() if officer.id not in away]
    for officer in gone:
        rota.take_leave(session, desk, now, people.open_officer(desk, officer).phone, Span(now, until))
    return len(gone)


def call_all_back(session: Session, now: datetime) -> None:
    """Whoever is on leave now is back."""
    running = (DutyLeave.starts_at <= now, DutyLeave.ends_at > now)
    session.execute(update(DutyLeave).where(*running).values(ends_at=now))


def suspend(session: Session, desk: Desk, now: datetime, number: str) -> int:
    """Lost or stolen: codes end, cases go back on the ladder; how many. Raises Refused."""
    index = desk.keyring.index("phone", number)
    person = _find(session, index)
    if person is None:
        raise Refused(N_("Telepon ini bukan milik petugas, kader atau lembaga."))
    back = handling.suspend(session, desk, now, person)
    cancel_for_phone(session, index, "suspended", list(Recipient))
    return back


def restore(session: Session, desk: Desk, number: str) -> None:
    """The phone is back in the right hands. Raises Refused."""
    person = _find(session, desk.keyring.index("phone", number))
    if person is None:
        raise Refused(N_("Telepon ini bukan milik petugas, kader atau lembaga."))
    person.suspended_at = None


def _find(session: Session, index: bytes) -> Officer | Agency | Cadre | None:
    return find_officer(session, index) or find_agency(session, index) or find_cadre(session, index)
