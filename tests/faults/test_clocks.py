"""A clock that jumps: no message early, none twice, none that waits for an hour to come again; leases hold."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gateway.outbox import pulse, queue
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient
from tests.faults import clocks
from tests.made import SMS, a_case, a_message, claimed, row, rows
from tests.office import MORNING, Office

BACK = -timedelta(hours=2)
ON = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


def test_a_real_worker_works_on_after_each_jump(tmp_path: Path, url: str | None) -> None:
    library = clocks.find_libfaketime()
    if library is None:
        assert not os.environ.get("CI"), "faketime is missing; .ci/run installs it"
        pytest.skip("faketime is not installed: no clock that jumps under a real process")
    outcome = clocks.jumps(tmp_path, url, library)
    assert (outcome.lost, outcome.residents, outcome.officers) == (0, 0, 0), outcome


# Back by two hours


def test_an_alert_of_a_moment_ago_leaves_at_once(any_office: Office) -> None:
    officer = any_office.officer()
    any_office.phone().dial().press("2")
    any_office.clock.now += BACK
    any_office.work()
    assert len(officer.inbox) == 1


def test_an_alert_that_was_to_be_tried_again_leaves_at_once(any_office: Office) -> None:
    a_message(any_office, Purpose.ALERT, Recipient.OFFICER, case=a_case(any_office, Priority.P1))
    (outgoing,) = claimed(any_office)
    again = queue.Outcome(MessageStatus.ERRORED, "simulator", again_after=timedelta(seconds=30))
    any_office.write(lambda session: queue.settle(session, any_office.clock.now, outgoing, again))
    any_office.clock.now += BACK
    any_office.work()
    assert row(any_office).status is MessageStatus.DELIVERED


def test_what_was_for_a_later_hour_does_not_leave_early(any_office: Office) -> None:
    tomorrow = any_office.clock.now + ON
    a_message(any_office, Purpose.REMINDER, Recipient.OFFICER, due_at=tomorrow)
    a_message(any_office, Purpose.ALERT, Recipient.OFFICER, case=a_case(any_office, Priority.P1), due_at=tomorrow)
    any_office.clock.now += BACK
    any_office.work()
    assert {message.status for message in rows(any_office)} == {MessageStatus.QUEUED}


def test_a_dead_workers_message_is_found_by_its_lease_all_the_same(any_office: Office) -> None:
    a_message(any_office, Purpose.ALERT, Recipient.OFFICER, case=a_case(any_office, Priority.P1))
    claimed(any_office)
    any_office.clock.now += BACK
    any_office.work()
    assert (row(any_office).status, row(any_office).attempts) == (MessageStatus.DELIVERED, 2)


def test_a_slot_of_an_hour_to_come_holds_nobody_up(any_office: Office) -> None:
    any_office.write(lambda session: pulse.reserve(session, MORNING, 5, 3) and None)
    slots = any_office.write(lambda session: pulse.reserve(session, MORNING + BACK, 5, 1))
    assert slots == [MORNING + BACK]


def test_a_hold_of_an_hour_to_come_is_over_and_tries_once_a_minute_again(any_office: Office) -> None:
    any_office.write(lambda session: pulse.hold(session, MORNING, "simulator", "InsufficientBalance"))

    def is_tried(after: float) -> bool:
        moment = MORNING + BACK + timedelta(seconds=after)

        def work(session: Session) -> bool:
            ways = pulse.find_ways(session, moment, ["simulator"])
            if ways.trial:
                pulse.begin_trial(session, moment, ways.trial)
            return ways.trial is not None

        tried: bool = any_office.write(work)
        return tried

    assert [is_tried(after) for after in (0, 30, 60)] == [True, False, True]


# On by a day


def test_a_lease_that_seems_over_doubles_nothing_for_a_resident(any_office: Office) -> None:
    case = a_case(any_office, contact=SMS)
    a_message(any_office, Purpose.PROGRESS, Recipient.REPORTER, case=case)
    (outgoing,) = claimed(any_office)
    any_office.clock.now += ON
    any_office.work()
    assert row(any_office).status is MessageStatus.UNKNOWN
    late = queue.Outcome(MessageStatus.SENT, "simulator", "p1")
    assert not any_office.write(lambda session: queue.settle(session, any_office.clock.now, outgoing, late))
    any_office.work()
    assert (row(any_office).status, row(any_office).attempts) == (MessageStatus.UNKNOWN, 1)


def test_on_and_back_tells_nobody_twice(any_office: Office) -> None:
    officer, head = any_office.officer(), any_office.officer("Ibu Kepala", "head", on_duty=False)
    any_office.phone().dial().press("2")
    any_office.work()
    any_office.clock.now += ON
    any_office.work()
    for step in (BACK, timedelta(hours=-22), timedelta(minutes=40)):
        any_office.clock.now += step
        any_office.work()
    for phone in (officer, head):
        assert len(phone.inbox) == len(set(phone.inbox))
