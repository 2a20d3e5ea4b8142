"""The report: a case from its first answer, sent by the last; what is never stored, and what makes it urgent."""

from datetime import timedelta
from typing import Any

import pytest
from stdnum import damm

from tests.journeys.looking import alerts_of, answers_of, kinds_of, receipt_on
from tests.office import Office

SENAKEN = "64.01.04.2016"
NEVER = {"mode": "none", "hours": None}

FULL = ("3", "4", "2", "2", "3", "2", "1", "SENAKEN", "1", "4", "2", "4", "1")
"""A woman, hit, something else too, kept in, forbidden to go out, no more, village, yes that one, call and SMS, a
shared phone, in the evening, send."""

ENTERED: list[dict[str, Any]] = [
    {},
    {"who": "woman"},
    {"kinds": "hit"},
    {},
    {"kinds": "hit,controlled"},
    {"control": "forbidden"},
    {},
    {},
    {"place": SENAKEN},
    {"contact": "both"},
    {"phone": "shared"},
    {"hours": "evening"},
    {"confirmed": "1"},
]


@pytest.mark.parametrize("count", range(2, len(FULL) + 1))
def test_the_line_may_drop_after_any_key_and_nothing_entered_is_lost(office: Office, count: int) -> None:
    officer = office.officer()
    caller = office.phone().dial().press(*FULL[:count])
    entered = {name: value for part in ENTERED[:count] for name, value in part.items()}
    sent = count == len(FULL)

    def told() -> dict[str, Any]:
        case = office.show(office.case()["reference"])
        assert answers_of(case).items() >= entered.items()
        assert case["forms"] == [
            {"hit": "FIS", "controlled": "KTR"}[k] for k in entered.get("kinds", "").split(",") if k
        ]
        assert case["area_code"] == entered.get("place")
        assert case["victim"] == {"age": "adult", "sex": "f"}
        assert case["priority"] == "P3"
        return case

    assert told()["status"] == ("new" if sent else "partial")
    assert (officer.inbox != []) is False
    office.forward(minutes=21)
    case = told()
    assert (case["status"], case["complete"]) == ("new", sent)
    assert case["contact"] == ({"mode": "both", "hours": "18-21"} if sent else NEVER)
    assert len(alerts_of(office, case["reference"])) == 1
    assert ("JANGAN telepon" in officer.last) is not sent
    officer.text(f"AMBIL {officer.code()}")
    office.at(19).work()
    assert (caller.inbox != []) is sent, "only what was sent is a consent"


def test_before_its_first_answer_there_is_no_report(office: Office) -> None:
    office.phone().dial().press("3")
    assert office.cases() == []


def test_silence_is_swept_no_sooner_than_the_session_expires(office: Office) -> None:
    caller = office.phone().dial().press("3", "4")
    office.forward(minutes=15)
    caller.press("2")
    office.forward(minutes=19)
    assert office.case()["status"] == "partial"
    office.forward(minutes=1)
    assert office.case()["status"] == "new"
    assert "swept" in kinds_of(office.show(office.case()["reference"]))


def test_by_night_a_silent_report_waits_for_the_morning_with_its_alert(office: Office) -> None:
    officer = office.officer()
    office.at(22).phone().dial().press("3", "4", "2")
    office.forward(minutes=30)
    assert office.case()["status"] == "new"
    assert officer.inbox == []
    office.at(7).work()
    assert len(officer.inbox) == 1


def test_what_is_sent_after_the_sweep_is_still_the_same_report(office: Office) -> None:
    caller = office.phone().dial().press("3", "4", "2")
    office.forward(minutes=25)
    caller.press("1", "2", "2", "1", "5", "1")
    assert caller.ended
    case = office.case()
    assert (case["complete"], case["contact"]) == (True, {"mode": "call", "hours": "07-21"})


def test_home_and_back_to_the_report_is_the_same_report(office: Office) -> None:
    office.phone().dial().press("3", "4", "2", "00", "3", "5", "1")
    case = office.case()
    assert case["victim"]["sex"] == "m"
    assert set(case["forms"]) == {"FIS", "PSI"}


# How it ends


def test_eight_answers_file_a_report(office: Office) -> None:
    keys = ("3", "1", "2", "1", "SENAKEN", "1", "1", "1")
    assert len(keys) == 8
    caller = office.phone().dial().press(*keys)
    assert caller.ended
    assert "tidak akan kami hubungi" in caller.screen
    case = office.case()
    assert (case["status"], case["complete"], case["contact"]) == ("new", True, NEVER)


