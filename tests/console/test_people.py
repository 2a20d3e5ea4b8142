"""The people page: masked phones, suspending and restoring, cadres who ask, lists from a file."""

import io
import re

import pytest
from sqlalchemy import select

from gateway.casework import handling
from models.people import Agency, Cadre, Officer
from models.throttle import AccessRecord
from tests.console.desk import Desk, a_user, at_desk, row_of, statements
from tests.office import Office

HEADING = "name,phone,area_code,role\n"
GOOD = "Bu Siti,0812-3456-7890,64.01.04.2016,PKK\n"


def send(desk: Desk, path: str, **form: str) -> Desk:
    desk.get("/people")
    return desk.post(path, receipt=desk.hidden("receipt"), **form)


def upload(desk: Desk, content: str) -> Desk:
    form = {"csrf_token": desk.hidden("csrf_token"), "file": (io.BytesIO(content.encode()), "kader.csv")}
    desk.answer = desk.client.post("/console/people/preview", data=form)
    return desk


def cadres(office: Office) -> list[Cadre]:
    return list(office.read(lambda session: list(session.scalars(select(Cadre).order_by(Cadre.id)))))


def traces(office: Office) -> list[str]:
    found = office.read(lambda session: list(session.scalars(select(AccessRecord.what))))
    return [what for what in found if not what.startswith("log-in")]


@pytest.mark.parametrize("kind", ["officer", "cadre", "agency"])
def test_no_list_shows_a_whole_phone(office: Office, kind: str) -> None:
    numbers = [office.officer("Budi").number, office.cadre().number]
    text = at_desk(office).get(f"/people?kind={kind}").text
    assert not any(number in text for number in numbers)


def test_a_phone_is_shown_once_and_leaves_a_trace(any_office: Office) -> None:
    phone = any_office.cadre()
    (cadre,), desk = cadres(any_office), at_desk(any_office, role="officer")
    send(desk, "/people/show", kind="cadre", id=cadre.id)
    assert phone.number in desk.text
    assert traces(any_office) == ["phone shown cadre"]
    assert phone.number not in desk.get("/people?kind=cadre").text


def test_a_suspended_officer_is_out_at_once_and_can_come_back(any_office: Office) -> None:
    budi = at_desk(any_office, "budi", role="officer")
    budi_id = a_user(any_office, "cici", "officer")
    there = Desk(any_office).log_in("cici")
    assert there.get("/queue").status == 200
    desk = at_desk(any_office)
    send(desk, "/people/suspend", kind="officer", id=budi_id).follow()
    assert "Dibekukan" in desk.words
    assert there.get("/queue").to.startswith("/log-in")
    assert budi.get("/queue").status == 200
    assert row_of(any_office, budi_id).suspended_at is not None
    send(desk, "/people/restore", kind="officer", id=budi_id)
    assert row_of(any_office, budi_id).suspended_at is None
    assert [word for word in traces(any_office) if "officer" in word] == ["suspend officer", "restore officer"]


def test_her_cases_go_back_to_the_queue(office: Office) -> None:
    phone = office.officer("Budi")
    office.phone().text("LAPOR FISIK SENAKEN dipukul")
    office.act(phone, handling.accept)
    desk = at_desk(office)
    send(desk, "/people/suspend", kind="officer", id=office.row_of(phone).id).follow()
    assert "1 berkas kembali ke antrean" in desk.words
    assert office.case()["status"] != "accepted"


def test_nobody_suspends_herself(office: Office) -> None:
    mine = a_user(office, "ani")
    desk = Desk(office).log_in("ani")
    assert send(desk, "/people/suspend", kind="officer", id=mine).status == 409
    assert "Minta rekan lain." in desk.words
    assert row_of(office, mine).suspended_at is None


