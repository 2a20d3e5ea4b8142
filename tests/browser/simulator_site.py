"""Practice as `make run` starts it, with real processes on a free port, and a browser that must stay on it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, Locator, Page, expect

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
SOON = 30_000
"""Milliseconds that anything on the page may take on a busy machine."""


@dataclass
class Site:
    root: Path
    address: str


@contextmanager
def practice(root: Path) -> Iterator[Site]:
    """`beliperak run` in a folder of its own, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    environ |= {"PORT": str(port), "SEND_RATE": "50", "WORKER_TICK": "PT0.25S", "LOG_LEVEL": "error"}
    said = (root / "practice.log").open("ab")
    process = subprocess.Popen(
        [BELIPERAK, "run"], cwd=root, env=environ, stdout=said, stderr=said, start_new_session=True
    )
    site = Site(root, f"http://127.0.0.1:{port}")
    try:
        _wait_until_ready(site)
        yield site
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said.close()


def _wait_until_ready(site: Site) -> None:
    for _ in range(600):
        try:
            if requests.get(f"{site.address}/readyz", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise AssertionError((site.root / "practice.log").read_text())


@dataclass
class Visit:
    """A page that notes what it must not do: fail in the console, or ask another host."""

    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, browser: Browser, site: Site, width: int = 1280, **options: Any) -> "Visit":
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        visit = cls(context.new_page(), site)
        visit.page.on("console", lambda said: visit.faults.append(said.text) if said.type == "error" else None)
        visit.page.on("pageerror", lambda fault: visit.faults.append(str(fault)))
        visit.page.on("request", lambda asked: visit._note(asked.url))
        visit.page.set_default_timeout(SOON)
        visit.page.goto(f"{site.address}/simulator/")
        return visit

    def _note(self, url: str) -> None:
        if not url.startswith(self.site.address):
            self.faults.append(f"asked {url}")

    def end(self) -> None:
        self.page.context.close()
        assert self.faults == []

    def phone(self, name: str) -> "Handset":
        found = self.page.locator("article").filter(
            has=self.page.get_by_role("heading", name=re.compile(rf"^{name}\b"))
        )
        return Handset(found.first)

    def turn(self, words: str) -> None:
        """The clock, and wait until it has arrived."""
        self.page.get_by_role("button", name=words, exact=True).click()
        expect(self.page.locator("#log")).to_contain_text(f"jam diputar {words}", timeout=SOON)
        expect(self.page.locator("#now em")).to_have_count(0, timeout=SOON)


@dataclass
class Handset:
    place: Locator

    def press(self, keys: str) -> "Handset":
        """Each on its own button of the keypad."""
        for key in keys:
            self.place.locator(f".keys button[value='{key}']").click()
        return self

    def green(self) -> "Handset":
        self.place.locator(".green").click()
        return self

    def red(self) -> "Handset":
        self.place.locator(".red").click()
        return self

    def write(self, words: str) -> "Handset":
        self.place.get_by_label("Ketik di").fill(words)
        return self

    def shows(self, words: str) -> "Handset":
        expect(self.place.locator(".lcd")).to_contain_text(words, timeout=SOON)
        return self

    def answer(self, *answers: str) -> "Handset":
        """Each answer, and the screen it brings: no press overtakes the one before it."""
        for keys in answers:
            before = self.place.locator(".ussd pre").inner_text()
            self.press(keys).green()
            expect(self.place.locator(".ussd pre")).not_to_have_text(before, timeout=SOON)
        return self

    @property
    def newest(self) -> str:
        return self.place.locator(".sms .theirs span").first.inner_text()
