"""Logging in by hand, in a real browser."""

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
