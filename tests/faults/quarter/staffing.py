"""Who works here: officers with their habits, a rota with gaps, phones that get lost, agencies; and who will report."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from gateway.casework import acts, endings, handling, legal, people, referrals
from gateway.identifiers import new_id
from gateway.outbox.waiting import cancel_for_phone
from models.duty import DutyShift
from models.people import Officer as OfficerRow
from models.vocabulary import Priority, Recipient
from tests.faults.quarter import callers, officers
from tests.faults.quarter.officers import ABSENT, DILIGENT, LEADER, SLOW, Habit
from tests.faults.quarter.seen import Shift
from tests.faults.quarter.world import NIGHT_AGENCY, World

GROGOT, KUARO, IKIS = "64.01.04", "64.01.05", "64.01.06"

STAFF: tuple[tuple[str, str, str, Habit], ...] = (
    ("Ani", "officer", GROGOT, DILIGENT),
    ("Budi", "officer", GROGOT, SLOW),
    ("Eka", "officer", f"{GROGOT},{KUARO}", SLOW),
    ("Fia", "officer", KUARO, DILIGENT),
    ("Gilang", "officer", IKIS, ABSENT),
    ("Hana", "officer", "", SLOW),
    ("Citra", "supervisor", "", LEADER),
    ("Indra", "supervisor", "", SLOW),
    ("Dewi", "head", "", LEADER),
)
AGENCIES = (("Polres", "polisi", SLOW), ("Puskesmas", "puskesmas", DILIGENT), ("LBH", "lbh", ABSENT))
WATCHES = ((0, 8, 0.55), (8, 16, 0.95), (16, 24, 0.8))
"""From, to (local hours), and how likely an officer of the rota is on each: nights have gaps."""
CADRES = 25


def staff(world: World) -> None:
    """Fill the office and plan everything people will do of their own accord."""
    for name, role, areas, habit in STAFF:
        _hire(world, name, role, areas, habit)
    for name, kind, habit in AGENCIES:
        _befriend(world, name, kind, habit)
    _befriend(world, "UPTD siaga", "uptd", ABSENT, NIGHT_AGENCY)
    _draw_rota(world, random.Random(f"{world.plan_of.seed} rota"))
    _lose_phones(world, random.Random(f"{world.plan_of.seed} phones"))
    _let_report(world, random.Random(f"{world.plan_of.seed} callers"))
    _keep_office_hours(world)


def _hire(world: World, name: str, role: str, areas: str, habit: Habit) -> None:
    phone = world.office.officer(name, role, areas, on_duty=False)
    dice = random.Random(f"{world.plan_of.seed} {name}")
    officer = officers.Officer(world, phone, world.office.row_of(phone).id, name, role, habit, dice)
    world.officers.append(officer)
    world.areas[officer.row_id] = areas
    world.readers[phone.number] = officer


def _befriend(world: World, name: str, kind: str, habit: Habit, number: str | None = None) -> None:
    phone = world.office.phone(number)
    row = people.new_agency(world.office.parts.desk, world.now, name, kind, phone.number)
    world.office.write(lambda session: session.add(row))
    dice = random.Random(f"{world.plan_of.seed} {name}")
    world.readers[phone.number] = officers.Agency(world, phone, name, habit, dice)


def _draw_rota(world: World, dice: random.Random) -> None:
    """Each watch has one or two of the officers, or nobody."""
    hands = [officer for officer in world.officers if officer.role == "officer"]
    midnight = world.start - timedelta(hours=10)
    rows = []
    for day in range(int(world.plan_of.days) + 2):
        for begins, ends, chance in WATCHES:
            start = midnight + timedelta(days=day, hours=begins)
            for officer in dice.sample(hands, 3):
                if dice.random() < chance * 0.6:
                    shift = Shift(officer.row_id, start, start + timedelta(hours=ends - begins))
                    world.shifts.append(shift)
                    rows.append(_row_of(shift))
    world.office.write(lambda session: session.add_all(rows))


def _row_of(shift: Shift) -> DutyShift:
    return DutyShift(
        id=new_id(shift.start), officer_id=shift.person, starts_at=shift.start, ends_at=shift.end, areas=""
    )


def _lose_phones(world: World, dice: random.Random) -> None:
    """One phone is lost every ten days or so; the admin hears of it a day later, and days after that it is back."""
    for day in range(4, int(world.plan_of.days), 10):
        officer = dice.choice(world.officers[:-1])
        lost = world.start + timedelta(days=day, hours=dice.uniform(0, 24))
        frozen = lost + timedelta(hours=dice.uniform(6, 30))
        back = frozen + timedelta(days=dice.uniform(1, 4))
        world.at(lost, partial(_set_lost, officer, True))
        world.at(frozen, partial(suspend, world, officer))
        world.at(back, partial(restore, world, officer))


def _set_lost(officer: officers.Officer, lost: bool) -> None:
    officer.lost = lost


def suspend(world: World, officer: officers.Officer) -> None:
    """As `beliperak officer suspend` does it."""
    desk, now = world.office.parts.desk, world.now

    def work(session: Any) -> None:
        handling.suspend(session, desk, now, session.get(OfficerRow, officer.row_id))
        cancel_for_phone(session, desk.keyring.index("phone", officer.phone.number), "suspended", list(Recipient))

    world.office.write(work)
    world.away[officer.row_id].append((now, datetime.max.replace(tzinfo=now.tzinfo)))


def restore(world: World, officer: officers.Officer) -> None:
    def work(session: Any) -> None:
        session.get(OfficerRow, officer.row_id).suspended_at = None

    world.office.write(work)
    since, _ = world.away[officer.row_id].pop()
    world.away[officer.row_id].append((since, world.now))
    officer.lost = False


def _let_report(world: World, dice: random.Random) -> None:
    """Residents, each once, and cadres again and again, at any hour."""
    homes = ["64.01.04.2016", "64.01.05.2002", "64.01.06.2003"]
    cadres = [world.office.cadre(dice.choice(homes)) for _ in range(CADRES)]
    for number, phone in enumerate(cadres):
        world.readers[phone.number] = callers.Cadre(world, phone, random.Random(f"{world.plan_of.seed} cadre {number}"))
    weights = [weight for weight, _ in callers.STORIES]
    tells = [story for _, story in callers.STORIES]
    for number in range(round(world.plan_of.days * world.plan_of.cases_a_day)):
        moment = world.start + timedelta(days=dice.uniform(0, world.plan_of.days - 0.2))
        if dice.random() < 0.3:
            phone = dice.choice(cadres)
            world.at(moment, world.readers[phone.number].report)
            continue
        (story,) = dice.choices(tells, weights)
        world.at(moment, partial(_report, world, number, story))


def _report(world: World, number: int, story: Callable[[callers.Resident], None]) -> None:
    resident = callers.Resident(world, world.office.phone(), random.Random(f"{world.plan_of.seed} caller {number}"))
    world.readers[resident.phone.number] = resident
    story(resident)


# What the office does of its own accord


def _finish(officer: officers.Officer) -> None:
    if not officer.lost:
        officer.finish()


def _keep_office_hours(world: World) -> None:
    """Every day at 09.00 supervisors sit at the console; officers end what they have done with, in the afternoon."""
    for day in range(1, int(world.plan_of.days) + 1):
        nine = world.start + timedelta(days=day, hours=-1)
        world.at(nine, lambda: _sit_at_the_console(world))
        for officer in world.officers:
            afternoon = nine + timedelta(hours=5, minutes=7 * world.officers.index(officer))
            world.at(afternoon, partial(_finish, officer))


def _sit_at_the_console(world: World) -> None:
    leader = next((o for o in world.officers if o.role == "supervisor" and not o.lost), None)
    if leader is None:
        return
    cases = [case for case in world.office.cases() if case["status"] not in ("closed", "invalid", "partial")]
    for case in world.dice.sample(cases, min(2, len(cases))):
        world.act(leader, case["reference"], world.dice.choice(CONSOLE)(world.dice))
    ended = [case for case in world.office.cases() if case["status"] == "closed"]
    if ended and world.dice.random() < 0.1:
        world.act(leader, world.dice.choice(ended)["reference"], lambda act: endings.reopen(act, "again"))


def _refer(dice: random.Random) -> Callable[[acts.Act], object]:
    name = dice.choice(AGENCIES)[0]
    return lambda act: referrals.refer(act, name, "danger")


def _set_priority(dice: random.Random) -> Callable[[acts.Act], object]:
    priority = dice.choice(list(Priority))
    return lambda act: handling.change_priority(act, priority, "read again")


CONSOLE: tuple[Callable[[random.Random], Callable[[acts.Act], object]], ...] = (
    _refer,
    _refer,
    _set_priority,
    lambda dice: lambda act: handling.accept(act),
    lambda dice: lambda act: handling.first_action(act, handling.VISITED, "seen"),
    lambda dice: lambda act: handling.first_action(act, handling.FORBIDDEN, "no safe way"),
    lambda dice: lambda act: endings.close(act, "all done"),
    lambda dice: lambda act: handling.write_note(act, "read"),
    lambda dice: lambda act: handling.pass_on(act, None, "another is nearer"),
    lambda dice: lambda act: referrals.record_consent(act, "asked"),
    lambda dice: lambda act: legal.waive(act, dice.choice(legal.NAMES), "signed off"),
)
"""What a supervisor does with a case of the queue, one drawn for each case. New duties add their verbs."""
