"""The office's one sending rate, and the hold: rows, so that processes share them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gateway.outbox import pulse
from gateway.outbox.routing import Ways
from models.throttle import Pulse
from tests.office import MORNING, Office

SECOND = timedelta(seconds=1)


def reserve(office: Office, count: int, rate: float = 5, after: float = 0) -> list[datetime]:
    now = MORNING + after * SECOND
    found: list[datetime] = office.write(lambda session: pulse.reserve(session, now, rate, count))
    return found


def seconds(slots: list[datetime]) -> list[float]:
    return [round((slot - MORNING).total_seconds(), 3) for slot in slots]


def test_two_leave_at_once_and_the_rest_at_the_rate(any_office: Office) -> None:
    assert seconds(reserve(any_office, 5)) == [0, 0, 0.2, 0.4, 0.6]


def test_the_next_claim_goes_on_where_the_last_one_ended(any_office: Office) -> None:
    reserve(any_office, 3)
    assert seconds(reserve(any_office, 2)) == [0.4, 0.6]


def test_silence_saves_up_no_more_than_two(any_office: Office) -> None:
    reserve(any_office, 3)
    assert seconds(reserve(any_office, 4, after=3600)) == [3600, 3600, 3600.2, 3600.4]


def test_no_messages_take_no_time(any_office: Office) -> None:
    assert reserve(any_office, 0) == []
    assert any_office.read(lambda session: session.get(Pulse, "rate")) is None


def test_two_workers_share_one_rate(any_office: Office) -> None:
    with ThreadPoolExecutor(8) as pool:
        slots = sorted(slot for many in pool.map(lambda _: reserve(any_office, 3), range(12)) for slot in many)
    assert seconds(slots) == [0, 0, *(round(0.2 * number, 3) for number in range(1, 35))]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.floats(0.5, 50),
    claims=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 6)), min_size=1, max_size=8),
)
def test_never_more_than_two_above_the_rate(office: Office, rate: float, claims: list[tuple[float, int]]) -> None:
    office.write(lambda session: session.query(Pulse).delete())
    slots: list[datetime] = []
    now = 0.0
    for pause, count in claims:
        now += pause
        slots += reserve(office, count, rate, now)
    assert slots == sorted(slots)
    for start, first in enumerate(slots):
        for end in range(start, len(slots)):
            span = (slots[end] - first).total_seconds()
            assert end - start + 1 <= span * rate + pulse.BURST + 1e-3


def ways(office: Office, after: float) -> Ways:
    def look(session: Session) -> Ways:
        now = MORNING + after * SECOND
        found = pulse.find_ways(session, now, ("kannel", "smsgate"))
        if found.trial:
            pulse.begin_trial(session, now, found.trial)
        return found

    seen: Ways = office.write(look)
    return seen


def hold(office: Office, carrier: str, after: float = 0, **wait: timedelta) -> None:
    office.write(lambda session: pulse.hold(session, MORNING + after * SECOND, carrier, "InsufficientBalance", **wait))


def test_a_held_carrier_tries_one_message_a_minute_while_the_other_is_free(any_office: Office) -> None:
    assert ways(any_office, 0) == Ways(("kannel", "smsgate"))
    hold(any_office, "kannel")
    moments = (0, 30, 59.9, 60, 60.1, 119, 120, 121, 3600, 3601)
    tries = [ways(any_office, after).trial == "kannel" for after in moments]
    assert tries == [False, False, False, True, False, False, True, False, True, False]
    assert ways(any_office, 3602).free == ("smsgate",)
    for _ in range(2):
        any_office.write(lambda session: pulse.release(session, "kannel"))
    assert ways(any_office, 3603) == Ways(("kannel", "smsgate"))


def test_two_held_carriers_take_turns(any_office: Office) -> None:
    hold(any_office, "kannel")
    hold(any_office, "smsgate")
    assert [ways(any_office, after).trial for after in (60, 60, 60, 120, 120)] == [
        "kannel", "smsgate", None, "kannel", "smsgate",
    ]  # fmt: skip


def test_a_wish_to_wait_holds_for_as_long_as_was_wished(any_office: Office) -> None:
    hold(any_office, "kannel", wait=timedelta(minutes=10))
    assert [ways(any_office, after).trial for after in (61, 599, 600, 601)] == [None, None, "kannel", None]
    hold(any_office, "smsgate", wait=timedelta(seconds=7))
    assert [ways(any_office, after).trial for after in (6, 7)] == [None, "smsgate"]


def test_a_clock_that_went_back_two_hours_does_not_hold_a_carrier_for_two_hours(any_office: Office) -> None:
    hold(any_office, "kannel", after=7200)
    assert ways(any_office, 0).trial == "kannel"
    assert ways(any_office, 1).trial is None


def test_holds_are_told_of_the_carriers_asked_for(any_office: Office) -> None:
    hold(any_office, "kannel")
    hold(any_office, "forgotten")
    found = any_office.read(lambda session: pulse.find_holds(session, ["smsgate", "kannel"]))
    assert found == {"kannel": "InsufficientBalance"}


@pytest.mark.parametrize("word", ["", "x" * 64])
def test_a_heartbeat_replaces_the_one_before(any_office: Office, word: str) -> None:
    for after in (0, 5):
        any_office.write(lambda session, after=after: pulse.beat(session, MORNING + after * SECOND, "worker", word))
    row = any_office.read(lambda session: session.get(Pulse, "worker"))
    assert (row.at, row.word) == (MORNING + 5 * SECOND, word)
