"""Office hours: computed in one place, in the office's zone."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import Office, inside, utc_now

NIGHT = (time(21), time(7))
PASER = Office("Asia/Makassar", NIGHT)
times = st.times()
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A time of day in Paser (WITA, UTC+8)."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_now_is_aware_and_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [(at(20, 59), False), (at(21), True), (at(23, 59), True), (at(0), True), (at(6, 59), True), (at(7), False)],
)
def test_quiet_hours_cross_midnight(moment: datetime, quiet: bool) -> None:
    assert PASER.is_quiet(moment) is quiet


def test_in_the_evening_quiet_hours_end_tomorrow_and_in_the_small_hours_today() -> None:
    assert PASER.after_quiet(at(22)) == at(7, day=24)
    assert PASER.after_quiet(at(3)) == at(7)
    assert PASER.after_quiet(at(12)) == at(12)


def test_equal_ends_mean_no_quiet_hours() -> None:
    office = Office("Asia/Makassar", (time(0), time(0)))
    assert not any(office.is_quiet(at(hour)) for hour in range(24))


def test_quiet_hours_by_day() -> None:
    office = Office("Asia/Makassar", (time(12), time(14)))
    assert [hour for hour in range(24) if office.is_quiet(at(hour))] == [12, 13]
    assert office.after_quiet(at(13)) == at(14)


def test_a_window_opens_today_or_tomorrow() -> None:
    morning = (time(8), time(11))
    assert PASER.next_within(at(9), morning) == at(9)
    assert PASER.next_within(at(7, 30), morning) == at(8)
    assert PASER.next_within(at(11), morning) == at(8, day=24)


def test_today_is_the_offices_day() -> None:
    assert PASER.today(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)).isoformat() == "2026-11-24"
    assert PASER.clock(datetime(2026, 11, 23, 0, 5, tzinfo=UTC)) == "08.05"


@given(times, times, times)
def test_a_moment_lies_in_a_window_or_in_its_complement(moment: time, start: time, end: time) -> None:
    if start == end:
        assert not inside(moment, start, end)
    else:
        assert inside(moment, start, end) != inside(moment, end, start)


@given(moments, times)
def test_the_next_time_lies_within_a_day_and_shows_that_clock(moment: datetime, clock: time) -> None:
    clock = clock.replace(fold=0)
    found = PASER.next_time(moment, clock)
    assert moment < found <= moment + timedelta(days=1)
    assert PASER.local(found).time() == clock


@given(moments)
def test_after_quiet_is_never_quiet_and_never_earlier(moment: datetime) -> None:
    found = PASER.after_quiet(moment)
    assert not PASER.is_quiet(found)
    assert moment <= found <= moment + timedelta(hours=10)


def test_a_zone_with_summer_time_is_computed_by_its_local_clock() -> None:
    office = Office("Europe/Berlin", NIGHT)
    evening = datetime(2026, 3, 28, 21, 0, tzinfo=UTC)  # 22.00, the night the clocks go forward
    assert office.local(office.after_quiet(evening)).hour == 7
    assert office.after_quiet(evening) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
