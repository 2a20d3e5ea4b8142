"""The practice page in a real browser, over real web and worker processes."""

import gzip
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.simulator_site import SOON, Site, Visit, practice

CODE = "*384*55555#"
MOST = 15_000
"""Bytes of the first view, compressed: page, style and script."""

Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with practice(tmp_path_factory.mktemp("practice")) as site:
        yield site


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[Open]:
    """Opens the page; at the end nothing may have failed in any console, nor gone to another host."""
    visits: list[Visit] = []

    def begin(**options: Any) -> Visit:
        visits.append(Visit.begin(chromium, site, **options))
        return visits[-1]

    yield begin
    for visit in visits:
        visit.end()


def new_phone(visit: Visit, name: str, role: str = "Warga") -> None:
    """Without JavaScript as well."""
    page = visit.page
    if not page.locator("#add").get_by_label("Nama").is_visible():
        page.get_by_text("Tambah telepon").click()
    page.locator("#add").get_by_label("Nama").fill(name)
    page.locator("#add").get_by_label("Peran").select_option(role)
    page.get_by_role("button", name="Tambah", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile(rf"^{name}\b"))).to_be_visible(timeout=SOON)


def test_danger_is_dialled_alerted_and_taken_on_the_phones(open_page: Open) -> None:
    visit = open_page()
    new_phone(visit, "Ani", "Petugas, piket")
    new_phone(visit, "Sari")
    caller, officer = visit.phone("Sari"), visit.phone("Ani")
    caller.press(CODE).green().shows("2 Dalam bahaya")
    caller.answer("2").shows("Tercatat.")
    officer.shows("prioritas 1")
    alert = re.search(r"BP (\w{4,}) prioritas 1 .* AMBIL (\d{6})", officer.newest)
    assert alert is not None
    reference, code = alert.groups()
    opened = visit.page.locator("#log li").filter(has_text=f"kasus BP-{reference} dibuka, prioritas 1")
    expect(opened).to_contain_text("SMS alert untuk petugas", timeout=SOON)
    officer.write(f"AMBIL {code}").green().shows(f"BP {reference} Anda ambil")
    taken = f"AMBIL diterima dari Ani: BP-{reference}"
    expect(visit.page.locator("#log")).to_contain_text(taken, timeout=SOON)


def test_who_allowed_sms_is_asked_how_she_is_after_the_clock_is_turned(open_page: Open) -> None:
    visit = open_page()
    new_phone(visit, "Dewi")
    caller = visit.phone("Dewi")
    caller.press(CODE).green().shows("3 Lapor kekerasan")
    caller.answer("3", "4", "2", "1", "2", "3", "1", "5", "1").shows("SMS kami tidak menyebut isinya")
    caller.red()
    visit.turn("+3 hari")
    visit.turn("ke 07.30")
    caller.shows("Halo, apa kabar?")


def test_a_story_can_be_stopped(open_page: Open) -> None:
    visit = open_page()
    visit.page.locator("#stories summary").click()
    visit.page.get_by_role("button", name="Putar: Telepon petugas dicuri").click()
    visit.page.get_by_role("button", name="Hentikan cerita").click()
    expect(visit.page.locator("#playing")).to_contain_text("dihentikan", timeout=SOON)


def test_letters_for_a_village_are_typed_on_the_keyboard(open_page: Open) -> None:
    visit = open_page()
    new_phone(visit, "Rina")
    caller = visit.phone("Rina")
    caller.write(f"{CODE[:-1]}*2#").place.get_by_label("Ketik di").press("Enter")
    caller.shows("Ketik nama desa")
    caller.write("senak").place.get_by_label("Ketik di").press("Enter")
    caller.shows("Senaken")
    caller.place.get_by_label("Ketik di").press("Escape")
    expect(caller.place.locator(".ussd")).to_have_count(0, timeout=SOON)


def test_the_length_of_a_text_is_told_while_it_is_typed(open_page: Open) -> None:
    caller = open_page().phone("Warga")
    count = caller.place.locator("[data-count]")
    caller.write("a" * 161)
    expect(count).to_have_text("161/306 · 2 SMS · GSM-7")
    caller.write("tolong ✓")
    expect(count).to_have_text("8/70 · 1 SMS · UCS-2")
    caller.write("{}")
    expect(count).to_have_text("4/160 · 1 SMS · GSM-7")