@pytest.mark.parametrize(
    ("keys", "said", "contact"),
    [
        (("1",), "tidak akan kami hubungi", NEVER),
        (("2", "1", "1"), "menelepon jam 8-11", {"mode": "call", "hours": "08-11"}),
        (("2", "2", "5"), "menelepon jam 7-21", {"mode": "call", "hours": "07-21"}),
        (("3", "1", "2"), "SMS kami tidak menyebut isinya", {"mode": "sms", "hours": "11-15"}),
        (("4", "3", "4"), "menelepon jam 18-21", {"mode": "both", "hours": "18-21"}),
    ],
    ids=lambda value: "".join(value) if isinstance(value, tuple) else "",
)
def test_the_last_screen_says_what_the_answer_to_contact_means(
    office: Office, keys: tuple[str, ...], said: str, contact: dict[str, str]
) -> None:
    caller = office.phone().dial().press("3", "4", "2", "1", "2", *keys, "1")
    assert caller.ended
    assert said in caller.screen
    assert "110" in caller.screen
    assert "Hapus kode ini" in caller.screen
    assert office.case()["contact"] == contact


def test_every_service_gives_a_receipt_that_is_no_phone_number(office: Office) -> None:
    journeys = [
        ("2", "2", "1", "2", "1", "5"),
        ("1", "6"),
        ("1", "2", "1", "4"),
        ("3", "4", "2", "1", "2", "1", "1"),
        ("3", "4", "2", "1", "2", "2", "1", "5", "1"),
        ("3", "4", "2", "1", "2", "3", "1", "5", "1"),
        ("3", "4", "2", "1", "2", "1", "3", "2", "1", "2"),
    ]
    shown = [receipt_on(office.phone().dial().press(*keys)) for keys in journeys]
    for receipt in shown:
        digits = receipt.replace(" ", "")
        assert [len(group) for group in receipt.split()] == [4, 4, 3]
        assert digits[0] in "234567"
        assert not digits.startswith("62")
        assert damm.is_valid(digits)
    assert len(set(shown)) == len(journeys)


def test_the_confirm_and_the_stop_screen_say_that_officers_see_what_was_entered(office: Office) -> None:
    confirm = office.phone().dial().press("3", "4", "2", "1", "2", "1")
    assert "tetap dilihat petugas" in confirm.screen
    stopped = office.phone().dial().press("3", "1", "5", "3")
    assert stopped.ended
    assert "dilihat petugas" in stopped.screen


def test_change_starts_over_with_the_same_case(office: Office) -> None:
    caller = office.phone().dial().press("3", "4", "2", "1", "2", "2", "1", "5", "2")
    assert caller.screen.startswith("Siapa yang mengalami?")
    caller.press("5", "2", "1", "2", "1", "1")
    assert caller.ended
    assert (office.case()["victim"]["sex"], office.case()["contact"]) == ("m", NEVER)


# Sexual violence


@pytest.mark.parametrize("who", ["1", "4", "5", "6"])
def test_before_its_notice_is_answered_nothing_sexual_is_stored(office: Office, who: str) -> None:
    caller = office.phone().dial().press("3", who, "5")
    notice = "3x24 jam" if who == "1" else "diteruskan ke polisi"
    assert notice in caller.screen
    office.forward(minutes=21)
    case = office.show(office.case()["reference"])
    assert case["forms"] in ([], ["TTU"])
    assert case["priority"] == "P3"
    assert "seksual" not in str(case).lower()
    assert "sexual" not in str(case).lower()


@pytest.mark.parametrize("who", ["1", "4"])
def test_stopping_at_the_notice_keeps_the_kind_away(office: Office, who: str) -> None:
    caller = office.phone().dial().press("3", who, "5", "3")
    assert caller.ended
    office.forward(minutes=21)
    case = office.show(office.case()["reference"])
    assert case["forms"] in ([], ["TTU"])
    assert (case["priority"], case["status"], case["complete"]) == ("P3", "new", False)
    assert case["contact"] == NEVER
    assert "sexual" not in str(case)


def test_asking_first_is_a_call_me_on_the_same_case_without_the_kind(office: Office) -> None:
    caller = office.phone().dial().press("3", "1", "5", "2")
    assert caller.screen.startswith("Kapan aman")
    caller.press("2", "1", "4")
    assert caller.ended
    case = office.show(office.case()["reference"])
    assert case["forms"] in ([], ["TTU"])
    assert (case["priority"], case["status"], case["contact"]) == ("P2", "new", {"mode": "call", "hours": "08-11"})
    assert "sexual" not in str(case)


def test_who_asks_first_and_hangs_up_is_told_of_within_two_ticks(office: Office) -> None:
    officer = office.officer()
    office.phone().dial().press("3", "1", "5", "2")
    office.work().work()
    assert len(alerts_of(office, office.case()["reference"])) == len(officer.inbox) == 1
    assert (office.case()["status"], office.case()["priority"]) == ("new", "P2")
    office.forward(minutes=9)
    assert len(officer.inbox) == 1  # the sweep has nothing left to tell


