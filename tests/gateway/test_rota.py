"""The rota as plain spans: what a shift may not be, what is left when somebody is away, where nobody is on duty."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.casework.attendance import WAIT, Watched, asked_from, due_words
from gateway.casework.coverage import (
    LONGEST_LEAVE,
    LONGEST_SHIFT,
    Candidate,
    Cover,
    Gap,
    Span,
    count_stretches,
    find_gaps,
    find_leave_fault,
    find_shift_fault,
    without,
)
from gateway.clock import Office

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
OFFICE = Office("Asia/Makassar", (time(21), time(7)))


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


def shown(moment: datetime) -> str:
    return f"{moment:%d %H:%M}"


DAY = span(8, 20)


# What a shift may not be


@pytest.mark.parametrize(
    ("wanted", "areas", "officer", "fault"),
    [
        (span(8, 8), (), Candidate(), "a shift ends after it starts"),
        (span(20, 8), (), Candidate(), "a shift ends after it starts"),
        (
            Span(START, START + LONGEST_SHIFT + timedelta(seconds=1)),
            (),
            Candidate(),
            "a shift lasts at most 36600 days",
        ),
        (DAY, (), Candidate(admin=True), "an admin takes no cases and is on no duty"),
        (DAY, (), Candidate(suspended=True), "this officer's phone is suspended"),
        (DAY, ("04", "05"), Candidate(areas=frozenset({"04"})), "05 lies outside this officer's areas"),
        (DAY, (), Candidate(shifts=(span(19, 30),)), "this officer has a shift already from 23 19:00 to 24 06:00"),
        (DAY, (), Candidate(shifts=(span(9, 10),)), "this officer has a shift already from 23 09:00 to 23 10:00"),
        (DAY, (), Candidate(shifts=(span(0, 48),)), "this officer has a shift already from 23 00:00 to 25 00:00"),
        (DAY, (), Candidate(leaves=(span(0, 24),)), "this officer is on leave from 23 00:00 to 24 00:00"),
    ],
)
def test_a_shift_that_can_not_be_says_why(wanted: Span, areas: tuple[str, ...], officer: Candidate, fault: str) -> None:
    assert find_shift_fault(wanted, areas, officer, shown) == fault


@pytest.mark.parametrize(
    "officer",
    [
        Candidate(),
        Candidate(areas=frozenset({"04"})),
        Candidate(shifts=(span(0, 8), span(20, 32))),
        Candidate(leaves=(span(-24, 8), span(20, 48))),
    ],
)
def test_a_shift_may_touch_others_without_overlapping(officer: Candidate) -> None:
    assert find_shift_fault(DAY, ("04",), officer, shown) is None


def test_a_week_is_the_longest_shift() -> None:
    assert find_shift_fault(Span(START, START + LONGEST_SHIFT), (), Candidate(), shown) is None


@pytest.mark.parametrize(
    ("wanted", "officer", "fault"),
    [
        (span(8, 8), Candidate(), "a leave ends after it starts"),
        (Span(START, START + LONGEST_LEAVE + timedelta(days=1)), Candidate(), "a leave lasts at most 366 days"),
        (DAY, Candidate(leaves=(span(0, 9),)), "this officer is on leave already from 23 00:00 to 23 09:00"),
        (DAY, Candidate(shifts=(span(0, 48),)), None),
    ],
)
def test_a_leave_may_lie_over_shifts_but_not_over_leaves(wanted: Span, officer: Candidate, fault: str | None) -> None:
    assert find_leave_fault(wanted, officer, shown) == fault


# Gaps


def test_what_is_left_of_a_shift_outside_leave() -> None:
    assert list(without(span(8, 20), [])) == [span(8, 20)]
    assert list(without(span(8, 20), [span(10, 12)])) == [span(8, 10), span(12, 20)]
    assert list(without(span(8, 20), [span(18, 30), span(0, 9)])) == [span(9, 18)]
    assert list(without(span(8, 20), [span(0, 15), span(12, 24)])) == []


def test_gaps_are_told_for_each_kecamatan() -> None:
    covers = [Cover(span(0, 10), frozenset({"04"})), Cover(span(8, 20))]
    assert find_gaps(covers, ["04", "05"], span(0, 24)) == [
        Gap(span(0, 8), "05"),
        Gap(span(20, 24), "04"),
        Gap(span(20, 24), "05"),
    ]


def test_an_empty_rota_is_one_gap_in_each_kecamatan() -> None:
    gaps = find_gaps([], ["04", "05"], span(0, 168))
    assert gaps == [Gap(span(0, 168), "04"), Gap(span(0, 168), "05")]
    assert count_stretches(gaps) == 1


def test_the_same_night_in_several_kecamatan_is_one_stretch() -> None:
    gaps = [Gap(span(20, 32), "04"), Gap(span(16, 32), "05"), Gap(span(44, 56), "04"), Gap(span(32, 33), "06")]
    assert count_stretches(gaps) == 2
    assert count_stretches([]) == 0


spans = st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda pair: span(pair[0], pair[0] + pair[1]))


@given(st.lists(spans, max_size=6), st.integers(0, 47))
def test_every_hour_is_covered_or_in_a_gap_and_never_both(shifts: list[Span], hour: int) -> None:
    gaps = find_gaps([Cover(shift) for shift in shifts], ["04"], span(0, 48))
    on_duty = any(shift.start <= at(hour) < shift.end for shift in shifts)
    missing = [gap for gap in gaps if gap.span.start <= at(hour) < gap.span.end]
    assert len(missing) == (0 if on_duty else 1)


# The words of a shift

MORNING_SHIFT = Watched(at(8), at(20), asked_from=at(8))


@pytest.mark.parametrize(
    ("shift", "hours", "words"),
    [
        (MORNING_SHIFT, 7.9, []),
        (MORNING_SHIFT, 8, ["ask"]),
        (MORNING_SHIFT, 8.49, ["ask"]),
        (MORNING_SHIFT, 8.5, ["absent"]),
        (MORNING_SHIFT, 19.9, ["absent"]),
        (MORNING_SHIFT, 20, ["ended"]),
        (MORNING_SHIFT, 43.9, ["ended"]),
        (MORNING_SHIFT, 44, []),
        (replace(MORNING_SHIFT, present=True), 9, []),
        (replace(MORNING_SHIFT, away=True), 9, []),
        (replace(MORNING_SHIFT, suspended=True), 8, ["empty"]),
        (replace(MORNING_SHIFT, suspended=True, present=True), 12, ["empty"]),
        (replace(MORNING_SHIFT, suspended=True, away=True), 12, []),
        (replace(MORNING_SHIFT, present=True, leaving=True), 12, ["gone"]),
        (replace(MORNING_SHIFT, added_at=at(10)), 10, []),
        (replace(MORNING_SHIFT, added_at=at(10)), 10.5, ["absent"]),
        (replace(MORNING_SHIFT, asked_from=at(5)), 5, ["ask"]),
    ],
)
def test_what_is_due_to_be_said_of_a_shift(shift: Watched, hours: float, words: list[str]) -> None:
    assert due_words(shift, at(hours)) == words


def test_a_shift_by_day_is_asked_for_at_its_start() -> None:
    morning = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08.00 WITA
    assert asked_from(OFFICE, morning) == morning


@pytest.mark.parametrize("hours", [14, 18, 22.9])  # 22.00, 02.00 and 06.54 WITA
def test_a_shift_by_night_is_announced_before_quiet_hours(hours: float) -> None:
    assert asked_from(OFFICE, at(hours)) == at(12.75)  # 20.45 WITA


def test_without_quiet_hours_every_shift_is_asked_for_at_its_start() -> None:
    assert asked_from(Office("Asia/Makassar", (time(0), time(0))), at(18)) == at(18)


def test_half_an_hour_is_the_wait_of_the_design() -> None:
    assert timedelta(minutes=30) == WAIT
