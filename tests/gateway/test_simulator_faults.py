"""Faults of the practice network: each is met once, by the real callbacks and the real worker, and leaves its trace."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.simulator import clock, editing, faults
from gateway.simulator.faults import Word
from gateway.simulator.handsets import Handset
from models.inbound import InboundMessage
from models.outbound import OutboundMessage
from models.ussd_session import UssdSession
from tests.practice import PracticeOffice

CODE = "*384*55555#"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PracticeOffice]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    office = PracticeOffice(tmp_path, url)
    yield office
    office.close()


def choose(office: PracticeOffice, handset: Handset, word: Word) -> None:
    office.do(editing.choose_fault, office.now, handset.id, word)


def send(office: PracticeOffice, handset: Handset, entry: str) -> Handset:
    office.practice.keypad.send(handset.id, entry)
    return office.see(handset)


def forward(office: PracticeOffice, **span: float) -> None:
    now = office.now
    office.write(lambda session: clock.set_goal(session, now, now + timedelta(**span)))
    office.work().work()


def alert_of(office: PracticeOffice, handset: Handset) -> OutboundMessage:
    index = office.index(handset)
    newest = select(OutboundMessage).where(OutboundMessage.to_index == index).order_by(OutboundMessage.id).limit(1)
    return office.read(lambda session: session.scalars(newest).one())  # type: ignore[no-any-return]


def danger(office: PracticeOffice) -> Handset:
    caller = office.add()
    send(office, caller, CODE)
    send(office, caller, "2")
    return caller


def ways(office: PracticeOffice) -> list[str | None]:
    return office.read(lambda session: list(session.scalars(select(UssdSession.ended_as))))  # type: ignore[no-any-return]


# USSD


def test_a_phone_dials_answers_and_reads_to_the_end(office: PracticeOffice) -> None:
    caller = office.add()
    assert send(office, caller, CODE).screen.startswith("Beli Perak")
    assert send(office, caller, "2").screen.startswith("Tercatat.")
    assert office.case()["priority"] == "P1"
    for answer in ("2", "1", "2", "4"):
        seen = send(office, caller, answer)
    seen = send(office, caller, "5")
    assert (seen.ended, seen.is_open) == (True, False)


def test_a_shortcut_behind_the_code_is_dialled_with_it(office: PracticeOffice) -> None:
    assert send(office, office.add(), "*384*55555*2#").screen.startswith("Tercatat.")


def test_another_code_is_the_carriers_own_business(office: PracticeOffice) -> None:
    seen = send(office, office.add(), "*888#")
    assert (seen.screen, seen.is_open, ways(office)) == ("Kode tidak dikenal oleh operator.", False, [])


def test_the_line_drops_and_the_carrier_says_so(office: PracticeOffice) -> None:
    caller = danger(office)
    office.practice.keypad.drop(caller.id)
    seen = office.see(caller)
    assert (seen.screen, seen.is_open) == ("Sambungan terputus.", False)
    assert ways(office) == ["incomplete"]
    assert office.case()["priority"] == "P1", "what was entered stays"


def test_the_red_key_ends_the_dialogue(office: PracticeOffice) -> None:
    caller = danger(office)
    office.practice.keypad.cancel(caller.id)
    assert (office.see(caller).screen, ways(office)) == ("", ["incomplete"])


def test_a_lost_key_never_arrives_and_the_carrier_gives_up(office: PracticeOffice) -> None:
    caller = office.add()
    send(office, caller, CODE)
    choose(office, caller, Word.LOSE)
    seen = send(office, caller, "2")
    assert (seen.screen, office.cases(), ways(office)) == ("Gangguan jaringan. Coba lagi.", [], ["failed"])
    assert send(office, caller, CODE).screen.startswith("Beli Perak"), "only once"


def test_a_late_key_brings_its_screen_later(office: PracticeOffice) -> None:
    caller = office.add()
    send(office, caller, CODE)
    choose(office, caller, Word.DELAY)
    assert send(office, caller, "2").waiting
    assert office.cases() == []
    forward(office, seconds=21)
    seen = office.see(caller)
    assert (seen.waiting, seen.screen[:9], len(office.cases())) == (False, "Tercatat.", 1)


def test_a_late_key_of_a_dialogue_that_was_left_changes_no_screen(office: PracticeOffice) -> None:
    caller = office.add()
    send(office, caller, CODE)
    choose(office, caller, Word.DELAY)
    send(office, caller, "2")
    office.practice.keypad.cancel(caller.id)
    forward(office, seconds=21)
    assert office.see(caller).screen == ""
    assert len(office.cases()) == 1, "the gateway did get it"


def test_a_repeated_key_is_answered_the_same_and_counts_once(office: PracticeOffice) -> None:
    caller = office.add()
    send(office, caller, CODE)
    choose(office, caller, Word.REPEAT)
    assert send(office, caller, "2").screen.startswith("Tercatat.")
    assert len(office.cases()) == 1


# Texts in


@pytest.mark.parametrize(("word", "kept"), [(Word.LOSE, 0), (Word.REPEAT, 1), (None, 1)])
def test_a_text_arrives_once_or_never(office: PracticeOffice, word: Word | None, kept: int) -> None:
    caller = office.add()
    if word:
        choose(office, caller, word)
    send(office, caller, "TELEPON")
    rows = office.read(lambda session: list(session.scalars(select(InboundMessage.intent))))
    assert len(rows) == kept
    state = {Word.LOSE: "hilang di jaringan", Word.REPEAT: "datang dua kali", None: "sampai"}[word]
    assert [(one.text, one.state) for one in office.thread(caller) if one.mine] == [("TELEPON", state)]


def test_a_late_text_arrives_later(office: PracticeOffice) -> None:
    caller = office.add()
    choose(office, caller, Word.DELAY)
    send(office, caller, "TELEPON")
    assert office.cases() == []
    forward(office, seconds=21)
    assert len(office.cases()) == 1


# Texts out


def test_without_a_fault_a_text_is_delivered_at_once(office: PracticeOffice) -> None:
    officer = office.add("Ani", "officer")
    danger(office)
    office.work()
    assert alert_of(office, officer).status == "delivered"
    (alert,) = office.thread(officer)
    assert (alert.segments, alert.encoding, alert.state) == (1, "GSM-7", "terkirim")
    assert "AMBIL" in (alert.text or "")


@pytest.mark.parametrize(("word", "state"), [(Word.FAILED, "gagal (DeliveryFailure)"), (Word.EXPIRED, "gagal")])
def test_a_text_that_fails_is_not_on_the_phone_and_climbs(office: PracticeOffice, word: Word, state: str) -> None:
    officer, other = office.add("Ani", "officer"), office.add("Citra", "supervisor")
    choose(office, officer, word)
    danger(office)
    office.work().work()
    assert alert_of(office, officer).status == "failed"
    lost = office.thread(officer)[0]
    assert (lost.text, lost.is_bad) == (None, True)
    assert lost.state.startswith(state)
    called = [one.text or "" for one in office.thread(other)]
    assert any("belum diambil" in text for text in called), "an alert that is lost climbs at once"


def test_a_late_report_leaves_the_text_on_the_phone_unconfirmed(office: PracticeOffice) -> None:
    officer = office.add("Ani", "officer")
    choose(office, officer, Word.LATE)
    danger(office)
    office.work()
    assert alert_of(office, officer).status == "sent"
    (alert,) = office.thread(officer)
    assert "AMBIL" in (alert.text or "")
    assert alert.state == "dikirim, belum ada laporan"
    forward(office, minutes=11)
    assert alert_of(office, officer).status == "delivered"


def test_a_report_that_never_comes_is_treated_as_lost_in_time(office: PracticeOffice) -> None:
    officer = office.add("Ani", "officer")
    choose(office, officer, Word.SILENT)
    danger(office)
    office.work()
    forward(office, minutes=6)
    assert alert_of(office, officer).status == "sent"
    assert any("belum diambil" in (one.text or "") for one in office.thread(officer))


def test_a_report_that_comes_twice_changes_nothing_more(office: PracticeOffice) -> None:
    officer = office.add("Ani", "officer")
    choose(office, officer, Word.TWICE)
    danger(office)
    office.work().work().work()
    assert alert_of(office, officer).status == "delivered"
    assert len(office.thread(officer)) == 1


def test_a_lost_answer_makes_an_officer_hear_twice_rather_than_never(office: PracticeOffice) -> None:
    officer = office.add("Ani", "officer")
    choose(office, officer, Word.UNKNOWN)
    danger(office)
    office.work()
    forward(office, minutes=1)
    row = alert_of(office, officer)
    assert (row.status, row.attempts) == ("delivered", 2)
    assert [one.state for one in office.thread(officer)] == ["jawaban operator hilang", "terkirim"]


def test_while_the_carrier_is_down_nothing_leaves_and_afterwards_all_does(office: PracticeOffice) -> None:
    officer = office.add("Ani", "officer")
    office.write(lambda session: faults.choose(session, office.now, Word.DOWN, span=timedelta(minutes=5)))
    danger(office)
    office.work()
    assert (alert_of(office, officer).status, alert_of(office, officer).code) == ("errored", "practice_carrier_down")
    forward(office, minutes=4)
    assert alert_of(office, officer).status == "errored"
    forward(office, minutes=2)
    forward(office, minutes=1)
    assert alert_of(office, officer).status == "delivered"


def test_the_carrier_can_be_mended_before_its_time(office: PracticeOffice) -> None:
    office.write(lambda session: faults.choose(session, office.now, Word.DOWN, span=timedelta(hours=5)))
    assert office.read(lambda session: faults.is_down(session, office.now))
    office.write(lambda session: faults.end_all(session, office.now))
    assert not office.read(lambda session: faults.is_down(session, office.now))


def test_a_fault_waits_for_its_own_phone(office: PracticeOffice) -> None:
    officer, other = office.add("Ani", "officer"), office.add("Budi", "officer")
    choose(office, other, Word.FAILED)
    danger(office)
    office.work().work()
    assert (alert_of(office, officer).status, alert_of(office, other).status) == ("delivered", "failed")
    assert office.read(lambda session: faults.listed(session, office.now, office.index(other))) == []


def test_faults_are_taken_back(office: PracticeOffice) -> None:
    officer = office.add("Ani", "officer")
    choose(office, officer, Word.FAILED)
    office.do(editing.choose_fault, office.now, officer.id, "none")
    danger(office)
    office.work()
    assert alert_of(office, officer).status == "delivered"
