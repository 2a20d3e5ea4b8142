"""Logging in, the account and the second factor by hand, in a real browser."""

import pyotp

from tests.browser.conftest import OpenWindow, Window
from tests.browser.site import Site


def test_an_officer_logs_in_and_sees_who_waits(site: Site, window: Window) -> None:
    site.user("ani")
    site.phone().dial().press("2")
    window.go("/console/")
    window.check()
    page = window.log_in("ani")
    page.wait_for_url("**/console/queue")
    assert page.locator("[data-rows] > li").count() == 1
    window.check()


def test_everything_of_the_door_works_without_scripts(site: Site, open_window: OpenWindow) -> None:
    site.user("budi")
    page = open_window(scripts=False).log_in("budi")
    assert page.url.endswith("/console/queue")
    page.get_by_role("button", name="Keluar").click()
    assert "/console/log-in" in page.url


def test_the_second_factor_is_set_up_from_the_qr_page_and_then_asked(site: Site, open_window: OpenWindow) -> None:
    site.user("cici")
    first = open_window()
    first.log_in("cici")
    page = first.go("/console/account")
    first.check()
    page.get_by_role("link", name="Pasang kode ponsel").click()
    first.check()
    app = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
    page.fill("#code", app.at(site.parts.clock()))
    page.get_by_role("button", name="Pasang").click()
    assert page.locator(".codes li").count() == 10
    recovery = page.locator(".codes code").first.inner_text()
    first.check()

    second = open_window()
    second.expected = ("401",)
    page = second.log_in("cici")
    page.wait_for_url("**/log-in/code")
    second.check()
    page.fill("#code", "000000")
    page.get_by_role("button", name="Lanjut").click()
    second.check()
    page.fill("#code", recovery)
    page.get_by_role("button", name="Lanjut").click()
    page.wait_for_url("**/console/queue")


def test_a_password_change_throws_the_other_browser_out(site: Site, open_window: OpenWindow) -> None:
    site.user("dedi")
    here, there = open_window(), open_window()
    here.log_in("dedi")
    there.log_in("dedi")
    page = here.go("/console/account")
    page.fill("#old", "sandi-yang-panjang")
    page.fill("#new", "sandi-lain-yang-panjang")
    page.fill("#again", "sandi-lain-yang-panjang")
    page.get_by_role("button", name="Ganti kata sandi").click()
    page.get_by_text("Kata sandi sudah diganti").wait_for()
    assert "/log-in" in there.go("/console/queue").url
    here.check()


def test_the_pages_turn_english(site: Site, window: Window) -> None:
    site.user("evi")
    window.log_in("evi")
    page = window.go("/console/account")
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Your account").wait_for()
    window.check()
    assert window.go("/console/queue").locator(".tabs").inner_text().startswith(("0", "1"))
    window.check()
