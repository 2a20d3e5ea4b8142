"""Fixtures for tests in a real browser: Debian's chromium, driven by Playwright, before a real server and worker.

Skipped where there is no chromium, but never when CI=true. Playwright's own browsers are never downloaded.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.site import PASSWORD, Site, a_site

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing; with CI=true the browser tests must run (apt-get install chromium)")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Running, with nobody in it; one for the tests of a module."""
    made = a_site(tmp_path_factory.mktemp("site"))
    made.start()
    yield made
    made.stop()


@dataclass
class Window:
    """One browser of its own: `page`, and what went wrong in it."""

    site: Site
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of console errors that a test brings about on purpose, such as `409`."""

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda fault: self.faults.append(f"script: {fault}"))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.site.url).netloc:
            self.faults.append(f"another host: {request.url}")

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.site.url}{path}")
        return self.page

    def log_in(self, login: str, password: str = PASSWORD) -> Page:
        self.go("/console/log-in")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click("main button.main")
        return self.page

    def check(self) -> None:
        """What every page keeps: no axe violation, nothing wider than the window, no fault so far."""
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide at 320 px"
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        assert self.faults == []


OpenWindow = Callable[..., Window]


@pytest.fixture
def open_window(chromium: Browser, site: Site) -> Iterator[OpenWindow]:
    """`open_window(scripts=False)`: another browser, with its own cookies; `color_scheme="dark"` and the like go on."""
    opened: list[BrowserContext] = []

    def make(*, scripts: bool = True, **options: object) -> Window:
        wanted = {"viewport": WIDE, "locale": "id-ID", "java_script_enabled": scripts, **options}
        context = chromium.new_context(**wanted)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        opened.append(context)
        return Window(site, context, context.new_page())

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    return open_window()
