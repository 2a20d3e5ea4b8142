"""What the law asks for in a case of sexual violence: told in time, until met or signed off by a supervisor."""

import pytest

from gateway.casework import duties, endings, handling, legal, referrals, relations
from gateway.casework.acts import Act
from gateway.casework.people import new_agency
from gateway.errors import Refused
from models.case import CaseFile
from models.people import find_cadre
from tests.office import Office
from tests.phone import Phone

RAPE = "LAPOR PERKOSA SENAKEN perempuan 25 tahun"
HERS = ("3", "1", "5", "1", "1", "1", "SENAKEN", "1", "1", "1")
"""Herself, adult, sexual, goes on, less than three days ago, no more, Senaken, no contact, send."""


@pytest.fixture
def ani(office: Office) -> Phone:
    return office.officer("Ani")


@pytest.fixture
def citra(office: Office) -> Phone:
    return office.officer("Citra", "supervisor", on_duty=False)


def owed(office: Office) -> set[str]:
    return {duty["name"] for duty in office.show(office.case()["reference"])["duties"]}


def told(phone: Phone, words: str) -> int:
    return sum(words in text for text in phone.inbox)


def hospital(office: Office, kind: str = "rsud") -> Phone:
    phone = office.phone()
    office.write(lambda s: s.add(new_agency(office.parts.desk, office.clock.now, "RSUD Grogot", kind, phone.number)))
    return phone


def refer(act: Act) -> None:
    referrals.refer(act, "RSUD Grogot", "danger")


def test_her_own_report_owes_the_police_and_somebody_elses_a_decision(office: Office, ani: Phone) -> None:
    office.phone().dial().press(*HERS)
    assert owed(office) == {"health", "police"}


def test_of_a_cadres_report_a_supervisor_is_asked_to_decide_at_once_and_again_after_a_day(
    office: Office, ani: Phone, citra: Phone
) -> None:
    office.cadre().text(RAPE)
    office.work()
    assert owed(office) == {"health", "judge"}
    assert told(citra, "perlu keputusan penyelia") == 1
    office.forward(hours=24)
    assert told(citra, "perlu keputusan penyelia") == 2
    office.act(citra, lambda act: legal.require(act, "police", "she wants it") and None)
    assert "police" in owed(office)


def test_the_health_referral_is_reminded_of_after_an_hour_and_overdue_after_two(
    office: Office, ani: Phone, citra: Phone
) -> None:
    office.phone().dial().press(*HERS)
    office.work()
    assert told(ani, "tugas mendesak") == 0
    office.forward(minutes=61)
    assert (told(ani, "tugas mendesak"), told(citra, "tugas mendesak")) == (1, 0)
    office.forward(minutes=60)
    assert (told(ani, "tugas mendesak"), told(citra, "tugas mendesak")) == (2, 1)


def test_long_ago_is_no_health_duty(office: Office, ani: Phone) -> None:
    office.phone().dial().press("3", "1", "5", "1", "3")
    assert owed(office) == {"police"}


@pytest.mark.parametrize("hours", [24, 48, 66])
def test_the_police_duty_is_reminded_of_before_it_is_over(office: Office, ani: Phone, hours: int) -> None:
    office.phone().dial().press(*HERS)
    office.work()
    ani.text(f"AMBIL {ani.code()}")
    office.forward(hours=hours, minutes=-1)
    before = told(ani, "batas waktu 3x24 jam")
    office.forward(minutes=2).at(8).work()  # what quiet hours held back has left by then
    assert told(ani, "batas waktu 3x24 jam") > before


def test_the_police_duty_ends_with_a_date_that_has_been(office: Office, citra: Phone) -> None:
    office.phone().dial().press(*HERS)
    with pytest.raises(Refused, match="lies ahead"):
        office.act(citra, lambda act: legal.note_police_report(act, "2026-11-24") and None)
    assert "police" in owed(office)
    office.act(citra, lambda act: legal.note_police_report(act, "2026-11-23") and None)
    assert owed(office) == {"health"}


