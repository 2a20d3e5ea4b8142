"""What the practice page shows, gathered in one look: phones with their threads, the log, the clock, the story."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import format_date
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.simulator import clock, faults, handsets, threads
from gateway.simulator.faults import Fault
from gateway.simulator.handsets import Handset, Owner
from gateway.simulator.logbook import Line, Logbook
from gateway.simulator.player import Playing
from gateway.simulator.threads import Bubble
from models.throttle import Pulse

ALIVE = 30
"""Seconds since the worker's last heartbeat after which the page says that nothing is sent."""
ROLES = {
    ("officer", "officer"): _("petugas"),
    ("officer", "supervisor"): _("penyelia"),
    ("officer", "head"): _("kepala"),
    ("officer", "admin"): _("admin"),
}
KINDS = {"resident": _("warga"), "cadre": _("kader"), "agency": _("lembaga"), "officer": _("petugas")}


@dataclass(frozen=True)
class Shown:
    """One phone as the page shows it."""

    handset: Handset
    owner: Owner
    thread: list[Bubble]
    faults: list[Fault]
    village: str = ""

    @property
    def kind(self) -> str:
        return str(ROLES.get((self.owner.role, self.owner.detail), KINDS[self.owner.role])).capitalize()

    @property
    def is_staff(self) -> bool:
        return self.owner.role in ("officer", "agency")


@dataclass(frozen=True)
class View:
    now: datetime
    goal: datetime | None
    phones: list[Shown]
    log: list[Line]
    carrier: list[Fault]
    worker_lives: bool
    next_number: str

    @property
    def callers(self) -> list[Shown]:
        return [one for one in self.phones if not one.is_staff]

    @property
    def staff(self) -> list[Shown]:
        return [one for one in self.phones if one.is_staff]


def look(session: Session, desk: Desk, now: datetime, playing: Playing | None = None) -> View:
    """With a story its phones come first."""
    on_duty = handsets.find_on_duty(session, now)
    cast = playing.story.cast if playing else ()
    handsets_now = sorted(handsets.list_all(session, desk), key=lambda one: one.part not in cast)
    phones = [_show(session, desk, now, one, on_duty) for one in handsets_now]
    beat = session.get(Pulse, "worker")
    return View(
        now=now,
        goal=clock.find_goal(session),
        phones=phones,
        log=Logbook(session, desk).list_newest(),
        carrier=faults.listed(session, now),
        worker_lives=beat is not None and (now - beat.at).total_seconds() < ALIVE,
        next_number=handsets.next_number(session, desk),
    )


def _show(session: Session, desk: Desk, now: datetime, handset: Handset, on_duty: frozenset[str]) -> Shown:
    owner = handsets.owner_of(session, desk, handset, on_duty)
    waiting = faults.listed(session, now, desk.keyring.index("phone", handset.number))
    village = desk.areas.name(owner.area_code) if owner.area_code else ""
    return Shown(handset, owner, threads.list_thread(session, desk, handset), waiting, village)


def say_day(desk: Desk, at: datetime) -> str:
    """`Senin, 23 Nov 2026`"""
    return str(format_date(desk.office.local(at).date(), "EEEE, d MMM y"))
