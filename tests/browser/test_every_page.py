"""Every page and every kind of form of console and simulator, by their route tables: what a browser makes of them.

With scripts: nothing for axe to find, light and dark. Without: its content is seen, its forms work. Both at 320 px.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gateway.app import create_app
from gateway.casework import people
from gateway.console import acting, second_factor
from models.outbound import OutboundMessage
from models.people import Officer
from models.vocabulary import CadreRole, MessageStatus, Recipient
from tests.browser.conftest import OpenWindow, Window
from tests.browser.site import PASSWORD, Site, a_site
from tests.browser.walking import DONE, Walk, check_plain, endpoints, missing

NEW_PASSWORD = "sandi-lain-yang-panjang"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Always quiet, so that messages to cadres wait and can be stopped; with somebody of every kind in it."""
    made = a_site(tmp_path_factory.mktemp("every"), QUIET_HOURS="00:00-23:59")
    made.start()
    people_of(made)
    yield made
    made.stop()


def people_of(site: Site) -> None:
    desk, now = site.parts.desk, site.parts.clock()
    for login, role in (("hana", "head"), ("adi", "admin"), ("cici", "supervisor"), ("oki", "officer")):
        site.user(login, role)
    site.user("gita", "officer", first=True)
    known = people.new_cadre(desk, now, "Bu Siti", "+6281300000901", "64.01.04.2016", CadreRole.PKK)
    known.confirmed_at = now
    asking = people.new_cadre(desk, now, "Bu Baru", "+6281300000902", None, CadreRole.KADER)
    agency = people.new_agency(desk, now, "Puskesmas Contoh", "puskesmas", "+6281300000903")
    site.parts.store.write(lambda session: session.add_all([known, asking, agency]))
    for words in ("LAPOR cabul anak 12 th di SENAKEN", "LAPOR FISIK SENAKEN dipukul"):
        site.phone().text(words)
    site.parts.store.write(one_of_each_end)


def one_of_each_end(session: Session) -> None:
    """Of the alerts of the ordinary case, which wait for the day: two that a restore holds, and the others failed."""
    waiting = (OutboundMessage.recipient == Recipient.OFFICER, OutboundMessage.status == MessageStatus.QUEUED)
    alerts = list(session.scalars(select(OutboundMessage).where(*waiting)))
    assert len(alerts) > 2
    for number, alert in enumerate(alerts):
        alert.status = MessageStatus.HELD if number < 2 else MessageStatus.FAILED


@pytest.fixture(scope="module")
def app(site: Site) -> Flask:
    """The same application in this process: only its url map is asked."""
    return create_app(site.parts)


def addresses(site: Site) -> dict[str, tuple[str, list[str]]]:
    """For each page who looks at it and where; more than one address where it has more than one face."""
    first, second = (row["reference"][3:] for row in site.cases()[:2])
    with site.parts.store.engine.connect() as connection:
        asking = connection.scalar(text("SELECT id FROM cadre WHERE confirmed_at IS NULL"))
        cici = connection.scalar(text("SELECT id FROM officer WHERE login = 'cici'"))
    return {
        "console.home": ("hana", ["/console/"]),
        "console.log_in": ("", ["/console/log-in"]),
        "console.ask_code": ("cici", ["/console/log-in/code"]),
        "console.own_password": ("gita", ["/console/log-in/password"]),
        "console.enrol": ("hana", ["/console/second-factor"]),
        "console.nowhere": ("hana", ["/console/nowhere"]),
        "console.account": ("hana", ["/console/account"]),
        "console.queue": ("hana", [f"/console/queue?shelf={shelf}" for shelf in ("waiting", "late", "mine", "all")]),
        "console.find": ("hana", [f"/console/find?reference={first}"]),
        "console.case": ("hana", [f"/console/files/{first}", f"/console/files/{second}"]),
        "console.sheet": ("hana", [f"/console/files/{first}/sheet"]),
        "console.new_case": ("hana", ["/console/new"]),
        "console.rota": ("hana", ["/console/rota"]),
        "console.statistics": ("hana", ["/console/statistics"]),
        "console.people": ("hana", [f"/console/people?kind={kind}" for kind in ("officer", "cadre", "agency")]),
        "console.officer": ("adi", ["/console/people/officer"]),
        "console.officer_login": ("adi", [f"/console/people/login?id={cici}"]),
        "console.people_confirm": ("adi", [f"/console/people/confirm?id={asking}"]),
        "console.channel": ("hana", ["/console/channel", "/console/channel?show=held"]),
        "console.outreach": ("hana", ["/console/outreach"]),
        "console.exports": ("hana", ["/console/exports"]),
        "console.audit": ("adi", ["/console/audit"]),
        "console.texts": ("hana", ["/console/texts", "/console/texts?of=en"]),
        "console.cards": ("hana", ["/console/cards", "/console/cards?for=cadre"]),
        "practice.home": ("", ["/simulator/"]),
    }