def test_only_a_supervisor_signs_a_duty_off_and_says_why(office: Office, ani: Phone, citra: Phone) -> None:
    office.phone().dial().press(*HERS)
    with pytest.raises(Refused, match="only a supervisor"):
        office.act(ani, lambda act: legal.waive(act, "health", "no") and None)
    with pytest.raises(Refused, match="needs a reason"):
        office.act(citra, lambda act: legal.waive(act, "health", None) and None)
    assert "health" in owed(office)
    office.act(citra, lambda act: legal.waive(act, "health", "she was there already") and None)
    assert owed(office) == {"police"}


@pytest.mark.parametrize("reason", ["damai", "sudah MEDIASI di desa", "diselesaikan secara kekeluargaan"])
def test_sexual_violence_is_never_settled(office: Office, citra: Phone, reason: str) -> None:
    office.phone().dial().press(*HERS)
    with pytest.raises(Refused, match="not settled outside court"):
        office.act(citra, lambda act: endings.close(act, reason) and None)
    assert office.case()["status"] == "new"


def test_asking_a_hospital_meets_the_health_duty_until_it_declines(office: Office, ani: Phone, citra: Phone) -> None:
    rsud = hospital(office)
    office.phone().dial().press(*HERS)
    office.act(ani, lambda act: handling.accept(act) and None)
    office.act(ani, refer)
    office.work()
    assert "health" not in owed(office)
    rsud.text(f"TOLAK {rsud.code()}")
    office.work()
    assert "health" in owed(office)


def test_an_agency_that_does_not_answer_is_asked_again_and_officers_learn_of_it(
    office: Office, ani: Phone, citra: Phone
) -> None:
    rsud = hospital(office, "dinsos")
    office.phone().dial().press("2")
    office.act(ani, lambda act: handling.accept(act) and None)
    office.act(ani, refer)
    office.work()
    assert told(rsud, "TERIMA") == 1
    office.forward(minutes=61)
    assert (told(rsud, "menunggu jawaban"), told(ani, "belum dijawab")) == (1, 1)
    office.forward(minutes=60)
    assert told(citra, "belum dijawab") == 1
    rsud.text(f"TERIMA {rsud.code()}")
    asked = told(rsud, "menunggu jawaban")
    office.forward(hours=30)
    assert told(rsud, "menunggu jawaban") == asked
    assert office.case()["first_action_at"], "an agency sent is a first action"


def test_an_agency_that_accepts_takes_back_the_reminders_of_the_night(office: Office, ani: Phone, citra: Phone) -> None:
    """Something has been done: in the morning it would not be true any more that nothing has."""
    rsud = hospital(office, "dinsos")
    office.at(21, 30)
    office.phone().dial().press("2")
    office.act(ani, lambda act: handling.accept(act) and None)
    office.act(ani, refer)
    office.forward(hours=1.1)
    rsud.text(f"TERIMA {rsud.code()}")
    office.at(7, 1).work()
    assert (told(ani, "belum ada hasil"), told(citra, "jatuh tempo")) == (0, 0)


def test_a_cadre_hears_that_it_was_taken_whatever_an_agency_has_accepted(
    office: Office, ani: Phone, citra: Phone
) -> None:
    rsud, cadre = hospital(office, "dinsos"), office.cadre()
    cadre.text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.work()
    office.act(ani, lambda act: handling.accept(act) and None)
    office.work()
    office.forward(hours=25)
    office.act(ani, refer)
    office.work()
    rsud.text(f"TERIMA {rsud.code()}")
    office.act(ani, lambda act: handling.pass_on(act) and None)
    office.act(citra, lambda act: handling.accept(act) and None)
    office.work()
    assert told(cadre, "sudah diambil petugas") == 2


