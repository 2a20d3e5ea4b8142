"""The office's one sending rate, and the hold: rows, so that processes share them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.outbox import pulse
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


def test_a_hold_lets_one_message_a_minute_try(any_office: Office) -> None:
    def allowed(after: float) -> int:
        found: int = any_office.write(lambda session: pulse.allowance(session, MORNING + after * SECOND, 50))
        return found

    assert allowed(0) == 50
    any_office.write(lambda session: pulse.hold(session, MORNING, "InsufficientBalance"))
    assert [allowed(after) for after in (0, 30, 59.9, 60, 60.1, 119, 120, 121, 3600, 3601)] == [
        0, 0, 0, 1, 0, 0, 1, 0, 1, 0,
    ]  # fmt: skip
    any_office.write(pulse.release)
    assert allowed(3602) == 50
    any_office.write(pulse.release)


@pytest.mark.parametrize("word", ["", "x" * 64])
def test_a_heartbeat_replaces_the_one_before(any_office: Office, word: str) -> None:
    for after in (0, 5):
        any_office.write(lambda session, after=after: pulse.beat(session, MORNING + after * SECOND, "worker", word))
    row = any_office.read(lambda session: session.get(Pulse, "worker"))
    assert (row.at, row.word) == (MORNING + 5 * SECOND, word)
