"""Walking through every page and every form of an application as somebody without scripts: over its own url map."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Locator, Page
from werkzeug.exceptions import HTTPException

from tests.browser.conftest import NARROW, WIDE

DONE = 303
"""A form that did what it says shows the page of what came of it, by "see other"."""
MOST = 200
"""Forms of one walk: more would be going round in circles."""


def endpoints(app: Flask, method: str) -> set[str]:
    """Of the people's pages, files apart."""
    rules = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    ours = {rule.endpoint for rule in rules if rule.endpoint.startswith(("console.", "practice."))}
    return ours - {"console.asset", "practice.static"}


def kind_of(app: Flask, action: str) -> str:
    """A form's kind: its endpoint, and for the acts of a case the verb."""
    try:
        endpoint, values = app.url_map.bind("localhost").match(urlsplit(action).path, "POST")
    except HTTPException:
        return action
    return f"{endpoint}:{values['verb']}" if "verb" in values else str(endpoint)


def check_plain(page: Page) -> None:
    """What is on it can be seen, and nothing is wider than the narrowest phone."""
    assert page.locator("main").is_visible(), page.url
    assert page.locator("main, header").locator("h1, h2").first.is_visible() or page.locator("h1").count(), page.url
    assert len(page.locator("main").inner_text().strip()) > 20, page.url
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide at 320 px"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


@dataclass
class Walk:
    """`words` fills fields by `kind name` or by name, `files` by kind; `later` are kinds that end what others need."""

    app: Flask
    page: Page
    words: Mapping[str, str | Callable[[], str]]
    files: Mapping[str, str]
    later: frozenset[str]
    answers: dict[str, int] = field(default_factory=dict)
    """What each kind of form was answered: 303, or the page's own status."""

    def through(self, address: str, only: str = "") -> None:
        """Submit each form found there, and on the pages these lead to, that is of a kind not seen yet."""
        self.page.goto(address)
        for _ in range(MOST):
            form = self._find(only)
            if form is None and self.page.url != address:
                self.page.goto(address)
                form = self._find(only)
            if form is None:
                return
            self.submit(form)
            if only:
                return
        raise AssertionError("the forms do not end")

    def _find(self, only: str) -> Locator | None:
        for form in self.page.locator("form[method=post]").all():
            kind = kind_of(self.app, form.get_attribute("action") or self.page.url)
            if kind == only or (not only and kind not in self.answers and kind not in self.later):
                return form
        return None

    def submit(self, form: Locator) -> None:
        kind = kind_of(self.app, form.get_attribute("action") or self.page.url)
        for fold in form.locator("xpath=ancestor-or-self::details[not(@open)]").all():
            fold.locator("> summary").click()
        self._fill(form, kind)
        button = form.locator("button").first
        assert button.is_visible(), f"the button of {kind} cannot be seen"
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as told:
            button.click()
        self.answers[kind] = told.value.status
        assert told.value.status in (200, DONE, 409), f"{kind}: {told.value.status}"
        self.page.wait_for_load_state()
        check_plain(self.page)

    def _fill(self, form: Locator, kind: str) -> None:
        grouped: set[str] = set()
        for control in form.locator("input:not([type=hidden]), select, textarea").all():
            name, sort = control.get_attribute("name") or "", control.get_attribute("type") or "text"
            word = self._word(kind, name)
            if control.evaluate("one => one.tagName") == "SELECT":
                self._choose(control, word)
            elif sort == "file":
                control.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": self.files[kind].encode()})
            elif sort in ("radio", "checkbox"):
                if name not in grouped and (word is None or word == control.get_attribute("value")):
                    grouped.add(name)
                    if control.is_visible():
                        control.check()
            elif word is not None:
                control.fill(word)
            elif control.get_attribute("required") is not None and not control.input_value():
                control.fill("untuk latihan")

    def _word(self, kind: str, name: str) -> str | None:
        word = self.words.get(f"{kind} {name}", self.words.get(name))
        return word() if callable(word) else word

    def _choose(self, control: Locator, word: str | None) -> None:
        values = [one.get_attribute("value") or one.inner_text() for one in control.locator("option").all()]
        if word in values:
            control.select_option(word)
        elif not control.input_value():
            control.select_option(next(value for value in values if value and not re.match("(pilih|semua)", value)))


def missing(app: Flask, walked: Mapping[str, int]) -> Iterator[str]:
    """Kinds of forms, by the route table, that the walk did not meet."""
    met = {kind.partition(":")[0] for kind in walked}
    yield from sorted(endpoints(app, "POST") - met)