@pytest.mark.parametrize("form", [{"kind": "officer", "id": "x"}, {"kind": "reporter", "id": "x"}, {}])
def test_who_is_not_on_the_list_is_refused(office: Office, form: dict[str, str]) -> None:
    desk = at_desk(office)
    for path in ("/people/suspend", "/people/show"):
        assert send(desk, path, **form).status == 409
        assert "tidak ada di daftar" in desk.words


def test_an_officer_changes_nobody(office: Office) -> None:
    office.cadre()
    desk = at_desk(office, role="officer").get("/people?kind=cadre")
    assert "Bekukan" not in desk.words
    assert "Konfirmasi" not in desk.words


def test_a_cadre_who_asked_by_sms_is_confirmed_with_her_village(any_office: Office) -> None:
    any_office.phone().text("DAFTAR Bu Ratna")
    (cadre,), desk = cadres(any_office), at_desk(any_office, role="admin")
    assert "menunggu konfirmasi" in desk.get("/people?kind=cadre").words
    form = {"id": cadre.id, "name": "Bu Ratna", "role": "PKK"}
    desk.get(f"/people/confirm?id={cadre.id}")
    assert send(desk, "/people/confirm", **form, village="64.01.04").status == 409
    assert "Pilih desanya." in desk.words
    send(desk, "/people/confirm", **form, village="64.01.04.2016").follow()
    assert "Senaken" in desk.words
    assert "menunggu konfirmasi" not in desk.words
    (cadre,) = cadres(any_office)
    assert cadre.confirmed_at is not None
    assert (cadre.area_code, cadre.role) == ("64.01.04.2016", "PKK")


def test_a_cadre_nobody_knows_has_no_page(office: Office) -> None:
    assert at_desk(office).get("/people/confirm?id=x").status == 404


def test_a_list_of_cadres_is_looked_at_first(any_office: Office) -> None:
    desk = upload(at_desk(any_office), HEADING + GOOD)
    assert "1 baris, semuanya bisa." in desk.words
    assert cadres(any_office) == []
    desk.post("/people/import", receipt=desk.hidden("receipt"), csv=HEADING + GOOD).follow()
    assert "Bu Siti" in desk.words
    assert len(cadres(any_office)) == 1
    assert "cadres imported" in traces(any_office)


def test_bad_rows_are_named_and_keep_the_good_ones_out(office: Office) -> None:
    bad = "Bu Rina,abc,64.01.04.2016,PKK\nBu Tuti,081234567891,99,PKK\nBu Ida,081234567892,64.01.04.2016,RATU\n"
    desk = upload(at_desk(office), HEADING + GOOD + GOOD + bad)
    for words in ("Baris 3 : Nomornya sama", "Baris 4 : Ini bukan nomor", "99 bukan kode desa", "Peran RATU tidak"):
        assert words in desk.words
    desk.post("/people/import", receipt="a" * 32, csv=HEADING + GOOD + bad)
    assert desk.status == 409
    assert cadres(office) == []


def test_an_agency_is_added_once_by_its_phone(office: Office) -> None:
    desk = at_desk(office)
    form = {"name": "Polres Paser", "kind": "polisi", "phone": "0812-3456-7890"}
    send(desk, "/people/agency", **form).follow()
    assert "Polres Paser" in desk.words
    assert send(desk, "/people/agency", **form).status == 409
    assert "sudah milik lembaga lain" in desk.words
    assert len(office.read(lambda session: list(session.scalars(select(Agency))))) == 1


def test_a_long_list_comes_in_pages_at_the_same_cost(office: Office) -> None:
    desk = at_desk(office)
    few = statements(office, lambda: desk.get("/people?kind=cadre"))
    for number in range(60):
        office.cadre(name=f"Kader{number:02}")
    assert statements(office, lambda: desk.get("/people?kind=cadre")) == few
    first = desk.text
    assert "Kader49" in first
    assert "Kader50" not in first
    after = first.split('rel="next"')[1].partition("after=")[2].partition('"')[0]
    assert "Kader50" in desk.get(f"/people?kind=cadre&after={after}").words


