"""Please call me: `1` is a case and leave for one call; what she says after it decides every later one."""

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.looking import answers_of, kinds_of, receipt_on
from tests.office import Office

FULL = ("1", "2", "2", "1", "1")
"""Call me, in the morning, a shared phone, "wrong number" to others, the word Melati."""

ENTERED: list[dict[str, Any]] = [
    {},
    {"when": "morning"},
    {"phone": "shared"},
    {"other_answers": "wrong_number"},
    {"word": "melati"},
]

ONCE = {"mode": "call", "hours": "once"}
NEVER = {"mode": "none", "hours": None}


def test_one_is_a_case_with_leave_for_one_call_in_that_hop(any_office: Office) -> None:
    office = any_office
    officer = office.officer()
    caller = office.phone().dial().press("1")
    case = office.case()
    assert (case["priority"], case["status"], case["channel"], case["contact"]) == ("P2", "new", "ussd", ONCE)
    assert [row["status"] for row in office.messages()] == ["queued"]
    office.work().work()
    assert case["reference"][3:] in officer.last
    assert "JANGAN" not in officer.last
    assert caller.inbox == []


@pytest.mark.parametrize("count", range(1, len(FULL) + 1))
def test_the_line_may_drop_after_any_key_and_nothing_entered_is_lost(office: Office, count: int) -> None:
    office.phone().dial().press(*FULL[:count])
    entered = {name: value for part in ENTERED[:count] for name, value in part.items()}
    case = office.show(office.case()["reference"])
    assert answers_of(case).items() >= entered.items()
    assert case["contact"] == ({"mode": "call", "hours": "08-11"} if count > 1 else ONCE)
    assert case["complete"] is (count == len(FULL))
    assert (case["status"], case["service"]) == ("new", "call_me")


def test_the_one_call_is_over_half_an_hour_after_the_last_key(office: Office) -> None:
    caller = office.phone().dial().press("1")
    office.clock.now += timedelta(minutes=10)
    caller.press("1")
    office.clock.now += timedelta(minutes=29, seconds=59)
    assert office.case()["contact"] == ONCE
    office.clock.now += timedelta(seconds=1)
    assert office.case()["contact"] == NEVER
    assert office.show(office.case()["reference"])["contact"] == NEVER


@pytest.mark.parametrize(
    ("key", "hours"), [("2", "08-11"), ("3", "11-15"), ("4", "15-18"), ("5", "18-21")], ids=lambda value: value
)
def test_chosen_hours_are_what_counts_now_and_later(office: Office, key: str, hours: str) -> None:
    office.phone().dial().press("1", key, "1", "4")
    assert office.case()["contact"] == {"mode": "call", "hours": hours}
    office.forward(hours=2)
    assert office.case()["contact"] == {"mode": "call", "hours": hours}


def test_now_means_one_call_and_no_later_hour(office: Office) -> None:
    caller = office.phone().dial().press("1", "1", "1", "4")
    assert caller.ended
    assert office.case()["contact"] == ONCE
    office.forward(minutes=31)
    assert office.case()["contact"] == NEVER


def test_do_not_call_takes_the_leave_away_at_once(office: Office) -> None:
    caller = office.phone().dial().press("1", "6")
    assert caller.ended
    assert "tidak akan ditelepon" in caller.screen
    assert office.case()["contact"] == NEVER


def test_who_is_told_of_it_after_that_reads_not_to_call(office: Office) -> None:
    officer, other = office.officer("Ani"), office.officer("Budi")
    office.phone().dial().press("1", "6")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    officer.text(f"OPER {officer.code()}")
    office.work()
    assert "JANGAN telepon dulu" in other.last


def test_a_call_me_nobody_takes_in_ten_minutes_is_told_again(office: Office) -> None:
    officer = office.officer()
    office.phone().dial().press("1")
    office.forward(minutes=9)
    assert len(officer.inbox) == 1
    office.forward(minutes=2)
    assert "belum diambil" in officer.last


# By night


def test_by_night_with_nobody_on_the_roster_now_is_not_promised(office: Office) -> None:
    office.officer(on_duty=False)
    caller = office.at(22).phone().dial().press("1", "1")
    assert caller.screen.startswith("Saat ini tidak ada piket malam.")
    caller.press("1", "1", "4")
    assert caller.ended
    assert office.case()["contact"] == {"mode": "call", "hours": "08-11"}


