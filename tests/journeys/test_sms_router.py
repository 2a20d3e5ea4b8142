"""The router keeps every message, answers few, and never breaks on a stranger's text."""

import json
import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.conversations import arrival
from models.inbound import InboundMessage
from models.vocabulary import Intent
from tests.office import Office
from tests.phone import Phone

AUTO = "Terima kasih. Balas 1 bila boleh ditelepon, 2 bila tidak."
THANKS = "Baik. Terima kasih."

ALPHABETS = [
    "",
    " ",
    "\t\r\n",
    "\x00",
    "\x00\x01\x02 tolong \x7f",
    "0",
    "²",
    "١٢٣٤٥٦",
    "*#*#*",
    "1*2*3#",
    "....,,,,;;;;",
    "тoлoнг помогите",
    "救命 請幫幫我",
    "助けて",
    "ช่วยด้วย",
    "מציל הצילו",
    "ساعدوني النجدة",
    "ꦠꦸꦭꦸꦁ",
    "𝓣𝓸𝓵𝓸𝓷𝓰",
    "ＴＯＬＯＮＧ",
    "t\u0301o\u0301l\u0301o\u0301n\u0301g",
    "\u202etolong\u202c",
    "\u200b\u200b\u200b",
    "😭😭😭 👊",
    "👩\u200d👧\u200d👦",
    "'; DROP TABLE case_file; --",
    "<script>alert(1)</script>",
    "%s%n%d {0} {text} \\u0041",
    '{"a": [1, "',
    "=cmd|' /C calc'!A0",
    "A" * 10_000,
    "tolong " * 1_400,
    "1" * 10_000,
    "BP-" * 3_000,
    "é" * 2_500,
    "\n".join("a b c d".split() * 500),
]


def rows(office: Office) -> list[InboundMessage]:
    newest = select(InboundMessage).order_by(InboundMessage.id)
    return office.read(lambda session: list(session.scalars(newest)))  # type: ignore[no-any-return]


def words_of(office: Office, row: InboundMessage) -> str:
    """What a message without a case says, opened."""
    raw = office.parts.desk.keyring.open("inbound_message.body", row.id, row.body)
    return str(json.loads(raw)[2])


def texted(office: Office, sender: str, words: str, message_id: str) -> int:
    form = {"id": message_id, "from": sender, "to": "55555", "text": words, "date": "2026-11-23 02:00:00"}
    return office.post("sms", form).status_code


# Any text


@pytest.mark.parametrize("kind", ["stranger", "cadre", "officer"])
def test_any_text_is_taken_and_kept(office: Office, kind: str) -> None:
    """Alphabets, emptiness, length: stored, answered at most once in a neutral way, never an error."""
    phone = {"stranger": office.phone, "cadre": office.cadre, "officer": office.officer}[kind]()
    for number, words in enumerate(ALPHABETS):
        phone.text(words, f"any-{number}")
    assert len(rows(office)) == len(ALPHABETS)
    assert all(row.body for row in rows(office))
    assert not any(row.handled_as == "arriving" for row in rows(office))
    office.work()
    if kind == "stranger":
        assert set(phone.inbox) <= {AUTO, THANKS}
        assert len(phone.inbox) <= 6 + len(office.cases())
    assert all(row["segments"] == 1 for row in office.messages())


def test_random_texts_never_break_it(office: Office) -> None:
    dice = random.Random(7)
    words = ["lapor", "TOLONG", "AMBIL 482913", "7K3Q", "1", "\u0000", "senaken", "krayan", "dipukul", "é", "😭", "*"]
    phones = [office.phone(), office.cadre(), office.officer()]
    for number in range(30):
        text = " ".join(dice.choices(words, k=dice.randrange(1, 9)))
        dice.choice(phones).text(text, f"random-{number}")
    assert len(rows(office)) == 30
    office.work()


def test_a_kanji_cry_and_an_empty_text_are_kept_for_a_human(office: Office) -> None:
    officer = office.officer()
    office.phone().text("救命")
    office.phone().text("")
    office.work()
    assert [case["status"] for case in office.cases()] == ["new", "new"]
    assert len(officer.inbox) == 2


