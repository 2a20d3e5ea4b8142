"""A case from the danger key to its end, by clicking, with phones, server and worker all real."""

import contextlib
import re
import time
from collections.abc import Callable

import pytest

from gateway.casework import people
from tests.browser.conftest import OpenWindow, Window
from tests.browser.site import Site
from tests.phone import Phone


def wait_for(sign: Callable[[], object]) -> None:
    """Until the worker has done something; generous, for a busy machine."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(AssertionError, IndexError):
            if sign():
                return
        time.sleep(0.1)
    raise TimeoutError


@pytest.fixture(scope="module")
def ani(site: Site) -> Phone:
    """The supervisor's phone; she is on duty and may log in."""
    agency = people.new_agency(
        site.parts.desk, site.parts.clock(), "Puskesmas Contoh", "puskesmas", site.phone().number
    )
    site.parts.store.write(lambda session: session.add(agency))
    return site.user("ani")


def newest(site: Site) -> str:
    return str(site.cases()[-1]["reference"])


def test_danger_is_taken_by_sms_and_the_console_shows_it(site: Site, ani: Phone, window: Window) -> None:
    site.phone().dial().press("2")
    reference = newest(site)
    wait_for(lambda: reference[3:] in ani.last)
    ani.text(f"AMBIL {ani.code()}")
    window.log_in("ani")
    page = window.go("/console/queue?shelf=mine")
    page.get_by_role("link", name=reference).click()
    assert "JANGAN telepon" in page.locator(".rule").first.inner_text()
    assert "diambil" in page.locator(".case-head").inner_text()
    window.check()

    page.get_by_label("4 · Didatangi, bertemu").check()
    page.get_by_role("button", name="Simpan hasil").click()
    page.get_by_text("Tersimpan: mencatat tindakan pertama.").wait_for()
    page.locator(".unmask").get_by_role("button", name="Tampilkan").click()
    page.get_by_role("button", name="Sembunyikan").wait_for()
    assert re.search(r"\+62813\d+", page.locator(".facts").inner_text())
    window.check()


def test_every_fold_of_a_case_opens_clean(site: Site, ani: Phone, window: Window) -> None:
    site.phone().text("LAPOR cabul anak 12 th di SENAKEN")
    window.log_in("ani")
    page = window.go(f"/console/files/{newest(site)[3:]}")
    page.get_by_role("button", name="Ambil", exact=True).click()
    page.get_by_text("Tersimpan: mengambil.").wait_for()
    for fold in page.locator("details.act > summary").all():
        fold.click()
    assert page.locator("details.act[open]").count() >= 12
    window.check()
    page.emulate_media(color_scheme="dark")
    window.check()
    window.go(f"/console/files/{newest(site)[3:]}/sheet")
    window.check()


def test_a_refusal_loses_nothing_that_was_typed(site: Site, ani: Phone, window: Window) -> None:
    site.phone().text("LAPOR FISIK SENAKEN dipukul")
    window.expected = ("409",)
    window.log_in("ani")
    page = window.go(f"/console/files/{newest(site)[3:]}")
    page.get_by_text("Kaitkan dengan berkas lain").click()
    page.fill("#link-other", "BP-ZZZZ")
    page.get_by_role("button", name="Kaitkan", exact=True).last.click()
    page.get_by_role("alert").get_by_text("Tidak ada berkas lain dengan nomor itu.").wait_for()
    assert page.input_value("#link-other") == "BP-ZZZZ"
    window.check()


def test_a_double_click_and_the_back_button_do_it_once(site: Site, ani: Phone, open_window: OpenWindow) -> None:
    """Without scripts, so that only the server is there to see through it."""
    site.phone().text("LAPOR FISIK SENAKEN dipukul lagi")
    window = open_window(scripts=False)
    window.log_in("ani")
    path = f"/console/files/{newest(site)[3:]}"
    page = window.go(path)
    page.locator("summary", has_text="Catatan").first.click()
    page.fill("#note-text", "sekali saja")
    page.get_by_role("button", name="Simpan catatan").dblclick(no_wait_after=True)
    page.wait_for_url("**done=note")
    page.go_back()
    if not page.locator("#note-text").is_visible():
        page.locator("summary", has_text="Catatan").first.click()
    page.fill("#note-text", "sekali saja")
    page.get_by_role("button", name="Simpan catatan").click()
    page.wait_for_url("**done=note")
    assert page.locator(".line li", has_text="Ani Catatan").count() == 1


