"""The table of DESIGN section 6, written down once more and compared, pair by pair."""

import ast
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gateway
from gateway.clock import Office
from gateway.outbox.policy import (
    MOVES,
    RULES,
    Decision,
    Leaving,
    Verdict,
    after_lost_answer,
    backoff,
    decide,
    first_moment,
    is_held_by_night,
    rank_of,
    rule_for,
)
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient

PASER = Office("Asia/Makassar", (time(21), time(7)))
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
"""12.00, 23.00 and the next 07.00 in Paser."""

AGAIN, ONCE_MORE, NEVER = "again", "once more", "never"
TABLE = {  # purpose, recipient: minutes it lives, if the answer is lost, held by night
    ("alert", "officer"): (30, AGAIN, "P3"),
    ("alert", "agency"): (30, AGAIN, "P3"),
    ("escalation", "officer"): (30, AGAIN, "P3"),
    ("escalation", "agency"): (30, AGAIN, "P3"),
    ("referral", "agency"): (30, AGAIN, "P3"),
    ("challenge", "officer"): (15, AGAIN, "no"),
    ("challenge", "agency"): (15, AGAIN, "no"),
    ("answer", "officer"): (15, AGAIN, "no"),
    ("answer", "agency"): (15, AGAIN, "no"),
    ("reminder", "officer"): (720, AGAIN, "yes"),
    ("reminder", "agency"): (720, AGAIN, "yes"),
    ("digest", "officer"): (720, AGAIN, "yes"),
    ("receipt", "cadre"): (1440, ONCE_MORE, "yes"),
    ("ask", "cadre"): (1440, ONCE_MORE, "yes"),
    ("progress", "cadre"): (1440, ONCE_MORE, "yes"),
    ("follow_up", "cadre"): (1440, ONCE_MORE, "yes"),
    ("answer", "cadre"): (5, NEVER, "no"),
    ("answer", "reporter"): (5, NEVER, "no"),
    ("receipt", "reporter"): (1440, NEVER, "yes"),
    ("progress", "reporter"): (1440, NEVER, "yes"),
    ("follow_up", "reporter"): (1440, NEVER, "yes"),
}
PAIRS = [(Purpose(purpose), Recipient(recipient)) for purpose, recipient in TABLE]
pairs = st.sampled_from(PAIRS)
priorities = st.sampled_from([*Priority, None])


def leaving(purpose: Purpose, recipient: Recipient, priority: Priority | None = Priority.P2, **more: object) -> Leaving:
    values: dict[str, object] = {"not_after": NOON + timedelta(days=1), "consents": True, **more}
    return Leaving(purpose, recipient, priority, **values)  # type: ignore[arg-type]


def test_the_rules_hold_these_pairs_and_no_others() -> None:
    assert set(RULES) == set(PAIRS)


@pytest.mark.parametrize(("purpose", "recipient"), PAIRS)
def test_each_pair_lives_waits_and_repeats_as_the_design_says(purpose: Purpose, recipient: Recipient) -> None:
    minutes, lost, night = TABLE[purpose, recipient]
    assert rule_for(purpose, recipient).lives_for == timedelta(minutes=minutes)
    tries = [after_lost_answer(purpose, recipient, attempts) for attempts in (1, 2, 3, 50)]
    again = {AGAIN: 4, ONCE_MORE: 1, NEVER: 0}[lost]
    assert tries == [MessageStatus.ERRORED] * again + [MessageStatus.UNKNOWN] * (4 - again)
    held = [is_held_by_night(purpose, recipient, priority) for priority in (Priority.P1, Priority.P2, Priority.P3)]
    assert held == {"P3": [False, False, True], "no": [False] * 3, "yes": [True] * 3}[night]


@pytest.mark.parametrize(
    ("purpose", "recipient"), [("reminder", "reporter"), ("alert", "reporter"), ("alert", "cadre"), ("ask", "reporter")]
)
def test_what_must_never_be_written_to_somebody_has_no_rule(purpose: str, recipient: str) -> None:
    with pytest.raises(KeyError):
        rule_for(Purpose(purpose), Recipient(recipient))