FILES = {"practice.download"}
"""What is no page, but a file to keep."""


def test_every_page_of_the_route_tables_is_looked_at(site: Site, app: Flask) -> None:
    assert set(addresses(site)) == endpoints(app, "GET") - FILES


def each_page(site: Site, open_window: OpenWindow, *, scripts: bool) -> Iterator[tuple[str, Window]]:
    """A window at each address, of whoever may look at it."""
    windows: dict[str, Window] = {}
    for name, (login, paths) in addresses(site).items():
        if login not in windows:
            windows[login] = open_window(scripts=scripts)
            windows[login].expected = ("404", "401")
            if name == "console.ask_code":
                with_second_factor(site, login)
            if login:
                windows[login].log_in(login)
        for path in paths:
            windows[login].go(path)
            yield path, windows[login]


def with_second_factor(site: Site, login: str) -> str | None:
    """She is asked for a code from now on; the secret of her app, or None when she has one already."""
    desk, now = site.parts.desk, site.parts.clock()

    def work(session: Session) -> str | None:
        officer = session.scalars(select(Officer).where(Officer.login == login)).one()
        if second_factor.is_enrolled(session, officer.id):
            return None
        secret = second_factor.begin(session, desk, now, officer).secret
        second_factor.enrol(session, desk, now, officer, pyotp.TOTP(secret).at(now))
        return secret

    return site.parts.store.write(work)


def test_with_scripts_every_page_is_clean_in_light_and_dark(site: Site, open_window: OpenWindow) -> None:
    for path, window in each_page(site, open_window, scripts=True):
        for scheme in ("light", "dark"):
            window.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            window.page.reload()
            try:
                window.check()
            except AssertionError as fault:
                raise AssertionError(f"{path}, {scheme}") from fault


def test_without_scripts_every_page_shows_what_it_holds(site: Site, open_window: OpenWindow) -> None:
    for _, window in each_page(site, open_window, scripts=False):
        check_plain(window.page)
        assert window.faults == []


# Forms


def at(**span: float) -> Callable[[Site], str]:
    return lambda site: site.parts.desk.office.local(site.parts.clock() + timedelta(**span)).strftime("%Y-%m-%dT%H:%M")


def words_for(site: Site, secret: str) -> dict[str, str | Callable[[], str]]:
    """What is written into fields, by a form's kind and the field's name, or by the name alone."""
    _, second = (row["reference"] for row in site.cases()[:2])
    totp = pyotp.TOTP(secret)
    return {
        "password": PASSWORD,
        "old": PASSWORD,
        "new": NEW_PASSWORD,
        "again": NEW_PASSWORD,
        "console.log_in_send login": "hana",
        "console.send_code code": lambda: totp.at(site.parts.clock() + timedelta(seconds=30)),
        "console.rota_shift from": at(days=400)(site),
        "console.rota_shift to": at(days=401)(site),
        "console.rota_leave from": at()(site)[:10],
        "console.rota_leave to": at()(site)[:10],
        "console.export_ask from": "2026-01-01",
        "console.outreach_session people": "12",
        "console.outreach_session on": at()(site)[:10],
        "console.outreach_lessons phone": "+6281300000901",
        "console.outreach_lessons answer": "on",
        "console.outreach_preview areas": "64.01.04",
        "console.outreach_preview text": "Rapat kader Sabtu 09.00 di balai. Terima kasih.",
        "console.people_agency phone": "+6281300000911",
        "console.officer_add phone": "+6281300000913",
        "console.officer_add login": "dewi",
        "console.act:first_action result": "4",
        "console.act:add_cadre phone": "+6281300000901",
        "console.act:link other": second,
        "console.act:close reason": "selesai untuk latihan",
        "console.act:refer basis": "child",
        "practice.add_phone name": "Rina",
    }


