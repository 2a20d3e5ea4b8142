"""Cadres by SMS: one text is a case, only what is missing is asked, and whatever is said is kept."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import people_file, staff
from gateway.casework.people import new_cadre
from gateway.conversations import arrival
from models.inbound import InboundMessage
from models.outreach import OutreachSession
from models.people import find_cadre
from models.vocabulary import CadreRole
from tests.office import Office
from tests.phone import Phone

SENAKEN = "64.01.04.2016"
REPORT = "LAPOR FISIK SENAKEN istri dipukul suami"
KINDS = "Jenis apa? 1 kata-kata 2 badan 3 dikekang 4 tak diurus 5 seksual 6 internet 7 belum tahu"
KRAYANS = "Yang mana? 1 Krayan Jaya 2 Krayan Sentosa 3 Krayan Makmur 4 Krayan Bahagia 5 lain"
WHO = "Siapa? 1 anak perempuan 2 anak laki-laki 3 perempuan 4 laki-laki 5 belum tahu"
WHERE = "Desa mana? Balas nama desa atau 1 desa Anda, 2 lain."


def receipt(office: Office) -> str:
    return f"Terima kasih, tersimpan. Ref {office.case()['reference'][3:]}. Hapus SMS Anda setelah ini."


def receipts(phone: Phone) -> list[str]:
    return [text for text in phone.inbox if text.startswith("Terima kasih, tersimpan.")]


def events(office: Office, kind: str) -> list[dict[str, Any]]:
    return [event for event in office.show(office.case()["reference"])["events"] if event["kind"] == kind]


def sessions_held(office: Office) -> list[OutreachSession]:
    found: list[OutreachSession] = office.read(lambda session: list(session.scalars(select(OutreachSession))))
    return found


def kept(office: Office) -> list[tuple[str, str]]:
    """Every message received: its intent and the way the router sent it."""
    rows = select(InboundMessage.intent, InboundMessage.handled_as).order_by(InboundMessage.id)
    return office.read(lambda session: [tuple(row) for row in session.execute(rows)])  # type: ignore[no-any-return]


# A whole report


def test_a_whole_report_is_a_case_a_receipt_and_an_alert(any_office: Office) -> None:
    office = any_office
    officer, cadre = office.officer(), office.cadre()
    cadre.text(REPORT)
    case = office.case()
    assert (case["status"], case["priority"], case["complete"]) == ("new", "P3", True)
    assert (case["channel"], case["reporter"]) == ("sms", "cadre")
    assert (case["forms"], case["area_code"], case["kecamatan"]) == (["FIS"], SENAKEN, "64.01.04")
    assert case["victim"] == {"age": "adult", "sex": "f"}
    office.work()
    assert cadre.inbox == [receipt(office)]
    assert officer.inbox == [f"BP {case['reference'][3:]} prioritas 3 Kec 04. Balas: AMBIL {officer.code()}"]
    assert office.show(case["reference"])["place_assumed"] is False


def test_a_p3_report_at_night_alerts_and_confirms_when_quiet_hours_end(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    office.at(22)
    cadre.text(REPORT)
    office.work()
    assert office.case()["status"] == "new"
    assert officer.inbox == cadre.inbox == []
    office.at(6, 59).work()
    assert officer.inbox == cadre.inbox == []
    office.at(7).work()
    assert "prioritas 3" in officer.last
    assert cadre.last == receipt(office)


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("LAPOR PERKOSA SENAKEN perempuan 25 tahun", "P2"),
        ("LAPOR FISIK SENAKEN anak 9 tahun dipukul ayahnya", "P2"),
        ("DARURAT SENAKEN suami bawa parang mau bunuh istri sekarang", "P1"),
    ],
)
def test_what_is_urgent_alerts_by_night_too(office: Office, text: str, priority: str) -> None:
    officer, cadre = office.officer(), office.cadre()
    office.at(23)
    cadre.text(text)
    office.work()
    assert office.case()["priority"] == priority
    assert f"prioritas {priority[1:]}" in officer.last


def test_a_report_with_a_name_is_kept_and_the_next_one_asked_for_without(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("LAPOR FISIK SENAKEN ibu Siti dipukul suaminya pak Amat")
    office.work()
    assert "Lain kali cukup kode, tanpa nama" in cadre.last
    assert "names_seen" in office.show(office.case()["reference"])["flags"]
    assert "Siti" not in cadre.last


def test_nothing_a_cadre_reports_is_echoed(office: Office) -> None:
    cadre = office.cadre()
    cadre.text(REPORT)
    office.work()
    heard = " ".join(cadre.inbox).lower()
    assert not any(word in heard for word in ("fisik", "senaken", "istri", "suami", "pukul", "kekerasan", "lapor"))


def test_a_date_said_is_the_day_it_happened(office: Office) -> None:
    office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami kemarin")
    assert office.show(office.case()["reference"])["incident_on"] == "2026-11-22"


# Only what is missing is asked


def test_lapor_alone_is_kept_asked_and_completed_by_a_digit(any_office: Office) -> None:
    office = any_office
    officer, cadre = office.officer(), office.cadre()
    cadre.text("lapor")
    assert (office.case()["status"], office.case()["complete"]) == ("partial", False)
    office.work()
    assert cadre.inbox == [KINDS]
    assert officer.inbox == []
    cadre.text("2")
    office.work()
    case = office.case()
    assert (case["status"], case["complete"], case["forms"]) == ("new", True, ["FIS"])
    assert case["area_code"] == SENAKEN
    assert sorted(cadre.inbox) == sorted([KINDS, receipt(office), WHO])
    assert "AMBIL" in officer.last
    cadre.text("1")
    office.work()
    assert (office.case()["victim"], office.case()["priority"]) == ({"age": "child", "sex": "f"}, "P2")
    assert sorted(cadre.inbox) == sorted([KINDS, receipt(office), WHO])


@pytest.mark.parametrize(("answer", "forms"), [("1,3", ["PSI", "KTR"]), ("7", ["TTU"]), ("dipukul", ["FIS"])])
def test_the_kind_is_told_by_several_digits_or_by_words(office: Office, answer: str, forms: list[str]) -> None:
    cadre = office.cadre()
    cadre.text("lapor")
    cadre.text(answer)
    assert office.case()["forms"] == forms
    assert office.case()["complete"] is True


def test_a_sexual_kind_answered_makes_it_p2(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("lapor")
    cadre.text("5")
    assert (office.case()["forms"], office.case()["priority"]) == (["SEK"], "P2")


def test_silence_after_a_question_puts_the_report_into_the_queue_with_a_receipt(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text("lapor")
    office.forward(minutes=19)
    assert office.case()["status"] == "partial"
    office.forward(minutes=2)
    case = office.case()
    assert (case["status"], case["complete"], case["forms"]) == ("new", False, [])
    assert cadre.inbox == [KINDS, receipt(office)]
    assert "AMBIL" in officer.last


def test_an_answer_after_the_sweep_still_completes_the_same_case(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text("lapor")
    office.forward(minutes=30)
    cadre.text("2")
    office.work()
    assert (office.case()["complete"], office.case()["forms"]) == (True, ["FIS"])
    assert len(receipts(cadre)) == 1
    assert len(officer.inbox) == 1


def test_an_ambiguous_place_is_asked_by_number(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text("lapor fisik krayan")
    assert (office.case()["status"], office.case()["area_code"]) == ("partial", None)
    office.work()
    assert cadre.inbox == [KRAYANS]
    cadre.text("2")
    office.work()
    case = office.case()
    assert (case["area_code"], case["complete"], case["status"]) == ("64.01.06.2016", True, "new")
    assert sorted(cadre.inbox) == sorted([KRAYANS, receipt(office), WHO])
    assert "Kec 06" in officer.last


def test_none_of_the_places_offered_is_asked_by_name(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("lapor fisik krayan istri dipukul suami")
    office.work()
    cadre.text("5")
    office.work()
    assert cadre.last == WHERE
    cadre.text("senaken")
    office.work()
    assert (office.case()["area_code"], office.case()["complete"]) == (SENAKEN, True)
    assert cadre.last == receipt(office)


def test_her_own_village_decides_among_near_twins_that_hold_it(office: Office) -> None:
    cadre = office.cadre("64.01.06.2017")
    cadre.text("lapor fisik krayan istri dipukul suami")
    office.work()
    assert (office.case()["area_code"], office.case()["complete"]) == ("64.01.06.2017", True)
    assert cadre.inbox == [receipt(office)]


def test_silence_after_an_ambiguous_place_guesses_none(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text("lapor fisik krayan")
    office.forward(minutes=21)
    case = office.case()
    assert (case["status"], case["complete"], case["area_code"], case["forms"]) == ("new", False, None, ["FIS"])
    assert cadre.inbox == [KRAYANS, receipt(office)]
    assert "Kec ?" in officer.last


def test_a_report_that_names_no_place_is_put_in_her_village_marked_assumed(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("lapor fisik istri dipukul suami")
    office.work()
    assert (office.case()["area_code"], office.case()["complete"]) == (SENAKEN, True)
    assert office.show(office.case()["reference"])["place_assumed"] is True
    assert cadre.inbox == [receipt(office)]


@pytest.mark.parametrize("place", ["BALIKPAPAN", "di desa Wakanda"])
def test_a_place_that_is_not_of_the_district_is_asked_never_taken_for_her_own(office: Office, place: str) -> None:
    cadre = office.cadre()
    cadre.text(f"LAPOR FISIK {place} istri dipukul suami")
    office.work()
    assert office.case()["area_code"] is None
    assert cadre.inbox == [WHERE]
    cadre.text("1")
    office.work()
    assert (office.case()["area_code"], office.case()["complete"]) == (SENAKEN, True)
    assert cadre.last == receipt(office)


def test_a_kecamatan_alone_still_lacks_the_village(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("LAPOR FISIK kec Kuaro istri dipukul suami")
    office.work()
    assert (office.case()["kecamatan"], office.case()["complete"]) == ("64.01.05", False)
    assert cadre.inbox == [WHERE]


def test_one_question_at_a_time_until_nothing_is_missing(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("lapor krayan")
    office.work()
    assert cadre.inbox == [KINDS]
    cadre.text("2")
    office.work()
    assert cadre.inbox == [KINDS, WHERE]
    assert (office.case()["forms"], office.case()["complete"]) == (["FIS"], False)
    cadre.text("Krayan Makmur")
    office.work()
    assert (office.case()["area_code"], office.case()["complete"]) == ("64.01.06.2017", True)


@pytest.mark.parametrize(
    ("answer", "village"),
    [("senaken", SENAKEN), ("di desa Tapis bu", "64.01.04.2015"), ("Krayan Makmur", "64.01.06.2017"), ("2", None)],
)
def test_a_village_told_by_its_name_is_found(office: Office, answer: str, village: str | None) -> None:
    cadre = office.cadre("64.01.05.2001")
    cadre.text("LAPOR FISIK BALIKPAPAN istri dipukul suami")
    office.work()
    assert cadre.inbox == [WHERE]
    cadre.text(answer)
    office.work()
    assert office.case()["area_code"] == village
    assert office.case()["complete"] is (village is not None)
    assert len(cadre.inbox) == 2


def test_an_ambiguous_answer_to_the_question_of_place_is_asked_by_number(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("LAPOR FISIK BALIKPAPAN istri dipukul suami")
    office.work()
    cadre.text("krayan")
    office.work()
    assert cadre.inbox == [WHERE, KRAYANS]
    cadre.text("3")
    office.work()
    assert office.case()["area_code"] == "64.01.06.2017"


def test_words_in_between_do_not_put_an_open_place_into_her_village(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("lapor fisik krayan")
    cadre.text("nanti saya tanya orangnya dulu bu")
    office.forward(minutes=21)
    assert (office.case()["area_code"], office.case()["complete"]) == (None, False)


def test_an_emergency_of_a_cadre_waits_for_no_answer(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text("TOLONG")
    assert (office.case()["priority"], office.case()["status"]) == ("P1", "new")
    office.work()
    assert "prioritas 1 Kec 04" in officer.last
    assert cadre.inbox == [KINDS]


# Twice


def test_the_same_provider_id_twice_is_one(any_office: Office) -> None:
    office = any_office
    officer, cadre = office.officer(), office.cadre()
    cadre.text(REPORT, "at-1").text(REPORT, "at-1")
    office.work()
    cadre.text(REPORT, "at-1")
    office.work()
    assert len(kept(office)) == 1
    assert cadre.inbox == [receipt(office)]
    assert len(officer.inbox) == 1


def test_identical_messages_with_different_ids_are_both_cases_and_flagged(any_office: Office) -> None:
    office = any_office
    cadre = office.cadre()
    cadre.text(REPORT, "at-1")
    office.forward(minutes=3)
    cadre.text(REPORT, "at-2")
    office.work()
    first, second = office.cases()
    assert first["reference"] != second["reference"]
    assert "same_words" not in office.show(first["reference"])["flags"]
    assert "same_words" in office.show(second["reference"])["flags"]
    assert [event["kind"] for event in office.show(second["reference"])["events"]].count("same_words") == 1
    assert len(receipts(cadre)) == 2


def test_a_second_cry_joins_the_open_danger_case_and_calls_again(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text("TOLONG SENAKEN")
    office.work()
    cadre.text("DARURAT SENAKEN")
    office.work()
    assert office.case()["priority"] == "P1"
    assert len(events(office, "cried_again")) == 1
    assert len(officer.inbox) == 2


# Other words


def test_suluh_records_an_education_session_and_confirms_it(any_office: Office) -> None:
    office = any_office
    cadre = office.cadre()
    cadre.text("SULUH SENAKEN 25 IBU PSIKIS")
    office.work()
    (held,) = sessions_held(office)
    assert (held.area_code, held.people, held.audience, held.topic) == (SENAKEN, 25, "perempuan", "PSI")
    assert held.held_on.isoformat() == "2026-11-23"
    assert cadre.inbox == ["Tersimpan: sosialisasi, 25 orang. Terima kasih."]
    assert office.cases() == []


def test_suluh_from_a_stranger_records_nothing(office: Office) -> None:
    stranger = office.phone()
    stranger.text("SULUH SENAKEN 25 IBU PSIKIS")
    office.work()
    assert sessions_held(office) == []
    assert stranger.inbox == ["Baik. Terima kasih."]


PEOPLE = "Berapa orang yang hadir? Balas jumlahnya dengan angka."
KEPT = "Tersimpan: sosialisasi, {} orang. Terima kasih."


def test_suluh_among_near_twins_is_asked_which(any_office: Office) -> None:
    office = any_office
    cadre = office.cadre()
    cadre.text("SULUH KRAYAN 12 ANAK BULLY")
    office.work()
    assert cadre.inbox == [KRAYANS]
    (held,) = sessions_held(office)
    assert (held.area_code, held.people, held.topic) == (None, 12, "BUL"), "kept at once, and no village guessed"
    cadre.text("2")
    office.work()
    (held,) = sessions_held(office)
    assert held.area_code == "64.01.06.2016"
    assert cadre.last == KEPT.format(12)
    assert office.cases() == []


def test_suluh_in_none_of_the_twins_is_asked_by_name(office: Office) -> None:
    cadre = office.cadre()
    for words in ("SULUH KRAYAN 12 ANAK BULLY", "5", "pasir mayang"):
        cadre.text(words)
        office.work()
    assert cadre.inbox == [KRAYANS, WHERE, KEPT.format(12)]
    assert [held.area_code for held in sessions_held(office)] == ["64.01.05.2007"]


def test_her_own_village_decides_a_session_only_among_twins_that_hold_it(office: Office) -> None:
    cadre = office.cadre(village="64.01.06.2016")
    cadre.text("SULUH KRAYAN 12 ANAK BULLY")
    office.work()
    assert [held.area_code for held in sessions_held(office)] == ["64.01.06.2016"]
    assert cadre.inbox == [KEPT.format(12)]


def test_suluh_that_names_no_place_is_held_in_her_village(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("SULUH 25 IBU PSIKIS di balai desa")
    office.work()
    assert [held.area_code for held in sessions_held(office)] == [SENAKEN]
    assert cadre.inbox == [KEPT.format(25)]


@pytest.mark.parametrize("place", ["LAMPUNG", "desa lampung", "banjarmasin"])
@pytest.mark.parametrize(
    ("answer", "village"), [("1", SENAKEN), ("2", None), ("pasir mayang", "64.01.05.2007"), ("lampung", "asked")]
)
def test_suluh_outside_the_district_is_asked_never_taken_for_her_own(
    office: Office, place: str, answer: str, village: str | None
) -> None:
    cadre = office.cadre()
    cadre.text(f"SULUH {place} 9 ANAK BULLY")
    office.work()
    assert cadre.inbox == [WHERE]
    assert [held.area_code for held in sessions_held(office)] == [None]
    cadre.text(answer)
    office.work()
    known = None if village == "asked" else village
    assert [held.area_code for held in sessions_held(office)] == [known]
    assert cadre.last == (WHERE if village == "asked" else KEPT.format(9))
    assert office.cases() == []


@pytest.mark.parametrize("answer", ["25", "hadir 25", "25 orang"])
def test_suluh_without_a_number_is_asked_how_many_came(any_office: Office, answer: str) -> None:
    office = any_office
    cadre = office.cadre()
    cadre.text("SULUH SENAKEN")
    office.work()
    assert cadre.inbox == [PEOPLE]
    assert [held.people for held in sessions_held(office)] == [None]
    cadre.text(answer)
    office.work()
    (held,) = sessions_held(office)
    assert (held.area_code, held.people) == (SENAKEN, 25)
    assert cadre.last == KEPT.format(25)
    assert office.cases() == []


def test_suluh_lacks_both_and_is_asked_one_at_a_time_people_first(office: Office) -> None:
    cadre = office.cadre()
    for words in ("SULUH KRAYAN", "14", "4"):
        cadre.text(words)
        office.work()
    assert cadre.inbox == [PEOPLE, KRAYANS, KEPT.format(14)]
    assert [(held.area_code, held.people) for held in sessions_held(office)] == [("64.01.06.2019", 14)]


def test_silence_after_a_question_leaves_the_session_as_far_as_it_is_known(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("SULUH KRAYAN 12 ANAK BULLY")
    office.work()
    office.forward(days=2)
    cadre.text("2")
    office.work()
    assert [(held.area_code, held.people) for held in sessions_held(office)] == [(None, 12)]
    assert office.cases() == []


def test_an_answer_of_the_next_morning_keeps_the_day_of_the_session(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("SULUH SENAKEN")
    office.forward(hours=20)
    cadre.text("25")
    office.work()
    assert [(held.held_on.isoformat(), held.people) for held in sessions_held(office)] == [("2026-11-23", 25)]


@pytest.mark.parametrize(("answer", "left"), [("0", []), ("9999", [None])])
def test_nobody_is_no_session_and_too_many_are_asked_again(office: Office, answer: str, left: list[None]) -> None:
    cadre = office.cadre()
    cadre.text("SULUH SENAKEN")
    cadre.text(answer)
    office.work()
    assert [held.people for held in sessions_held(office)] == left
    assert cadre.last == (PEOPLE if left else "Baik. Terima kasih.")


@pytest.mark.parametrize("first", ["SULUH SENAKEN", "SULUH KRAYAN 12"])
def test_a_cry_is_never_taken_for_an_answer_about_a_session(office: Office, first: str) -> None:
    cadre = office.cadre()
    cadre.text(first)
    cadre.text("TOLONG SENAKEN")
    office.work()
    assert office.case()["priority"] == "P1"
    assert [held.area_code for held in sessions_held(office)] == [SENAKEN if first == "SULUH SENAKEN" else None]


def test_damping_of_her_own_case_is_asked_where_to_and_recorded(office: Office) -> None:
    cadre = office.cadre()
    cadre.text(REPORT)
    office.work()
    reference = office.case()["reference"][3:]
    cadre.text(f"DAMPING {reference}")
    office.work()
    assert cadre.last == f"Ref {reference}: mendampingi ke mana? Balas angka 1-5 dari kartu kader."
    cadre.text("3")
    office.work()
    (event,) = events(office, "accompanied")
    assert event["digits"] == "3"
    assert len(office.cases()) == 1


def test_damping_of_anothers_case_tells_and_records_nothing(office: Office) -> None:
    cadre, other = office.cadre(), office.cadre(name="Bu Lain")
    cadre.text(REPORT)
    office.work()
    other.text(f"DAMPING {office.case()['reference'][3:]}")
    office.work()
    assert other.inbox == ["Baik. Terima kasih."]
    assert events(office, "accompanied") == []


def test_info_is_a_sentence_for_a_cadre(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("INFO FISIK")
    office.work()
    assert "rasa sakit" in cadre.last
    assert office.cases() == []


def test_a_nearly_typed_keyword_is_confirmed_before_it_is_written_down(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("SULU SENAKEN 25 IBU PSIKIS")
    office.work()
    assert cadre.inbox == ["Maksud Anda SULUH? Balas 1 ya, 2 bukan."]
    assert sessions_held(office) == []
    cadre.text("1")
    office.work()
    assert [held.people for held in sessions_held(office)] == [25]
    assert cadre.last == "Tersimpan: sosialisasi, 25 orang. Terima kasih."


def test_a_nearly_typed_berhenti_stops_nothing(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("BERENTI")
    office.work()
    cadre.text(REPORT)
    office.work()
    assert len(receipts(cadre)) == 1


# DAFTAR


def test_who_asks_to_be_registered_is_no_cadre_until_imported(office: Office) -> None:
    applicant = office.phone()
    applicant.text("DAFTAR Siti RT 3 Senaken")
    office.work()
    assert len(applicant.inbox) == 1
    assert office.cases() == []
    applicant.text(REPORT)
    office.work()
    assert office.case()["reporter"] == "resident"
    assert applicant.last == "Terima kasih. Balas 1 bila boleh ditelepon, 2 bila tidak."
    _confirm(office, applicant)
    applicant.text("LAPOR PSIKIS SENAKEN istri dihina suami")
    office.work()
    assert [case["reporter"] for case in office.cases()] == ["resident", "cadre"]
    assert len(receipts(applicant)) == 1


def _confirm(office: Office, phone: Phone) -> None:
    """What importing the PKK's list does to a row that waits."""
    desk, now = office.parts.desk, office.clock.now
    row = people_file.CadreRow("Siti", phone.number, SENAKEN, CadreRole.PKK)
    assert office.write(lambda session: people_file.write_cadres(session, desk, now, [row])) == 0, "nobody new"