# New officers and their log-ins


OWN = "sandi-pilihan-saya"


def password_on(desk: Desk) -> str:
    found = re.search(r'<code class="secret">([^<]+)', desk.text)
    assert found is not None, desk.words
    return found[1]


def added(desk: Desk, receipt: str = "", **form: str) -> Desk:
    desk.get("/people/officer")
    given = {"name": "Dewi", "phone": "0812-3456-7899", "role": "officer", "areas": "64.01.04", "login": "dewi"} | form
    return desk.post("/people/officer", receipt=receipt or desk.hidden("receipt"), **given)


def test_an_admin_adds_an_officer_who_logs_in_with_what_was_shown_once(any_office: Office) -> None:
    desk = added(at_desk(any_office, role="admin"))
    password = password_on(desk)
    dewi = Desk(any_office).log_in("dewi", password).follow()
    assert dewi.to == "/log-in/password"
    dewi.follow().post("/log-in/password", new=OWN, again=OWN)
    assert dewi.get("/queue").status == 200
    assert "Dewi, petugas" in dewi.words
    assert "Tanah Grogot" in desk.get("/people").words
    assert password not in desk.text
    assert traces(any_office) == ["officer added", "password changed", "queue"]


def test_the_same_form_sent_twice_adds_one_and_shows_the_same_password(office: Office) -> None:
    desk = at_desk(office, role="admin")
    receipt = desk.get("/people/officer").hidden("receipt")
    first, second = password_on(added(desk, receipt)), password_on(added(desk, receipt))
    assert first == second
    assert Desk(office).log_in("dewi", second).to == "/"
    assert traces(office) == ["officer added"]


def test_without_a_login_name_an_officer_works_by_sms_only(office: Office) -> None:
    desk = added(at_desk(office, role="admin"), login="")
    assert desk.status == 303
    assert "Dewi" in desk.follow().words


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"phone": "12"}, "bukan nomor telepon"),
        ({"login": "ani"}, "sudah dipakai petugas lain"),
        ({"areas": "64.99.99"}, "bukan kode kecamatan"),
        ({"role": "queen"}, "Pilih perannya"),
        ({"name": ""}, "Isi namanya"),
    ],
)
def test_an_officer_who_cannot_be_is_refused_and_nothing_typed_is_lost(
    office: Office, form: dict[str, str], why: str
) -> None:
    desk = added(at_desk(office, role="admin"), **form)
    assert (desk.status, why in desk.words) == (409, True), desk.words
    assert form.get("name", "Dewi") in desk.text
    assert traces(office) == []


def test_a_phone_that_an_officer_has_is_refused(office: Office) -> None:
    phone = office.officer("Budi").number
    assert "sudah milik petugas lain" in added(at_desk(office, role="admin"), phone=phone).words


def test_a_new_log_in_throws_her_out_everywhere_and_ends_the_old_password(any_office: Office) -> None:
    budi = at_desk(any_office, "budi", role="officer")
    budi_id = any_office.read(lambda session: session.scalar(select(Officer.id).where(Officer.login == "budi")))
    desk = at_desk(any_office, role="admin").get(f"/people/login?id={budi_id}")
    desk.post("/people/login", receipt=desk.hidden("receipt"), id=budi_id, login="budi")
    password = password_on(desk)
    assert budi.get("/queue").to.startswith("/log-in")
    assert Desk(any_office).log_in("budi").status == 401
    assert Desk(any_office).log_in("budi", password).follow().to == "/log-in/password"
    assert traces(any_office) == ["officer login set"]


def test_her_own_password_is_not_set_there(office: Office) -> None:
    desk = at_desk(office, role="admin")
    mine = office.read(lambda session: session.scalar(select(Officer.id)))
    desk.get(f"/people/login?id={mine}")
    assert desk.post("/people/login", receipt=desk.hidden("receipt"), id=mine, login="ani").status == 409
