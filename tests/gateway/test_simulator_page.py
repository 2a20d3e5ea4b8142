"""The practice page over HTTP: who may press, what a press does, what the page and the transcript tell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from gateway.outbox import pulse
from gateway.simulator import clock, handsets, transcript
from gateway.simulator.handsets import Handset
from gateway.simulator.logbook import Logbook
from tests.practice import PracticeOffice

HERE = {"REMOTE_ADDR": "127.0.0.1"}
CODE = "*384*55555#"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PracticeOffice]:
    office = PracticeOffice(tmp_path)
    yield office
    office.close()


class Browser:
    """Somebody with the page open, cookie and token included."""

    def __init__(self, office: PracticeOffice) -> None:
        self.office = office
        self.client = Client(office.app)

    def get(self) -> str:
        return self.client.get("/simulator/", environ_base=HERE).get_data(as_text=True)

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get())
        assert found is not None
        return found[1]

    def post(self, path: str, **form: str) -> TestResponse:
        return self.client.post(f"/simulator/{path}", data={"csrf_token": self.token(), **form}, environ_base=HERE)

    def press(self, handset: Handset, **form: str) -> TestResponse:
        return self.post(f"phones/{handset.id}/press", **form)


@pytest.fixture
def browser(office: PracticeOffice) -> Browser:
    return Browser(office)


def phones(office: PracticeOffice) -> list[Handset]:
    return office.do(handsets.list_all)  # type: ignore[no-any-return]


def named(office: PracticeOffice, name: str) -> Handset:
    return next(one for one in phones(office) if one.name == name)


def log(office: PracticeOffice) -> list[str]:
    def read(session: Any) -> list[str]:
        return [line.says for line in Logbook(session, office.parts.desk).list_newest()]

    return office.read(read)  # type: ignore[no-any-return]


# Who may


def test_every_route_that_writes_wants_the_pages_token(office: PracticeOffice, browser: Browser) -> None:
    phone = office.add()
    rules = [rule for rule in office.app.url_map.iter_rules() if rule.endpoint.startswith("practice.")]
    writing = [rule.rule.replace("<phone_id>", phone.id) for rule in rules if "POST" in (rule.methods or ())]
    assert len(writing) == 9
    browser.get()
    for path in writing:
        for form in ({}, {"csrf_token": "guessed"}):
            assert browser.client.post(path, data=form, environ_base=HERE).status_code == 403, path


def test_nobody_elses_machine_sees_the_page(office: PracticeOffice) -> None:
    for path in ("/simulator/", "/simulator/transcript.md", "/simulator/static/phones.js"):
        answer = Client(office.app).get(path, environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert (answer.status_code, answer.text) == (403, "practice phones are shown on their own machine only")


def test_nobody_behind_a_proxy_on_this_machine_sees_it_whatever_name_he_asks_for(office: PracticeOffice) -> None:
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via"):
        answer = Client(office.app).get("/simulator/", environ_base=HERE, headers={header: "x", "Host": "localhost"})
        assert answer.status_code == 403


def test_the_page_never_holds_the_callbacks_token(office: PracticeOffice, browser: Browser) -> None:
    office.add()
    assert not any(token in browser.get() for token in office.parts.settings.webhook_tokens)


def test_every_answer_of_the_page_has_the_strict_policy(browser: Browser) -> None:
    for path in ("/simulator/", "/simulator/static/phones.css", "/simulator/transcript.md"):
        answer = browser.client.get(path, environ_base=HERE)
        answer.close()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


# Phones


def test_the_offices_phones_are_on_the_page_by_themselves(office: PracticeOffice, browser: Browser) -> None:
    ani, cadre = office.officer("Ani"), office.cadre(name="Bu Kader")
    page = browser.get()
    assert {one.number for one in phones(office)} >= {ani.number, cadre.number}
    assert "Warga Satu" in page
    browser.get()
    assert len(phones(office)) == 3, "once"


@pytest.mark.parametrize(
    ("role", "shown"), [("officer", "Petugas"), ("supervisor", "Penyelia"), ("head", "Kepala"), ("agency", "Lembaga")]
)
def test_a_phone_is_added_with_a_role_that_is_real(
    office: PracticeOffice, browser: Browser, role: str, shown: str
) -> None:
    browser.post("phones", name="Baru", role=role)
    baru = named(office, "Baru")
    assert re.search(rf'Baru <span class="role">{shown}', browser.get())
    office.phone().dial().press("2")
    office.work()
    assert bool(office.thread(baru)) is (role != "agency")


def test_a_cadre_of_the_page_is_read_as_one(office: PracticeOffice, browser: Browser) -> None:
    browser.post("phones", name="Bu Sri", role="cadre", village="64.01.04.2016")
    browser.press(named(office, "Bu Sri"), entry="LAPOR FISIK istri dipukul suami")
    case = office.case()
    assert (case["reporter"], case["area_code"]) == ("cadre", "64.01.04.2016")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": " "}, "Beri telepon itu nama."),
        ({"name": "X", "number": "12"}, "Itu bukan nomor telepon."),
        ({"name": "X", "number": "+6281200000101"}, "Nomor itu sudah ada di halaman ini."),
        ({"name": "X", "role": "cadre", "village": "99"}, "Pilih desa kader itu."),
        ({"name": "X", "role": "raja"}, "Peran itu tidak dikenal."),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    office: PracticeOffice, browser: Browser, form: dict[str, str], says: str
) -> None:
    browser.get()
    before = len(phones(office))
    browser.post("phones", **form)
    assert says in browser.get()
    assert len(phones(office)) == before


def test_a_phone_is_renamed_and_taken_off_the_page(office: PracticeOffice, browser: Browser) -> None:
    office.officer("Ani")
    browser.get()
    guest = office.add("Tamu")
    browser.post(f"phones/{guest.id}/edit", act="rename", name="Tetangga")
    assert named(office, "Tetangga").number == guest.number
    browser.post(f"phones/{guest.id}/edit", act="remove")
    browser.post(f"phones/{named(office, 'Ani').id}/edit", act="remove")
    assert "Tetangga" not in {one.name for one in phones(office)}
    assert "Ani" in {one.name for one in phones(office)}, "an officer's alerts must stay in sight"


def test_a_lost_officers_phone_is_frozen_and_restored(office: PracticeOffice, browser: Browser) -> None:
    office.officer("Ani")
    browser.get()
    ani = named(office, "Ani")
    browser.post(f"phones/{ani.id}/edit", act="suspend")
    assert "<b>dibekukan</b>" in browser.get()
    browser.post(f"phones/{ani.id}/edit", act="restore")
    assert "<b>dibekukan</b>" not in browser.get()


# Keys


def test_each_press_comes_back_to_its_phone_and_keeps_what_was_typed(office: PracticeOffice, browser: Browser) -> None:
    caller = office.add()
    entry = ""
    for key in CODE:
        answer = browser.press(caller, entry=entry, key=key)
        assert answer.status_code == 303
        assert answer.location.endswith(f"/simulator/#p-{caller.id}")
        entry = office.see(caller).entry
    assert entry == CODE
    browser.press(caller, entry=entry, act="erase")
    assert office.see(caller).entry == CODE[:-1]
    browser.press(caller, entry=CODE, act="send")
    assert office.see(caller).screen.startswith("Beli Perak")
    browser.press(caller, act="cancel")
    assert office.see(caller).screen == ""


def test_a_drop_with_nothing_open_is_said(office: PracticeOffice, browser: Browser) -> None:
    browser.post(f"phones/{office.add().id}/fault", word="drop")
    assert "Tidak ada sambungan yang terbuka" in browser.get()


def test_what_people_write_is_shown_as_they_wrote_it(office: PracticeOffice, browser: Browser) -> None:
    browser.press(office.add("<b>Sari</b>"), entry="<script>alert(1)</script> & \u201ctolong\u201d")
    page = browser.get()
    assert "<script>alert" not in page
    assert "<b>Sari" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; \u201ctolong\u201d" in page
    assert "UCS-2" in page


# World


def test_the_clock_is_turned_to_the_morning(office: PracticeOffice, browser: Browser) -> None:
    browser.post("clock", span="morning")
    assert "memutar ke 24-11 07.30" in browser.get()
    office.work()
    assert office.parts.desk.office.clock(office.now) == "07.30"
    assert browser.post("clock", span="-1d").status_code == 400


def test_the_carrier_is_switched_off_and_on(office: PracticeOffice, browser: Browser) -> None:
    browser.post("carrier", minutes="15")
    assert "mati sampai 10.15" in browser.get()
    browser.post("carrier", minutes="0")
    assert "Operator <strong>hidup" in browser.get()


def test_a_dead_worker_is_said(office: PracticeOffice, browser: Browser) -> None:
    assert "Pekerja (worker) tidak hidup" in browser.get()
    office.write(lambda session: pulse.beat(session, office.now, "worker"))
    assert "Pekerja (worker) tidak hidup" not in browser.get()


def test_without_javascript_the_page_looks_again_while_something_moves(
    office: PracticeOffice, browser: Browser
) -> None:
    assert "http-equiv" not in browser.get()
    now = office.now
    office.write(lambda session: clock.set_goal(session, now, now.replace(hour=20)))
    assert '<noscript><meta http-equiv="refresh"' in browser.get()


# What was done


def test_the_log_says_what_the_gateway_did_in_one_line_for_one_act(office: PracticeOffice) -> None:
    ani = office.officer("Ani")
    office.officer("Budi")
    office.phone().dial().press("2")
    office.work()
    reference = office.case()["reference"]
    assert log(office) == [f"kasus {reference} dibuka, prioritas 1; 2 SMS alert untuk petugas"]
    office.clock.now = office.clock.now.replace(minute=10, second=1)
    office.work()
    climbed = f"tangga naik ke anak tangga 1: {reference} belum ada yang menangani; 2 SMS eskalasi untuk petugas"
    assert climbed in log(office)[0]
    ani.text(f"AMBIL {ani.code()}")
    taken = f"SMS masuk, dibaca: kata petugas; AMBIL diterima dari Ani: {reference}"
    assert log(office)[0].startswith(taken)
    assert log(office)[0].endswith("2 SMS jawaban untuk petugas")


def test_the_log_quotes_nobody(office: PracticeOffice) -> None:
    office.cadre().text("LAPOR FISIK SENAKEN Zubaidah dipukul suami")
    office.phone().text("TOLONG saya dikunci di lumbung")
    office.work()
    told = " ".join(log(office))
    assert not re.search("zubaidah|lumbung|dipukul|dikunci|senaken", told, re.IGNORECASE)


def test_the_transcript_tells_keys_screens_texts_and_acts_in_order(office: PracticeOffice, browser: Browser) -> None:
    office.add("Ani", "officer")
    caller = office.add("Sari")
    for entry in (CODE, "2"):
        browser.press(caller, entry=entry)
    office.work()
    browser.post("clock", span="1h")
    with office.app.test_request_context("/simulator/transcript.md"):
        text = office.read(lambda session: transcript.render(session, office.parts.desk, office.now))
    marks = ["memanggil `*384*55555#`", "layar (CON): Beli Perak / 1", "menjawab `2`", "dibuka, prioritas 1"]
    marks += ["SMS dari gateway (1, terkirim): BP", "jam diputar +1 jam"]
    places = [text.find(mark) for mark in marks]
    assert -1 not in places
    assert places[:3] == sorted(places[:3])
    assert places[-1] == max(places)
    answer = browser.client.get("/simulator/transcript.md", environ_base=HERE)
    assert answer.content_type == "text/markdown; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="latihan-20261123-1000.md"'
