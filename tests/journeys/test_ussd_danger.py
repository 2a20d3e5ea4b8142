"""In danger: `2` is a case in that hop, every later key enriches it, and a dropped line loses nothing."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import MakeOffice
from tests.journeys.looking import alerts_of, answers_of, kinds_of
from tests.office import Office

SENAKEN = "64.01.04.2016"

ONE_CALL = {"mode": "call", "hours": "once"}
"""Yes, now: half an hour from the last key, and no longer."""
NO_CALL = {"mode": "none", "hours": None}

FULL = ("2", "SENAKEN", "1", "RT 3 dekat masjid", "1", "2", "1")
"""Danger, village, yes that one, landmark, call now, I and a child, weapon."""

ENTERED: list[dict[str, Any]] = [
    {},
    {},
    {"place": SENAKEN},
    {"landmark": "RT 3 dekat masjid"},
    {"call": "now"},
    {"who": "self_child"},
    {"what": "weapon"},
]
"""What each key of FULL adds."""


def test_the_alert_is_queued_when_the_carrier_has_its_answer_and_leaves_within_two_ticks(any_office: Office) -> None:
    office = any_office
    officer = office.officer()
    caller = office.phone().dial().press("2")
    assert caller.screen.startswith("Tercatat.")
    assert "110" in caller.screen
    assert [(row["purpose"], row["status"]) for row in office.messages()] == [("alert", "queued")]
    office.work().work()
    assert [row["status"] for row in office.messages()] == ["delivered"]
    assert office.case()["reference"][3:] in officer.last


def test_two_is_the_first_and_only_key_a_danger_case_needs(office: Office) -> None:
    office.phone().dial().press("2")
    case = office.case()
    assert (case["priority"], case["status"], case["channel"], case["reporter"]) == ("P1", "new", "ussd", "resident")
    assert case["complete"] is False
    assert case["contact"] == NO_CALL


@pytest.mark.parametrize("count", range(1, len(FULL) + 1))
def test_the_line_may_drop_after_any_key_and_nothing_entered_is_lost(office: Office, count: int) -> None:
    officer = office.officer()
    office.phone().dial().press(*FULL[:count])
    entered = {name: value for part in ENTERED[:count] for name, value in part.items()}
    office.forward(minutes=25)
    case = office.show(office.case()["reference"])
    assert answers_of(case).items() >= entered.items()
    assert case["area_code"] == entered.get("place")
    assert case["kecamatan"] == ("64.01.04" if "place" in entered else None)
    assert case["contact"] == (ONE_CALL if "call" in entered else NO_CALL)
    assert case["victim"]["age"] == ("child" if "who" in entered else "unknown")
    assert case["forms"] == (["ANC"] if "what" in entered else [])
    assert (case["priority"], case["status"], case["complete"]) == ("P1", "new", count == len(FULL))
    assert case["reference"][3:] in officer.inbox[0]


def test_a_danger_told_to_the_end_shows_the_number_and_how_to_hide_the_call(office: Office) -> None:
    caller = office.phone().dial().press(*FULL)
    assert caller.ended
    assert "Nomor: " in caller.screen
    assert "110" in caller.screen
    assert "Hapus kode ini" in caller.screen


def test_with_neither_place_nor_leave_to_call_the_last_screen_asks_her_to_call(office: Office) -> None:
    caller = office.phone().dial().press("2", "2", "1", "2", "4", "5")
    assert caller.ended
    assert "belum tahu tempatnya" in caller.screen
    assert office.case()["contact"]["mode"] == "none"


def test_a_village_named_later_calls_the_officers_of_that_place_who_were_not_told_yet(office: Office) -> None:
    office.officer("Ani")
    caller = office.phone().dial().press("2")
    here, elsewhere = office.officer("Budi", areas="64.01.04"), office.officer("Citra", areas="64.01.01")
    caller.press("SENAKEN", "1")
    office.work()
    assert "Kec 04. " in here.last
    assert elsewhere.inbox == []


def test_zero_does_nothing_on_a_danger_screen(office: Office) -> None:
    caller = office.phone().dial().press("2")
    first = caller.screen
    assert caller.press("0").screen == f"Pilih angka.\n{first}"
    caller.press("SENAKEN", "1")
    landmark = caller.screen
    assert "0 Kembali" not in landmark
    assert caller.press("0").screen == f"Pilih angka.\n{landmark}"
    assert len(office.cases()) == 1


# Pressed by mistake


@pytest.mark.parametrize("before", [(), ("SENAKEN", "1"), ("2", "1"), ("2", "1", "1"), ("2", "1", "1", "1")])
def test_eight_marks_the_case_and_lowers_nothing(office: Office, before: tuple[str, ...]) -> None:
    officer = office.officer()
    caller = office.phone().dial().press("2", *before)
    office.work()
    due = office.case()
    caller.press("8")
    assert "salah tekan" in caller.screen
    office.work()
    case = office.show(due["reference"])
    assert case["withdrawn"] is True
    assert "withdrawn" in kinds_of(case)
    assert (case["priority"], case["status"]) == ("P1", "new")
    assert "ditandai salah tekan" in officer.last
    caller.press("2")
    assert caller.ended
    assert "110" in caller.screen
    office.forward(minutes=11)
    assert "belum diambil" in officer.last, "the ladder goes on"


def test_the_mistake_screen_does_not_say_that_officers_still_decide(office: Office) -> None:
    screen = office.phone().dial().press("2", "8").screen
    assert not any(word in screen.lower() for word in ("petugas", "prioritas", "tetap"))


def test_who_still_needs_help_is_no_longer_marked_and_goes_on_where_she_was(office: Office) -> None:
    caller = office.phone().dial().press("2", "SENAKEN", "1")
    landmark = caller.screen
    caller.press("8", "1")
    assert caller.screen == landmark
    case = office.show(office.case()["reference"])
    assert case["withdrawn"] is False
    assert case["area_code"] == SENAKEN


def test_a_second_cry_takes_the_mark_away(office: Office) -> None:
    caller = office.phone()
    caller.dial().press("2", "8", "2")
    caller.dial().press("2")
    assert office.show(office.case()["reference"])["withdrawn"] is False


# A second cry


def test_a_second_two_within_half_an_hour_joins_the_case_and_calls_its_holder_again(office: Office) -> None:
    officer, other = office.officer("Ani"), office.officer("Budi")
    caller = office.phone()
    caller.dial().press("2")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.forward(minutes=1)
    told = len(other.inbox)
    caller.dial().press("2")
    assert caller.screen.startswith("Tercatat lagi.")
    office.work()
    assert "pesan baru dari orang yang sama" in officer.last
    assert len(other.inbox) == told
    assert "cried_again" in kinds_of(office.show(office.case()["reference"]))


def test_repeats_are_told_at_once_and_then_at_most_every_five_minutes(office: Office) -> None:
    office.officer()
    caller = office.phone()
    caller.dial().press("2")
    reference = office.case()["reference"]

    def told_after(minutes: float) -> int:
        office.clock.now += timedelta(minutes=minutes)
        caller.dial().press("2")
        office.sender.drain()  # a cry that has not even left stands for the next one too
        return len(alerts_of(office, reference))

    assert told_after(0) == 2, "the first repeat at once"
    assert told_after(1) == 2
    assert told_after(3) == 2
    assert told_after(1) == 3, "five minutes after the last one told"
    assert told_after(4.9) == 3
    assert told_after(0.1) == 4
    assert kinds_of(office.show(reference)).count("cried_again") == 6, "each is on the record"


def test_two_after_home_in_the_same_session_is_a_second_cry_too(office: Office) -> None:
    office.officer()
    caller = office.phone().dial().press("2", "SENAKEN", "1", "00", "2")
    assert caller.screen.startswith("Tercatat lagi.")
    case = office.case()
    assert case["area_code"] == SENAKEN
    assert len(alerts_of(office, case["reference"])) == 2


def test_what_a_second_call_adds_lies_over_what_the_first_one_told(office: Office) -> None:
    caller = office.phone()
    caller.dial().press("2", "SENAKEN", "1")
    caller.dial().press("2", "2")
    assert office.case()["area_code"] == SENAKEN
    assert office.case()["contact"] == ONE_CALL


def test_the_last_screen_of_a_second_call_does_not_deny_the_place_the_first_one_told(office: Office) -> None:
    caller = office.phone()
    caller.dial().press("2", "SENAKEN", "1")
    caller.dial().press("2", "3")
    assert caller.ended
    assert "belum tahu tempatnya" not in caller.screen


def test_the_half_hour_counts_from_the_last_key(office: Office) -> None:
    caller = office.phone()
    caller.dial().press("2")
    office.clock.now += timedelta(minutes=20)
    caller.press("SENAKEN")
    office.clock.now += timedelta(minutes=29)
    caller.dial().press("2")
    assert len(office.cases()) == 1
    office.clock.now += timedelta(minutes=31)
    assert caller.dial().press("2").screen.startswith("Tercatat.")
    assert len(office.cases()) == 2


def test_no_phone_is_ever_barred_from_two_and_others_never_share_a_case(office: Office) -> None:
    caller = office.phone()
    for _ in range(12):
        assert caller.dial().press("2").screen.startswith("Tercatat")
    office.phone().dial().press("2")
    assert len(office.cases()) == 2


def test_leave_to_call_now_is_over_after_half_an_hour(office: Office) -> None:
    office.phone().dial().press("2", "2", "1", "1")
    office.clock.now += timedelta(minutes=29)
    assert office.case()["contact"] == ONE_CALL
    office.clock.now += timedelta(minutes=1)
    assert office.case()["contact"] == NO_CALL


# What the screen may promise


def test_while_alerts_are_stuck_the_screen_says_that_officers_are_not_reached(office: Office) -> None:
    office.officer()
    office.phone().dial().press("2")
    office.clock.now += timedelta(minutes=3)
    caller = office.phone().dial().press("2")
    assert "BELUM terhubung" in caller.screen
    assert caller.repeat().screen == caller.screen
    office.work()
    assert "sedang dihubungi" in office.phone().dial().press("2").screen


def test_english_speakers_read_danger_in_english(office: Office) -> None:
    caller = office.phone().dial().press("7", "2", "2")
    assert "110" in caller.screen
    assert "Tercatat" not in caller.screen
    assert office.case()["priority"] == "P1"


def test_a_report_on_the_way_does_not_keep_two_from_opening_its_own_case(make_office: MakeOffice) -> None:
    office = make_office()
    office.phone().dial().press("3", "4", "2", "00", "2")
    assert [(case["priority"], case["status"]) for case in office.cases()] == [("P3", "partial"), ("P1", "new")]
