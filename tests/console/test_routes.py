"""Every console route refuses a stranger, a wrong role and a form without its token: the table against the url map."""

from collections.abc import Iterator

import pytest

from gateway.console.routes import Page
from gateway.console.table import TABLE
from models.vocabulary import OfficerRole, Priority
from tests.console.desk import Desk, at_desk
from tests.made import a_case
from tests.office import Office

PAGES = {page.name: page for page in TABLE}
GUARDED = [page for page in TABLE if not page.public]
FITTING = {"reference": "QQQQ", "verb": "note", "mark": "0", "name": "console.css", "path:rest": "nowhere"}
"""Something for every variable part of an address; a page that needs a real row answers 404, which is fine here."""


def address(page: Page) -> str:
    path = page.rule
    for name, word in FITTING.items():
        path = path.replace(f"<{name}>", word)
    assert "<" not in path, f"FITTING lacks a word for {path}"
    return path


def ask(desk: Desk, page: Page, *, token: str | None = None) -> Desk:
    return desk.post(address(page), token=token) if page.post else desk.get(address(page))


def wrong_roles() -> Iterator[tuple[str, str]]:
    for page in GUARDED:
        for role in sorted(set(OfficerRole) - page.may):
            yield page.name, role


def test_every_console_route_is_in_the_table_and_nothing_else(office: Office) -> None:
    routes = [rule for rule in office.app.url_map.iter_rules() if rule.rule.startswith("/console")]
    assert {rule.endpoint for rule in routes} == {f"console.{page.name}" for page in TABLE}
    assert len(PAGES) == len(TABLE)
    for rule in routes:
        page = PAGES[rule.endpoint.removeprefix("console.")]
        assert ("POST" if page.post else "GET") in (rule.methods or set())


def test_only_the_door_is_open_to_strangers() -> None:
    assert {page.name for page in TABLE if page.public} == {"asset", "log_in", "log_in_send", "log_out"}


@pytest.mark.parametrize("name", [page.name for page in GUARDED])
def test_a_stranger_is_sent_to_the_log_in(office: Office, name: str) -> None:
    desk = ask(Desk(office), PAGES[name], token="")
    assert desk.status == 303
    assert desk.to.startswith("/log-in")


@pytest.mark.parametrize(("name", "role"), list(wrong_roles()))
def test_a_wrong_role_is_refused(office: Office, name: str, role: str) -> None:
    assert ask(at_desk(office, role=role), PAGES[name]).status == 403


@pytest.mark.parametrize("name", [page.name for page in TABLE if page.post])
def test_a_form_without_its_token_is_refused(office: Office, name: str) -> None:
    role = next(iter(sorted(PAGES[name].may)))
    desk = at_desk(office, role=role)
    assert ask(desk, PAGES[name], token="").status == 400
    assert ask(desk, PAGES[name], token="forged").status == 400


def test_a_token_of_another_session_is_refused(office: Office) -> None:
    token = at_desk(office, "budi").get("/account").hidden("csrf_token")
    assert at_desk(office, "ani").post("/account/language", token=token, language="en").status == 400


def test_a_form_sent_from_another_site_is_refused(office: Office) -> None:
    desk = at_desk(office)
    form = {"csrf_token": desk.hidden("csrf_token"), "language": "en"}
    answer = desk.client.post("/console/account/language", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_every_page_tells_the_browser_to_keep_nothing_and_to_load_nothing_of_others(office: Office) -> None:
    a_case(office, Priority.P1)
    desk = at_desk(office)
    for page in TABLE:
        if not page.post and page.name != "asset":
            headers = ask(desk, page).answer.headers
            assert headers["Cache-Control"] == "no-store", page.name
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
            assert "unsafe" not in headers["Content-Security-Policy"]


def test_no_page_holds_a_style_or_a_script_of_its_own() -> None:
    from tests.test_house import HOUSE

    for path in (HOUSE / "gateway/console/templates").rglob("*.html"):
        text = path.read_text()
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " on" + "click" not in text, path
        assert "<script>" not in text, path
