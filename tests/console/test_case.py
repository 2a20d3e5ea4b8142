"""One case at the console: what is masked, who may look, every act once, and nothing typed is lost."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway.casework import alerts, codes, handling, people
from gateway.details import Contact
from models.vocabulary import ContactMode, Priority
from tests.conftest import MakeOffice
from tests.console.desk import Desk, a_user, at_desk
from tests.made import SHE, a_case
from tests.office import Office
from tests.phone import Phone


@pytest.fixture
def case(any_office: Office) -> str:
    """The reference of a case with a phone, a place, words of hers; she allows calls."""
    phone = any_office.phone(SHE)
    phone.text("LAPOR FISIK SENAKEN dipukul suami")
    return any_office.case()["reference"][3:]  # type: ignore[no-any-return]


def do(desk: Desk, reference: str, verb: str, **form: str) -> Desk:
    """Through the form on the page, as filled in."""
    desk.get(f"/files/{reference}")
    desk.post(f"/files/{reference}/do/{verb}", receipt=desk.hidden("receipt"), **form)
    return desk


def reveal(desk: Desk, reference: str, reason: str = "handling") -> Desk:
    desk.get(f"/files/{reference}")
    return desk.post(f"/files/{reference}/show", receipt=desk.hidden("receipt"), reason=reason).follow()


def kinds(office: Office, reference: str) -> list[str]:
    return [event["kind"] for event in office.show(reference)["events"]]


def test_details_are_masked_until_they_are_asked_for(any_office: Office, case: str) -> None:
    desk = at_desk(any_office).get(f"/files/{case}")
    for secret in (SHE, SHE[-4:], "Senaken", "dipukul", "fisik"):
        assert secret.lower() not in desk.source.lower(), secret
    reveal(desk, case)
    for word in (SHE, "Senaken", "Kekerasan fisik", "LAPOR FISIK SENAKEN dipukul suami"):
        assert word in desk.words, word


def test_a_look_at_the_details_is_an_event_with_its_reason(any_office: Office, case: str) -> None:
    desk = at_desk(any_office).get(f"/files/{case}")
    assert "viewed" not in kinds(any_office, case)[:-1]
    reveal(desk, case, "handover")
    assert [event for event in any_office.show(case)["events"] if event.get("reason") == "handover"]
    assert "Melihat data lengkap" in desk.words


def test_without_a_reason_nothing_is_shown(office: Office) -> None:
    a_case(office)
    reference = office.case()["reference"][3:]
    desk = at_desk(office).get(f"/files/{reference}")
    desk.post(f"/files/{reference}/show", receipt=desk.hidden("receipt"), reason="curious")
    assert desk.status == 409
    assert SHE not in desk.text


def test_what_is_shown_is_shown_to_this_browser_for_ten_minutes(any_office: Office, case: str) -> None:
    here = at_desk(any_office)
    there = Desk(any_office).log_in()
    reveal(here, case)
    assert SHE in here.get(f"/files/{case}").text
    assert SHE not in there.get(f"/files/{case}").text
    any_office.forward(minutes=11)
    assert SHE not in here.get(f"/files/{case}").text


def test_hiding_masks_again(any_office: Office, case: str) -> None:
    desk = reveal(at_desk(any_office), case)
    desk.post(f"/files/{case}/hide").follow()
    assert SHE not in desk.text


def test_no_page_shows_a_live_code(office: Office) -> None:
    officer = office.officer()
    office.phone().dial().press("2")
    office.work()
    code, reference = officer.code(), office.case()["reference"][3:]
    desk = reveal(at_desk(office), reference)
    assert "Balas: AMBIL ••••••" in desk.words
    assert code not in desk.text


@pytest.mark.parametrize(
    ("contact", "hour", "headline", "allowed"),
    [
        (Contact(), 10, "JANGAN telepon. Belum ada izin untuk menghubungi.", False),
        (Contact(ContactMode.SMS), 10, "JANGAN telepon. Belum ada izin untuk menghubungi.", False),
        (Contact(ContactMode.CALL, blocked=True), 10, "JANGAN telepon. Orang lain pernah mengangkat", False),
        (Contact(ContactMode.CALL, "morning"), 10, "Boleh telepon sekarang, hanya pukul 08–11.", True),
        (Contact(ContactMode.CALL, "morning"), 12, "JANGAN telepon sekarang. Hanya pukul 08–11.", False),
        (Contact(ContactMode.BOTH), 10, "Boleh telepon.", True),
        (Contact(ContactMode.CALL, once=True), 10, "Boleh satu kali telepon, sampai 10.30 WITA.", True),
        (Contact(ContactMode.CALL, once=True), 12, "JANGAN telepon. Izin satu kali telepon sudah lewat.", False),
    ],
)
def test_the_contact_rule_stands_on_top(
    office: Office, contact: Contact, hour: int, headline: str, allowed: bool
) -> None:
    a_case(office, contact=contact)
    if hour != 10:
        office.at(hour)
    desk = at_desk(office).get(f"/files/{office.case()['reference'][3:]}")
    assert headline in desk.words
    assert ('class="rule may"' in desk.text) is allowed
    assert desk.text.index('class="rule') < desk.text.index("data-main")


def test_the_code_word_is_masked_too(office: Office) -> None:
    a_case(office, contact=Contact(ContactMode.CALL, "any", word="melati"))
    reference = office.case()["reference"][3:]
    desk = at_desk(office).get(f"/files/{reference}")
    assert "tampilkan data sebelum menelepon" in desk.words
    assert "Kata kunci: melati" not in desk.words
    assert "Kata kunci: melati" in reveal(desk, reference).words


# Acts

FORMS: list[tuple[str, Mapping[str, str], str]] = [
    ("first_action", {"result": "1", "note": "aman"}, "first_action"),
    ("first_action", {"result": "2"}, "attempt"),
    ("note", {"text": "datang besok"}, "note"),
    ("priority", {"priority": "P2", "reason": "anak di rumah"}, "priority"),
    ("contact_rule", {"mode": "call", "hours": "any", "word": "padi", "reason": "ia bilang"}, "contact_rule"),
    ("consent", {"text": "lewat telepon, untuk puskesmas"}, "consent"),
    ("refer", {"agency": "Puskesmas A", "basis": "danger", "note": "ia terancam"}, "referred"),
    ("police_reported", {"on": "2026-11-22"}, "police_reported"),
    ("please_call", {}, "please_call"),
    ("duress", {}, "duress"),
    ("pass_on", {"reason": "giliran"}, "passed_on"),
    ("close", {"reason": "sudah ditangani keluarga aman"}, "closed"),
    ("invalid", {"reason": "salah kirim"}, "invalid"),
    ("related", {}, "related"),
]


@pytest.mark.parametrize(("verb", "form", "kind"), FORMS)
def test_each_form_does_its_act(office: Office, verb: str, form: Mapping[str, str], kind: str) -> None:
    agency(office, "Puskesmas A")
    a_case(office)
    reference = office.case()["reference"][3:]
    desk = at_desk(office)
    assert do(desk, reference, "accept").status == 303
    assert f"/do/{verb}" in desk.follow().text
    assert do(desk, reference, verb, **form).status == 303, desk.words
    assert kind in kinds(office, reference)


def agency(office: Office, name: str) -> None:
    row = people.new_agency(office.parts.desk, office.clock.now, name, "puskesmas", office.phone().number)
    office.write(lambda session: session.add(row))


def test_an_ended_case_is_reopened(any_office: Office, case: str) -> None:
    desk = at_desk(any_office)
    do(desk, case, "invalid", reason="uji coba")
    assert "Tersimpan: menyatakan bukan kasus." in desk.follow().words
    do(desk, case, "reopen", reason="ternyata sungguhan")
    assert any_office.case()["status"] == "reopened"


def test_a_supervisor_decides_about_the_police_duty(office: Office) -> None:
    a_case(office, forms=("PRK",))
    reference = office.case()["reference"][3:]
    desk = at_desk(office)
    assert "Ada kewajiban berbatas waktu" in desk.get(f"/files/{reference}").words
    do(desk, reference, "require", duty="police", reason="bukti cukup")
    assert "lapor ke polisi, 3x24 jam" in reveal(desk, reference).words
    do(desk, reference, "waive", duty="police", reason="ia tidak mau")
    assert "lapor ke polisi, 3x24 jam, sisa" not in desk.follow().words


def test_two_cases_are_suggested_linked_and_parted(any_office: Office) -> None:
    first = a_case(any_office)
    any_office.forward(minutes=1)
    a_case(any_office)
    one, other = (row["reference"][3:] for row in any_office.cases())
    assert first
    desk = at_desk(any_office).get(f"/files/{one}")
    assert f"BP-{other} mungkin sama: nomor yang sama" in desk.words
    do(desk, one, "link", other=other)
    assert f"BP-{other} dikaitkan" in desk.follow().words
    do(desk, one, "unlink", other=f"BP-{other}")
    assert f"BP-{other} mungkin sama" in desk.follow().words


def test_a_cadre_is_added_by_her_phone(office: Office) -> None:
    cadre = office.cadre()
    a_case(office)
    reference = office.case()["reference"][3:]
    desk = at_desk(office)
    assert do(desk, reference, "add_cadre", phone="0811000", reason="ia setuju").status == 409
    assert "Tidak ada kader dengan nomor itu." in desk.words
    assert do(desk, reference, "add_cadre", phone=cadre.number, reason="ia setuju, 10.00").status == 303


def test_a_grave_case_is_proposed_by_an_officer_and_closed_by_a_supervisor(office: Office) -> None:
    a_case(office, Priority.P1)
    reference = office.case()["reference"][3:]
    officer, leader = at_desk(office, "budi", role="officer"), at_desk(office, "ani")
    do(officer, reference, "accept")
    do(officer, reference, "first_action", result="4")
    assert do(officer, reference, "close", reason="aman").status == 409
    assert "hanya ditutup oleh penyelia" in officer.words
    assert do(officer, reference, "close", propose="1").status == 303
    assert "Setujui selesai" in leader.get(f"/files/{reference}").words
    do(leader, reference, "close", reason="sudah aman, dipindah")
    assert office.case()["status"] == "closed"


@pytest.mark.parametrize("role", ["officer", "supervisor", "head"])
def test_the_case_of_a_related_officer_is_not_there_for_her(any_office: Office, case: str, role: str) -> None:
    desk = at_desk(any_office, role=role)
    do(desk, case, "related")
    assert desk.get(f"/files/{case}").status == 404
    assert desk.get(f"/files/{case}/sheet").status == 404
    for verb in ("accept", "note", "close"):
        assert desk.post(f"/files/{case}/do/{verb}", receipt="0" * 32, text="x").status == 404


def test_whoever_the_ladder_called_from_another_place_may_see_and_take_it(office: Office) -> None:
    """Her SMS says "baca konsol"."""
    office.officer("Piket", areas="64.01.04")
    officer_id = a_user(office, "jauh", "officer", "64.01.03")
    case_id = a_case(office)
    reference = office.case()["reference"][3:]
    desk, now = office.parts.desk, office.clock.now
    office.write(lambda s: s.execute(text("UPDATE case_file SET kecamatan = '64.01.04'")) and None)
    far = Desk(office).log_in("jauh")
    assert far.get(f"/files/{reference}").status == 404
    office.write(lambda s: codes.issue(s, desk, now, officer_id, [alerts.ACCEPT], case_id) and None)
    assert do(far, reference, "accept").status == 303
    assert far.get(f"/files/{reference}").status == 200


# Once


def test_a_form_sent_twice_is_done_once_and_answered_alike(any_office: Office, case: str) -> None:
    desk = at_desk(any_office).get(f"/files/{case}")
    receipt = desk.hidden("receipt")
    first = desk.post(f"/files/{case}/do/note", receipt=receipt, text="sekali").to
    second = desk.get(f"/files/{case}").post(f"/files/{case}/do/note", receipt=receipt, text="sekali").to
    assert first == second == f"/files/{case}?done=note"
    assert kinds(any_office, case).count("note") == 1


def test_the_same_form_arriving_at_the_same_moment_is_done_once(any_office: Office, case: str) -> None:
    desk = at_desk(any_office).get(f"/files/{case}")
    form = {"csrf_token": desk.hidden("csrf_token"), "receipt": desk.hidden("receipt"), "result": "2"}
    do(desk, case, "accept")
    cookie = desk.client.get_cookie("beliperak")
    assert cookie is not None
    header = {"Cookie": f"beliperak={cookie.value}"}

    def send(_: int) -> str:
        client = any_office.app.test_client(use_cookies=False)
        return client.post(f"/console/files/{case}/do/first_action", data=form, headers=header).headers["Location"]

    with ThreadPoolExecutor(6) as hands:
        assert len(set(hands.map(send, range(6)))) == 1
    assert kinds(any_office, case).count("attempt") == 1


def test_the_timeline_holds_the_sms_both_ways_with_what_became_of_them(any_office: Office) -> None:
    officer, cadre = any_office.officer("Dewi"), any_office.cadre()
    cadre.text("LAPOR FISIK SENAKEN tetangga dipukul")
    any_office.work()
    reference = any_office.case()["reference"][3:]
    desk = at_desk(any_office).get(f"/files/{reference}")
    assert officer.inbox
    assert "petugas Dewi SMS: panggilan kasus: sampai" in desk.words
    assert "SMS masuk SMS diterima" in desk.words
    assert "tetangga dipukul" not in desk.words
    assert "LAPOR FISIK SENAKEN tetangga dipukul" in reveal(desk, reference).words


def test_the_same_note_from_the_back_button_is_one_and_next_day_another(any_office: Office, case: str) -> None:
    """The page comes back with a fresh receipt, the words are the same."""
    desk = at_desk(any_office)
    first = do(desk, case, "note", text="datang besok").to
    assert do(desk, case, "note", text="datang besok").to == first
    assert do(desk, case, "note", text="datang lusa").status == 303
    assert kinds(any_office, case).count("note") == 2
    any_office.clock.now += timedelta(minutes=31)
    do(at_desk(any_office, "budi"), case, "note", text="datang besok")
    do(Desk(any_office).log_in(), case, "note", text="datang besok")
    assert kinds(any_office, case).count("note") == 4


def test_two_calls_that_nobody_answers_are_two(any_office: Office, case: str) -> None:
    desk = at_desk(any_office)
    do(desk, case, "accept")
    do(desk, case, "first_action", result="2")
    do(desk, case, "first_action", result="2")
    assert kinds(any_office, case).count("attempt") == 2


def test_a_refused_form_may_be_sent_again_with_the_same_receipt(any_office: Office, case: str) -> None:
    desk = at_desk(any_office).get(f"/files/{case}")
    receipt = desk.hidden("receipt")
    assert desk.post(f"/files/{case}/do/note", receipt=receipt, text="").status == 409
    assert desk.post(f"/files/{case}/do/note", receipt=receipt, text="sekarang").status == 303


def test_a_receipt_of_another_officer_does_nothing(any_office: Office, case: str) -> None:
    hers = at_desk(any_office, "ani").get(f"/files/{case}")
    receipt = hers.hidden("receipt")
    hers.post(f"/files/{case}/do/note", receipt=receipt, text="satu")
    other = at_desk(any_office, "budi").get(f"/files/{case}")
    assert other.post(f"/files/{case}/do/note", receipt=receipt, text="dua").status == 409
    assert kinds(any_office, case).count("note") == 1


@pytest.mark.parametrize("receipt", ["", "x", "' OR 1=1 --" + "x" * 21])
def test_a_form_without_its_receipt_does_nothing(office: Office, receipt: str) -> None:
    a_case(office)
    reference = office.case()["reference"][3:]
    desk = at_desk(office).get(f"/files/{reference}")
    assert desk.post(f"/files/{reference}/do/accept", receipt=receipt).status == 409
    assert office.case()["status"] == "new"


def test_a_refusal_is_one_line_and_what_was_typed_is_there_again(any_office: Office, case: str) -> None:
    desk = do(at_desk(any_office), case, "priority", priority="P1", reason="")
    assert desk.status == 409
    assert "Belum bisa. Tulis alasan mengubah prioritas." in desk.words
    desk = do(desk, case, "police_reported", on="2030-01-01")
    assert "2030-01-01 belum tiba" in desk.words
    desk = do(desk, case, "link", other="ZZZZ")
    assert 'value="ZZZZ"' in desk.text


def test_a_refused_act_is_on_the_record_as_through_every_other_door(any_office: Office, case: str) -> None:
    do(at_desk(any_office), case, "priority", priority="P1", reason="")
    (event,) = [event for event in any_office.show(case)["events"] if event["kind"] == "refused"]
    assert event["verb"] == "priority"
    assert any_office.case()["priority"] == "P3"


def test_a_colleague_writes_down_that_she_is_not_to_be_reached_and_lets_nobody_reach_her(
    any_office: Office, case: str
) -> None:
    first, second = at_desk(any_office, "ani", role="officer"), at_desk(any_office, "budi", role="officer")
    do(first, case, "accept")
    assert do(second, case, "contact_rule", mode="call", hours="any", reason="ia bilang").status == 409
    assert "Belum bisa. Hanya pemegang atau penyelia yang mengizinkan kontak." in second.words
    assert do(second, case, "contact_rule", mode="none", reason="ia menelepon piket").status == 303
    assert do(first, case, "contact_rule", mode="call", hours="any", reason="ia bilang").status == 303


def test_somebody_else_took_it_meanwhile(any_office: Office, case: str) -> None:
    first, second = at_desk(any_office, "ani"), at_desk(any_office, "budi")
    do(first, case, "accept")
    assert do(second, case, "accept").status == 409
    assert "Sudah diambil Ani." in second.words


def test_the_sms_and_the_console_are_of_one_mind(office: Office) -> None:
    officer = office.officer("Cici")
    office.phone().dial().press("2")
    office.work()
    reference = office.case()["reference"][3:]
    officer.text(f"AMBIL {officer.code()}")
    desk = at_desk(office).get(f"/files/{reference}")
    assert "Pemegang Cici" in desk.words
    office.act(officer, lambda act: handling.write_note(act, "dari baris perintah"))
    assert "dari baris perintah" in reveal(desk, reference).words


def test_the_sheet_shows_what_is_shown(any_office: Office, case: str) -> None:
    desk = at_desk(any_office)
    assert "Senaken" not in desk.get(f"/files/{case}/sheet").words
    reveal(desk, case)
    assert "Senaken" in desk.get(f"/files/{case}/sheet").words


# A case told to an officer


def enter(desk: Desk, **form: object) -> Desk:
    desk.get("/new")
    token = desk.hidden("csrf_token")
    data = {"csrf_token": token, "receipt": desk.hidden("receipt"), **form}
    desk.answer = desk.client.post("/console/new", data=data)
    return desk


def test_a_case_told_in_person_is_a_case_like_any_other(any_office: Office) -> None:
    officer: Phone = any_office.officer()
    desk = at_desk(any_office)
    enter(
        desk,
        danger="1",
        who="woman",
        forms=["FIS", "ANC"],
        village="64.01.04.2016",
        landmark="belakang pasar",
        phone="0812-3456-7890",
        mode="call",
        hours="any",
        note="datang ke kantor",
    )
    assert desk.status == 303, desk.words
    found = any_office.case()
    assert (found["channel"], found["reporter"], found["priority"]) == ("console", "officer", "P1")
    assert found["complete"] is True
    assert found["forms"] == ["FIS", "ANC"]
    assert found["victim"] == {"age": "adult", "sex": "f"}
    assert found["contact"] == {"mode": "call", "hours": "07-21"}
    any_office.work()
    assert "AMBIL" in officer.last
    assert "Ani Berkas dibuka" in desk.follow().words


def test_the_officer_may_take_it_herself(office: Office) -> None:
    desk = enter(at_desk(office), forms=["PSI"], take="1")
    assert desk.status == 303
    assert office.case()["accepted_by"] == "Ani"


def test_the_same_report_sent_twice_is_one_case(any_office: Office) -> None:
    desk = at_desk(any_office).get("/new")
    form = {"csrf_token": desk.hidden("csrf_token"), "receipt": desk.hidden("receipt"), "forms": "FIS"}
    answers = {desk.client.post("/console/new", data=form).headers["Location"] for _ in range(3)}
    answers.add(enter(desk, forms="FIS").answer.headers["Location"])  # from the back button
    assert len(answers) == len(any_office.cases()) == 1


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Isi paling tidak apa yang terjadi, atau catatan."),
        ({"note": "x", "mode": "call"}, "Bila ia boleh dihubungi, isi nomor teleponnya."),
        ({"note": "x", "phone": "nol delapan"}, "Ini bukan nomor telepon"),
        ({"note": "x" * 2001}, "Tulisan paling panjang 2000 huruf."),
    ],
)
def test_what_cannot_be_a_case_is_said_and_kept_on_the_page(
    office: Office, form: Mapping[str, str], sentence: str
) -> None:
    desk = enter(at_desk(office), landmark="dekat sungai", **form)
    assert desk.status == 409
    assert sentence in desk.words
    assert 'value="dekat sungai"' in desk.text
    assert office.cases() == []


def test_her_own_report_in_person_begins_the_police_duty(make_office: MakeOffice) -> None:
    office = make_office()
    enter(at_desk(office), who="self_adult", forms=["PRK"], sexual_when="u3")
    assert {duty["name"] for duty in office.show(office.case()["reference"])["duties"]} == {"health", "police"}
