"""The dialogue itself: repeats, late copies, shortcuts, stars, dropped lines, and whatever else a keypad sends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gateway.conversations.ussd import forget_old
from tests.journeys.looking import answers_of
from tests.office import Office
from tests.phone import SERVICE_CODE, Phone

SENAKEN = "64.01.04.2016"

JOURNEYS = {
    "danger": ("2", "SENAKEN", "1", "RT 3 dekat masjid", "1", "2", "1"),
    "pressed by mistake": ("2", "8", "1", "2", "8", "2"),
    "call me": ("1", "2", "2", "1", "1"),
    "report": ("3", "4", "2", "1", "SENAKEN", "1", "2", "1", "5", "1"),
    "report of a child": ("3", "3", "1", "5", "1", "1", "3", "1", "2", "1", "3"),
    "learning": ("5", "2", "9", "9", "0", "1", "1", "3", "2", "1"),
    "number": ("4", "23456789012", "1", "3456", "2"),
    "language and services": ("7", "2", "6", "1", "1", "00", "9", "7", "1"),
}


def hop(office: Office, phone: str, session: str, text: str) -> str:
    form = {"sessionId": session, "phoneNumber": phone, "serviceCode": SERVICE_CODE, "networkCode": "99999"}
    response = office.post("ussd", form | {"text": text})
    assert response.status_code == 200
    return response.get_data(as_text=True)


def stored(office: Office) -> list[dict[str, Any]]:
    """All cases with what was answered, without the looks that looking adds."""
    shown = [office.show(case["reference"]) for case in office.cases()]
    return [case | {"events": [e for e in case["events"] if e["kind"] != "viewed"]} for case in shown]


# The same again


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_callback_twice_gives_the_same_answer_and_leaves_the_same_behind(office: Office, journey: str) -> None:
    office.officer()
    caller = office.phone().dial()
    assert caller.repeat().answer == caller.answer
    for key in JOURNEYS[journey]:
        first = caller.press(key).answer
        before, queued = stored(office), len(office.messages())
        office.clock.now += timedelta(seconds=3)
        assert caller.repeat().answer == first
        assert stored(office) == before
        assert len(office.messages()) == queued
    assert len(office.cases()) <= 2


@pytest.mark.parametrize("journey", ["danger", "call me", "number"])
def test_a_late_copy_of_an_earlier_callback_changes_nothing(office: Office, journey: str) -> None:
    caller = office.phone().dial()
    earlier = [""]
    for key in JOURNEYS[journey]:
        caller.press(key)
        before, answer = stored(office), caller.answer
        for text in (earlier[0], *earlier[-2:]):
            hop(office, caller.number, caller.session, text)
        assert stored(office) == before
        assert caller.repeat().answer == answer
        earlier.append(caller.typed)


@pytest.mark.parametrize("text", ["", "2", "2*8"])
def test_two_identical_first_callbacks_at_once_make_one_session_and_one_case(any_office: Office, text: str) -> None:
    office = any_office
    office.officer()
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(hop, office, "+628119999999", "ATUid_twin", text) for _ in range(2)]
        one, other = (call.result() for call in calls)
    assert one == other
    assert len(office.cases()) == (1 if text else 0)
    assert len([row for row in office.messages() if row["text"].count("JANGAN telepon")]) == (1 if text else 0)


def test_another_phone_with_the_same_session_gets_a_harmless_end(office: Office) -> None:
    caller = office.phone().dial().press("3", "4")
    before = stored(office)
    stranger = hop(office, "+628117654321", caller.session, "3*4*2")
    assert stranger.startswith("END ")
    assert "110" in stranger
    assert not any(word in stranger.lower() for word in ("lapor", "kekerasan", "nomor:"))
    assert stored(office) == before
    assert caller.press("2").screen.startswith("Ada hal lain")


# Shortcuts and lost state


def test_a_dialled_shortcut_opens_the_danger_case_in_that_hop(office: Office) -> None:
    assert office.phone().dial("2").screen.startswith("Tercatat.")
    assert office.case()["priority"] == "P1"


def test_a_long_shortcut_is_fed_key_by_key(office: Office) -> None:
    caller = office.phone().dial("3*4*2*1")
    assert caller.screen.startswith("Di desa/kelurahan mana?")
    case = office.case()
    assert (case["forms"], case["victim"]) == (["FIS"], {"age": "adult", "sex": "f"})
    assert caller.repeat().screen == caller.screen
    assert caller.press("2").screen.startswith("Boleh kami hubungi")


def test_a_shortcut_stops_at_the_first_key_that_does_not_fit(office: Office) -> None:
    caller = office.phone().dial("3*9*4*2")
    assert caller.screen.startswith("Pilih angka.\nSiapa yang mengalami?")
    assert office.cases() == []
    caller.press("4")
    assert caller.screen.startswith("Apa yang terjadi?")
    assert answers_of(office.show(office.case()["reference"])) == {"who": "woman"}


def test_a_shortcut_beyond_the_last_screen_does_nothing_more(office: Office) -> None:
    caller = office.phone().dial("2*2*1*2*1*1*2*3")
    assert caller.ended
    assert len(office.cases()) == 1


def test_a_session_we_never_saw_the_beginning_of_is_taken_up_from_its_text(office: Office) -> None:
    caller = office.phone()
    caller.session, caller.typed = "ATUid_lost", "3*4*2"
    caller.press("1")
    assert caller.screen.startswith("Di desa/kelurahan mana?")
    assert office.case()["forms"] == ["FIS"]


def test_a_shortcut_of_thousands_of_keys_is_answered_like_any_other(office: Office) -> None:
    caller = office.phone().dial("5*2*" + "*".join(["9"] * 4000))
    assert caller.answer.startswith("CON ")
    assert caller.press("00").screen.startswith("Beli Perak")


# Words and wrong keys


def test_a_star_typed_inside_an_answer_belongs_to_the_answer(office: Office) -> None:
    for words in ("RT 3*dekat masjid", "*RT 3", "RT 3*", "a*b**c", "RT*2*8"):
        caller = office.phone().dial().press("2", "SENAKEN", "1", words)
        assert caller.screen.startswith("Boleh petugas menelepon"), words
        case = office.show(office.cases()[-1]["reference"])
        assert answers_of(case)["landmark"] == words
        assert case["withdrawn"] is False
        assert caller.press("1").screen.startswith("Siapa yang dalam bahaya?"), words


def test_a_star_in_a_village_name_is_kept_with_it(office: Office) -> None:
    caller = office.phone().dial().press("2", "dusun*kami")
    assert "Belum ketemu" in caller.screen
    assert answers_of(office.show(office.case()["reference"]))["place_typed"] == "dusun*kami"


def test_an_empty_answer_shows_the_screen_again_and_loses_nothing(office: Office) -> None:
    for before in ((), ("2",), ("3",), ("3", "4", "2", "1"), ("4",), ("2", "SENAKEN", "1"), ("1",)):
        caller = office.phone().dial().press(*before)
        screen, kept = caller.screen, stored(office)
        if before:
            assert caller.press("").screen == f"Pilih angka.\n{screen}"
        assert caller.press(" ").screen == f"Pilih angka.\n{screen}"
        assert stored(office) == kept


GARBAGE = [
    "tolong saya di rumah pak RT samping sungai " * 3,
    "x" * 5000,
    "\x00",
    "ab\x00cd",
    "🆘🏠" * 20,
    "日本語の村",
    "قرية",
    "ⅫⅣ²³",
    "\ud7ff\uffff\u202e\u200b",
    "' OR 1=1; --",
    "{receipt} %s {0}",
    "-1",
    "2.0",
    "９９９",
    "\r\n\t",
    "64.01.99.9999",
]


@pytest.mark.parametrize(
    "before", [(), ("4",), ("3", "4", "2", "1"), ("2", "2")], ids=["home", "number", "place", "mark"]
)
def test_no_answer_however_strange_fails_and_two_still_works_after_it(office: Office, before: tuple[str, ...]) -> None:
    for words in GARBAGE:
        caller = office.phone().dial().press(*before, words)
        assert caller.answer.startswith("CON "), words
        assert "belum tersimpan" not in caller.screen
        assert caller.press("00").screen.startswith("Beli Perak"), words
        assert caller.press("2").screen.startswith("Tercatat"), words


def test_strange_answers_are_kept_by_both_engines(any_office: Office) -> None:
    for words in GARBAGE:
        caller = any_office.phone().dial().press("2", "2", words)
        assert caller.screen.startswith(("Boleh petugas menelepon", "Pilih angka."))
    assert len(any_office.cases()) == len(GARBAGE)


def test_a_landmark_is_kept_as_it_was_typed(office: Office) -> None:
    for words in ("rumah biru di belakang pasar, " * 5 + "pintu kedua", "🏠 dekat 🕌", "村の橋", "قرب"):
        office.phone().dial().press("2", "2", words)
        assert answers_of(office.show(office.cases()[-1]["reference"]))["landmark"] == words


def test_a_village_nobody_knows_is_kept_as_it_was_typed(office: Office) -> None:
    words = "Kampung baru di seberang jembatan gantung, naik ketinting dari pelabuhan Kuaro dua jam"
    office.phone().dial().press("3", "4", "2", "1", words)
    assert answers_of(office.show(office.case()["reference"]))["place_typed"] == words


def test_a_wrong_key_keeps_what_was_entered(office: Office) -> None:
    caller = office.phone().dial().press("3", "4", "2")
    kept = stored(office)
    assert caller.press("9", "77", "halo").screen.startswith("Pilih angka.\nAda hal lain juga?")
    assert stored(office) == kept


# The carrier's word that it is over


def test_the_end_of_a_session_is_taken_as_it_comes(office: Office) -> None:
    for status in ("Success", "Incomplete", "Failed", "Whatever", ""):
        caller = office.phone().dial().press("2")
        ended = {"sessionId": caller.session, "phoneNumber": caller.number, "serviceCode": SERVICE_CODE}
        assert office.post("ussd-events", ended | {"status": status}).status_code == 200
        assert office.post("ussd-events", ended | {"status": status, "sessionId": "ATUid_nobody"}).status_code == 200
    assert [case["status"] for case in office.cases()] == ["new"] * 5


# Redial

OFFER = "Sambungan terputus.\n1 Teruskan\n2 Mulai baru\n3 Darurat"


def drop(office: Office, *keys: str) -> Phone:
    """A phone whose line dropped a minute ago."""
    caller = office.phone().dial().press(*keys)
    form = {"sessionId": caller.session, "phoneNumber": caller.number, "serviceCode": SERVICE_CODE}
    office.post("ussd-events", form | {"status": "Incomplete"})
    office.clock.now += timedelta(minutes=1)
    return caller


def test_an_unfinished_report_is_taken_up_where_it_stopped(office: Office) -> None:
    caller = drop(office, "3", "4", "2", "1", "SENAKEN", "1")
    assert caller.dial().screen == OFFER
    assert caller.repeat().screen == OFFER
    assert caller.press("1").screen.startswith("Boleh kami hubungi HP ini?")
    caller.press("1", "1")
    assert caller.ended
    case = office.case()
    assert (case["status"], case["complete"], case["area_code"], case["forms"]) == ("new", True, SENAKEN, ["FIS"])


SHOWING = {
    "kind": ("3", "4"),
    "more": ("3", "4", "2"),
    "control": ("3", "4", "3"),
    "police": ("3", "1", "5"),
    "police, another's": ("3", "4", "5"),
    "when it happened": ("3", "1", "5", "1"),
    "child": ("3", "3"),
    "herself a child": ("3", "2"),
    "a lesson on sexual violence": ("3", "4", "2", "00", "5", "6"),
    "a lesson by the list": ("3", "4", "2", "00", "5"),
    "the self-check": ("3", "4", "2", "00", "5", "1", "1"),
    "the self-check's end": ("3", "4", "2", "00", "5", "1", "1", "1", "1"),
}


def test_going_on_never_opens_on_a_screen_that_tells_what_it_is_about(office: Office) -> None:
    for where, keys in SHOWING.items():
        before = len(office.cases())
        caller = drop(office, *keys)
        assert caller.dial().press("1").screen.startswith("Siapa yang mengalami?"), where
        caller.press("5")
        assert len(office.cases()) == before + 1, "the same report"


def test_before_the_first_answer_there_is_nothing_to_go_on_with(office: Office) -> None:
    assert drop(office, "3").dial().screen.startswith("Beli Perak")


def test_it_is_offered_once(office: Office) -> None:
    caller = drop(office, "3", "4", "2")
    assert caller.dial().screen == OFFER
    assert caller.dial().screen.startswith("Beli Perak")


def test_a_report_taken_up_and_dropped_again_is_not_offered_a_second_time(office: Office) -> None:
    caller = drop(office, "3", "4", "2")
    caller.dial().press("1", "4", "2")
    assert caller.dial().screen.startswith("Beli Perak")


def test_it_is_offered_for_twenty_minutes(office: Office) -> None:
    caller = drop(office, "3", "4", "2")
    office.clock.now += timedelta(minutes=18, seconds=59)
    assert caller.dial().screen == OFFER
    other = drop(office, "3", "4", "2")
    office.clock.now += timedelta(minutes=19, seconds=1)
    assert other.dial().screen.startswith("Beli Perak")


def test_it_is_never_offered_before_a_shortcut(office: Office) -> None:
    caller = drop(office, "3", "4", "2")
    assert caller.dial("2").screen.startswith("Tercatat.")
    other = drop(office, "3", "4", "2")
    assert other.dial("5").screen.startswith("Kenali kekerasan")


def test_a_call_in_between_that_opened_no_case_does_not_hide_it(office: Office) -> None:
    caller = drop(office, "3", "4", "2")
    assert caller.dial("5").screen.startswith("Kenali kekerasan")
    assert caller.dial().screen == OFFER


def test_starting_anew_leaves_the_old_report_as_it_was(office: Office) -> None:
    caller = drop(office, "3", "4", "2")
    old = stored(office)
    assert caller.dial().press("2").screen.startswith("Beli Perak")
    assert stored(office) == old
    caller.press("3", "5", "1")
    assert [case["victim"]["sex"] for case in office.cases()] == ["f", "m"]
    office.forward(minutes=21)
    assert [case["status"] for case in office.cases()] == ["new", "new"]


def test_emergency_on_the_redial_screen_is_a_danger_case_of_its_own(office: Office) -> None:
    caller = drop(office, "3", "4", "2")
    assert caller.dial().press("3").screen.startswith("Tercatat.")
    assert [case["priority"] for case in office.cases()] == ["P3", "P1"]


def test_what_is_finished_stopped_or_no_report_is_not_offered(office: Office) -> None:
    stopped, sent, urgent = ("3", "1", "5", "3"), ("3", "4", "2", "1", "2", "1", "1"), ("3", "4", "3", "1")
    for keys in (("2",), ("1",), ("5", "2"), stopped, sent, urgent):
        assert drop(office, *keys).dial().screen.startswith("Beli Perak"), keys


def test_another_phone_is_offered_nothing(office: Office) -> None:
    drop(office, "3", "4", "2")
    assert office.phone().dial().screen.startswith("Beli Perak")


def test_an_english_report_is_taken_up_in_english(office: Office) -> None:
    caller = drop(office, "7", "2", "3", "4", "2", "1", "SENAKEN", "1")
    caller.dial().press("1")
    assert "Boleh" not in caller.screen
    caller.press("1", "1")
    assert office.case()["complete"] is True


@pytest.mark.postgres
def test_two_workers_that_tidy_at_once_do_not_meet(make_office: Callable[..., Office], postgres_url: str) -> None:
    office = make_office(url=postgres_url)
    office.phone().dial()
    later, engine = office.clock.now + timedelta(hours=25), office.parts.store.engine
    with Session(engine) as one, Session(engine) as other:
        other.connection().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        assert (forget_old(one, later), forget_old(other, later)) == (1, 0)
        one.commit()
        other.commit()
