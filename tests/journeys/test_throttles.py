"""What may be tried how often: counted in rows, before it is checked, and given back when it was right."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session
from stdnum.damm import calc_check_digit

from gateway.casework import codes, status
from gateway.casework.erasure import shred
from gateway.conversations import arrival, ussd
from gateway.identifiers import is_receipt, new_receipt
from models.case import CaseFile
from models.throttle import AccessRecord, Throttle
from tests.journeys.looking import receipt_on
from tests.office import Office
from tests.phone import Phone

UNKNOWN = "Nomor belum dikenali. Periksa lagi."
RECEIVED = "Sudah diterima. Belum ada kabar baru."
BAD = "Kode tidak berlaku. Tidak ada yang berubah."
THROTTLED = "Terima kasih. Coba lagi nanti. Bahaya: 110."
ALARM = "Gateway: 50 nomor salah sejak 23-11 10.00. Mungkin ada yang menebak. Buka konsol."


def file_report(office: Office) -> tuple[Phone, str]:
    caller = office.phone().dial().press("3", "4", "2", "1", "2", "1", "1")
    return caller, receipt_on(caller).replace(" ", "")


def look_up(office: Office, phone: str, receipt: str) -> str:
    desk, now = office.parts.desk, office.clock.now
    word: str = office.write(lambda session: status.look_up(session, desk, now, phone, receipt)["status"])
    return word


def guess(office: Office, times: int, phone: str | None = None) -> None:
    """Numbers that nobody was given, though they might have been, each from a phone of its own unless one is named."""
    for number in range(times):
        digits = f"234567{number:04d}"
        assert look_up(office, phone or f"+62899{number:07d}", digits + str(calc_check_digit(digits))) == "unknown"


def answering(office: Office, count: int) -> list[int]:
    """So many cases more, rows that hold little but a number of their own. The numbers, without check digit."""
    desk, now, dice = office.parts.desk, office.clock.now, random.Random(count)
    common: dict[str, object] = dict.fromkeys(("phone_index", "details", "kecamatan"))
    common |= {"status": "closed", "priority": "P3", "channel": "ussd", "reporter": "resident", "complete": True}
    common |= {"created_at": now, "touched_at": now, "closed_at": now, "wrapped_key": b"no key"}
    numbers = dice.sample(range(2_000_000_000, 6_200_000_000), count)
    rows = [
        {
            "id": f"{number:032d}",
            "reference": f"{place:08d}",
            "receipt_index": desk.keyring.index("receipt", f"{number}{calc_check_digit(str(number))}"),
            **common,
        }
        for place, number in enumerate(numbers)
    ]
    office.write(lambda session: session.execute(insert(CaseFile), rows) and None)
    return numbers


# Receipts


def test_five_wrong_numbers_a_day_and_right_ones_cost_nothing(any_office: Office) -> None:
    caller, receipt = file_report(any_office)
    for _ in range(8):
        assert look_up(any_office, caller.number, receipt) == "received"
    guess(any_office, 5, caller.number)
    assert look_up(any_office, caller.number, receipt) == "unknown"
    any_office.clock.now += timedelta(days=1)
    assert look_up(any_office, caller.number, receipt) == "received"


def test_fifty_wrong_numbers_in_an_hour_are_told_to_supervisors_once(any_office: Office) -> None:
    citra, ani = any_office.officer("Citra", role="supervisor"), any_office.officer("Ani")
    guess(any_office, 49)
    any_office.work()
    assert citra.inbox == []
    guess(any_office, 30)
    any_office.work()
    assert citra.inbox == [ALARM]
    assert ani.inbox == []
    noted = select(AccessRecord.rows).where(AccessRecord.what == "many wrong receipts")
    assert any_office.read(lambda session: session.scalars(noted).all()) == [50]


def test_right_numbers_raise_no_alarm(any_office: Office) -> None:
    citra = any_office.officer("Citra", role="supervisor", on_duty=False)
    caller, receipt = file_report(any_office)
    for _ in range(60):
        look_up(any_office, caller.number, receipt)
    any_office.work()
    assert not any("nomor salah" in text for text in citra.inbox)


def test_after_five_hundred_wrong_numbers_a_day_a_case_is_told_to_its_own_phone_only(office: Office) -> None:
    caller, receipt = file_report(office)
    other, _ = file_report(office)
    guess(office, status.DEGRADED_A_DAY)
    assert look_up(office, caller.number, receipt) == "received", "nobody can silence the menu for her"
    assert look_up(office, "+628990000000", receipt) == "unknown"
    assert look_up(office, other.number, receipt) == "unknown", (
        "a phone of another case is a stranger's: no more guesses"
    )
    office.clock.now += timedelta(days=1)
    assert look_up(office, "+628990000000", receipt) == "received"


def test_the_more_numbers_answer_the_fewer_may_be_tried(any_office: Office) -> None:
    office = any_office
    citra = office.officer("Citra", role="supervisor", on_duty=False)
    answering(office, 9_998)
    caller, receipt = file_report(office)
    guess(office, 24)
    assert look_up(office, "+628991111111", receipt) == "received"
    guess(office, 1, "+628992222222")
    assert look_up(office, "+628991111111", receipt) == "unknown", "25 a day where ten thousand answer"
    assert look_up(office, caller.number, receipt) == "received"
    office.work()
    assert citra.inbox[1:] == ["Gateway: 25 nomor salah sejak 23-11 00.00. Mungkin ada yang menebak. Buka konsol."]


def test_typing_errors_are_no_guesses(any_office: Office) -> None:
    """One wrong digit, or two that changed places, always fail the check digit: nobody shuts the menu by mistyping."""
    office = any_office
    answering(office, 9_998)
    _, receipt = file_report(office)
    for place in range(30):
        at = place % 11
        wrong = receipt[:at] + str((int(receipt[at]) + 1 + place // 11) % 10) + receipt[at + 1 :]
        assert look_up(office, f"+62898{place:07d}", wrong) == "unknown"
    assert look_up(office, "+628991111111", receipt) == "received"


@contextmanager
def statements_of(office: Office) -> Iterator[list[str]]:
    told: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        told.append(statement)

    engine = office.parts.store.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def erased(office: Office) -> str:
    """The number of a case that is no more."""
    _, receipt = file_report(office)

    def work(session: Any) -> None:
        case = session.scalars(select(CaseFile).order_by(CaseFile.created_at.desc())).first()
        shred(session, office.parts.desk, office.clock.now, case, "officer:1", "erased", reason="r")

    office.write(work)
    return receipt


def test_wrong_expired_unknown_and_throttled_run_the_same_statements_and_are_told_alike(any_office: Office) -> None:
    gone = erased(any_office)
    _, right = file_report(any_office)
    guess(any_office, 5, "+628995555555")
    tries = {
        "wrong check digit": ("+628991111111", right[:-1] + str((int(right[-1]) + 1) % 10)),
        "never given out": ("+628992222222", new_receipt()),
        "of a case that is no more": ("+628993333333", gone),
        "no number at all": ("+628994444444", "halo"),
        "right, but throttled": ("+628995555555", right),
    }
    assert not is_receipt(tries["wrong check digit"][1])
    seen = {}
    for name, (phone, receipt) in tries.items():
        with statements_of(any_office) as told:
            assert look_up(any_office, phone, receipt) == "unknown", name
        seen[name] = tuple(told)
    assert len(set(seen.values())) == 1, seen
    assert len(next(iter(seen.values()))) >= 5


def test_they_are_told_in_the_same_words_by_screen_and_by_sms(office: Office) -> None:
    gone = erased(office)
    answers, screens = set(), set()
    for number in (gone, new_receipt(), "23456789012", "777"):
        phone = office.phone()
        phone.text(f"RESI {number}")
        office.work()
        answers.add(phone.last)
        screens.add(phone.dial().press("4", number).screen)
    assert len(screens) == 1
    assert UNKNOWN in next(iter(screens))
    assert len(answers) <= 2, "777 is no number and is asked for again"


SPACE = 6 * 10**9 - 10**8
"""Ten digits, the first from 2 to 7, without those that begin with 62; the check digit follows from them."""


@pytest.mark.parametrize("answering", [1, 499, 500, 501, 10_000, 100_000, 250_000, 250_001, 10**7])
def test_a_year_of_guessing_finds_a_receipt_once_in_sixty_four_such_years_however_many_answer(answering: int) -> None:
    """The allowed rate day and night, whatever the number of phones. Beyond the rate no stranger's number is told."""
    expected = 365 * status.most_a_day(answering) * answering / SPACE
    assert expected < 1 / 64


