"""Somebody at the console in a test: logs in through the real pages, reads them, fills in their forms."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from gateway import passwords
from gateway.casework import people
from models.people import Officer
from models.vocabulary import OfficerRole
from tests.office import Office

PASSWORD = "sandi-yang-panjang"
_HASHED, _FIRST = passwords.hash_password(PASSWORD), passwords.hash_first(PASSWORD)


def a_user(
    office: Office, login: str = "ani", role: str = "supervisor", areas: str = "", *, first: bool = False
) -> str:
    """The id of an officer who may log in with PASSWORD; `first`: which somebody else made."""
    phone = office.phone().number
    desk, now = office.parts.desk, office.clock.now
    officer = people.new_officer(
        desk, now, login.title(), phone, OfficerRole(role), areas, login, _FIRST if first else _HASHED
    )
    officer_id = officer.id
    office.write(lambda session: session.add(officer))
    return officer_id


def row_of(office: Office, officer_id: str) -> Officer:
    found = office.read(lambda session: session.get(Officer, officer_id))
    assert isinstance(found, Officer)
    return found


@dataclass
class Desk:
    """One browser without scripts."""

    office: Office
    client: Client = field(init=False)
    answer: TestResponse = field(init=False)
    secure: bool = False
    """Over https, as in production."""

    def __post_init__(self) -> None:
        self.client = self.office.app.test_client()

    def get(self, path: str = "/") -> "Desk":
        self.answer = self.client.get(f"/console{path}", base_url=self._root)
        return self

    def follow(self) -> "Desk":
        """To where the last answer points."""
        self.answer = self.client.get(self.answer.headers["Location"], base_url=self._root)
        return self

    def post(self, path: str, *, token: str | None = None, **form: str) -> "Desk":
        """With the CSRF token of the page read last, unless another is given; "" for none."""
        token = self.hidden("csrf_token") if token is None else token
        self.answer = self.client.post(
            f"/console{path}", data=form | ({"csrf_token": token} if token else {}), base_url=self._root
        )
        return self

    def hidden(self, name: str) -> str:
        """A hidden field of the page read last, or of the account page, which everybody may read."""
        found = re.search(rf'name="{name}" value="([^"]+)"', self.text)
        if found is None:
            text = self.client.get("/console/account", follow_redirects=True, base_url=self._root).get_data(
                as_text=True
            )
            found = re.search(rf'name="{name}" value="([^"]+)"', text)
        assert found is not None, f"no {name} on the page"
        return unescape(found[1])

    def log_in(self, login: str = "ani", password: str = PASSWORD) -> "Desk":
        return self.get("/log-in").post("/log-in", login=login, password=password)

    @property
    def _root(self) -> str:
        return "https://localhost" if self.secure else "http://localhost"

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def to(self) -> str:
        """Where the last answer sends the browser, without `/console`."""
        return self.answer.headers.get("Location", "").removeprefix("/console")

    @property
    def text(self) -> str:
        return self.answer.get_data(as_text=True) if hasattr(self, "answer") else ""

    @property
    def source(self) -> str:
        """The page as it was sent, without what was drawn by chance: hidden fields, where any four digits may stand."""
        return re.sub(r'(<input type="hidden" name="\w+") value="[^"]+"', r"\1", self.text)

    @property
    def words(self) -> str:
        """The page as it is read: without tags, white space made single."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


def at_desk(office: Office, login: str = "ani", **user: Any) -> Desk:
    """A fresh user who has just logged in."""
    a_user(office, login, **user)
    desk = Desk(office).log_in(login)
    assert desk.status == 303, desk.text
    return desk


def statements(office: Office, look: Callable[[], object]) -> int:
    """How many SQL statements a look at a page runs."""
    seen: list[str] = []

    def heard(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(office.parts.store.engine, "before_cursor_execute", heard)
    look()
    event.remove(office.parts.store.engine, "before_cursor_execute", heard)
    return len(seen)
