"""The rota page: who is on duty, where nobody is, and what leaders write into it."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.casework.coverage import Gap, Span
from gateway.console.week import gather
from models.duty import DutyLeave, DutyShift
from tests.console.desk import Desk, a_user, at_desk, statements
from tests.office import MORNING, Office

HEADING = "officer,from,to,areas\n"


def shifts(office: Office) -> list[DutyShift]:
    return list(office.read(lambda session: list(session.scalars(select(DutyShift).order_by(DutyShift.starts_at)))))


def leaves(office: Office) -> int:
    return len(office.read(lambda session: list(session.scalars(select(DutyLeave)))))


def send(desk: Desk, path: str, **form: str) -> Desk:
    desk.get("/rota")
    return desk.post(path, receipt=desk.hidden("receipt"), **form)


def add(desk: Desk, officer: str, start: str = "2026-11-25T08:00", end: str = "2026-11-25T16:00") -> Desk:
    return send(desk, "/rota/shift", officer=officer, **{"from": start, "to": end})


def upload(desk: Desk, content: str | bytes) -> Desk:
    desk.get("/rota")
    raw = content.encode() if isinstance(content, str) else content
    form = {"csrf_token": desk.hidden("csrf_token"), "file": (io.BytesIO(raw), "piket.csv")}
    desk.answer = desk.client.post("/console/rota/preview", data=form)
    return desk


def test_a_leader_adds_a_shift_and_takes_it_back(any_office: Office) -> None:
    desk, budi = at_desk(any_office), a_user(any_office, "budi", "officer")
    assert add(desk, budi).follow().status == 200
    assert "Tersimpan." in desk.words
    assert "Budi 08.00–16.00, seluruh kabupaten" in desk.words
    (shift,) = shifts(any_office)
    send(desk, "/rota/shift/remove", id=shift.id).follow()
    assert "Dihapus" in desk.words
    assert shifts(any_office) == []


def test_the_same_form_twice_is_one_shift(office: Office) -> None:
    desk, budi = at_desk(office), a_user(office, "budi", "officer")
    desk.get("/rota")
    form = {"receipt": desk.hidden("receipt"), "officer": budi, "from": "2026-11-25T08:00", "to": "2026-11-25T16:00"}
    first = desk.post("/rota/shift", **form).to
    assert desk.post("/rota/shift", **form).to == first
    assert len(shifts(office)) == 1


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-11-25T16:00", "2026-11-25T08:00", "Akhirnya harus sesudah mulainya."),
        ("2026-11-25T15:00", "2026-11-25T17:00", "Petugas itu sudah piket 25-11-2026 08.00 sampai 25-11-2026 16.00."),
        ("besok", "", "Isi waktunya"),
    ],
)
def test_what_can_not_be_is_refused_in_words_and_keeps_the_form(office: Office, start: str, end: str, why: str) -> None:
    desk, budi = at_desk(office), a_user(office, "budi", "officer")
    add(desk, budi)
    assert add(desk, budi, start, end).status == 409
    assert why in desk.words
    assert f'value="{budi}" selected' in desk.text
    assert len(shifts(office)) == 1


def test_leave_over_a_shift_warns_and_empties_it(any_office: Office) -> None:
    desk, budi = at_desk(any_office), a_user(any_office, "budi", "officer")
    add(desk, budi, "2026-11-23T08:00", "2026-11-23T18:00")
    assert "Budi +6281" in desk.get("/rota").words
    send(desk, "/rota/leave", officer=budi, **{"from": "2026-11-23", "to": "2026-11-24"}).follow()
    assert "menimpa 1 piketnya" in desk.words
    assert "Tidak ada. Kasus baru langsung ke penyelia dan kepala." in desk.words
    assert leaves(any_office) == 1


def test_who_is_on_duty_now_and_whether_she_came(any_office: Office) -> None:
    desk, budi = at_desk(any_office), a_user(any_office, "budi", "officer")
    add(desk, budi, "2026-11-23T08:00", "2026-11-23T18:00")
    assert "belum HADIR" in desk.get("/rota").words

    def come(session: object) -> None:
        session.scalar(select(DutyShift)).present_at = any_office.clock.now  # type: ignore[attr-defined]

    any_office.write(come)
    assert "HADIR 10.00 WITA" in desk.get("/rota").words
    assert "belum HADIR" not in desk.words


def test_gaps_of_the_same_time_are_one_line() -> None:
    night, day = (Span(MORNING + timedelta(hours=at), MORNING + timedelta(hours=at + 2)) for at in (0, 3))
    holes = gather([Gap(night, "a"), Gap(night, "b"), Gap(day, "a")], 2)
    assert [(hole.span, hole.kecamatans) for hole in holes] == [(night, ()), (day, ("a",))]


def test_phones_are_masked(office: Office) -> None:
    desk, budi = at_desk(office), a_user(office, "budi", "officer")
    add(desk, budi, "2026-11-23T08:00", "2026-11-23T18:00")
    assert "*****" in desk.get("/rota").text
    assert not any(word.startswith("+62811000") for word in desk.words.split())


def test_a_file_is_looked_at_first_and_then_written_whole(any_office: Office) -> None:
    phone, desk = any_office.officer("Budi", on_duty=False).number, at_desk(any_office)
    text = HEADING + f"{phone},2026-11-25T08:00,2026-11-25T16:00,64.01.04\n{phone},2026-11-26T08:00,2026-11-26T16:00,\n"
    upload(desk, text)
    assert "2 baris, semuanya bisa." in desk.words
    assert shifts(any_office) == []
    desk.post("/rota/import", receipt=desk.hidden("receipt"), csv=text)
    assert desk.status == 303
    assert len(shifts(any_office)) == 2


def test_bad_rows_are_named_and_nothing_can_be_written(office: Office) -> None:
    phone, desk = office.officer("Budi", on_duty=False).number, at_desk(office)
    good = f"{phone},2026-11-25T08:00,2026-11-25T16:00,\n"
    text = HEADING + good + good + "0812,x,y,\n"
    upload(desk, text)
    assert "2 dari 3 baris belum bisa." in desk.words
    assert "Petugas itu sudah piket" in desk.words
    assert "Simpan semua" not in desk.words
    desk.post("/rota/import", receipt="a" * 32, csv=text)
    assert desk.status == 409
    assert shifts(office) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "Pilih berkasnya dulu."),
        ("a,b\n1,2\n", "kolomnya harus"),
        (b"\xff\xfe\x00", "CSV UTF-8"),
        (HEADING, "kosong"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(office: Office, content: str | bytes, why: str) -> None:
    desk = upload(at_desk(office), content)
    assert desk.status == 409
    assert why in desk.words


def test_an_officer_reads_the_rota_and_has_no_forms(office: Office) -> None:
    desk = at_desk(office, role="officer").get("/rota?week=2026-12-02")
    assert "Pekan 30-11-2026 sampai 06-12-2026" in desk.words
    assert "Tambah piket" not in desk.words
    assert desk.get("/rota?week=nonsense").status == 200


def test_a_full_week_costs_the_same_number_of_statements(office: Office) -> None:
    desk, budi = at_desk(office), a_user(office, "budi", "officer")
    add(desk, budi)
    few = statements(office, lambda: desk.get("/rota"))
    for day in range(26, 29):
        add(desk, budi, f"2026-11-{day}T08:00", f"2026-11-{day}T16:00")
    assert statements(office, lambda: desk.get("/rota")) == few