def test_a_case_told_in_person_rings_the_officer(site: Site, ani: Phone, window: Window) -> None:
    window.log_in("ani")
    page = window.go("/console/new")
    window.check()
    page.get_by_label("Bahaya sekarang").check()
    page.get_by_label("Kekerasan fisik").check()
    page.get_by_label("Desa atau kelurahan").select_option(label="Senaken")
    before = len(ani.inbox)
    page.get_by_role("button", name="Simpan dan panggil petugas").click()
    page.get_by_role("button", name="Ambil", exact=True).wait_for()
    wait_for(lambda: len(ani.inbox) > before)
    window.check()


def test_the_keyboard_walks_the_queue(site: Site, ani: Phone, window: Window) -> None:
    for _ in range(2):
        site.phone().dial().press("1")
    window.log_in("ani")
    page = window.go("/console/queue?shelf=all")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("[data-rows] > li").first
    assert "here" in (first.get_attribute("class") or "")
    reference = first.locator("a").inner_text()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=reference).wait_for()
    page.keyboard.press("/")
    page.keyboard.type(reference.lower())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.matches('[data-main]')")


def test_what_was_typed_survives_in_the_tab(site: Site, ani: Phone, window: Window) -> None:
    site.phone().dial().press("1")
    window.log_in("ani")
    path = f"/console/files/{newest(site)[3:]}"
    page = window.go(path)
    page.locator("summary", has_text="Catatan").first.click()
    page.locator("#note-text").press_sequentially("belum selesai")
    window.go("/console/queue")
    page = window.go(path)
    assert page.input_value("#note-text") == "belum selesai"
    assert page.locator("#note-text").is_visible()


def test_an_idle_page_logs_out_and_keeps_what_was_typed(site: Site, ani: Phone, window: Window) -> None:
    site.phone().dial().press("1")
    window.page.clock.install()
    window.log_in("ani")
    path = f"/console/files/{newest(site)[3:]}"
    page = window.go(path)
    page.locator("summary", has_text="Catatan").first.click()
    page.locator("#note-text").press_sequentially("hampir selesai")
    page.clock.run_for("16:00")
    page.wait_for_url("**/log-in?gone=1")
    assert "/log-in" in window.go(path).url
    window.log_in("ani")
    assert window.go(path).input_value("#note-text") == "hampir selesai"


def test_quick_exit_leaves_for_a_harmless_page_and_not_back(site: Site, ani: Phone, window: Window) -> None:
    window.log_in("ani")
    page = window.go("/console/queue")
    page.route("https://www.bmkg.go.id/**", lambda route: route.fulfill(body="cuaca", content_type="text/html"))
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("https://www.bmkg.go.id/**")
    assert set(window.faults) == {"another host: https://www.bmkg.go.id/"}, "the browser may ask it twice, and no other"


@pytest.mark.parametrize("path", ["/console/queue?shelf=late", "/console/queue?shelf=all&priority=P1", "/console/x"])
def test_other_views_are_clean_too(site: Site, ani: Phone, window: Window, path: str) -> None:
    window.expected = ("404",)
    window.log_in("ani")
    window.go(path)
    window.check()


def test_the_first_view_is_small_enough_for_3g(site: Site, ani: Phone, window: Window) -> None:
    """Everything that travels for the log-in and for a full queue, as it travels."""
    for _ in range(6):
        site.phone().dial().press("1")
    sizes: list[int] = []
    window.page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    window.go("/console/log-in")
    window.page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < 15_000, sizes
    window.log_in("ani")
    window.page.wait_for_load_state("networkidle")  # a page that is still arriving cannot be loaded again
    sizes.clear()
    window.page.reload()
    window.page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < 15_000, sizes