def test_a_long_text_keeps_its_first_ten_segments(office: Office) -> None:
    stranger = office.phone()
    stranger.text("promo hadiah pulsa gratis " * 400)
    (row,) = rows(office)
    assert row.case_id is None
    assert len(words_of(office, row)) == 1600


# Idle talk and fraud


@pytest.mark.parametrize(
    "words",
    [
        "SELAMAT! No anda terpilih sbg pemenang undian Rp 100jt, hub 081234567, pin 7K3Q",
        "Promo pulsa 50% hari ini saja, segera beli sekarang",
        "besok rapat jam 3 di kantor ya pak",
        "tolong segera kirim pulsa sekarang ma",
        "selamat pagi",
        "oke siap",
    ],
)
@pytest.mark.parametrize("kind", ["stranger", "cadre"])
def test_chatter_and_fraud_make_no_case_and_at_most_one_answer(office: Office, words: str, kind: str) -> None:
    officer = office.officer()
    phone = office.phone() if kind == "stranger" else office.cadre()
    phone.text(words)
    office.work()
    assert office.cases() == []
    assert officer.inbox == []
    assert phone.inbox in ([], [THANKS])
    (row,) = rows(office)
    assert row.intent is Intent.CHATTER
    assert words_of(office, row) == words


def test_chatter_from_an_officer_is_not_answered(office: Office) -> None:
    officer = office.officer()
    officer.text("selamat pagi")
    office.work()
    assert officer.inbox == []
    assert office.cases() == []


# Machines


@pytest.mark.parametrize("sender", ["BANKBCA", "TELKOMSEL", "3636", "55555", "Info-Pulsa"])
@pytest.mark.parametrize("words", ["TOLONG saya dipukul", "promo hari ini", "MENU", "BERHENTI", ""])
def test_names_and_short_codes_are_kept_and_never_answered(office: Office, sender: str, words: str) -> None:
    assert texted(office, sender, words, "m-1") == 200
    assert texted(office, sender, words, "m-1") == 200
    office.work()
    (row,) = rows(office)
    assert row.handled_as == "machine"
    assert words_of(office, row) == words
    assert office.messages() == []


# Loop guard


def test_two_machines_do_not_talk_all_night(office: Office) -> None:
    stranger = office.phone()
    for _ in range(3):
        for _ in range(12):
            stranger.text("auto reply: saya sedang rapat")
        office.forward(hours=1)
    assert len(stranger.inbox) <= 18
    assert len(rows(office)) == 36


def test_in_a_day_no_phone_gets_more_than_thirty_automatic_answers(office: Office) -> None:
    stranger = office.phone()
    office.at(8)
    for _ in range(7):
        for _ in range(7):
            stranger.text("selamat siang")
        office.work().clock.now += timedelta(hours=1)
    assert 6 < len(stranger.inbox) <= 30
    assert len(rows(office)) == 49


def test_a_silenced_phone_still_makes_its_case(office: Office) -> None:
    officer, stranger = office.officer(), office.phone()
    for _ in range(8):
        stranger.text("selamat pagi")
    stranger.text("TOLONG")
    office.work()
    assert office.case()["priority"] == "P1"
    assert "AMBIL" in officer.last
    assert stranger.inbox == [THANKS] * 6 + [AUTO], "the case's own question leaves"
    stranger.text("1")
    office.work()
    assert office.case()["contact"]["mode"] == "call"
    assert stranger.last.startswith("Baik. Jam berapa?")
    assert len(stranger.inbox) == 8


def test_a_silenced_phone_gets_no_second_question_on_the_same_case(office: Office) -> None:
    stranger = office.phone()
    for _ in range(9):
        stranger.text("selamat pagi")
    for _ in range(20):
        stranger.text("TOLONG")
    office.work()
    assert len(office.cases()) == 1
    assert stranger.inbox == [THANKS] * 6 + [AUTO]


def test_the_story_after_many_questions_for_info_is_still_asked_about(any_office: Office) -> None:
    stranger = any_office.phone()
    for number in range(9):
        stranger.text(f"INFO {number}")
    for words in ("TOLONG", "istri dipukul suami di senaken"):
        stranger.text(words)
    any_office.work()
    assert len(any_office.cases()) == 2
    assert len(stranger.inbox) == 8
    assert stranger.inbox[6:] == [AUTO, AUTO]