SAYS = {
    "say_to_cadre": [Recipient.CADRE],
    "say_to_reporter": [Recipient.REPORTER],
    "say_to_officer": [Recipient.OFFICER],
    "tell_officer": [Recipient.OFFICER],
    "call_to_accept": [Recipient.OFFICER],
}


def used_pairs() -> set[tuple[Purpose, Recipient]]:
    """Every pair written in a call: to a function that fixes the recipient, or to Draft itself."""
    found = set()
    for path in Path(gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            words = {ast.unparse(part) for part in [*node.args, *(keyword.value for keyword in node.keywords)]}
            purposes = [purpose for purpose in Purpose if f"Purpose.{purpose.name}" in words]
            recipients = [person for person in Recipient if f"Recipient.{person.name}" in words]
            if name in ("say", "say_text"):  # Arrival's: a question or a receipt is a cadre's
                recipients = [Recipient.CADRE]
            found |= {(purpose, person) for purpose in purposes for person in SAYS.get(name, recipients)}
    return found


def test_every_pair_the_code_writes_has_a_rule() -> None:
    used = used_pairs()
    assert used <= set(RULES)
    assert {(Purpose.ALERT, Recipient.OFFICER), (Purpose.REFERRAL, Recipient.AGENCY)} <= used
    assert {(Purpose.FOLLOW_UP, Recipient.REPORTER), (Purpose.ASK, Recipient.CADRE)} <= used


@pytest.mark.parametrize("priority", Priority)
def test_alerts_of_p1_leave_before_everything(priority: Priority) -> None:
    for purpose, recipient in PAIRS:
        first = priority is Priority.P1 and purpose in (Purpose.ALERT, Purpose.ESCALATION)
        assert (rank_of(purpose, recipient, priority) == 0) == first


def test_at_night_a_message_is_due_when_quiet_hours_end_or_at_once() -> None:
    def due(purpose: Purpose, recipient: Recipient, priority: Priority) -> datetime:
        return first_moment(PASER, NIGHT, purpose, recipient, priority)

    assert due(Purpose.ALERT, Recipient.OFFICER, Priority.P1) == NIGHT
    assert due(Purpose.ALERT, Recipient.OFFICER, Priority.P2) == NIGHT
    assert due(Purpose.ALERT, Recipient.OFFICER, Priority.P3) == MORNING
    assert due(Purpose.ANSWER, Recipient.REPORTER, Priority.P3) == NIGHT
    assert due(Purpose.RECEIPT, Recipient.REPORTER, Priority.P1) == MORNING


# Leaving


@given(pairs, priorities, st.booleans(), st.booleans())
def test_what_is_too_late_expires_whatever_else_holds(
    pair: tuple[Purpose, Recipient], priority: Priority | None, opted_out: bool, consents: bool
) -> None:
    message = leaving(*pair, priority, not_after=NOON, opted_out=opted_out, consents=consents)
    assert decide(message, PASER, NOON + timedelta(microseconds=1)).verdict is Verdict.EXPIRE
    assert decide(message, PASER, NOON).verdict is not Verdict.EXPIRE


@given(pairs, priorities)
def test_a_suspended_phone_gets_nothing(pair: tuple[Purpose, Recipient], priority: Priority | None) -> None:
    assert decide(leaving(*pair, priority, suspended=True), PASER, NOON) == Decision(Verdict.CANCEL, reason="suspended")


@given(pairs, priorities, st.booleans())
def test_an_opt_out_silences_residents_and_cadres_but_never_an_alert_or_the_one_answer(
    pair: tuple[Purpose, Recipient], priority: Priority | None, consents: bool
) -> None:
    purpose, recipient = pair
    verdict = decide(leaving(*pair, priority, opted_out=True, consents=consents), PASER, NOON).verdict
    immune = recipient in (Recipient.OFFICER, Recipient.AGENCY) or purpose is Purpose.ANSWER
    assert verdict is (Verdict.SEND if immune else Verdict.CANCEL)


@given(pairs, priorities)
def test_without_consent_a_resident_gets_only_the_answer_to_her_own_text(
    pair: tuple[Purpose, Recipient], priority: Priority | None
) -> None:
    purpose, recipient = pair
    decision = decide(leaving(*pair, priority, consents=False), PASER, NOON)
    forbidden = recipient is Recipient.REPORTER and purpose is not Purpose.ANSWER
    expected = Decision(Verdict.CANCEL, reason="no_consent") if forbidden else Decision(Verdict.SEND)
    assert decision == expected


@given(pairs, priorities)
def test_at_night_what_night_holds_waits_for_the_morning(
    pair: tuple[Purpose, Recipient], priority: Priority | None
) -> None:
    message = leaving(*pair, priority, not_after=NIGHT + timedelta(days=1))
    held = is_held_by_night(*pair, priority)
    assert decide(message, PASER, NIGHT) == (Decision(Verdict.WAIT, MORNING) if held else Decision(Verdict.SEND))


def test_her_safe_hours_are_waited_for_except_by_the_answer_she_just_asked_for() -> None:
    later = NOON + timedelta(hours=6)
    receipt = leaving(Purpose.RECEIPT, Recipient.REPORTER, safe_from=later)
    assert decide(receipt, PASER, NOON) == Decision(Verdict.WAIT, later)
    answer = leaving(Purpose.ANSWER, Recipient.REPORTER, safe_from=later)
    assert decide(answer, PASER, NOON) == Decision(Verdict.SEND)
    at_night = leaving(Purpose.RECEIPT, Recipient.REPORTER, not_after=MORNING, safe_from=NIGHT)
    assert decide(at_night, PASER, NIGHT) == Decision(Verdict.WAIT, MORNING)


# Trying again


@given(pairs, st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_thirty_seconds_for_alerts_and_ten_minutes_for_the_rest(
    pair: tuple[Purpose, Recipient], attempts: int, dice: float
) -> None:
    purpose, _ = pair
    longest = 30 if purpose in (Purpose.ALERT, Purpose.ESCALATION) else 600
    wait = backoff(purpose, attempts, dice).total_seconds()
    assert 0.5 <= wait <= longest
    assert backoff(purpose, attempts + 1, 0.0).total_seconds() >= backoff(purpose, attempts, 0.0).total_seconds()


def test_the_first_wait_is_a_second_and_doubles() -> None:
    waits = [backoff(Purpose.RECEIPT, attempts, 0.999999).total_seconds() for attempts in range(1, 12)]
    assert [round(wait) for wait in waits] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]
    assert round(backoff(Purpose.ALERT, 9, 0.999999).total_seconds()) == 30


def test_a_carriers_wish_to_wait_is_kept_up_to_ten_minutes() -> None:
    assert backoff(Purpose.ALERT, 1, 0.0, retry_after=120).total_seconds() == 120
    assert backoff(Purpose.ALERT, 1, 0.0, retry_after=86_400).total_seconds() == 600
    assert backoff(Purpose.ALERT, 5, 0.0, retry_after=0).total_seconds() == 8


# Statuses


def test_every_status_has_its_moves_and_final_ones_have_none() -> None:
    assert set(MOVES) == set(MessageStatus)
    ends = {status for status, targets in MOVES.items() if not targets}
    assert ends == {MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.EXPIRED, MessageStatus.CANCELLED}


def test_nothing_goes_back_to_the_queue_and_nothing_that_left_is_cancelled() -> None:
    for status, targets in MOVES.items():
        assert MessageStatus.QUEUED not in targets or status is MessageStatus.HELD  # by a person, after a restore
        left = status in (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNKNOWN)
        assert not (left and MessageStatus.CANCELLED in targets)
