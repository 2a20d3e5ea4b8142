"""An alert of P1 leaves without waiting for the tick; nothing else wakes anybody."""

import threading
from datetime import datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from gateway.clock import utc_now
from gateway.database import open_store
from gateway.outbox.waiting import is_urgent_due
from gateway.worker import scheduler
from gateway.worker.waking import LOOKS, watching
from models.vocabulary import Priority, Purpose, Recipient
from tests.made import a_case, a_message, claimed
from tests.office import Office


def test_a_commit_of_somebody_else_is_seen_for_a_few_looks(office: Office) -> None:
    office.officer()
    a_case(office, Priority.P1)
    with watching(office.parts.store.engine, office.clock) as is_urgent:
        while is_urgent():
            pass
        a_message(office)
        assert [is_urgent() for _ in range(LOOKS + 1)] == [True] * LOOKS + [False]


def test_who_only_reads_wakes_nobody(office: Office) -> None:
    office.officer()
    a_case(office, Priority.P1)
    with watching(office.parts.store.engine, office.clock) as is_urgent:
        while is_urgent():
            pass
        assert urgent(office)
        assert not is_urgent()


def test_who_has_written_something_else_wakes_nobody(office: Office) -> None:
    office.officer()
    with watching(office.parts.store.engine, office.clock) as is_urgent:
        a_message(office, Purpose.ANSWER, Recipient.OFFICER)
        assert not is_urgent()
        a_case(office, Priority.P1)
        assert is_urgent(), "what is committed since is seen"


def test_while_nobody_writes_nobody_asks_for_the_time(office: Office) -> None:
    """In practice it is a row."""
    asked: list[int] = []

    def clock() -> datetime:
        asked.append(1)
        return office.clock.now

    with watching(office.parts.store.engine, clock) as is_urgent:
        for _ in range(LOOKS + 5):
            is_urgent()
    assert len(asked) == LOOKS


@pytest.mark.postgres
def test_on_postgresql_the_tick_finds_it(postgres_url: str) -> None:
    store = open_store(postgres_url)
    with watching(store.engine, utc_now) as is_urgent:
        assert not is_urgent()
    store.close()


def urgent(office: Office) -> bool:
    found: bool = office.read(lambda session: is_urgent_due(session.connection(), office.clock.now))
    return found


def test_urgent_is_an_alert_of_p1_that_may_leave(any_office: Office) -> None:
    any_office.officer()
    a_case(any_office, Priority.P2)
    a_message(any_office, Purpose.ANSWER, Recipient.OFFICER)
    assert not urgent(any_office)
    a_case(any_office, Priority.P1)
    assert urgent(any_office)
    claimed(any_office)
    assert not urgent(any_office)


def test_the_sending_starts_when_a_danger_call_is_written(office: Office) -> None:
    """The tick is an hour away, and yet the job runs."""
    sent = threading.Event()
    clockwork = BackgroundScheduler(timezone="UTC")
    clockwork.add_job(sent.set, "interval", hours=1, id="send")
    clockwork.start()
    done = threading.Event()
    waiting = threading.Thread(target=scheduler._wait, args=[done, clockwork, office.bench])
    waiting.start()
    office.officer()
    a_case(office, Priority.P3)
    office.phone().dial().press("2")
    woken = sent.wait(20)
    done.set()
    waiting.join()
    clockwork.shutdown()
    assert woken


def test_a_job_due_later_than_its_interval_runs_at_once(office: Office) -> None:
    """However that came about: nothing here ever saw the clock go back."""
    ran, done = threading.Event(), threading.Event()
    clockwork = BackgroundScheduler(timezone="UTC")
    clockwork.add_job(ran.set, "interval", seconds=5, id="beat", next_run_time=utc_now() + timedelta(hours=2))
    clockwork.start()
    waiting = threading.Thread(target=scheduler._wait, args=[done, clockwork, office.bench])
    waiting.start()
    came = ran.wait(20)
    done.set()
    waiting.join()
    clockwork.shutdown()
    assert came


def test_a_job_that_is_on_time_is_left_alone() -> None:
    clockwork = BackgroundScheduler(timezone="UTC")
    now = utc_now()
    due = now + timedelta(seconds=5)
    clockwork.add_job(print, "interval", seconds=5, id="beat", next_run_time=due)
    clockwork.start(paused=True)
    for at in (now, due, due + timedelta(hours=1)):
        scheduler._bring_forward(clockwork, at)
        assert clockwork.get_job("beat").next_run_time == due
    clockwork.shutdown()


def test_nothing_else_starts_the_sending(office: Office) -> None:
    clockwork = BackgroundScheduler(timezone="UTC")
    clockwork.add_job(print, "interval", hours=1, id="send")
    clockwork.start(paused=True)
    office.officer()
    a_case(office, Priority.P3)
    with watching(office.parts.store.engine, office.clock) as is_urgent:
        scheduler._wake(clockwork, is_urgent)
        assert clockwork.get_job("send").next_run_time > utc_now()
        a_case(office, Priority.P1)
        scheduler._wake(clockwork, is_urgent)
    assert clockwork.get_job("send").next_run_time <= utc_now()
    clockwork.shutdown()
