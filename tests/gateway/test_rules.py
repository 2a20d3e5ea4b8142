"""What falls due on a case, over plain facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.casework import ladder, rules
from gateway.casework.ladder import plan
from gateway.casework.rules import Facts, Step, Times
from models.lifecycle import HELD, OPEN
from models.vocabulary import CaseStatus, Priority

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIMES = Times(
    ladder=(10 * MINUTE, 20 * MINUTE, 30 * MINUTE),
    first_action={Priority.P1: HOUR, Priority.P2: 6 * HOUR, Priority.P3: DAY},
    follow_up=(3 * DAY, 14 * DAY),
    sweep=20 * MINUTE,
)
S = CaseStatus
LATE = T0 + timedelta(days=400)


def a_case(priority: Priority = Priority.P1, status: CaseStatus = S.NEW, **more: object) -> Facts:
    facts = Facts(status, priority, created_at=T0, touched_at=T0, queued_at=T0, accept_due_at=T0 + 6 * HOUR)
    if priority is Priority.P1:
        facts = replace(facts, became_p1_at=T0)
    return replace(facts, **more)  # type: ignore[arg-type]


def told(facts: Facts, until: timedelta, rule: str, every: timedelta = MINUTE) -> list[float]:
    """Minutes after T0 at which a worker that looks every minute tells a new step of this rule."""
    fired: set[str] = set()
    found = []
    for look in range(int(until / every) + 1):
        now = T0 + look * every
        due = [step for step in plan(facts, TIMES, now) if step.at <= now and step.rule == rule]
        fresh = [step for step in due if step.step not in fired]
        fired |= {step.step for step in fresh}
        if fresh:
            found.append((now - T0) / MINUTE)
    return found


minutes = st.integers(0, 3 * 24 * 60).map(lambda count: count * MINUTE)
facts_of_p1 = st.builds(
    lambda status, became, queued, accepted, cried: a_case(
        status=status,
        became_p1_at=T0 + became,
        queued_at=T0 + queued,
        accepted_at=T0 + accepted if status in HELD else None,
        cried_at=T0 + cried if cried else None,
    ),
    st.sampled_from([S.NEW, S.REOPENED, S.ACCEPTED, S.IN_PROGRESS, S.REFERRED]),
    minutes,
    minutes,
    minutes,
    st.one_of(st.none(), minutes),
)
anything = st.builds(
    lambda status, priority, touched, accepted, acted, reachable, follows: a_case(
        priority,
        status,
        touched_at=T0 + touched,
        accepted_at=T0 + accepted if status in HELD else None,
        acted_at=T0 + acted if acted else None,
        reachable=reachable,
        follows_up=follows,
    ),
    st.sampled_from(S),
    st.sampled_from(Priority),
    minutes,
    minutes,
    st.one_of(st.none(), minutes),
    st.booleans(),
    st.sampled_from([0, 1, 99]),
)


# The ladder


def test_p1_climbs_at_ten_twenty_thirty_and_then_every_half_hour_for_ever() -> None:
    assert told(a_case(), 3 * HOUR, "ladder") == [10, 20, 30, 60, 90, 120, 150, 180]
    year = [step for step in plan(a_case(), TIMES, LATE) if step.rule == "ladder"]
    assert max(step.at for step in year) > LATE


def test_it_counts_from_the_moment_it_became_p1_or_last_joined_the_queue() -> None:
    raised = a_case(became_p1_at=T0 + HOUR)
    assert told(raised, 2 * HOUR, "ladder") == [70, 80, 90, 120]
    passed_on = a_case(queued_at=T0 + HOUR)
    assert told(passed_on, 2 * HOUR, "ladder") == [70, 80, 90, 120]


def test_accepting_holds_it_for_half_an_hour_and_a_first_action_ends_it() -> None:
    taken = a_case(status=S.ACCEPTED, accepted_at=T0 + 5 * MINUTE)
    assert told(taken, HOUR, "ladder")[0] == 40
    acted = replace(taken, status=S.IN_PROGRESS, acted_at=T0 + 20 * MINUTE)
    assert told(acted, DAY, "ladder") == []


def test_a_new_cry_after_the_first_action_starts_it_again() -> None:
    again = a_case(status=S.IN_PROGRESS, accepted_at=T0, acted_at=T0 + 20 * MINUTE, cried_at=T0 + 2 * HOUR)
    assert told(again, 3 * HOUR, "ladder") == [130, 140, 150, 180]


@given(facts_of_p1, minutes)
def test_a_p1_that_nobody_acted_on_is_never_forgotten(facts: Facts, after: timedelta) -> None:
    now = T0 + after
    coming = [step.at for step in plan(facts, TIMES, now) if step.rule == "ladder" and step.at > now]
    assert coming
    assert min(coming) <= max(now, T0 + 3 * DAY) + 2 * rules.CLIMBS_EVERY


@given(st.sampled_from(sorted(HELD)), minutes, minutes)
def test_nothing_climbs_while_her_officer_has_her_half_hour(
    status: CaseStatus, queued: timedelta, after: timedelta
) -> None:
    taken_at = T0 + queued + after
    facts = a_case(status=status, queued_at=T0 + queued, accepted_at=taken_at)
    over = taken_at + rules.PAUSE
    assert [step for step in plan(facts, TIMES, over) if step.rule == "ladder" and step.at < over] == []


@pytest.mark.parametrize("status", [S.PARTIAL, S.CLOSED, S.INVALID])
def test_a_case_that_waits_for_nobody_climbs_nowhere(status: CaseStatus) -> None:
    assert told(a_case(status=status), DAY, "ladder") == []


def test_the_night_agency_comes_with_the_second_step_and_only_while_nobody_took_it() -> None:
    assert told(a_case(), DAY, "night") == [20]
    assert told(a_case(status=S.ACCEPTED, accepted_at=T0), DAY, "night") == []
    assert told(a_case(Priority.P2), DAY, "night") == []


def test_without_place_and_permission_a_supervisor_decides_within_ten_minutes() -> None:
    (at,) = told(a_case(reachable=False), DAY, "undecided")
    assert at <= 10
    assert told(a_case(), DAY, "undecided") == []


# The rest


@pytest.mark.parametrize("status", [S.NEW, S.REOPENED])
def test_p2_and_p3_are_told_when_due_again_and_daily(status: CaseStatus) -> None:
    waits = a_case(Priority.P2, status)
    assert [at / 60 for at in told(waits, 4 * DAY, "unaccepted", HOUR)] == [6, 12, 36, 60, 84]
    assert told(replace(waits, status=S.ACCEPTED, accepted_at=T0), 4 * DAY, "unaccepted", HOUR) == []
    assert told(a_case(), 4 * DAY, "unaccepted", HOUR) == []


@pytest.mark.parametrize(("priority", "hours"), [(Priority.P1, 1), (Priority.P2, 6), (Priority.P3, 24)])
@pytest.mark.parametrize("status", sorted(HELD))
def test_a_first_action_is_asked_for_again_and_again(priority: Priority, hours: int, status: CaseStatus) -> None:
    held = a_case(priority, status, accepted_at=T0)
    assert [at / 60 for at in told(held, 3 * hours * HOUR, "first_action", HOUR)] == [hours, 2 * hours, 3 * hours]
    assert told(replace(held, acted_at=T0), 3 * hours * HOUR, "first_action", HOUR) == []


def test_silence_sweeps_a_partial_report_counted_from_the_last_key() -> None:
    partial = a_case(Priority.P3, S.PARTIAL, touched_at=T0 + 15 * MINUTE)
    assert told(partial, DAY, "sweep") == [35]
    assert told(a_case(Priority.P3), DAY, "sweep") == []


@pytest.mark.parametrize("status", S)
def test_follow_ups_are_counted_from_the_report_and_asked_after_the_end_too(status: CaseStatus) -> None:
    silent = status in (S.INVALID, S.PARTIAL)
    for follows, days in ((0, []), (1, [3]), (99, [3, 14])):
        asked = told(a_case(Priority.P3, status, follows_up=follows), 20 * DAY, "follow_up", HOUR)
        assert [at / 60 / 24 for at in asked] == ([] if silent else days)


# All of them


@given(anything, minutes, minutes)
def test_a_step_keeps_its_name_and_time_whenever_one_looks(facts: Facts, one: timedelta, other: timedelta) -> None:
    def named(after: timedelta) -> dict[tuple[str, str], Step]:
        return {(step.rule, step.step): step for step in plan(facts, TIMES, T0 + after)}

    first, second = named(one), named(other)
    assert all(first[name] == second[name] for name in first.keys() & second.keys())


@given(anything, minutes)
def test_a_plan_is_short_in_order_and_names_each_step_once(facts: Facts, after: timedelta) -> None:
    steps = plan(facts, TIMES, T0 + after)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert len({(step.rule, step.step) for step in steps}) == len(steps) <= 20
    assert all(len(step.rule) <= 32 and len(step.step) <= 32 for step in steps)
    assert {step.rule for step in steps} <= set(ladder.TABLE)


@given(anything)
def test_after_a_year_without_a_worker_there_is_no_flood(facts: Facts) -> None:
    due = [step for step in plan(facts, TIMES, LATE) if step.at <= LATE]
    for rule in ladder.TABLE:
        fired = [step for step in due if step.rule == rule]
        assert len(fired) <= 1 or not ladder.TABLE[rule].each_step or rule == "silence"  # which tells nobody


@given(anything, minutes)
def test_an_ended_case_that_asked_for_nothing_is_left_alone(facts: Facts, after: timedelta) -> None:
    if facts.status not in OPEN and not facts.follows_up:
        assert plan(facts, TIMES, T0 + after) == []
