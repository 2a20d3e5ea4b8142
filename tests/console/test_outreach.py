"""The outreach page: sessions, consent to the weekly lesson, a message to the cadres looked at before it leaves."""

import pytest
from sqlalchemy import select

from models.outbound import OptOutRow
from models.outreach import OutreachSession
from models.people import Cadre
from models.vocabulary import MessageStatus
from tests.console.desk import Desk, at_desk, statements
from tests.made import rows
from tests.office import Office

SENAKEN, TANAH_GROGOT = "64.01.04.2016", "64.01.04"
HELD = {"village": SENAKEN, "people": "25", "audience": "perempuan", "topic": "PSI", "on": "2026-11-20"}
TEXT = "Rapat kader Sabtu 09.00 di balai. Terima kasih."


def send(desk: Desk, path: str, **form: str) -> Desk:
    desk.get("/outreach")
    return desk.post(path, receipt=desk.hidden("receipt"), **form)


def held(office: Office) -> list[OutreachSession]:
    return list(office.read(lambda session: list(session.scalars(select(OutreachSession)))))


def test_a_session_is_entered_and_counted(any_office: Office) -> None:
    desk = at_desk(any_office, role="officer")
    send(desk, "/outreach/session", **HELD).follow()
    assert "Tersimpan." in desk.words
    assert "20-11-2026 Senaken, 25 orang, perempuan, Kekerasan psikis" in desk.words
    assert "November 2026 1 25" in desk.words
    assert len(held(any_office)) == 1


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"people": "0"}, "Isi berapa orang hadir"),
        ({"people": "banyak"}, "Isi berapa orang hadir"),
        ({"on": "2026-12-24"}, "tidak sebelum berlangsung"),
        ({"on": "kemarin"}, "Isi harinya."),
        ({"village": ""}, "Pilih desanya."),
        ({"audience": "semua"}, "Pilih untuk siapa."),
    ],
)
def test_what_can_not_be_counted_is_refused_and_keeps_the_form(office: Office, form: dict[str, str], why: str) -> None:
    desk = at_desk(office)
    assert send(desk, "/outreach/session", **(HELD | form)).status == 409
    assert why in desk.words
    assert held(office) == []


def test_a_cadre_agrees_to_lessons_and_takes_it_back(any_office: Office) -> None:
    phone, desk = any_office.cadre(), at_desk(any_office)
    assert "0 dari 1 kader setuju" in desk.get("/outreach").words
    send(desk, "/outreach/lessons", phone=phone.number, answer="on").follow()
    assert "1 dari 1 kader setuju" in desk.words
    send(desk, "/outreach/lessons", phone=phone.number, answer="off").follow()
    assert "0 dari 1 kader setuju" in desk.words


def test_who_said_stop_is_not_signed_up_by_somebody_else(office: Office) -> None:
    phone = office.cadre()
    index = office.read(lambda session: session.scalars(select(Cadre.phone_index)).one())
    office.write(lambda session: session.add(OptOutRow(phone_index=index, at=office.clock.now, source="sms")))
    desk = at_desk(office)
    assert send(desk, "/outreach/lessons", phone=phone.number, answer="on").status == 409
    assert "BERHENTI" in desk.words


def test_a_message_is_looked_at_before_it_leaves(any_office: Office) -> None:
    any_office.cadre()
    any_office.cadre()
    any_office.cadre("64.01.01.2010")
    desk = at_desk(any_office)
    send(desk, "/outreach/preview", areas=TANAH_GROGOT, text=TEXT)
    assert "Penerima 2" in desk.words
    assert "Bagian per pesan 1" in desk.words
    assert rows(any_office) == []
    desk.post("/outreach/send", receipt=desk.hidden("receipt"), areas=TANAH_GROGOT, text=TEXT).follow()
    assert "0 dari 2 keluar, 2 menunggu" in desk.words
    assert len(rows(any_office)) == 2


def test_what_gives_somebody_away_can_not_be_sent(office: Office) -> None:
    office.cadre()
    desk = at_desk(office)
    send(desk, "/outreach/preview", areas=TANAH_GROGOT, text="Ada kekerasan di Senaken, hubungi kami")
    assert "Belum bisa dikirim." in desk.words
    assert "bisa membuka rahasia" in desk.words
    assert "Kirim ke" not in desk.words
    assert send(desk, "/outreach/send", areas=TANAH_GROGOT, text="Ada kekerasan di Senaken").status == 409
    assert rows(office) == []


def test_a_message_is_stopped(office: Office) -> None:
    office.cadre()
    desk = at_desk(office)
    send(desk, "/outreach/send", areas=TANAH_GROGOT, text=TEXT)
    desk.get("/outreach")
    found = desk.text.partition('name="id" value="')[2].partition('"')[0]
    send(desk, "/outreach/stop", id=found).follow()
    assert "dihentikan" in desk.words
    assert rows(office)[0].status is MessageStatus.CANCELLED


@pytest.mark.parametrize(("areas", "why"), [("", "Pilih kecamatannya."), ("64.99", "bukan kode kecamatan")])
def test_a_message_needs_kecamatan_of_hers(office: Office, areas: str, why: str) -> None:
    desk = at_desk(office)
    form = {"areas": areas} if areas else {}
    assert send(desk, "/outreach/preview", text=TEXT, **form).status == 409
    assert why in desk.words


def test_an_officer_writes_to_nobody(office: Office) -> None:
    assert "Pesan ke kader" not in at_desk(office, role="officer").get("/outreach").words


def test_many_sessions_and_messages_cost_the_same(office: Office) -> None:
    office.cadre()
    desk = at_desk(office)
    send(desk, "/outreach/send", areas=TANAH_GROGOT, text=TEXT)
    send(desk, "/outreach/session", **HELD)
    few = statements(office, lambda: desk.get("/outreach"))
    for number in range(4):
        send(desk, "/outreach/send", areas=TANAH_GROGOT, text=f"{TEXT} Ke-{number}")
        send(desk, "/outreach/session", **(HELD | {"people": str(number + 1)}))
    assert statements(office, lambda: desk.get("/outreach")) == few