def test_by_night_somebody_on_the_roster_takes_the_call(office: Office) -> None:
    office.officer()
    caller = office.at(22).phone().dial().press("1", "1")
    assert caller.screen.startswith("HP ini:")
    assert office.case()["contact"] == ONCE


def test_by_night_danger_and_do_not_call_are_offered_instead(office: Office) -> None:
    office.at(22)
    office.phone().dial().press("1", "1", "4")
    assert [case["priority"] for case in office.cases()] == ["P2", "P1"]
    caller = office.phone().dial().press("1", "1", "5")
    assert caller.ended
    assert office.cases()[-1]["contact"] == NEVER


def test_by_day_now_is_taken_even_with_an_empty_roster(office: Office) -> None:
    assert office.phone().dial().press("1", "1").screen.startswith("HP ini:")


# What is asked


def test_her_own_phone_needs_no_question_about_others(office: Office) -> None:
    caller = office.phone().dial().press("1", "2", "1")
    assert caller.screen.startswith("Kata kunci")


def test_another_owner_is_asked_about_who_answers(office: Office) -> None:
    caller = office.phone().dial().press("1", "2", "3")
    assert "salah sambung" in caller.screen
    caller.press("2", "4")
    assert caller.ended
    assert answers_of(office.show(office.case()["reference"]))["other_answers"] == "may_talk"


def test_going_back_changes_an_answer(office: Office) -> None:
    caller = office.phone().dial().press("1", "2", "0")
    assert caller.screen.startswith("Kapan aman")
    caller.press("4", "1", "1")
    assert office.case()["contact"] == {"mode": "call", "hours": "15-18"}


def test_the_last_screen_promises_no_more_than_a_try_and_no_sms(office: Office) -> None:
    caller = office.phone().dial().press(*FULL)
    assert caller.ended
    assert "berusaha" in caller.screen
    assert "Tidak ada SMS" in caller.screen
    assert receipt_on(caller)
    office.forward(days=20)
    assert caller.inbox == []


# The same wish again


def test_a_second_wish_within_half_an_hour_is_the_same_case(office: Office) -> None:
    officer = office.officer()
    caller = office.phone()
    first = receipt_on(caller.dial().press(*FULL))
    told = len(office.work().messages())
    office.clock.now += timedelta(minutes=20)
    caller.dial().press("1")
    case = office.case()
    assert "asked_for_call" in kinds_of(office.show(case["reference"]))
    office.work()
    assert len(officer.inbox) > told
    assert receipt_on(caller.press("3", "1", "4")) == first
    assert office.case()["contact"] == {"mode": "call", "hours": "11-15"}


def test_a_second_wish_allows_one_call_now_and_keeps_the_hours_chosen_before(office: Office) -> None:
    caller = office.phone()
    caller.dial().press(*FULL)
    caller.dial().press("1")
    assert office.case()["contact"] == ONCE
    office.clock.now += timedelta(minutes=31)
    assert office.case()["contact"] == {"mode": "call", "hours": "08-11"}


def test_who_forbade_the_call_and_asks_again_may_be_called_once(office: Office) -> None:
    caller = office.phone()
    caller.dial().press("1", "6")
    caller.dial().press("1")
    assert office.case()["contact"] == ONCE
    office.clock.now += timedelta(minutes=31)
    assert office.case()["contact"] == NEVER


def test_later_or_from_another_phone_it_is_a_new_case(office: Office) -> None:
    caller = office.phone()
    caller.dial().press("1")
    office.phone().dial().press("1")
    office.clock.now += timedelta(minutes=31)
    caller.dial().press("1")
    assert len(office.cases()) == 3


# Nobody is asked to break the rule


def test_nothing_asks_an_officer_to_call_when_the_rule_forbids_it(office: Office) -> None:
    """Through accepting, the first hour, and the reminders: no text tells her to call."""
    officer, leader = office.officer(), office.officer("Citra", role="supervisor")
    office.phone().dial().press("1", "6")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    assert "Baca aturan kontak sebelum menelepon" in officer.last
    for _ in range(3):
        office.forward(hours=6)
    said = " ".join(officer.inbox + leader.inbox).lower()
    assert "telepon dia" not in said
    assert "hubungi korban" not in said
    officer.text(f"SUDAH {officer.code()}")
    office.work()
    assert "kontak dilarang" in officer.last