@pytest.mark.parametrize(("answering", "a_day"), [(500, 500), (10_000, 25), (100_000, 2)])
def test_guessing_for_a_year_finds_no_receipt(answering: int, a_day: int) -> None:
    """The same as a game: five years at each size, every guess a number that might have been given out."""
    assert status.most_a_day(answering) == a_day
    dice = random.Random(1)
    given = set(dice.sample(range(SPACE), answering))
    assert sum(dice.randrange(SPACE) in given for _ in range(5 * 365 * a_day)) == 0


def test_a_year_of_guessing_at_ten_thousand_cases_of_a_real_office_finds_none(office: Office) -> None:
    """More guesses a day than are looked at, from ever new phones, at a gateway that holds ten thousand numbers."""
    answering(office, 9_999)
    _, receipt = file_report(office)
    desk, dice = office.parts.desk, random.Random(11)

    def try_for_a_day(session: Session) -> set[str]:
        digits = [str(dice.randrange(2_000_000_000, 6_200_000_000)) for _ in range(25)]
        tries = [*(each + str(calc_check_digit(each)) for each in digits), receipt]
        phones = (f"+6289{dice.randrange(10**8):08d}" for _ in tries)
        return {
            status.look_up(session, desk, office.clock.now, *each)["status"] for each in zip(phones, tries, strict=True)
        }

    for _ in range(365):
        assert office.write(try_for_a_day) == {"unknown"}, "beyond the rate not even the right one is told"
        office.clock.now += timedelta(days=1)


