"""The morning's figures: who gets them, what they count, once, and never stale."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from gateway.casework import acts, digests, endings, handling, rota
from gateway.casework.coverage import Span
from gateway.casework.digests import Figures, count
from gateway.casework.duties import Duty
from gateway.casework.rota import Plan
from gateway.casework.rules import Facts, Times, list_deadlines
from models.people import find_officer
from models.vocabulary import CaseStatus, Priority
from tests.gateway.test_rota import at
from tests.office import Office
from tests.phone import Phone

GROGOT, KUARO = "64.01.04", "64.01.05"
IN_GROGOT, IN_KUARO = "LAPOR FISIK SENAKEN istri dipukul suami", "LAPOR FISIK RANGAN istri dipukul suami"
TIMES = Times(
    ladder=(timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30)),
    first_action={Priority.P1: timedelta(hours=1), Priority.P2: timedelta(hours=6), Priority.P3: timedelta(hours=24)},
    follow_up=(),
    sweep=timedelta(minutes=20),
)


def morning(phone: Phone) -> list[str]:
    return [text for text in phone.inbox if text.startswith("07.30 BP:")]


def recaps(phone: Phone) -> list[str]:
    return [text for text in phone.inbox if text.startswith("BP pekan lalu:")]


def close_all(office: Office, officer: Phone) -> None:
    index = office.parts.desk.keyring.index("phone", officer.number)
    references = [case["reference"] for case in office.cases()]

    def work(session: Any) -> None:
        for reference in references:
            row = find_officer(session, index)
            assert row is not None
            endings.close(acts.begin(session, office.parts.desk, office.clock.now, reference, row), "no danger")

    office.write(work)


# What is counted


def facts(status: CaseStatus, created: float, **more: Any) -> Facts:
    return Facts(status, Priority.P3, at(created), at(created), **more)


OWED = (Duty("health", at(20), at(22)), Duty("police", at(-30), at(42)))


def test_what_waits_is_due_when_it_must_be_taken_and_what_is_held_when_it_must_be_acted_on() -> None:
    waiting = facts(CaseStatus.NEW, 0, queued_at=at(0), accept_due_at=at(24))
    held = facts(CaseStatus.ACCEPTED, 0, accepted_at=at(3))
    acted = facts(CaseStatus.IN_PROGRESS, 0, accepted_at=at(3), acted_at=at(4))
    assert [list(list_deadlines(each, TIMES)) for each in (waiting, held, acted)] == [[at(24)], [at(27)], []]


@pytest.mark.parametrize(
    ("case", "figures"),
    [
        (facts(CaseStatus.NEW, 20, queued_at=at(20), accept_due_at=at(44)), Figures(new=1, waiting=1, due=1)),
        (facts(CaseStatus.NEW, -10, queued_at=at(-10), accept_due_at=at(14)), Figures(waiting=1, late=1)),
        (facts(CaseStatus.NEW, -10, queued_at=at(-10), accept_due_at=at(49)), Figures(waiting=1)),
        (facts(CaseStatus.ACCEPTED, -10, accepted_at=at(0)), Figures(late=1)),
        (facts(CaseStatus.ACCEPTED, -10, accepted_at=at(0.1)), Figures(due=1)),
        (facts(CaseStatus.IN_PROGRESS, -10, accepted_at=at(0), acted_at=at(1)), Figures()),
        (facts(CaseStatus.REFERRED, -10, acted_at=at(1), duties=OWED), Figures(late=1, due=1)),
        (facts(CaseStatus.CLOSED, -10, duties=OWED), Figures()),
        (facts(CaseStatus.REFERRED, -10, acted_at=at(1), asked=(("x", at(0)), ("y", at(9)))), Figures(late=1, due=1)),
        (facts(CaseStatus.INVALID, 23), Figures(new=1)),
        (facts(CaseStatus.PARTIAL, 24), Figures()),
    ],
)
def test_each_case_counts_where_it_belongs(case: Facts, figures: Figures) -> None:
    assert count([case], TIMES, at(24)) == figures


# Who gets it


def test_those_on_duty_and_supervisors_get_counts_of_their_own_areas(any_office: Office) -> None:
    office = any_office
    ani, budi = office.officer("Ani", areas=GROGOT), office.officer("Budi", areas=KUARO)
    citra, dewi = office.officer("Citra", "supervisor", on_duty=False), office.officer("Dewi", "head", on_duty=False)
    cadre = office.cadre()
    cadre.text(IN_GROGOT)
    office.clock.now += timedelta(seconds=1)
    cadre.text(IN_KUARO)
    office.work()
    office.at(7, 29).work()
    assert morning(ani) == morning(citra) == []
    office.at(7, 30).work()
    week = "Piket kosong pekan ini"
    assert morning(ani) == [f"07.30 BP: baru 1, belum diambil 1. Tugas terlambat 0, jatuh tempo 1. {week}: 0."]
    assert morning(budi) == morning(ani)
    assert morning(citra) == [f"07.30 BP: baru 2, belum diambil 2. Tugas terlambat 0, jatuh tempo 2. {week}: 1."]
    assert morning(dewi) == []


def test_it_goes_out_once_a_day(office: Office) -> None:
    ani = office.officer("Ani")
    for days in range(3):
        office.at(7, 30)
        for _ in range(4):
            office.forward(hours=1)
        assert len(morning(ani)) == days + 1


def test_without_a_supervisor_the_head_gets_the_digest(office: Office) -> None:
    dewi = office.officer("Dewi", "head", on_duty=False)
    office.at(7, 31).work()
    assert len(morning(dewi)) == 1


def test_officers_off_duty_suspended_or_on_leave_get_none(office: Office) -> None:
    away, off, frozen = office.officer("Away"), office.officer("Off", on_duty=False), office.officer("Frozen")
    now, desk = office.clock.now, office.parts.desk
    span = Span(now, now + timedelta(days=3))
    office.write(lambda session: rota.take_leave(session, desk, now, away.number, span))
    index = desk.keyring.index("phone", frozen.number)

    def freeze(session: Any) -> None:
        row = find_officer(session, index)
        assert row is not None
        handling.suspend(session, desk, now, row)

    office.write(freeze)
    office.at(7, 31).work()
    assert morning(away) == morning(off) == morning(frozen) == []


@pytest.mark.parametrize(("starts", "told"), [((8, 0), 1), ((10, 0), 0)])
def test_whose_shift_is_about_to_begin_gets_it_too(office: Office, starts: tuple[int, int], told: int) -> None:
    ani = office.officer("Ani", on_duty=False)
    planned = office.at(*starts).clock.now + (timedelta(days=1) if starts > (10, 0) else timedelta())
    office.clock.now = planned - timedelta(hours=8)
    plan = Plan(ani.number, Span(planned, planned + timedelta(hours=8)))
    office.write(lambda session: rota.add_shift(session, office.parts.desk, office.clock.now, plan))
    office.at(7, 30).work()
    assert len(morning(ani)) == told


def test_who_joined_after_half_past_seven_waits_for_the_next_morning(office: Office) -> None:
    ani = office.officer("Ani")
    office.work()
    assert morning(ani) == []
    office.at(7, 30).work()
    assert len(morning(ani)) == 1


# After downtime


def test_after_days_without_a_worker_only_the_newest_is_sent(office: Office) -> None:
    ani = office.officer("Ani")
    office.work()
    office.clock.now += timedelta(days=4)
    office.work()
    assert len(morning(ani)) == 1


def test_a_stale_digest_is_not_sent(office: Office) -> None:
    ani = office.officer("Ani")
    office.at(7, 0).work()
    office.at(19, 31).work()
    assert morning(ani) == []


def test_a_digest_that_waited_too_long_for_the_carrier_does_not_leave(office: Office) -> None:
    office.officer("Ani")
    office.at(7, 30)
    office.write(lambda session: digests.make_round(session, office.parts.desk, office.clock.now))
    office.clock.now += timedelta(hours=12, minutes=1)
    office.work()
    assert [row["status"] for row in office.messages()] == ["expired"]


def test_many_workers_make_one_round(any_office: Office) -> None:
    office = any_office
    ani = office.officer("Ani")
    office.at(7, 30)
    desk, now = office.parts.desk, office.clock.now

    def worker(number: int) -> int:
        return int(office.write(lambda session: digests.make_round(session, desk, now)))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(worker, range(8))) == 1
    office.work()
    assert len(morning(ani)) == 1


# Monday


def test_on_monday_the_head_gets_last_week(any_office: Office) -> None:
    office = any_office
    office.officer("Ani", areas=GROGOT)
    citra, dewi = office.officer("Citra", "supervisor", on_duty=False), office.officer("Dewi", "head", on_duty=False)
    cadre = office.cadre()
    cadre.text("TOLONG SENAKEN")  # climbs
    office.forward(minutes=11)
    cadre.text(IN_KUARO)
    office.work()
    close_all(office, citra)
    cadre.text(IN_GROGOT)
    office.forward(days=2)  # late: nobody took it in a day
    for _ in range(5):
        office.at(7, 31).work()
    assert recaps(dewi) == ["BP pekan lalu: masuk 3, selesai 2, terlambat 2, naik tangga 1. Buka konsol."]
    assert recaps(citra) == []
    office.forward(hours=3)
    assert len(recaps(dewi)) == 1


def test_a_missed_duty_of_the_law_is_told_in_digest_and_recap_without_its_name(office: Office) -> None:
    citra, dewi = office.officer("Citra", "supervisor", on_duty=False), office.officer("Dewi", "head", on_duty=False)
    office.cadre().text("LAPOR PERKOSA SENAKEN perempuan 25 tahun")
    office.act(citra, handling.accept)
    office.act(citra, lambda act: handling.first_action(act, handling.CONNECTED))
    for _ in range(7):
        office.at(7, 31).work()
    told = [text.split(". ")[1] for text in morning(citra)]
    assert told[:2] == ["Tugas terlambat 1, jatuh tempo 1", "Tugas terlambat 2, jatuh tempo 0"]
    assert recaps(dewi) == ["BP pekan lalu: masuk 1, selesai 0, terlambat 1, naik tangga 0. Buka konsol."]


def test_a_head_of_some_kecamatan_gets_their_figures(office: Office) -> None:
    dewi = office.officer("Dewi", "head", areas=KUARO, on_duty=False)
    office.cadre().text(IN_GROGOT)
    for _ in range(7):
        office.at(7, 31).work()
    assert recaps(dewi) == ["BP pekan lalu: masuk 0, selesai 0, terlambat 0, naik tangga 0. Buka konsol."]


def test_a_recap_missed_all_monday_is_not_sent_on_tuesday(office: Office) -> None:
    dewi = office.officer("Dewi", "head", on_duty=False)
    office.clock.now += timedelta(days=8)
    office.work()
    assert recaps(dewi) == []