def test_without_javascript_every_press_is_a_page(open_page: Open) -> None:
    visit = open_page(java_script_enabled=False)
    new_phone(visit, "Budi", "Petugas, piket")
    new_phone(visit, "Lina")
    caller, officer = visit.phone("Lina"), visit.phone("Budi")
    caller.press(CODE).green().shows("2 Dalam bahaya")
    caller.press("2").green().shows("Tercatat")
    for _ in range(60):
        visit.page.goto(f"{visit.site.address}/simulator/")
        if officer.place.locator(".sms .theirs span").count():
            break
        visit.page.wait_for_timeout(250)
    officer.shows("prioritas 1")
    caller.red()
    expect(caller.place.locator(".ussd")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_stands_in_the_way_of_anybody(open_page: Open, width: int, scheme: str) -> None:
    visit = open_page(width=width, color_scheme=scheme)
    visit.phone("Warga").red().red().press(CODE).green().shows("2 Dalam bahaya")
    for details in visit.page.locator("details").all():
        details.evaluate("one => one.open = true")
    found = Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    small = "[...document.querySelectorAll('button, summary')].filter(one => one.getBoundingClientRect().height < 44)"
    assert visit.page.evaluate(f"{small}.map(one => one.textContent)") == []
    narrow = "[...document.querySelectorAll('button')].filter(one => one.getBoundingClientRect().width < 44)"
    assert visit.page.evaluate(f"{narrow}.map(one => one.textContent)") == []


def test_the_picture_of_the_readme_is_a_story_that_has_been_played(open_page: Open, tmp_path: Path) -> None:
    """`PICTURES=docs` keeps it."""
    visit = open_page(color_scheme="light")
    visit.page.set_viewport_size({"width": 1280, "height": 1060})
    visit.page.locator("#stories summary").click()
    visit.page.get_by_role("button", name="Putar: Bahaya, lalu sambungan putus").click()
    expect(visit.page.locator("#playing")).to_contain_text("selesai seperti seharusnya", timeout=4 * SOON)
    picture = Path(os.environ.get("PICTURES", tmp_path)) / "simulator.png"
    visit.page.screenshot(path=picture)
    assert picture.stat().st_size > 10_000


def test_the_address_is_printed_where_practice_is_started(site: Site) -> None:
    assert f"{site.address}/simulator/" in (site.root / "practice.log").read_text()


def test_the_first_view_is_small_and_its_policy_strict(site: Site) -> None:
    page = requests.get(f"{site.address}/simulator/", timeout=10)
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';")
    assert not re.search(r"<script>|<style|\sstyle=|\son[a-z]+=", page.text)
    parts = [page.content]
    for path in re.findall(r'(?:href|src)="(/simulator/static/[^"]+)"', page.text):
        parts.append(requests.get(site.address + path, timeout=10).content)
    assert len(parts) == 4
    assert sum(len(gzip.compress(part)) for part in parts) < MOST


def test_the_transcript_holds_keys_screens_and_texts(open_page: Open, tmp_path: Path) -> None:
    visit = open_page()
    new_phone(visit, "Tini")
    visit.phone("Tini").press(CODE).green().shows("2 Dalam bahaya").answer("6")
    with visit.page.expect_download() as saved:
        visit.page.get_by_role("link", name="Unduh catatan latihan").click()
    text = Path(saved.value.path()).read_text()
    assert f"memanggil `{CODE}`" in text
    assert "menjawab `6`" in text
    assert "layar (CON): Layanan" in text


def test_what_is_being_typed_survives_the_next_look(open_page: Open) -> None:
    visit = open_page()
    caller = visit.phone("Warga").write("belum selesai")
    minutes = visit.page.locator("#carrier").get_by_label("Mati")
    minutes.fill("25")
    with visit.page.expect_response(lambda answer: answer.request.method == "GET" and answer.ok):
        pass
    with visit.page.expect_response(lambda answer: answer.request.method == "GET" and answer.ok):
        pass
    expect(caller.place.get_by_label("Ketik di")).to_have_value("belum selesai")
    expect(minutes).to_have_value("25")
    minutes.press("Enter")
    expect(visit.page.locator("#carrier")).to_contain_text("mati sampai", timeout=SOON)
    visit.page.get_by_role("button", name="Hidupkan").click()
    expect(visit.page.locator("#carrier")).to_contain_text("Operator hidup", timeout=SOON)


def test_a_refusal_stays_long_enough_to_be_read(open_page: Open) -> None:
    visit = open_page()
    caller = visit.phone("Kader Senaken")
    caller.place.get_by_text("Gangguan", exact=True).click()
    caller.place.get_by_role("button", name="Putuskan sambungan sekarang").click()
    notice = visit.page.locator("#notice")
    expect(notice).to_contain_text("Tidak ada sambungan", timeout=SOON)
    with visit.page.expect_response(lambda answer: answer.request.method == "GET" and answer.ok):
        pass
    expect(notice).to_contain_text("Tidak ada sambungan")
