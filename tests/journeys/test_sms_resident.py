"""A phone that nobody registered: kept whatever it says, one neutral answer, and only what she allowed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.casework import acts, handling
from menus.engine import Context, Want, replay
from menus.tree import text_menu
from models.people import find_officer
from tests.menus.walks import AREAS, TEXTS
from tests.office import Office
from tests.phone import Phone

AUTO = "Terima kasih. Balas 1 bila boleh ditelepon, 2 bila tidak."
HOURS = "Baik. Jam berapa? Balas 1 sekarang, 2 pagi, 3 siang, 4 sore."
THANKS = "Baik. Terima kasih."
MENU = "Menu: 1 Minta ditelepon 2 Segera 3 Isian 4 Cek nomor 5 Info 6 Layanan"
RECEIVED = "Nomor dikenali. Sudah diterima, belum ada kabar baru."
KNOWN = "Nomor dikenali. Sedang atau sudah diproses."
UNKNOWN = "Nomor belum dikenali. Periksa lagi."
INFO = "Terima kasih. Info ada di menu telepon, pilih 5. Layanan: pilih 6. Atau balas 1 minta ditelepon."
BY_PHONE = "Terima kasih. Info dan layanan kami sampaikan lewat telepon. Balas 1 minta ditelepon."
NO_QUESTION = "Terima kasih. Untuk melihat pilihan, balas MENU."
STORY = "saya dipukul suami di senaken"

TELLING = ("kekerasan", "pukul", "suami", "polisi", "petugas", "kantor", "kasus", "lapor", "bahaya", "senaken", "uptd")


def events(office: Office, kind: str) -> list[dict[str, Any]]:
    return [event for event in office.show(office.case()["reference"])["events"] if event["kind"] == kind]


def all_to(office: Office, phone: Phone) -> list[dict[str, Any]]:
    """Every message for this phone, whether it left or not."""
    return [row for row in office.messages() if row["to"] == phone.number]


def report_by_ussd(phone: Phone, contact: str, *then: str) -> str:
    """A finished report with this answer to "may we contact you?"; its receipt."""
    phone.dial().press("3", "1", "2", "1", "SENAKEN", "1", contact, *then, "1")
    assert phone.ended
    return phone.screen.split("Nomor: ")[1][:13]


# One neutral answer


def test_a_story_from_a_stranger_is_a_case_and_one_neutral_answer(any_office: Office) -> None:
    office = any_office
    officer, stranger = office.officer(), office.phone()
    stranger.text(STORY)
    case = office.case()
    assert (case["reporter"], case["channel"], case["status"], case["forms"]) == ("resident", "sms", "new", ["FIS"])
    assert case["contact"] == {"mode": "none", "hours": None}
    office.work()
    assert stranger.inbox == [AUTO]
    assert "JANGAN telepon dulu" in officer.last


def test_every_message_gets_one_answer_and_no_more(office: Office) -> None:
    stranger = office.phone()
    for number, words in enumerate((STORY, "tolong saya", "anak saya juga dipukul"), start=1):
        stranger.text(words)
        office.work()
        assert len(stranger.inbox) == number
    office.forward(hours=5)
    office.forward(days=15)
    assert stranger.inbox == [AUTO] * 3


@pytest.mark.parametrize(
    "words", [STORY, "TOLONG", "TELEPON", "MENU", "INFO FISIK", "RESI", "BERHENTI", "selamat pagi", ""]
)
def test_no_answer_tells_a_reader_of_the_thread_anything(office: Office, words: str) -> None:
    stranger = office.phone()
    stranger.text(words)
    office.work()
    (answer,) = stranger.inbox
    assert not any(word in answer.lower() for word in TELLING)


def test_an_answer_five_minutes_late_is_never_sent(any_office: Office) -> None:
    office = any_office
    stranger = office.phone()
    stranger.text(STORY)
    office.forward(minutes=5, seconds=1)
    office.forward(hours=30)
    assert stranger.inbox == []
    assert [row["status"] for row in all_to(office, stranger)] == ["expired"]
    assert office.case()["status"] == "new"


def test_an_answer_within_five_minutes_leaves_by_night_too(office: Office) -> None:
    stranger = office.phone()
    office.at(23)
    stranger.text(STORY)
    office.forward(minutes=4, seconds=50)
    assert stranger.inbox == [AUTO]


# What she answers


@pytest.mark.parametrize(("digit", "hours"), [("1", "once"), ("2", "08-11"), ("3", "11-15"), ("4", "15-18")])
def test_one_allows_a_call_and_the_hours_become_the_rule_of_the_same_case(
    office: Office, digit: str, hours: str
) -> None:
    stranger = office.phone()
    stranger.text(STORY)
    office.work()
    reference = office.case()["reference"]
    stranger.text("1")
    office.work()
    assert office.case()["contact"] == {"mode": "call", "hours": "once"}
    stranger.text(digit)
    office.work()
    assert office.case()["reference"] == reference
    assert office.case()["contact"] == {"mode": "call", "hours": hours}
    assert stranger.inbox == [AUTO, HOURS, THANKS]


def test_without_hours_the_leave_ends_after_half_an_hour(office: Office) -> None:
    stranger = office.phone()
    stranger.text(STORY)
    stranger.text("1")
    office.forward(minutes=29)
    assert office.case()["contact"]["mode"] == "call"
    office.forward(minutes=2)
    assert office.case()["contact"]["mode"] == "none"


def test_two_forbids_any_call(office: Office) -> None:
    stranger = office.phone()
    stranger.text(STORY)
    office.work()
    stranger.text("2")
    office.work()
    assert office.case()["contact"] == {"mode": "none", "hours": None}
    assert stranger.inbox == [AUTO, THANKS]


def test_two_ends_a_leave_given_before(office: Office) -> None:
    stranger = office.phone()
    stranger.text(STORY)
    stranger.text("1")
    stranger.text("2")
    assert office.case()["contact"]["hours"] == "08-11"
    stranger.text("masih dipukul suami di senaken")
    stranger.text("2")
    assert [case["contact"]["mode"] for case in office.cases()][-1] == "none"


@pytest.mark.parametrize("answer", ["1", "2", "4", "9", "1,3", "482913", "123", "1234", "12345", "3401 2233 44", "111"])
def test_an_answer_without_a_question_opens_no_case(office: Office, answer: str) -> None:
    officer, stranger = office.officer(), office.phone()
    stranger.text(answer)
    office.work()
    assert office.cases() == []
    assert stranger.inbox == [NO_QUESTION]
    assert officer.inbox == []


@pytest.mark.parametrize("words", ["110", "129", "081234567890", "+62 812-3456-7890", "6281234567890"])
def test_a_number_that_may_be_a_cry_or_somebodys_phone_is_seen_by_an_officer(office: Office, words: str) -> None:
    officer = office.officer()
    office.phone().text(words)
    office.work()
    assert len(office.cases()) == 1
    assert len(officer.inbox) == 1


@pytest.mark.parametrize("wait", [1, 25, 200])
def test_an_answer_never_opens_a_new_case_however_late(office: Office, wait: int) -> None:
    office.officer()
    stranger = office.phone()
    stranger.text(STORY)
    office.forward(hours=wait)
    for answer in ("1", "4", "1", "2", "7"):
        stranger.text(answer)
        office.work()
    assert len(office.cases()) == 1


def test_the_holder_learns_that_she_may_be_called(office: Office) -> None:
    officer, stranger = office.officer(), office.phone()
    stranger.text("TOLONG")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    stranger.text("1")
    office.work()
    assert "pesan baru dari orang yang sama" in officer.last


# Cries for help


@pytest.mark.parametrize(
    ("first", "second"), [("TOLONG", "TOLONG"), ("TOLONG", "DARURAT"), ("DARURAT", "tolong cepat")]
)
def test_a_second_cry_joins_the_open_danger_case(office: Office, first: str, second: str) -> None:
    officer, stranger = office.officer(), office.phone()
    stranger.text(first)
    office.work()
    assert (office.case()["priority"], office.case()["status"]) == ("P1", "new")
    office.forward(minutes=20)
    called = len(officer.inbox)
    stranger.text(second)
    office.work()
    assert office.case()["priority"] == "P1"
    assert len(events(office, "cried_again")) == 1
    assert len(officer.inbox) == called + 1
    assert stranger.inbox == [AUTO, AUTO]


def test_repeated_cries_are_all_recorded_and_told_at_most_every_five_minutes(office: Office) -> None:
    officer, stranger = office.officer(), office.phone()
    for _ in range(4):
        stranger.text("TOLONG")
        office.work()
    assert len(events(office, "cried_again")) == 3
    assert len(officer.inbox) == 2
    office.forward(minutes=5)
    stranger.text("TOLONG")
    office.work()
    assert len(officer.inbox) == 3


def test_a_cry_after_the_half_hour_counts_as_another(office: Office) -> None:
    stranger = office.phone()
    stranger.text("TOLONG")
    office.forward(minutes=31)
    stranger.text("TOLONG")
    assert [case["priority"] for case in office.cases()] == ["P1", "P1"]


def test_a_cry_at_night_reaches_the_officer_at_night(office: Office) -> None:
    officer, stranger = office.officer(), office.phone()
    office.at(2)
    stranger.text("TOLONG")
    office.work()
    assert "prioritas 1" in officer.last


# TELEPON


def test_telepon_is_a_p2_case_with_leave_for_one_call_now(office: Office) -> None:
    officer, stranger = office.officer(), office.phone()
    stranger.text("TELEPON")
    office.work()
    assert office.case()["priority"] == "P2"
    assert office.case()["contact"] == {"mode": "call", "hours": "once"}
    assert stranger.inbox == [HOURS]
    assert "JANGAN" not in officer.last
    stranger.text("3")
    office.work()
    assert office.case()["contact"] == {"mode": "call", "hours": "11-15"}
    assert stranger.inbox == [HOURS, THANKS]


def test_telepon_twice_is_one_case(office: Office) -> None:
    stranger = office.phone()
    stranger.text("TELEPON")
    office.forward(minutes=10)
    stranger.text("TELEPON")
    assert len(events(office, "asked_for_call")) == 1


# RESI


def test_a_receipt_is_answered_to_any_phone_in_words_that_tell_nothing(office: Office) -> None:
    caller, other = office.phone(), office.phone()
    receipt = report_by_ussd(caller, "1")
    office.work()
    other.text(f"RESI {receipt}")
    office.work()
    assert other.inbox == [RECEIVED]
    other.text(receipt.replace(" ", ""))
    office.work()
    assert other.inbox == [RECEIVED, RECEIVED]
    assert caller.inbox == []
    assert len(events(office, "looked_up")) == 2


def test_a_number_is_told_to_be_where_it_is_the_same_by_sms_and_by_dialling(any_office: Office) -> None:
    office = any_office
    officer, caller = office.officer(), office.phone()
    receipt = report_by_ussd(caller, "1")
    office.work()
    assert caller.dial().press("4", receipt).screen.startswith("Sudah diterima. Belum ada kabar baru.")
    _walk(office, caller, f"RESI {receipt}", "MENU", "4", receipt)
    assert (caller.inbox[0], caller.last) == (RECEIVED, RECEIVED)
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    assert caller.dial().press("4", receipt).screen.startswith("Sedang atau sudah diproses.")
    _walk(office, caller, f"RESI {receipt}")
    assert caller.last == KNOWN
    office.forward(hours=1)
    _walk(office, caller, "MENU", "4", receipt)
    assert caller.last == KNOWN


def test_resi_alone_asks_for_the_number_and_takes_it(office: Office) -> None:
    caller = office.phone()
    receipt = report_by_ussd(caller, "1")
    caller.text("RESI")
    office.work()
    assert caller.last == "Balas dengan nomor Anda (11 angka)."
    caller.text(receipt)
    office.work()
    assert caller.last == RECEIVED


def test_a_wrong_number_and_five_wrong_ones_read_alike(office: Office) -> None:
    caller = office.phone()
    receipt = report_by_ussd(caller, "1")
    guesser = office.phone()
    for guess in range(5):
        guesser.text(f"RESI 2345678901{guess}")
    office.work()
    assert guesser.inbox == [UNKNOWN] * 5
    office.forward(hours=1)
    guesser.text(f"RESI {receipt}")
    office.work()
    assert guesser.last == UNKNOWN
    assert events(office, "looked_up") == []


def test_who_should_call_is_told_so_by_sms_too(office: Office) -> None:
    """DESIGN section 3: `Cek nomor` says received, processed, or please call."""
    officer, caller = office.officer(), office.phone()
    receipt = report_by_ussd(caller, "1")
    office.work()
    index = office.parts.desk.keyring.index("phone", officer.number)
    reference = office.case()["reference"]

    def please_call(session: Any) -> None:
        holder = find_officer(session, index)
        assert holder is not None
        handling.ask_to_call(acts.begin(session, office.parts.desk, office.clock.now, reference, holder))

    office.write(please_call)
    caller.text(f"RESI {receipt}")
    office.work()
    assert caller.last != KNOWN
    assert caller.last.startswith("Silakan hubungi kami bila aman")
    _walk(office, caller, "MENU", "4", receipt)
    assert caller.last.startswith("Silakan hubungi kami bila aman")


# INFO, MENU, words of others


def test_info_tells_a_stranger_only_where_the_menu_is(office: Office) -> None:
    stranger = office.phone()
    stranger.text("INFO KDRT")
    office.work()
    assert stranger.inbox == [INFO]
    assert office.cases() == []


def test_menu_leads_to_a_call(office: Office) -> None:
    officer, stranger = office.officer(), office.phone()
    _walk(office, stranger, "MENU", "1", "2")
    assert stranger.inbox == [MENU, HOURS, THANKS]
    assert office.case()["priority"] == "P2"
    assert office.case()["contact"] == {"mode": "call", "hours": "08-11"}
    assert "AMBIL" in officer.last


@pytest.mark.parametrize(("digit", "mode"), [("1", "call"), ("2", "none")])
def test_menu_leads_to_danger(office: Office, digit: str, mode: str) -> None:
    officer, stranger = office.officer(), office.phone()
    stranger.text("MENU")
    stranger.text("2")
    assert office.case()["priority"] == "P1"
    office.work()
    assert "prioritas 1" in officer.inbox[0]
    stranger.text(digit)
    office.work()
    assert stranger.last == THANKS
    assert office.case()["contact"]["mode"] == mode


def test_menu_leads_to_a_form_that_is_her_own_words(office: Office) -> None:
    stranger = office.phone()
    _walk(office, stranger, "MENU", "3")
    assert stranger.last == "Silakan tulis pesan Anda. Hapus SMS bila perlu."
    assert office.cases() == []
    _walk(office, stranger, STORY)
    assert office.case()["forms"] == ["FIS"]
    assert stranger.last == AUTO


def test_menu_leads_to_the_number_check(office: Office) -> None:
    stranger = office.phone()
    receipt = report_by_ussd(stranger, "1")
    _walk(office, stranger, "MENU", "4", receipt)
    assert stranger.inbox == [MENU, "Balas dengan nomor Anda (11 angka).", RECEIVED]


@pytest.mark.parametrize("keys", [("MENU", "5"), ("MENU", "6"), ("INFO KDRT",)])
def test_menu_leads_to_where_info_is_or_to_a_call(office: Office, keys: tuple[str, ...]) -> None:
    stranger = office.phone()
    _walk(office, stranger, *keys)
    assert stranger.last == INFO
    _walk(office, stranger, "2")
    assert office.cases() == []
    assert stranger.last == f"Pilih angka.\n{INFO}"
    _walk(office, stranger, "1", "2")
    assert stranger.inbox[-2:] == [HOURS, THANKS]
    assert (office.case()["priority"], office.case()["contact"]["hours"]) == ("P2", "08-11")


def test_where_nothing_can_be_dialled_info_leads_to_a_call_only() -> None:
    undialled = replace(text_menu(AREAS, TEXTS), dialled=False)
    for key in ("5", "6"):
        turn = replay(undialled, [key], Context())
        assert turn.text == BY_PHONE
        assert replay(undialled, [key, "1"], Context()).want == Want("open", service="call_me")


@pytest.mark.parametrize("keys", [("MENU", "3"), ("MENU", "4", "23456789012")])
def test_digits_after_the_last_step_are_not_thanked_for_as_answers(office: Office, keys: tuple[str, ...]) -> None:
    stranger = office.phone()
    _walk(office, stranger, *keys, "1", "2")
    assert stranger.inbox[-2:] == [NO_QUESTION] * 2
    assert office.cases() == []


def test_a_wrong_digit_shows_the_menu_again(office: Office) -> None:
    stranger = office.phone()
    _walk(office, stranger, "MENU", "8")
    assert MENU in stranger.last
    assert office.cases() == []
    _walk(office, stranger, "5")
    assert stranger.last == INFO


def test_words_instead_of_a_digit_are_read_as_words(office: Office) -> None:
    stranger = office.phone()
    _walk(office, stranger, "MENU", STORY)
    assert office.case()["forms"] == ["FIS"]


def _walk(office: Office, phone: Phone, *texts: str) -> None:
    for words in texts:
        phone.text(words)
        office.work()


# BERHENTI


def test_berhenti_stops_what_is_queued_and_all_that_would_follow(office: Office) -> None:
    officer, caller = office.officer(), office.phone()
    office.at(22)
    report_by_ussd(caller, "3", "1", "5")
    office.work()
    assert [row["status"] for row in all_to(office, caller)] == ["queued"]
    caller.text("BERHENTI")
    office.work()
    assert caller.inbox == [THANKS]
    office.at(7).work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    office.forward(days=3)
    office.forward(days=12)
    assert caller.inbox == [THANKS]
    assert office.case()["contact"]["mode"] == "none"
    assert office.case()["status"] == "accepted"


def test_berhenti_keeps_the_leave_to_call(office: Office) -> None:
    caller = office.phone()
    report_by_ussd(caller, "4", "1", "5")
    office.work()
    caller.text("STOP")
    office.work()
    assert office.case()["contact"]["mode"] == "call"
    assert office.case()["status"] == "new"


def test_the_carriers_opt_out_does_the_same_without_an_answer(any_office: Office) -> None:
    office = any_office
    officer, caller = office.officer(), office.phone()
    report_by_ussd(caller, "3", "1", "5")
    office.work()
    before = len(caller.inbox)
    answer = office.post("opt-out", {"senderId": "BeliPerak", "phoneNumber": caller.number})
    assert answer.status_code == 200
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    office.forward(days=3)
    office.forward(days=12)
    assert len(caller.inbox) == before
    assert len(events(office, "stopped")) == 1


# Consent


def test_who_allowed_sms_is_asked_how_she_is_on_day_three_and_fourteen(office: Office) -> None:
    office.officer()
    caller = office.phone()
    report_by_ussd(caller, "3", "1", "5")
    office.work()
    office.forward(days=3)
    assert caller.last == "Halo, apa kabar? Balas 1 baik, 2 minta ditelepon, 0 berhenti."
    caller.text("1")
    office.work()
    assert (office.case()["status"], office.case()["first_action_at"]) == ("new", None)
    office.forward(days=11)
    assert sum("apa kabar" in text for text in caller.inbox) == 2
    caller.text("2")
    office.work()
    assert (office.case()["priority"], office.case()["contact"]["mode"]) == ("P2", "call")
    assert len(office.cases()) == 1


def test_a_digit_before_the_follow_up_has_left_is_no_answer_to_it(office: Office) -> None:
    office.officer()
    office.at(17)
    caller = office.phone()
    report_by_ussd(caller, "3", "1", "2")
    office.work().clock.now += timedelta(days=3, minutes=1)
    office.work()
    assert not any("apa kabar" in text for text in caller.inbox), "it waits for her hours"
    caller.text("2")
    office.work()
    assert office.case()["contact"]["mode"] == "sms"
    assert events(office, "follow_up_answer") == []
    office.at(11).work()
    assert any("apa kabar" in text for text in caller.inbox)
    caller.text("2")
    office.work()
    assert len(events(office, "follow_up_answer")) == 1


def test_a_mistyped_answer_leaves_the_question_open(office: Office) -> None:
    office.officer()
    caller = office.phone()
    report_by_ussd(caller, "3", "1", "5")
    office.work()
    office.forward(days=3)
    for answer, mode in (("22", "sms"), ("2", "call")):
        caller.text(answer)
        office.work()
        assert office.case()["contact"]["mode"] == mode


def test_zero_ends_the_follow_up(office: Office) -> None:
    caller = office.phone()
    report_by_ussd(caller, "3", "1", "5")
    office.work()
    office.forward(days=3)
    caller.text("0")
    office.work()
    count = len(caller.inbox)
    office.forward(days=12)
    assert len(caller.inbox) == count


def test_a_message_to_her_waits_for_her_hours(office: Office) -> None:
    officer, caller = office.officer(), office.phone()
    report_by_ussd(caller, "3", "1", "2")
    office.work()
    assert caller.inbox == []
    assert office.clock.now < datetime(2026, 11, 23, 3, tzinfo=office.clock.now.tzinfo)
    office.at(11).work()
    assert len(caller.inbox) == 1
    office.at(15, 30)
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    assert len(caller.inbox) == 1


def test_without_consent_nothing_is_ever_sent(office: Office) -> None:
    officer = office.officer()
    supervisor, caller = office.officer("Citra", "supervisor"), office.phone()
    report_by_ussd(caller, "1")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    officer.text(f"SUDAH {officer.code()} 1")
    office.work()
    office.forward(days=3)
    officer.text(f"SELESAI {office.case()['reference'][3:]}")
    office.work()
    officer.text(officer.code())
    office.work()
    supervisor.text(f"SELESAI {supervisor.code()}")
    office.work()
    office.forward(days=12)
    assert office.case()["status"] == "closed"
    assert all_to(office, caller) == []


# Language


def test_the_offices_language_holds_by_sms_too_but_cadres_read_indonesian(make_office: Any) -> None:
    office = make_office(DEFAULT_LANGUAGE="en")
    texts, caller, cadre = office.parts.desk.texts, office.phone(), office.cadre()
    for words, key in ((STORY, "auto"), ("1", "auto_1"), ("1", "auto_2"), ("RESI", "ask_receipt")):
        office.forward(seconds=1)
        caller.text(words)
        office.work()
        assert caller.last == texts.render(f"sms.resident.{key}", "en")
    caller.text("MENU")
    cadre.text("DAFTAR")
    office.work()
    assert caller.last.startswith("Menu: 1 Please call me")
    assert cadre.last == texts.render("sms.resident.daftar", "id")