def test_the_names_of_these_duties_are_not_in_the_clear(office: Office, ani: Phone, citra: Phone) -> None:
    office.phone().dial().press(*HERS)
    office.forward(hours=80)
    engine = office.parts.store.engine
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT rule, step FROM rule_firing").all()
        keys = connection.exec_driver_sql("SELECT dedupe_key FROM outbound_message").all()
    for word in (duties.HEALTH, duties.POLICE, duties.JUDGE):
        assert not any(word in str(row) for row in [*rows, *keys])


# Who belongs to a case


def test_a_cadre_hears_of_anothers_report_only_when_an_officer_added_her(office: Office, ani: Phone) -> None:
    reporter, other = office.cadre(), office.cadre(name="Bu Lain")
    reporter.text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.work()
    reference = office.case()["reference"][3:]
    other.text(f"DAMPING {reference}")
    office.work()
    assert not any(reference in text for text in other.inbox)
    index = office.parts.desk.keyring.index("phone", other.number)

    def add(act: Act) -> None:
        cadre = find_cadre(act.session, index)
        assert cadre is not None
        relations.add_cadre(act, cadre, "asked by voice, she said yes")

    office.act(ani, add)
    office.work()
    assert any(reference in text for text in other.inbox)
    office.act(ani, lambda act: handling.accept(act) and None)
    office.forward(minutes=1)
    assert any("sudah diambil petugas" in text for text in other.inbox)


def test_a_related_cadre_hears_nothing_more(office: Office, ani: Phone) -> None:
    reporter = office.cadre()
    reporter.text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.work()
    index = office.parts.desk.keyring.index("phone", reporter.number)
    office.act(ani, lambda act: relations.mark_related(act, find_cadre(act.session, index)) and None)
    before = list(reporter.inbox)
    office.act(ani, lambda act: handling.accept(act) and None)
    office.forward(days=4)
    assert reporter.inbox == before


def test_one_officer_cannot_push_another_off_a_case_but_a_supervisor_can(
    office: Office, ani: Phone, citra: Phone
) -> None:
    budi = office.officer("Budi")
    office.phone().dial().press("2")
    office.act(ani, lambda act: handling.accept(act) and None)
    row = office.row_of(ani)
    with pytest.raises(Refused, match="only a supervisor"):
        office.act(budi, lambda act: relations.mark_related(act, act.session.merge(row)) and None)
    assert office.case()["status"] == "accepted"
    office.act(citra, lambda act: relations.mark_related(act, act.session.merge(row)) and None)
    assert office.case()["status"] == "new"
    with pytest.raises(Refused, match="related"):
        office.act(ani, lambda act: handling.accept(act) and None)


def test_similar_cases_are_suggested_with_reasons_and_joined_only_by_an_officer(office: Office, ani: Phone) -> None:
    for cadre in (office.cadre(), office.cadre(name="Bu Lain")):
        cadre.text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.work()
    one, other = (case["reference"] for case in office.cases())
    assert office.show(one)["similar"] == [{"reference": other, "reasons": ["village and kind within 48 h"]}]
    assert office.show(one)["linked"] == []

    other_id = id_of(office, other)

    def link(act: Act) -> None:
        relations.link(act, act.session.get_one(CaseFile, other_id), together=True)

    office.act(ani, link, one)
    assert (office.show(one)["linked"], office.show(other)["linked"]) == ([other], [one])
    assert office.show(one)["similar"] == []


def id_of(office: Office, reference: str) -> str:
    with office.parts.store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT id FROM case_file WHERE reference = ?", (reference[3:],))
        return str(found.scalar_one())


def test_no_answer_to_a_follow_up_is_recorded_as_no_answer(office: Office, ani: Phone) -> None:
    office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.forward(days=3).forward(days=5)
    kinds = [event["kind"] for event in office.show(office.case()["reference"])["events"]]
    assert kinds.count("no_answer") == 1