LATER = frozenset(
    {
        *(
            f"console.act:{verb}"
            for verb in ("close", "invalid", "related", "duress", "waive", "pass_on", "police_reported")
        ),
        "console.export_fetch",
        "console.export_cancel",
        "console.log_out",
        "console.leave_everywhere",
        "console.change_password",
        "practice.play",
        "practice.stop",
        "practice.turn",
    }
)
"""What ends something that other forms need: submitted at the end, in the order of the test."""
MAY_REFUSE = frozenset({"console.act:duress", "console.act:waive", "practice.fault"})
"""Forms that were understood and answered that it is not possible now: what they ask is not there in this walk."""


def test_without_scripts_every_kind_of_form_is_filled_in_and_does_what_it_says(
    site: Site, app: Flask, open_window: OpenWindow
) -> None:
    officer = site.parts.store.read(
        lambda session: session.scalars(select(Officer).where(Officer.login == "oki")).one()
    )
    phone = people.open_officer(site.parts.desk, officer).phone
    rota = f"officer,from,to,areas\n{phone},{at(days=600)(site)},{at(days=601)(site)},\n"
    cadres = "name,phone,area_code,role\nBu Tiga,+6281300000912,64.01.04.2016,PKK\n"
    files = {"console.rota_preview": rota, "console.people_preview": cadres}
    window, secret = open_window(scripts=False), with_second_factor(site, "hana")
    assert secret is not None
    walk = Walk(app, window.page, words_for(site, secret), files, LATER)
    pages = addresses(site)

    walk.through(f"{site.url}/console/log-in")
    for path in (path for login, paths in pages.values() if login in ("", "hana") for path in paths):
        walk.through(site.url + path)
    admin = open_window(scripts=False)
    admin.log_in("adi")  # only now: among the forms above is one that suspends the first officer of the list
    hers = Walk(app, admin.page, walk.words, files, LATER, walk.answers)
    for path in (path for login, paths in pages.values() if login == "adi" for path in paths):
        hers.through(site.url + path)
    first, second = (site.url + path for path in pages["console.case"][1])
    for address, verb in (
        *((first, verb) for verb in ("police_reported", "waive", "duress", "pass_on", "close", "reopen", "invalid")),
        (second, "related"),
    ):
        walk.through(address, f"console.act:{verb}")
    fetch_the_export(walk, f"{site.url}/console/exports")
    walk.through(f"{site.url}/console/exports", "console.export_cancel")
    for kind in ("console.change_password", "console.leave_everywhere"):
        walk.through(f"{site.url}/console/account", kind)
    set_up_a_second_factor(walk, open_window(scripts=False))
    choose_a_password(walk, open_window(scripts=False))
    walk.through(f"{site.url}/simulator/")
    for kind in ("practice.play", "practice.stop", "practice.turn"):
        walk.through(f"{site.url}/simulator/", kind)

    assert ", ".join(missing(app, walk.answers)) == ""
    assert {f"console.act:{verb}" for verb in acting.VERBS} - set(walk.answers) == set()
    assert {kind for kind, answer in walk.answers.items() if answer == 409} <= MAY_REFUSE
    assert DONE in walk.answers.values()


def fetch_the_export(walk: Walk, address: str) -> None:
    """Once the worker has made it; what comes is a file and no page."""
    button = walk.page.get_by_role("button", name="Unduh")
    for _ in range(60):
        walk.page.goto(address)
        if button.is_visible():
            break
        walk.page.wait_for_timeout(500)
    with walk.page.expect_download() as told:
        button.click()
    assert told.value.suggested_filename.startswith("simfoni-")
    walk.answers["console.export_fetch"] = DONE


def choose_a_password(walk: Walk, window: Window) -> None:
    """As somebody whose first one was made for her."""
    page = window.log_in("gita")
    page.wait_for_url("**/log-in/password")
    Walk(walk.app, page, walk.words, {}, LATER, walk.answers).through(page.url, "console.own_password_send")
    assert window.go("/console/").url.endswith("/queue")


def set_up_a_second_factor(walk: Walk, window: Window) -> None:
    """As somebody else, who leaves by the button afterwards."""
    window.log_in("oki")
    page = window.go("/console/second-factor")
    code = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", "")).at(window.site.parts.clock())
    hers = Walk(walk.app, page, {"code": code}, {}, LATER, walk.answers)
    hers.through(page.url, "console.send_enrol")
    hers.through(f"{window.site.url}/console/account", "console.log_out")
