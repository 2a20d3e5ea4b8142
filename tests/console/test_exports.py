"""Exports as jobs: asked with a reason, made in batches, sealed, fetched by her who asked, gone after a day."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import exports, relations
from models.case import CaseEvent
from models.export import ExportJob, ExportPart
from models.people import Officer
from models.throttle import AccessRecord
from tests.console.desk import Desk, at_desk
from tests.office import MORNING, Office

DAY = MORNING.date()
DAYS = {"from": "2026-11-01", "to": "2026-11-30", "suffix": ".csv", "reason": "rekap bulanan"}


def reports(office: Office, number: int) -> None:
    for _ in range(number):
        office.phone().text("LAPOR FISIK SENAKEN dipukul")


def send(desk: Desk, path: str, **form: str) -> Desk:
    desk.get("/exports")
    return desk.post(path, receipt=desk.hidden("receipt"), **form)


def job(office: Office) -> ExportJob:
    found = office.read(lambda session: session.scalars(select(ExportJob)).one())
    assert isinstance(found, ExportJob)
    return found


def batch(office: Office) -> None:
    """What the worker does in one of its turns."""

    def work(session: Session) -> None:
        exports.advance(session, office.parts.desk, office.parts.lexicon, office.clock.now, job(office).id, batch=2)

    office.write(work)


def exported(office: Office) -> int:
    """Timeline entries of cases that say so."""
    seen = select(CaseEvent).where(CaseEvent.kind == "viewed", CaseEvent.actor.startswith("officer:"))
    return len(office.read(lambda session: list(session.scalars(seen))))


def test_an_export_is_made_by_the_worker_and_fetched(any_office: Office) -> None:
    reports(any_office, 5)
    desk = at_desk(any_office)
    send(desk, "/exports", **DAYS).follow()
    assert "Diminta." in desk.words
    assert "rekap bulanan" in desk.words
    any_office.work()
    assert "5 kasus." in desk.get("/exports").words
    send(desk, "/exports/fetch", id=job(any_office).id)
    assert desk.answer.headers["Content-Disposition"] == ('attachment; filename="simfoni-2026-11-01-2026-11-30.csv"')
    rows = list(csv.reader(io.StringIO(desk.answer.get_data().decode("utf-8-sig"))))
    assert rows[0][0] == "Nomor"
    assert len(rows) == 6
    assert exported(any_office) == 5


def test_its_progress_is_told_case_by_case(office: Office) -> None:
    reports(office, 5)
    desk = at_desk(office)
    send(desk, "/exports", **DAYS)
    assert "belum mulai" in desk.get("/exports").words
    for done in ("2 dari 5 kasus", "4 dari 5 kasus", "5 dari 5 kasus"):
        batch(office)
        assert done in desk.get("/exports").words
    batch(office)
    assert "siap diunduh" in desk.get("/exports").words


def test_nothing_of_it_lies_open(any_office: Office) -> None:
    reports(any_office, 3)
    reference = any_office.cases()[0]["reference"].encode()
    send(at_desk(any_office), "/exports", **DAYS)
    batch(any_office)
    parts = any_office.read(lambda session: list(session.scalars(select(ExportPart.body))))
    assert len(parts) == 1
    any_office.work()
    made = job(any_office)
    assert any_office.read(lambda session: list(session.scalars(select(ExportPart)))) == []
    assert made.body is not None
    assert not any(
        word in raw for raw in (*parts, made.body, made.reason) for word in (reference, b"rekap", b"Senaken")
    )


def test_a_cancelled_export_leaves_nothing_behind(any_office: Office) -> None:
    reports(any_office, 5)
    desk = at_desk(any_office)
    send(desk, "/exports", **DAYS)
    batch(any_office)
    send(desk, "/exports/cancel", id=job(any_office).id).follow()
    assert "Dibatalkan." in desk.words
    any_office.work()
    made = job(any_office)
    assert (made.status, made.body) == ("cancelled", None)
    assert any_office.read(lambda session: list(session.scalars(select(ExportPart)))) == []
    assert exported(any_office) == 2
    assert send(desk, "/exports/fetch", id=made.id).status == 409


def test_after_a_day_the_file_is_gone(any_office: Office) -> None:
    reports(any_office, 1)
    send(at_desk(any_office), "/exports", **DAYS)
    any_office.work()
    any_office.clock.now += timedelta(hours=24)
    desk = Desk(any_office).log_in("ani")
    assert send(desk, "/exports/fetch", id=job(any_office).id).status == 409
    any_office.work()
    assert (job(any_office).status, job(any_office).body) == ("expired", None)


def test_only_she_who_asked_fetches_it(office: Office) -> None:
    reports(office, 1)
    send(at_desk(office), "/exports", **DAYS)
    office.work()
    other = at_desk(office, "budi", role="head")
    assert "rekap bulanan" in other.get("/exports").words
    assert "Unduh" not in other.words
    for path in ("/exports/fetch", "/exports/cancel"):
        assert send(other, path, id=job(office).id).status == 409
        assert "bukan milik Anda" in other.words


def test_asking_and_every_fetching_is_on_record(office: Office) -> None:
    reports(office, 2)
    desk = at_desk(office)
    send(desk, "/exports", **DAYS)
    office.work()
    for _ in range(2):
        send(desk, "/exports/fetch", id=job(office).id)
    rows = office.read(lambda session: list(session.scalars(select(AccessRecord).order_by(AccessRecord.id))))
    told = [(row.what, row.rows) for row in rows if row.what.startswith("export")]
    assert told == [("export asked", 0), ("export simfoni", 2), ("export fetched", 2), ("export fetched", 2)]


def test_a_case_she_is_related_to_is_not_in_her_file(office: Office) -> None:
    reports(office, 1)
    hers = office.officer("Ibu", "supervisor")
    office.act(hers, relations.mark_related)
    reports(office, 1)
    wanted = exports.Wanted(DAY, DAY, ".csv", "rekap")
    office.write(
        lambda session: exports.ask(
            session, office.parts.desk, office.clock.now, session.merge(office.row_of(hers)), wanted
        )
    )
    office.work()
    assert job(office).total == 1


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"reason": " "}, "Tulis alasannya"),
        ({"suffix": ".exe"}, "Pilih CSV atau XLSX."),
        ({"from": "2026-12-30"}, "mendahului"),
        ({"from": "x"}, "Isi kedua tanggalnya."),
        ({"from": "1990-01-01"}, "lima tahun"),
    ],
)
def test_what_can_not_be_exported_is_refused_in_words(office: Office, form: dict[str, str], why: str) -> None:
    desk = at_desk(office)
    assert send(desk, "/exports", **(DAYS | form)).status == 409
    assert why in desk.words


def test_one_at_a_time(office: Office) -> None:
    desk = at_desk(office)
    send(desk, "/exports", **DAYS)
    assert send(desk, "/exports", **DAYS).status == 409
    assert "masih dibuat" in desk.words


def test_a_suspended_leader_gets_no_file(office: Office) -> None:
    reports(office, 1)
    send(at_desk(office), "/exports", **DAYS)

    def freeze(session: Session) -> None:
        session.get_one(Officer, job(office).officer_id).suspended_at = office.clock.now

    office.write(freeze)
    office.work()
    assert job(office).status == "cancelled"
    assert exported(office) == 0
