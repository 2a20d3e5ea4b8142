"""Practice time: one offset for every process, only ever forward, and nothing looks sick because it was turned."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select

from gateway.app import create_app
from gateway.bootstrap import build
from gateway.clock import utc_now
from gateway.health import find_sick
from gateway.outbox import pulse
from gateway.settings import Settings
from gateway.simulator import clock
from gateway.simulator.clock import PracticeClock
from models.case import RuleFiring
from tests.office import TOKEN, Office
from tests.practice import PracticeOffice


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def practice(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PracticeOffice]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    office = PracticeOffice(tmp_path, url)
    yield office
    office.close()


def turn(office: PracticeOffice, **span: float) -> None:
    now = office.now
    office.write(lambda session: clock.set_goal(session, now, now + timedelta(**span)))


def test_every_process_sees_the_same_turned_clock(practice: PracticeOffice) -> None:
    before = practice.now
    turn(practice, hours=1)
    practice.work()
    assert practice.now - before == timedelta(hours=1)
    another = PracticeClock(practice.parts.store, practice.clock)
    assert another() == practice.now


def test_the_clock_is_read_again_soon_after_another_process_turned_it(practice: PracticeOffice) -> None:
    another = PracticeClock(practice.parts.store, practice.clock)
    assert another() == practice.now
    turn(practice, hours=1)
    practice.work()
    another.refresh()
    assert another() == practice.now


def test_where_nobody_may_wait_the_row_is_read_in_a_thread(practice: PracticeOffice) -> None:
    another = PracticeClock(practice.parts.store, practice.clock)
    before = practice.now
    turn(practice, hours=1)
    practice.work()
    asked: list[Callable[[], None]] = []

    class Later:
        def submit(self, call: Callable[[], None]) -> None:
            asked.append(call)

    another.look_in(cast(Executor, Later()))
    assert another() < before + timedelta(hours=1)
    assert another() < before + timedelta(hours=1)
    (call,) = asked
    call()
    assert another() == practice.now


def test_it_never_goes_back(practice: PracticeOffice) -> None:
    turn(practice, days=1)
    practice.work()
    there = practice.now
    turn(practice, days=-3)
    practice.work()
    assert practice.now == there + timedelta(seconds=1)
    assert practice.read(clock.find_goal) is None


def test_of_two_goals_the_later_counts(practice: PracticeOffice) -> None:
    start = practice.now
    turn(practice, days=1)
    turn(practice, hours=1)
    assert practice.read(clock.find_goal) == start + timedelta(days=1)


def test_a_ladder_climbs_each_step_at_its_time_on_the_way(practice: PracticeOffice) -> None:
    officer = practice.officer()
    practice.officer("Citra", "supervisor", on_duty=False)
    practice.phone().dial().press("2")
    opened = practice.now
    practice.work()
    turn(practice, hours=1)
    practice.work()
    fired = select(RuleFiring.fired_at).where(RuleFiring.rule == "ladder").order_by(RuleFiring.fired_at)
    times = [at - opened for at in practice.read(lambda session: list(session.scalars(fired)))]
    assert [round(time / timedelta(minutes=1)) for time in times] == [10, 20, 30, 60]
    assert "belum diambil 10 menit" in officer.inbox[1]


def test_it_waits_until_what_is_due_has_been_done(practice: PracticeOffice) -> None:
    practice.officer()
    practice.phone().dial().press("2")
    turn(practice, hours=1)
    practice.clock.now += timedelta(seconds=1)
    assert practice.write(lambda session: clock.turn(session, practice.clock.now)) is False
    assert practice.write(lambda session: clock.turn(session, practice.clock.now, patient=False)) is True


def test_what_can_never_be_done_does_not_stop_it_for_ever(practice: PracticeOffice) -> None:
    practice.officer()
    practice.phone().dial().press("2")
    turn(practice, minutes=5)
    start = practice.now
    for _ in range(100):
        practice.practice.tick()
    assert practice.now >= start + timedelta(minutes=5)


@pytest.mark.parametrize("span", [{"minutes": 20}, {"days": 3}])
def test_nothing_is_sick_because_the_clock_was_turned(practice: PracticeOffice, span: dict[str, float]) -> None:
    practice.officer("Citra", "supervisor")
    practice.phone().dial().press("3", "4", "2", "1", "2", "3", "1", "5", "1")
    practice.work()
    turn(practice, **span)
    for _ in range(40):
        practice.practice.tick()
        assert "worker" not in find_sick(practice.parts)
        practice.work()
        assert find_sick(practice.parts) == []
    assert practice.read(clock.find_goal) is None


def test_without_a_database_the_clock_runs_on(practice: PracticeOffice, tmp_path: Path) -> None:
    turn(practice, hours=2)
    practice.work()
    there = practice.now
    practice.write(lambda session: session.connection().exec_driver_sql("DROP TABLE pulse"))
    practice.clock.now += timedelta(minutes=1)
    assert practice.now == there + timedelta(minutes=1)


def test_only_practice_has_a_clock_that_can_be_turned(tmp_path: Path) -> None:
    office = Office(tmp_path)
    keys = tmp_path / "var" / "field_keys.json"
    real = {
        "PROVIDER": "africastalking",
        "AT_USERNAME": "sandbox",
        "AT_API_KEY": "key-of-a-test",
        "SECRET_KEY": "secret-of-a-test",
        "FIELD_KEYS_FILE": str(keys),
        "WEBHOOK_TOKEN": TOKEN,
    }
    practice, carrier = (build(Settings.load(environ, tmp_path)) for environ in ({"WEBHOOK_TOKEN": TOKEN}, real))
    assert isinstance(practice.clock, PracticeClock)
    assert carrier.clock is utc_now
    office.write(lambda session: pulse.beat(session, office.clock.now, clock.OFFSET, "86400"))
    assert carrier.clock() - utc_now() < timedelta(hours=1)
    assert practice.clock() - utc_now() > timedelta(hours=23)
    assert create_app(carrier).test_client().get("/simulator/").status_code == 404
    assert not any(rule.rule.startswith("/simulator") for rule in create_app(carrier).url_map.iter_rules())
    assert create_app(practice).test_client().get("/simulator/").status_code == 200
    for parts in (practice, carrier):
        parts.close()
    office.close()


def test_a_clock_given_by_name_is_used_as_it_is(tmp_path: Path) -> None:
    office = Office(tmp_path)
    assert office.parts.clock is office.clock
    assert replace(office.parts).clock() == office.clock.now
    office.close()