def test_a_simulated_year_at_the_gate_of_the_real_thing_finds_none(office: Office) -> None:
    """Every day a few more wrong tries than are allowed, from a case's own phone: none is ever looked at."""
    caller, receipt = file_report(office)
    dice = random.Random(7)
    for _ in range(365):
        for _ in range(status.WRONG_A_DAY):
            number = str(dice.randrange(2, 8)) + "".join(str(dice.randrange(10)) for _ in range(10))
            assert look_up(office, caller.number, number) == "unknown"
        assert look_up(office, caller.number, receipt) == "unknown", "even the right one is not, today"
        office.clock.now += timedelta(days=1)


# Codes


def wrong_codes(office: Office, phone: Phone, count: int, word: str = "AMBIL ") -> None:
    for number in range(count):
        phone.text(f"{word}{100000 + number}")


def test_after_ten_wrong_codes_an_hour_not_even_the_right_one_is_taken_and_supervisors_know(any_office: Office) -> None:
    office = any_office
    ani, citra = office.officer("Ani"), office.officer("Citra", role="supervisor", on_duty=False)
    office.phone().dial().press("2")
    office.work()
    code = ani.code()
    wrong_codes(office, ani, codes.WRONG_AN_HOUR)
    ani.text(f"AMBIL {code}")
    office.work()
    assert office.case()["status"] == "new"
    alarm = "Gateway: kode salah berulang dari nomor Ani sejak 23-11 10.00. Hubungi petugasnya."
    assert citra.inbox.count(alarm) == 1
    office.clock.now += timedelta(hours=1)
    ani.text(f"AMBIL {code}")
    assert office.case()["accepted_by"] == "Ani"


