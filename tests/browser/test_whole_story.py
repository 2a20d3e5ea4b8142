"""The whole story by clicking: a resident presses 2, an officer's phone rings and answers, the console agrees."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.simulator_site import SOON, Site, Visit, practice
from tests.browser.test_simulator import CODE, new_phone

PICTURES = os.environ.get("PICTURES")
"""A folder that keeps what the README shows: `PICTURES=docs`."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with practice(tmp_path_factory.mktemp("story")) as site:
        yield site


def log_in(visit: Visit, site: Site) -> Page:
    """With what the first start of practice printed, in a tab beside the phones."""
    login, password = re.findall(r"log in:\s+(\S+), password (\S+)", (site.root / "practice.log").read_text())[0]
    page = visit.page.context.new_page()
    page.set_default_timeout(SOON)
    page.goto(f"{site.address}/console/log-in")
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("main button.main")
    return page


def keep(page: Page, name: str, tmp_path: Path) -> None:
    picture = Path(PICTURES or tmp_path) / name
    page.set_viewport_size({"width": 1280, "height": 900})
    page.screenshot(path=picture)
    assert picture.stat().st_size > 10_000


def test_the_phones_and_the_console_tell_the_same_story(chromium: Browser, site: Site, tmp_path: Path) -> None:
    visit = Visit.begin(chromium, site, color_scheme="light")
    new_phone(visit, "Ani", "Petugas, piket")
    new_phone(visit, "Sari")
    new_phone(visit, "Dewi")
    officer, caller, reporter = visit.phone("Ani"), visit.phone("Sari"), visit.phone("Dewi")
    reporter.press(CODE).green().shows("3 Lapor kekerasan")
    reporter.answer("3", "4", "2", "1", "2", "3", "1", "5", "1").shows("SMS kami tidak menyebut isinya")
    reporter.red()
    caller.press(CODE).green().shows("2 Dalam bahaya")
    caller.answer("2").shows("Tercatat.")
    officer.shows("prioritas 1")
    alert = re.search(r"BP (\w{4,}) prioritas 1 .* AMBIL (\d{6})", officer.newest)
    assert alert is not None
    reference, code = alert.groups()

    console = log_in(visit, site)
    row = console.locator("li.row").filter(has_text=f"BP-{reference}")
    expect(row).to_contain_text("belum diambil")
    keep(console, "console.png", tmp_path)

    officer.write(f"AMBIL {code}").green().shows(f"BP {reference} Anda ambil")
    console.goto(f"{site.address}/console/files/{reference}")
    expect(console.locator("main")).to_contain_text("diambil")
    expect(console.locator("main")).to_contain_text("Ani")
    keep(console, "console-case.png", tmp_path)

    visit.turn("+3 hari")
    visit.turn("ke 07.30")
    reporter.shows("Halo, apa kabar?")
    assert "Halo" not in caller.place.locator(".sms").inner_text(), "she allowed no SMS"
    visit.end()