def test_nobody_is_barred_from_the_menus_danger_key(office: Office) -> None:
    stranger = office.phone()
    for _ in range(9):
        stranger.text("selamat pagi")
    stranger.text("MENU")
    stranger.text("2")
    office.work()
    assert office.case()["priority"] == "P1"
    assert stranger.inbox[6].startswith("Menu: 1 ")
    assert stranger.inbox[7:] == [AUTO]


def test_a_digit_answers_no_menu_that_nobody_was_shown(office: Office) -> None:
    machine = office.phone()
    most = arrival.ANSWERS[1] + arrival.CASE_ANSWERS[1]
    for _ in range(most):
        machine.text("MENU")
    office.work().clock.now += timedelta(minutes=11)
    machine.text("MENU")
    machine.text("2")
    office.work()
    assert len(machine.inbox) == most
    assert office.cases() == []


def test_cases_without_end_are_not_answered_without_end(office: Office) -> None:
    """A machine whose every text is read as another report."""
    machine = office.phone()
    kinds = ("dipukul", "ditampar", "ditendang", "dihina", "dikurung")
    for number in range(90):
        machine.text(f"lapor {kinds[number % 5]} suami {number} hari lalu di senaken")
    office.work()
    assert len(office.cases()) == 90
    assert len(machine.inbox) == arrival.ANSWERS[1] + arrival.CASE_ANSWERS[1]


def test_a_forger_cannot_make_us_bombard_an_officers_phone(office: Office) -> None:
    """The loop guard holds for challenges and refusals too: automatic answers per phone are limited."""
    officer = office.officer()
    for _ in range(40):
        officer.text("KASUS")
    office.work()
    assert len(officer.inbox) <= 30


# One order


def test_a_code_goes_before_everything_else(office: Office) -> None:
    officer = office.officer()
    office.phone().text("TOLONG")
    office.work()
    officer.text(f"ambil {officer.code()}")
    assert office.case()["status"] == "accepted"
    assert rows(office)[-1].handled_as == "code"


def test_stop_goes_before_an_open_question(office: Office) -> None:
    stranger = office.phone()
    stranger.text("TOLONG")
    office.work()
    stranger.text("BERHENTI")
    assert rows(office)[-1].handled_as == "stop"
    stranger.text("1")
    assert office.case()["contact"]["mode"] == "none"


def test_an_open_question_goes_before_a_keyword_only_for_its_own_answers(office: Office) -> None:
    stranger = office.phone()
    for words in ("TELEPON", "MENU", "2"):
        stranger.text(words)
        office.work()
    assert [row.handled_as for row in rows(office)] == ["keyword", "keyword", "answer"]
    assert [case["priority"] for case in office.cases()] == ["P2", "P1"]


def test_the_carriers_retry_is_answered_once_even_when_its_words_differ(office: Office) -> None:
    stranger = office.phone()
    stranger.text("TOLONG", "same").text("tolong", "same").text("BERHENTI", "same")
    office.work()
    assert len(rows(office)) == 1
    assert stranger.inbox == [AUTO]


def test_identical_cries_of_two_phones_are_two_cases(office: Office) -> None:
    first, second = office.phone(), office.phone()
    first.text("TOLONG", "a")
    second.text("TOLONG", "b")
    assert len(office.cases()) == 2
    assert not any("same_words" in office.show(case["reference"])["flags"] for case in office.cases())


def test_what_an_agency_may_not_do_by_sms_changes_nothing(office: Office) -> None:
    phone = office.phone()
    for words in ("TERIMA 482913", "TOLAK 482913", "AMBIL 482913", "SUDAH 482913 1", "SELESAI 7K3Q", "OPER 482913"):
        phone.text(words)
    office.work()
    assert office.cases() == []
    assert set(phone.inbox) == {THANKS}


def test_messages_are_sealed_where_they_belong(office: Office) -> None:
    stranger: Phone = office.phone()
    stranger.text("saya dipukul suami di senaken")
    (row,) = rows(office)
    assert row.case_id is not None
    assert b"dipukul" not in row.body
    assert stranger.number.encode() not in row.body