def test_right_codes_are_never_counted(office: Office) -> None:
    ani = office.officer("Ani")
    for _ in range(codes.WRONG_AN_HOUR + 2):
        office.phone().dial().press("2")
        office.work()
        ani.text(f"AMBIL {ani.code()}")
    assert {case["accepted_by"] for case in office.cases()} == {"Ani"}


def test_guesses_at_a_challenge_count_too(office: Office) -> None:
    ani = office.officer("Ani")
    ani.text("KASUS")
    office.work()
    code = ani.code()
    wrong_codes(office, ani, codes.WRONG_AN_HOUR, "")
    ani.text(code)
    office.work()
    assert not any("BP di tangan Anda" in text for text in ani.inbox)


def test_a_forger_cannot_pile_up_challenges_to_guess_at(office: Office) -> None:
    ani = office.officer("Ani")
    for _ in range(60):
        ani.text("KASUS")
    office.work()
    most = arrival.CHALLENGES[1]
    assert sum(text.startswith("Kode ") for text in ani.inbox) == most
    tried = select(AccessRecord.what).where(AccessRecord.what == "challenges stopped")
    assert len(office.read(lambda session: session.scalars(tried).all())) == 60 - most


def test_another_officer_is_not_kept_from_answering(office: Office) -> None:
    ani, budi = office.officer("Ani"), office.officer("Budi")
    office.phone().dial().press("2")
    office.work()
    wrong_codes(office, ani, codes.WRONG_AN_HOUR + 5)
    budi.text(f"AMBIL {budi.code()}")
    assert office.case()["accepted_by"] == "Budi"


# USSD starts


def test_a_machine_that_dials_gets_only_what_nobody_is_barred_from(any_office: Office) -> None:
    any_office.officer()
    machine = any_office.phone()
    for _ in range(ussd.STARTS_AN_HOUR):
        machine.dial()
    assert machine.press("3").screen.startswith("Siapa"), "the thirtieth is a dialogue like any other"
    machine.dial()
    assert machine.screen.startswith("Beli Perak"), "the first screen shows nothing of it"
    assert machine.press("3").screen == THROTTLED
    assert machine.ended
    assert machine.repeat().screen == THROTTLED
    assert machine.dial().press("2").screen.startswith("Tercatat")
    assert machine.dial("2").screen.startswith("Tercatat")
    assert machine.dial().press("1").screen.startswith("Kapan aman")
    assert machine.dial("3*4").screen == THROTTLED
    assert {case["priority"] for case in any_office.cases()} >= {"P1", "P2"}


def test_after_the_hour_it_may_dial_again_and_other_phones_always_may(office: Office) -> None:
    machine, other = office.phone(), office.phone()
    for _ in range(ussd.STARTS_AN_HOUR + 1):
        machine.dial()
    assert other.dial().press("3").screen.startswith("Siapa")
    office.clock.now += timedelta(hours=1)
    assert machine.dial().press("3").screen.startswith("Siapa")


# Danger


def test_a_hundred_cries_from_one_phone_are_one_case_all_on_record_and_few_messages(any_office: Office) -> None:
    officers = [any_office.officer(f"Petugas {number}") for number in range(3)]
    caller = any_office.phone()
    for _ in range(50):
        caller.dial().press("2")
        caller.text("TOLONG")
    any_office.work()
    case = any_office.case()
    assert case["priority"] == "P1"
    cries = [entry for entry in any_office.show(case["reference"])["events"] if entry["kind"] == "cried_again"]
    assert len(cries) == 99
    assert sum(len(officer.inbox) for officer in officers) <= 2 * len(officers), "the alert, and the first repeat"
    assert not caller.inbox or all("Balas 1" in text or "Baik" in text for text in caller.inbox)
    assert case["contact"]["mode"] == "none", "no call where the contact rule forbids it: an officer decides"


def test_counters_are_rows_and_name_no_phone(office: Office) -> None:
    caller, _ = file_report(office)
    guess(office, 3, caller.number)
    keys = office.read(lambda session: [row.key for row in session.scalars(select(Throttle))])
    assert keys
    assert all(len(key) == 32 and caller.number.encode() not in key for key in keys)
