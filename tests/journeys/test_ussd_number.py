"""Cek nomor: received, being processed, please call, from any phone; never what it is about, never that it is over."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.casework import acts, handling
from models.case import CaseFile
from tests.journeys.looking import alerts_of, kinds_of, receipt_on
from tests.office import Office
from tests.phone import Phone

RECEIVED = "Sudah diterima. Belum ada kabar baru."
HANDLED = "Sedang atau sudah diproses."
UNKNOWN = "Nomor belum dikenali. Periksa lagi."
WRONG = "23456789012"


def file_report(office: Office, *contact: str) -> tuple[Phone, str]:
    """A filed report and its number; without `contact` the phone must not be contacted."""
    caller = office.phone().dial().press("3", "4", "2", "1", "2", *(contact or ("1",)), "1")
    return caller, receipt_on(caller)


def told(phone: Phone, number: str) -> str:
    return phone.dial().press("4", number).screen


def file_and_end(office: Office) -> tuple[Phone, str, str]:
    """A report that was taken, done and ended by SMS; its phone, its number and what the number told under way."""
    officer, head = office.officer("Ani"), office.officer("Citra", role="supervisor", on_duty=False)
    caller, receipt = file_report(office)
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    under_way = told(office.phone(), receipt)
    officer.text(f"SUDAH {officer.code()}").text("1")
    office.work()
    head.text(f"SELESAI {office.case()['reference'][3:]}")
    office.work()
    head.text(head.code())
    office.work()
    assert office.case()["status"] == "closed"
    return caller, receipt, under_way


def test_a_number_is_told_from_any_phone_as_received_then_handled(office: Office) -> None:
    officer = office.officer()
    caller, receipt = file_report(office)
    for phone in (caller, office.phone()):
        assert told(phone, receipt).startswith(RECEIVED)
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    assert told(office.phone(), receipt).startswith(HANDLED)
    assert "looked_up" in kinds_of(office.show(office.case()["reference"]))


@pytest.mark.parametrize("typed", ["{r}", "{digits}", " {digits} ", "{dashed}"])
def test_a_number_is_read_in_groups_or_in_one(office: Office, typed: str) -> None:
    _, receipt = file_report(office)
    digits = receipt.replace(" ", "")
    number = typed.format(r=receipt, digits=digits, dashed=receipt.replace(" ", "-"))
    assert told(office.phone(), number).startswith(RECEIVED)


def test_a_partial_report_s_number_is_received_too(office: Office) -> None:
    danger = office.phone().dial().press("2", "2", "1", "2", "1", "5")
    assert told(office.phone(), receipt_on(danger)).startswith(RECEIVED)


def test_an_ended_case_is_told_in_the_same_words_as_one_under_way(office: Office) -> None:
    _, receipt, under_way = file_and_end(office)
    assert under_way.startswith(HANDLED)
    assert told(office.phone(), receipt) == under_way


def test_please_call_is_told_when_an_officer_wants_it_and_no_other_way_is_safe(office: Office) -> None:
    officer = office.officer()
    _, receipt = file_report(office)
    reference = office.case()["reference"]
    row = office.row_of(officer)

    def ask(session: Session) -> None:
        handling.ask_to_call(acts.begin(session, office.parts.desk, office.clock.now, reference, row))

    office.write(ask)
    assert told(office.phone(), receipt).startswith("Silakan hubungi kami bila aman")


@pytest.mark.parametrize("number", [WRONG, "1", "123456789012345", "abc", "08123456789", "²³²³²³²³²³²", "x" * 200])
def test_a_wrong_number_is_not_known_whatever_is_wrong_with_it(office: Office, number: str) -> None:
    file_report(office)
    assert told(office.phone(), number).startswith(UNKNOWN)


def test_no_screen_tells_what_a_number_is_about(office: Office) -> None:
    officer = office.officer()
    _, receipt = file_report(office)
    screens = [told(office.phone(), receipt), told(office.phone(), WRONG)]
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    screens.append(told(office.phone(), receipt))
    for screen in screens:
        words = screen.lower()
        assert not any(word in words for word in ("lapor", "kekerasan", "selesai", "ditutup", "kasus", "petugas"))


def test_the_number_of_an_erased_case_is_as_unknown_as_a_wrong_one(office: Office) -> None:
    _, receipt = file_report(office)
    office.write(lambda session: session.execute(update(CaseFile).values(wrapped_key=None, details=None)) and None)
    phone = office.phone()
    assert told(phone, receipt) == told(phone, WRONG)


# Guessing


def test_after_five_wrong_numbers_a_right_one_is_unknown_too_until_the_next_day(office: Office) -> None:
    _, receipt = file_report(office)
    guesser = office.phone()
    wrong = {told(guesser, WRONG) for _ in range(5)}
    assert told(guesser, receipt) in wrong
    assert len(wrong) == 1
    assert told(office.phone(), receipt).startswith(RECEIVED), "another phone may ask"
    office.at(0, 1)
    assert told(guesser, receipt).startswith(RECEIVED)


def test_a_right_number_gives_the_try_back(office: Office) -> None:
    _, receipt = file_report(office)
    phone = office.phone()
    for _ in range(4):
        assert told(phone, WRONG).startswith(UNKNOWN)
    for _ in range(10):
        assert told(phone, receipt).startswith(RECEIVED)
    assert told(phone, WRONG).startswith(UNKNOWN)
    assert told(phone, receipt).startswith(UNKNOWN)


def test_a_repeated_callback_is_one_try(office: Office) -> None:
    _, receipt = file_report(office)
    phone = office.phone()
    for _ in range(4):
        told(phone, WRONG)
        phone.repeat().repeat()
    assert told(phone, receipt).startswith(RECEIVED)


def test_wrong_numbers_in_one_session_count_as_in_many(office: Office) -> None:
    _, receipt = file_report(office)
    phone = office.phone().dial().press("4", WRONG)
    for _ in range(4):
        phone.press("1", WRONG)
    assert phone.press("1", receipt).screen.startswith(UNKNOWN)


def test_a_throttled_phone_still_has_two(office: Office) -> None:
    phone = office.phone()
    for _ in range(6):
        told(phone, WRONG)
    assert phone.press("2").screen.startswith("Tercatat.")


# From a number to a call


def test_asking_to_be_called_belongs_to_the_same_case(office: Office) -> None:
    officer = office.officer()
    caller, receipt = file_report(office)
    office.work()
    before = len(officer.inbox)
    caller.dial().press("4", receipt, "1")
    assert caller.screen.startswith("Kapan aman")
    case = office.case()
    assert (case["priority"], case["contact"]) == ("P2", {"mode": "call", "hours": "once"})
    office.work()
    assert len(officer.inbox) > before
    caller.press("3", "1", "4")
    assert receipt_on(caller) == receipt
    assert office.case()["contact"] == {"mode": "call", "hours": "11-15"}
    assert "asked_for_call" in kinds_of(office.show(case["reference"]))


def test_the_holder_sees_that_she_asked(office: Office) -> None:
    officer = office.officer()
    caller, receipt = file_report(office)
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    caller.dial().press("4", receipt, "1")
    office.work()
    assert "pesan baru dari orang yang sama" in officer.last
    assert office.case()["status"] == "accepted"


def test_a_wish_to_be_called_reopens_an_ended_case(office: Office) -> None:
    caller, receipt, _ = file_and_end(office)
    alerted = len(alerts_of(office, office.case()["reference"]))
    caller.dial().press("4", receipt, "1")
    case = office.case()
    assert (case["status"], case["closed_at"], case["priority"]) == ("reopened", None, "P2")
    assert len(alerts_of(office, case["reference"])) > alerted


def test_danger_from_a_number_is_a_danger_case_of_its_own(office: Office) -> None:
    caller, receipt = file_report(office)
    caller.dial().press("4", receipt, "2")
    assert [case["priority"] for case in office.cases()] == ["P3", "P1"]


def test_hours_chosen_in_the_report_are_kept_when_she_asks_and_chooses_none(office: Office) -> None:
    caller, receipt = file_report(office, "2", "1", "4")
    caller.dial().press("4", receipt, "1")
    assert office.case()["contact"] == {"mode": "call", "hours": "once"}
    office.forward(minutes=31)
    assert office.case()["contact"] == {"mode": "call", "hours": "18-21"}


def test_a_call_asked_for_from_another_phone_is_leave_for_that_phone_alone(office: Office) -> None:
    """Her own phone must not be contacted; the number works from any, and "this phone" is the one she dials on."""
    file_report(office)
    caller, receipt = file_report(office)
    reference = office.cases()[-1]["reference"]
    friend = office.phone().dial().press("4", receipt, "1", "2", "2", "1", "4")
    case = office.show(reference)
    assert case["phone"][-3:] == friend.number[-3:] != caller.number[-3:]
    assert case["contact"] == {"mode": "call", "hours": "08-11"}
    caller.dial().press("4", receipt, "1")
    case = office.show(reference)
    assert case["phone"][-3:] == caller.number[-3:]
    assert case["contact"] == {"mode": "call", "hours": "once"}, "hours chosen for one phone are not the other's"
