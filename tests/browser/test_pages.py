"""What the other pages do, in a real browser."""

import pytest
from playwright.sync_api import expect

from gateway.casework import people
from models.vocabulary import CadreRole
from tests.browser.conftest import Window
from tests.browser.site import Site
from tests.phone import Phone

TEXT = "Rapat kader Sabtu 09.00 di balai. Terima kasih."


@pytest.fixture(scope="module")
def head(site: Site) -> Phone:
    """A head who may log in; two reports, and a cadre of Senaken."""
    phone = site.user("hana", "head")
    desk = site.parts.desk
    number = site.phone().number
    cadre = people.new_cadre(desk, site.parts.clock(), "Bu Siti", number, "64.01.04.2016", CadreRole.PKK)
    cadre.confirmed_at = site.parts.clock()
    site.parts.store.write(lambda session: session.add(cadre))
    site.phone().text("LAPOR FISIK SENAKEN dipukul")
    site.phone().text("LAPOR PSIKIS BUSUI")
    return phone


@pytest.fixture
def inside(head: Phone, window: Window) -> Window:
    window.log_in("hana")
    return window


def test_the_other_pages_are_found_under_one_word(inside: Window) -> None:
    page = inside.go("/console/queue")
    page.locator(".others summary").click()
    inside.check()
    page.get_by_role("link", name="Kartu saku").click()
    page.get_by_role("heading", name="Kartu saku").wait_for()


def test_the_true_counts_are_asked_for(inside: Window) -> None:
    page = inside.go("/console/statistics")
    page.get_by_role("button", name="Tampilkan angka sebenarnya").click()
    expect(page.locator(".figures dd").first).to_have_text("2")
    inside.check()
    page.get_by_role("link", name="Statistik").click()
    expect(page.locator(".figures dd").first).to_have_text("<5")


def test_a_shift_is_added_and_stands_in_its_week(inside: Window) -> None:
    page = inside.go("/console/rota?week=2027-12-06")
    page.locator("#s-officer").select_option(label="Hana")
    page.fill("#s-from", "2027-12-07T08:00")
    page.fill("#s-to", "2027-12-07T16:00")
    page.get_by_role("button", name="Tambah piket").click()
    page.get_by_text("Tersimpan.").wait_for()
    expect(page.get_by_text("08.00–16.00").first).to_be_visible()
    inside.check()


def test_a_message_to_the_cadres_is_looked_at_first(inside: Window) -> None:
    page = inside.go("/console/outreach")
    page.get_by_label("Tanah Grogot").check()
    page.fill("#text", TEXT)
    page.get_by_role("button", name="Lihat dulu").click()
    page.get_by_role("button", name="Kirim ke 1 kader").wait_for()
    inside.check()
    page.get_by_role("button", name="Kirim ke 1 kader").click()
    page.get_by_text("Masuk antrean.").wait_for()
    inside.check()


def test_an_export_is_made_and_downloaded(inside: Window) -> None:
    page = inside.go("/console/exports")
    page.fill("#from", "2026-01-01")
    page.fill("#reason", "rekap bulanan")
    page.get_by_role("button", name="Minta ekspor").click()
    page.get_by_text("Diminta.").wait_for()
    inside.check()
    for _ in range(40):
        if page.get_by_role("button", name="Unduh").is_visible():
            break
        page.wait_for_timeout(500)
        page = inside.go("/console/exports")
    inside.check()
    with page.expect_download() as told:
        page.get_by_role("button", name="Unduh").click()
    assert told.value.suggested_filename.startswith("simfoni-2026-01-01-")


def test_a_chain_is_checked_and_a_phone_is_shown(inside: Window) -> None:
    page = inside.go("/console/audit")
    page.get_by_role("button", name="Periksa semua").click()
    page.get_by_text("semua rantai utuh").wait_for()
    inside.check()
    page = inside.go("/console/people?kind=cadre")
    page.get_by_role("button", name="Tampilkan Bu Siti").click()
    page.locator(".shown").wait_for()
    inside.check()


def test_eight_cards_fit_on_one_sheet_of_paper(inside: Window) -> None:
    for path in ("/console/cards", "/console/cards?for=cadre"):
        page = inside.go(path)
        sheet = page.pdf(format="A4", prefer_css_page_size=True)
        assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page ") == 1, path
