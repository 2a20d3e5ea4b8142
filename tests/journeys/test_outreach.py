"""Outreach: sessions and ways counted, and the weekly lesson."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.casework import lessons, outreach, questions
from gateway.casework.outreach import Held
from gateway.errors import Refused
from models.outreach import Accompaniment, OutreachSession
from models.people import find_cadre, find_officer
from tests.office import Office
from tests.phone import Phone

SENAKEN, KUARO = "64.01.04.2016", "64.01.05"
REPORT = "LAPOR FISIK SENAKEN istri dipukul suami, perempuan 30 tahun"
MONDAY = 7


def held(office: Office) -> list[OutreachSession]:
    wanted = select(OutreachSession).order_by(OutreachSession.id)
    return list(office.read(lambda session: list(session.scalars(wanted))))


def ways(office: Office) -> list[Accompaniment]:
    return list(office.read(lambda session: list(session.scalars(select(Accompaniment)))))


def agree(office: Office, cadre: Phone, *, on: bool = True) -> None:
    now, desk = office.clock.now, office.parts.desk
    office.write(lambda session: lessons.agree(session, desk, now, cadre.number, on=on))


def change(office: Office, cadre: Phone, **values: Any) -> None:
    index = office.parts.desk.keyring.index("phone", cadre.number)

    def work(session: Any) -> None:
        row = find_cadre(session, index)
        for name, value in values.items():
            setattr(row, name, value)

    office.write(work)


def taught(phone: Phone) -> list[str]:
    return [text for text in phone.inbox if text.startswith("Bahan pekan ini")]


def monday(office: Office, hour: int = 9, minute: int = 0) -> Office:
    """The next Monday at that time."""
    local = office.parts.desk.office.local(office.clock.now)
    office.clock.now += timedelta(days=MONDAY - local.weekday() - 1)
    return office.at(hour, minute)


def enter(office: Office, officer: Phone, **values: Any) -> None:
    entry = Held(**{"area_code": SENAKEN, "people": 25, "audience": "anak", "topic": "FIS", **values})
    index = office.parts.desk.keyring.index("phone", officer.number)

    def work(session: Any) -> None:
        row = find_officer(session, index)
        assert row is not None
        outreach.enter_session(session, office.parts.desk, office.clock.now, row, entry)

    office.write(work)


# Sessions


def test_a_cadres_and_an_officers_session_stand_in_one_list(office: Office) -> None:
    cadre, ani = office.cadre(), office.officer("Ani")
    cadre.text("SULUH SENAKEN 25 IBU PSIKIS")
    enter(office, ani, people=40, audience="umum", topic="e05", on=date(2026, 11, 20))
    listed = office.read(outreach.list_sessions)
    assert [(row["held_on"], row["people"], row["by"], row["topic"]) for row in listed] == [
        ("2026-11-20", 40, "officer", "E05"),
        ("2026-11-23", 25, "cadre", "PSI"),
    ]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"area_code": "64.01.99.2001"}, "is no area code of this district"),
        ({"area_code": "64.01.05"}, "lies outside this officer's areas"),
        ({"people": 0}, "people is a number from 1 to 5000"),
        ({"people": 5001}, "people is a number from 1 to 5000"),
        ({"audience": "semua"}, "audience is one of anak, perempuan, ibu muda, umum"),
        ({"topic": "XYZ"}, "XYZ is no topic"),
        ({"topic": "E13"}, "E13 is no topic"),
        ({"on": date(2026, 11, 24)}, "not before it was held"),
        ({"on": date(2025, 11, 1)}, "within 366 days"),
    ],
)
def test_a_session_that_can_not_be_is_refused_and_not_kept(office: Office, values: dict[str, Any], why: str) -> None:
    ani = office.officer("Ani", areas="64.01.04")
    with pytest.raises(Refused, match=why):
        enter(office, ani, **values)
    assert held(office) == []


def test_an_admin_enters_no_session(office: Office) -> None:
    with pytest.raises(Refused, match="an admin does no outreach"):
        enter(office, office.officer("Root", "admin", on_duty=False))


# Accompaniment


def accompany(office: Office, cadre: Phone, reference: str, digit: str) -> None:
    cadre.text(f"DAMPING {reference}")
    cadre.text(digit)
    office.work()


def test_a_way_is_counted_once_a_day_and_place_and_names_nobody(any_office: Office) -> None:
    office = any_office
    cadre = office.cadre()
    cadre.text(REPORT)
    office.work()
    reference = office.case()["reference"][3:]
    for digit in ("3", "3", "4"):
        accompany(office, cadre, reference, digit)
    assert sorted((way.where_to, way.kecamatan, way.day) for way in ways(office)) == [
        ("3", "64.01.04", date(2026, 11, 23)),
        ("4", "64.01.04", date(2026, 11, 23)),
    ]
    office.forward(days=1)
    accompany(office, cadre, reference, "3")
    assert len(ways(office)) == 3
    kinds = [event["kind"] for event in office.show(reference)["events"]]
    assert (kinds.count("accompanied"), kinds.count("accompanied_again")) == (3, 1)


def test_no_column_of_a_way_leads_to_its_case() -> None:
    assert {column.name for column in Accompaniment.__table__.columns} == {
        "id",
        "name",
        "cadre_id",
        "day",
        "kecamatan",
        "where_to",
    }


# The weekly lesson


def test_who_agreed_gets_the_number_of_a_card_on_monday_and_answers_how_many_came(any_office: Office) -> None:
    office = any_office
    cadre, other = office.cadre(), office.cadre(name="Bu Lain")
    agree(office, cadre)
    monday(office, 8, 59).work()
    assert cadre.inbox == []
    office.forward(minutes=1)
    card = lessons.card_of(office.parts.desk.cards, lessons.week_of(office.parts.desk.office, office.clock.now))
    assert cadre.inbox == [f"Bahan pekan ini kartu {int(card[1:])}. Balas jumlah hadir."]
    assert other.inbox == []
    office.clock.now += timedelta(seconds=1)
    cadre.text("25")
    office.work()
    assert cadre.last == "Tersimpan: sosialisasi, 25 orang. Terima kasih."
    (session,) = held(office)
    assert (session.people, session.topic, session.area_code) == (25, card, SENAKEN)
    assert office.cases() == []


def test_a_lesson_comes_once_a_week_with_another_card_each_week(office: Office) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    for weeks in range(1, 4):
        monday(office).work()
        for _ in range(6):
            office.forward(days=1)
        assert len(taught(cadre)) == weeks
    assert len(set(taught(cadre))) == 3


def test_who_agrees_in_the_week_gets_this_weeks_card_but_not_at_its_end(office: Office) -> None:
    early, late = office.cadre(), office.cadre()
    agree(office, early)
    office.work()
    office.forward(days=5)
    agree(office, late)
    office.forward(hours=1)
    assert (len(taught(early)), len(taught(late))) == (1, 0)


def test_after_weeks_without_a_worker_only_the_newest_card_is_told(office: Office) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    office.clock.now += timedelta(days=30)
    monday(office, 10).work()
    assert len(taught(cadre)) == 1


@pytest.mark.parametrize("why", ["off", "suspended", "opted out", "unconfirmed"])
def test_who_does_not_want_it_or_must_not_gets_no_lesson(office: Office, why: str) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    if why == "off":
        agree(office, cadre, on=False)
    elif why == "suspended":
        change(office, cadre, suspended_at=office.clock.now)
    elif why == "unconfirmed":
        change(office, cadre, confirmed_at=None)
    else:
        cadre.text("BERHENTI")
        office.work()
    monday(office).work()
    assert taught(cadre) == []


@pytest.mark.parametrize("why", ["suspended", "opted out", "unconfirmed", "unknown"])
def test_who_can_not_be_written_to_can_not_be_put_on_the_list(office: Office, why: str) -> None:
    cadre = office.cadre()
    if why == "suspended":
        change(office, cadre, suspended_at=office.clock.now)
    elif why == "unconfirmed":
        change(office, cadre, confirmed_at=None)
    elif why == "opted out":
        cadre.text("BERHENTI")
    with pytest.raises(Refused):
        agree(office, office.phone() if why == "unknown" else cadre)


def test_a_lesson_never_comes_by_night(make_office: Any) -> None:
    office = make_office(QUIET_HOURS="21:00-10:00")
    cadre = office.cadre()
    agree(office, cadre)
    monday(office, 9, 30).work()
    assert taught(cadre) == []
    office.at(10, 0).work()
    assert len(taught(cadre)) == 1


def test_a_lesson_waits_while_another_question_is_open_and_takes_no_digit_from_it(office: Office) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    monday(office, 8, 50)
    cadre.text("LAPOR SENAKEN perempuan 30 tahun")
    office.work()
    assert cadre.last.startswith("Jenis apa?")
    office.forward(minutes=20)
    assert taught(cadre) == []
    cadre.text("2")
    office.work()
    assert office.case()["forms"] == ["FIS"]
    assert held(office) == []
    office.forward(minutes=1)
    assert len(taught(cadre)) == 1


def test_a_follow_up_is_not_replaced_by_a_lesson(office: Office) -> None:
    cadre = office.cadre()
    monday(office, 8, 0)
    office.clock.now -= timedelta(days=3)
    cadre.text(REPORT)
    office.work()
    agree(office, cadre)
    office.clock.now += timedelta(days=3)
    for _ in range(4):
        office.forward(minutes=30)
    assert "balas 1 sudah ada petugas" in cadre.last
    assert taught(cadre) == []
    cadre.text("2")
    office.work()
    assert held(office) == []
    assert "follow_up_answer" in [event["kind"] for event in office.show(office.case()["reference"])["events"]]


def test_a_later_question_takes_over_from_the_lesson(office: Office) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    monday(office).work()
    cadre.text("LAPOR SENAKEN perempuan 30 tahun")
    office.work()
    cadre.text("2")
    office.work()
    assert office.case()["forms"] == ["FIS"]
    assert held(office) == []


@pytest.mark.parametrize(
    ("words", "people"),
    [("25", 25), ("hadir 25", 25), ("25 orang", 25), ("Jumlah: 30 org.", 30), ("0", None), ("9999", None)],
)
def test_the_number_may_be_dressed_in_a_few_words(office: Office, words: str, people: int | None) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    monday(office).work()
    cadre.text(words)
    office.work()
    assert [session.people for session in held(office)] == ([people] if people else [])
    assert office.cases() == []


@pytest.mark.parametrize("words", ["TOLONG SENAKEN", "istri dipukul suami 2 kali di senaken", REPORT])
def test_a_cry_is_never_taken_for_an_attendance(office: Office, words: str) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    monday(office).work()
    cadre.text(words)
    office.work()
    assert len(office.cases()) == 1
    assert held(office) == []


def test_a_second_number_is_not_a_second_session_and_opens_no_case(office: Office) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    monday(office).work()
    cadre.text("25")
    office.clock.now += timedelta(seconds=1)
    cadre.text("26")
    office.work()
    assert len(held(office)) == 1
    assert office.cases() == []


@pytest.mark.parametrize(
    ("first", "second", "topic"), [("25", "SULUH SENAKEN 25 IBU PSIKIS", "PSI"), ("SULUH SENAKEN 25 IBU", "25", "E")]
)
def test_a_lesson_answered_and_also_told_as_a_session_counts_once(
    office: Office, first: str, second: str, topic: str
) -> None:
    cadre = office.cadre(village="64.01.04.2015")
    agree(office, cadre)
    monday(office).work()
    for words in (first, second):
        cadre.text(words)
        office.forward(hours=2)
    (told,) = held(office)
    assert (told.area_code, told.people) == (SENAKEN, 25)
    assert told.audience == "perempuan"
    assert str(told.topic).startswith(topic)


def test_a_session_whose_number_is_told_when_asked_is_still_the_lessons(office: Office) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    monday(office).work()
    for words in ("25", "SULUH SENAKEN IBU", "25"):
        cadre.text(words)
        office.forward(minutes=1)
    (told,) = held(office)
    assert (told.area_code, told.people, told.audience) == (SENAKEN, 25, "perempuan")


@pytest.mark.parametrize("second", ["SULUH SENAKEN 26 IBU PSIKIS", "SULUH SENAKEN 25 IBU PSIKIS"])
def test_another_number_or_another_day_is_another_session(office: Office, second: str) -> None:
    cadre = office.cadre()
    agree(office, cadre)
    monday(office).work()
    cadre.text("25")
    office.forward(hours=24 if "25" in second else 1)
    cadre.text(second)
    office.work()
    assert len(held(office)) == 2


def test_two_sessions_told_alike_are_two(office: Office) -> None:
    cadre = office.cadre()
    for _ in range(2):
        cadre.text("SULUH SENAKEN 25 IBU PSIKIS")
        office.forward(hours=1)
    assert len(held(office)) == 2


def test_many_workers_tell_a_cadre_once(any_office: Office) -> None:
    office = any_office
    cadre = office.cadre()
    agree(office, cadre)
    monday(office)
    desk, now = office.parts.desk, office.clock.now
    (cadre_id,) = office.read(lambda session: lessons.find_due(session, desk, now))

    def worker(number: int) -> bool:
        return bool(office.write(lambda session: lessons.send(session, desk, now, cadre_id)))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(worker, range(8))) == 1
    office.work()
    assert len(taught(cadre)) == 1


def test_an_open_question_is_not_overwritten_by_one_that_yields(any_office: Office) -> None:
    office, desk = any_office, any_office.parts.desk
    now, phone = office.clock.now, "+628110009999"
    first, second = questions.Question("follow_up", "c1"), questions.Question("lesson")
    office.write(lambda session: questions.ask(session, desk, now, phone, first))
    assert not office.write(lambda session: questions.ask_if_free(session, desk, now, phone, second))
    later = now + timedelta(days=4)
    assert office.write(lambda session: questions.ask_if_free(session, desk, later, phone, second))
    assert office.read(lambda session: questions.find_open(session, desk, later, phone)).kind == "lesson"