def test_going_on_stores_the_kind_and_asks_when_it_happened(office: Office) -> None:
    caller = office.phone().dial().press("3", "1", "5", "1")
    case = office.case()
    assert (case["forms"], case["priority"]) == (["SEK"], "P2")
    assert "Kapan terakhir terjadi?" in caller.screen
    caller.press("2")
    assert answers_of(office.show(case["reference"]))["sexual_when"] == "3to5"


def test_another_kind_named_beside_it_is_kept_when_she_stops(office: Office) -> None:
    office.phone().dial().press("3", "4", "2", "2", "5", "3")
    case = office.case()
    assert (case["forms"], case["priority"]) == (["FIS"], "P3")


def test_leave_to_call_that_she_took_back_does_not_outlive_it(office: Office) -> None:
    """Ask first, the morning; then back twice, and on to a report that says: do not contact this phone."""
    caller = office.phone().dial().press("3", "3", "2", "0", "1", "2", "1", "2", "1", "1")
    assert "tidak akan kami hubungi" in caller.screen
    assert office.case()["contact"] == NEVER
    other = office.phone().dial().press("3", "3", "2", "2", "0", "0", "1", "2", "1", "2", "1", "1")
    assert "tidak akan kami hubungi" in other.screen
    assert office.cases()[-1]["contact"] == NEVER


# Children


@pytest.mark.parametrize(
    ("who", "words"), [("2", "Kamu tidak salah."), ("3", "diteruskan ke petugas perlindungan anak")]
)
def test_a_report_on_a_child_says_first_that_it_is_passed_on(office: Office, who: str, words: str) -> None:
    caller = office.phone().dial().press("3", who)
    assert words in caller.screen
    case = office.case()
    assert (case["victim"]["age"], case["priority"]) == ("child", "P2")
    assert caller.press("1").screen.startswith("Apa yang terjadi?")


def test_a_child_asking_first_is_asked_whose_phone_it_is_before_when(office: Office) -> None:
    caller = office.phone().dial().press("3", "2", "2")
    assert caller.screen.startswith("HP ini:")
    assert caller.press("2").screen.startswith("Kapan aman")


# Danger going on


def test_confined_now_is_a_p1_at_once(office: Office) -> None:
    officer = office.officer()
    office.phone().dial().press("3", "4", "3", "1")
    case = office.case()
    assert (case["priority"], case["status"], case["forms"]) == ("P1", "new", ["SKP"])
    office.work()
    assert "prioritas 1" in officer.last


def test_still_happening_is_a_p1_at_once(office: Office) -> None:
    officer = office.officer()
    caller = office.phone().dial().press("3", "4", "2", "3")
    case = office.case()
    assert (case["priority"], case["status"], case["complete"]) == ("P1", "new", False)
    office.work()
    assert "prioritas 1" in officer.last
    caller.press("SENAKEN", "1", "1", "1")
    assert (office.case()["complete"], office.case()["area_code"]) == (True, SENAKEN)


def test_it_is_danger_now_on_the_confirm_screen_is_a_p1_on_the_same_case(office: Office) -> None:
    officer = office.officer()
    caller = office.phone().dial().press("3", "4", "2", "1", "SENAKEN", "1", "1", "3")
    assert office.case()["priority"] == "P1"
    assert caller.screen.startswith("Tanda tempat"), "the village is known"
    caller.press("dekat masjid", "1")
    assert caller.ended
    case = office.show(office.case()["reference"])
    assert (case["complete"], case["area_code"], case["forms"]) == (True, SENAKEN, ["FIS"])
    assert answers_of(case)["landmark"] == "dekat masjid"
    assert case["contact"] == {"mode": "call", "hours": "once"}
    office.work()
    assert "prioritas 1" in officer.last


def test_a_report_that_became_a_danger_asks_for_the_place_it_lacks(office: Office) -> None:
    caller = office.phone().dial().press("3", "4", "2", "1", "2", "1", "3")
    assert "Di mana?" in caller.screen
    caller.press("2", "1", "8")
    assert office.show(office.case()["reference"])["withdrawn"] is True
    assert office.case()["priority"] == "P1"


def test_going_back_from_still_happening_does_not_lower_it(office: Office) -> None:
    office.phone().dial().press("3", "4", "2", "3", "0", "1")
    assert office.case()["priority"] == "P1"


def test_the_next_report_of_the_same_phone_is_another_case(office: Office) -> None:
    caller = office.phone()
    for _ in range(2):
        caller.dial().press("3", "4", "2", "1", "2", "1", "1")
        office.clock.now += timedelta(minutes=1)
    assert len(office.cases()) == 2