def test_asking_twice_to_be_registered_is_one_wish(office: Office) -> None:
    applicant = office.phone()
    applicant.text("DAFTAR").text("DAFTAR")
    office.work()
    assert [intent for intent, _ in kept(office)] == ["register", "register"]
    assert len(applicant.inbox) == 2


def test_a_suspended_cadre_is_answered_as_a_stranger(office: Office) -> None:
    phone = office.phone()
    cadre = new_cadre(office.parts.desk, office.clock.now, "Bu Kader", phone.number, SENAKEN, CadreRole.PKK)
    cadre.confirmed_at = cadre.suspended_at = office.clock.now
    office.write(lambda session: session.add(cadre))
    phone.text(REPORT)
    office.work()
    assert office.case()["reporter"] == "resident"
    assert phone.inbox == ["Terima kasih. Balas 1 bila boleh ditelepon, 2 bila tidak."]


# What she hears of her case


def test_the_cadre_hears_that_it_was_taken_and_on_the_third_day_is_asked(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text(REPORT)
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    assert cadre.last.endswith("sudah diambil petugas. Jangan tanya siapa pun. Terima kasih.")
    office.forward(days=2, hours=23)
    assert not any("balas 1 sudah ada petugas" in text for text in cadre.inbox)
    office.forward(hours=2)
    assert "balas 1 sudah ada petugas" in cadre.last
    office.forward(days=12)
    assert sum("balas 1 sudah ada petugas" in text for text in cadre.inbox) == 1


def test_a_follow_up_answered_worse_raises_the_case_and_tells_its_holder(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text(REPORT)
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    office.forward(days=3)
    assert not any("pesan baru dari orang yang sama" in text for text in officer.inbox)
    cadre.text("3")
    office.work()
    assert office.case()["priority"] == "P2"
    assert any("pesan baru dari orang yang sama" in text for text in officer.inbox)
    assert office.case()["status"] == "accepted"


def test_a_follow_up_answered_well_lowers_and_closes_nothing(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    cadre.text(REPORT)
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    office.forward(days=3)
    cadre.text("1")
    office.work()
    case = office.case()
    assert (case["status"], case["priority"], case["first_action_at"]) == ("accepted", "P3", None)


# BERHENTI


def test_berhenti_of_a_cadre_stops_what_is_queued_and_the_follow_up(office: Office) -> None:
    office.officer()
    cadre = office.cadre()
    office.at(22)
    cadre.text(REPORT)
    cadre.text("BERHENTI")
    office.work()
    assert cadre.inbox == ["Baik. Terima kasih."]
    office.at(7).work()
    office.forward(days=4)
    office.forward(days=12)
    assert cadre.inbox == ["Baik. Terima kasih."]
    assert office.case()["status"] == "new"


@pytest.mark.parametrize(
    ("by_carrier", "asked", "heard"),
    [
        pytest.param(False, True, 1, id="she told the office so"),
        pytest.param(False, False, 0, id="only her phone came back: her word stands"),
        pytest.param(True, True, 0, id="her carrier said stop"),
    ],
)
def test_a_cadres_berhenti_ends_when_she_says_so_and_not_by_itself(
    office: Office, by_carrier: bool, asked: bool, heard: int
) -> None:
    cadre = office.cadre()
    if by_carrier:
        office.post("opt-out", {"senderId": "BeliPerak", "phoneNumber": cadre.number})
    else:
        cadre.text("BERHENTI")
    cadre.text(REPORT)
    office.work()
    assert receipts(cadre) == []
    index = office.parts.desk.keyring.index("phone", cadre.number)

    def restored(session: Session) -> None:
        row = find_cadre(session, index)
        assert row is not None
        staff.restore(session, office.clock.now, "test", row, sms_again=asked)

    office.write(restored)
    cadre.text(f"{REPORT} lagi")
    office.work()
    assert len(receipts(cadre)) == heard
    assert len(office.cases()) == 2


# Loop guard


def test_answers_are_limited_and_receipts_never_are(office: Office) -> None:
    cadre = office.cadre()
    most = arrival.KNOWN_ANSWERS[1]
    for _ in range(most + 5):
        cadre.text("selamat pagi")
    office.work()
    assert len(cadre.inbox) == most
    for _ in range(8):
        cadre.text(REPORT)
    office.work()
    assert len(receipts(cadre)) == 8
    assert len(office.cases()) == 8
    assert len(kept(office)) == most + 13


@pytest.mark.parametrize("times", [7, arrival.KNOWN_ANSWERS[1] + 1])
def test_a_report_is_asked_about_whatever_was_answered_before(office: Office, times: int) -> None:
    cadre = office.cadre()
    for _ in range(times):
        cadre.text("INFO FISIK")
    cadre.text("lapor")
    office.work()
    assert cadre.last.startswith("Jenis apa?")
    cadre.text("2")
    office.work()
    assert office.case()["forms"] == ["FIS"]
    assert office.case()["complete"]


def test_a_cadre_who_texts_much_in_an_hour_is_answered(office: Office) -> None:
    cadre = office.cadre()
    for _ in range(12):
        cadre.text("INFO FISIK")
    office.work()
    assert len(cadre.inbox) == 12
    cadre.text("MENU")
    office.work()
    assert cadre.last.startswith("Menu: 1 ")


def test_a_report_that_may_not_be_asked_about_any_more_still_reaches_the_queue(office: Office) -> None:
    officer, cadre = office.officer(), office.cadre()
    for _ in range(arrival.KNOWN_ANSWERS[1]):
        cadre.text("selamat pagi")
    most = arrival.CASE_ANSWERS[1]
    for _ in range(most + 1):
        cadre.text("lapor")
    office.work()
    assert cadre.inbox.count(KINDS) == most
    office.forward(minutes=21)
    assert {case["status"] for case in office.cases()} == {"new"}
    assert len(receipts(cadre)) == len(office.cases()) == most + 1
    assert "AMBIL" in officer.last


def test_more_words_on_a_report_are_answered_though_its_receipt_is_given_once(office: Office) -> None:
    office.officer()
    cadre = office.cadre()
    cadre.text(REPORT)
    office.work()
    office.forward(minutes=1)
    cadre.text("DAMPING ZZZZ")
    office.work()
    assert len(receipts(cadre)) == 1
    assert cadre.last == "Baik. Terima kasih."
    assert len(office.cases()) == 1
