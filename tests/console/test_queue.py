"""The queue: what waits, what is late, whose it is, and the ways through it."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text

from gateway.casework import handling, people
from models.case import CaseFile
from models.vocabulary import Priority
from tests.console.desk import Desk, at_desk
from tests.made import a_case
from tests.office import Office

SENAKEN, BATU_ENGAU = "64.01.04", "64.01.03"


def waiting(office: Office, priority: Priority = Priority.P3, **more: Any) -> str:
    """The reference of a new case."""
    case_id = a_case(office, priority, **more)
    office.clock.now += timedelta(seconds=1)
    found = office.read(lambda session: session.get_one(CaseFile, case_id).reference)
    assert isinstance(found, str)
    return found


def listed(desk: Desk) -> list[str]:
    return [word[3:] for word in desk.words.split() if word.startswith("BP-") and len(word) == 7]


def at_place(office: Office, reference: str, kecamatan: str) -> None:
    office.write(
        lambda session: session.execute(
            text("UPDATE case_file SET kecamatan = :k WHERE reference = :r"), {"k": kecamatan, "r": reference}
        )
    )


def do(desk: Desk, reference: str, verb: str, **form: str) -> Desk:
    desk.get(f"/files/{reference}")
    return desk.post(f"/files/{reference}/do/{verb}", receipt=desk.hidden("receipt"), **form)


def test_the_most_urgent_and_then_the_oldest_stand_first(any_office: Office) -> None:
    third, first, fourth, second = (
        waiting(any_office, priority) for priority in (Priority.P2, Priority.P1, Priority.P3, Priority.P1)
    )
    assert listed(at_desk(any_office).get("/queue")) == [first, second, third, fourth]


def test_a_case_taken_moves_from_the_waiting_to_mine(any_office: Office) -> None:
    reference = waiting(any_office)
    desk = at_desk(any_office)
    assert listed(desk.get("/queue?shelf=mine")) == []
    do(desk, reference, "accept")
    assert listed(desk.get("/queue")) == []
    assert listed(desk.get("/queue?shelf=mine")) == [reference]


def test_late_is_who_waits_too_long_for_a_taker_or_for_a_first_action(any_office: Office) -> None:
    reference = waiting(any_office, Priority.P1)
    any_office.clock.now += timedelta(minutes=9)
    desk = at_desk(any_office)
    assert listed(desk.get("/queue?shelf=late")) == []
    any_office.clock.now += timedelta(minutes=2)
    assert listed(desk.get("/queue?shelf=late")) == [reference]
    assert "terlambat 1 menit" in desk.words
    do(desk, reference, "accept")
    assert listed(desk.get("/queue?shelf=late")) == []
    any_office.clock.now += timedelta(minutes=61)
    desk = at_desk(any_office, "budi")
    assert listed(desk.get("/queue?shelf=late")) == [reference]
    do(desk, reference, "first_action", result="1")
    assert listed(desk.get("/queue?shelf=late")) == []


def test_late_is_also_what_the_law_asked_for_and_nobody_did_in_time(any_office: Office) -> None:
    """Within two hours a health referral, within 3x24 hours the report to the police; until then nothing tells."""
    any_office.phone().dial().press("3", "1", "5", "1", "1", "1", "SENAKEN", "1", "1", "1")
    reference = any_office.case()["reference"][3:]
    desk = at_desk(any_office)
    do(desk, reference, "accept")
    do(desk, reference, "first_action", result="4")
    assert late_at(any_office, reference) is None
    any_office.forward(minutes=119)
    assert listed(at_desk(any_office, "budi").get("/queue?shelf=late")) == []
    any_office.forward(minutes=2)
    desk = at_desk(any_office, "citra")
    assert listed(desk.get("/queue?shelf=late")) == [reference]
    assert "terlambat 1 menit" in desk.words
    do(desk, reference, "waive", duty="health", reason="ia sudah ke puskesmas")
    assert listed(desk.get("/queue?shelf=late")) == []
    any_office.forward(hours=70)
    desk = at_desk(any_office, "dewi")
    assert listed(desk.get("/queue?shelf=late")) == [reference]
    do(desk, reference, "police_reported", on="2026-11-26")
    assert listed(desk.get("/queue?shelf=late")) == []


def test_late_is_also_a_request_that_no_agency_answered(any_office: Office) -> None:
    reference = waiting(any_office, Priority.P2)
    rsud = any_office.phone()
    agency = people.new_agency(any_office.parts.desk, any_office.clock.now, "RSUD Grogot", "rsud", rsud.number)
    any_office.write(lambda session: session.add(agency))
    desk = at_desk(any_office)
    do(desk, reference, "accept")
    do(desk, reference, "first_action", result="4")
    do(desk, reference, "refer", agency="RSUD Grogot", basis="bahaya")
    any_office.forward(hours=6, minutes=1)
    assert listed(at_desk(any_office, "budi").get("/queue?shelf=late")) == [reference]
    rsud.text(f"TERIMA {rsud.code()}")
    assert listed(at_desk(any_office, "citra").get("/queue?shelf=late")) == []


def late_at(office: Office, reference: str) -> object:
    return office.read(
        lambda session: session.scalar(text("SELECT late_at FROM case_file WHERE reference = :r"), {"r": reference})
    )


def test_today_begins_at_midnight_of_the_office(any_office: Office) -> None:
    yesterday = waiting(any_office)
    any_office.at(0, 1)
    today = waiting(any_office)
    desk = at_desk(any_office)
    assert listed(desk.get("/queue?shelf=today")) == [today]
    assert listed(desk.get("/queue")) == [yesterday, today]


def test_incomplete_is_what_was_never_finished(any_office: Office) -> None:
    any_office.phone().dial().press("3", "4")
    (case,) = any_office.cases()
    desk = at_desk(any_office)
    assert listed(desk.get("/queue?shelf=incomplete")) == [case["reference"][3:]]
    assert "belum selesai diisi" in desk.words


def test_an_officer_sees_her_areas_and_what_has_no_place_yet(any_office: Office) -> None:
    hers, others, nowhere = waiting(any_office), waiting(any_office), waiting(any_office)
    at_place(any_office, hers, SENAKEN)
    at_place(any_office, others, BATU_ENGAU)
    desk = at_desk(any_office, role="officer", areas=SENAKEN)
    for shelf in ("waiting", "today", "all"):
        assert sorted(listed(desk.get(f"/queue?shelf={shelf}"))) == sorted([hers, nowhere])
    assert listed(desk.get(f"/queue?kecamatan={BATU_ENGAU}")) == []
    assert desk.get(f"/files/{others}").status == 404


def test_an_officer_related_to_a_case_does_not_even_see_its_line(any_office: Office) -> None:
    reference = waiting(any_office)
    desk = at_desk(any_office, role="officer")
    assert do(desk, reference, "related").to == "/queue"
    assert listed(desk.get("/queue")) == []
    assert desk.get(f"/files/{reference}").status == 404
    assert listed(at_desk(any_office, "budi").get("/queue")) == [reference]


def test_filters_narrow_the_list(any_office: Office) -> None:
    urgent, other = waiting(any_office, Priority.P1), waiting(any_office, Priority.P3)
    at_place(any_office, other, SENAKEN)
    desk = at_desk(any_office)
    assert listed(desk.get("/queue?priority=P1")) == [urgent]
    assert listed(desk.get(f"/queue?kecamatan={SENAKEN}")) == [other]
    assert listed(desk.get("/queue?kecamatan=-")) == [urgent]
    do(desk, other, "close", reason="tercatat dua kali")
    assert listed(desk.get("/queue?shelf=all&status=closed")) == [other]
    assert listed(desk.get("/queue?shelf=all")) == [urgent]


def test_a_filter_by_holder_finds_what_she_holds(any_office: Office) -> None:
    reference, _ = waiting(any_office), waiting(any_office)
    phone = any_office.officer("Budi", "officer")
    any_office.act(phone, handling.accept, f"BP-{reference}")
    holder = any_office.row_of(phone).id
    assert listed(at_desk(any_office).get(f"/queue?holder={holder}")) == [reference]


@pytest.mark.parametrize(
    "query", ["shelf=nonsense", "status=x&priority=x&kecamatan=x", "after=x", "after=P1~x~y", "after=P9~2026-01-01~z"]
)
def test_what_cannot_be_read_is_not_asked_for(office: Office, query: str) -> None:
    reference = waiting(office)
    assert reference in at_desk(office).get(f"/queue?{query}").text


def test_pages_follow_each_other_without_a_gap(any_office: Office) -> None:
    references = [waiting(any_office, Priority.P2) for _ in range(12)] + [waiting(any_office) for _ in range(33)]
    for shelf, order in (("waiting", references), ("today", references[::-1])):
        desk, seen = at_desk(any_office, f"ani{shelf}"), []
        desk.get(f"/queue?shelf={shelf}")
        while True:
            seen += listed(desk)
            if 'rel="next"' not in desk.text:
                break
            address = desk.text.split('rel="next"')[0].rpartition('href="/console')[2].split('"')[0]
            desk.get(unescape(address))
        assert seen == order


def test_a_reference_in_any_spelling_leads_to_its_case(office: Office) -> None:
    reference = waiting(office)
    desk = at_desk(office)
    for written in (reference, f"BP-{reference}", f"bp{reference}".lower(), f" {reference.lower()} "):
        assert desk.get(f"/find?reference={written}").to == f"/files/{reference}"
    assert desk.get("/find?reference=ZZZZ").follow().status == 404


def test_looking_at_the_queue_leaves_one_row(office: Office) -> None:
    waiting(office)
    at_desk(office).get("/queue")
    rows = office.read(lambda s: list(s.execute(text("SELECT actor, rows FROM access_record WHERE what = 'queue'"))))
    assert [(row.actor[:8], row.rows) for row in rows] == [("officer:", 1)]
