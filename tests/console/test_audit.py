"""The audit trail: who looked, and whether a chain is whole."""

from sqlalchemy import text

from tests.console.desk import Desk, at_desk, statements
from tests.made import a_case
from tests.office import Office


def check(desk: Desk, **form: str) -> Desk:
    desk.get("/audit")
    return desk.post("/audit/check", **form)


def spoil(office: Office, case_id: str) -> None:
    office.write(
        lambda session: session.execute(text("UPDATE case_event SET actor = 'x' WHERE case_id = :id"), {"id": case_id})
    )


def test_who_looked_at_the_queue_stands_there_by_name(any_office: Office) -> None:
    at_desk(any_office, "budi", role="officer").get("/queue")
    words = at_desk(any_office, role="admin").get("/audit").words
    assert "Budi queue" in words


def test_sound_chains_are_called_so(any_office: Office) -> None:
    a_case(any_office)
    a_case(any_office, phone="+6281100008888")
    assert "2 berkas diperiksa: semua rantai utuh." in check(at_desk(any_office)).words


def test_a_changed_row_is_found_in_all_and_in_its_case(any_office: Office) -> None:
    spoil(any_office, a_case(any_office))
    reference = any_office.case()["reference"]
    desk = at_desk(any_office, role="admin")
    for form in ({}, {"reference": reference}):
        check(desk, **form)
        assert "Rantai putus." in desk.words
        assert f"{reference}, mulai catatan 1" in desk.words


def test_a_case_changed_by_hand_is_named(any_office: Office) -> None:
    a_case(any_office)
    reference = any_office.case()["reference"]
    any_office.write(lambda session: session.execute(text("UPDATE case_file SET status = 'closed'")) and None)
    desk = check(at_desk(any_office))
    assert "Berkas tidak cocok dengan linimasanya." in desk.words
    assert reference in desk.words
    assert "utuh" not in desk.words


def test_a_reference_that_is_none_is_told(office: Office) -> None:
    assert "Tidak ada berkas dengan nomor itu." in check(at_desk(office), reference="BP-ZZZZ").words


def test_the_check_goes_on_where_it_stopped(office: Office) -> None:
    for number in range(101):
        a_case(office, phone=f"+62811000{number:04}")
    desk = check(at_desk(office))
    assert "100 berkas diperiksa" in desk.words
    desk.post("/audit/check", after=desk.hidden("after"))
    assert "1 berkas diperiksa" in desk.words
    assert "berikutnya" not in desk.words


def test_a_check_is_on_record_itself(office: Office) -> None:
    desk = at_desk(office)
    check(desk)
    assert "audit verify" in desk.get("/audit").words


def test_an_officer_reads_no_trail(office: Office) -> None:
    assert at_desk(office, role="officer").get("/audit").status == 403


def test_a_long_trail_comes_in_pages_at_the_same_cost(office: Office) -> None:
    desk = at_desk(office)
    few = statements(office, lambda: desk.get("/audit"))
    for _ in range(55):
        desk.get("/queue")
    assert statements(office, lambda: desk.get("/audit")) == few
    assert desk.text.count("<code>queue</code>") == 50
    before = desk.text.partition("before=")[2].partition('"')[0]
    assert desk.get(f"/audit?before={before}").text.count("<code>queue</code>") == 5
