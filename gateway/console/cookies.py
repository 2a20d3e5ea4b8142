"""The console's cookie: one random word, and nothing else. What it stands for is a row, found by its HMAC.

Before the log-in the word stands for nothing and only ties forms to this browser; at the log-in it is made anew.
"""

import hmac
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import NullSession, SessionInterface, SessionMixin

from gateway.identifiers import new_token

CSRF_FIELD = "csrf_token"


class Ticket(dict[str, Any], SessionMixin):
    """Flask's idea of a session, holding the word and the CSRF secret that follows from it."""

    def __init__(self, word: str, key: bytes) -> None:
        super().__init__()
        self.word, self._key, self.is_new = word, key, False
        self._tie()

    def become(self, word: str) -> None:
        """Another word, from this answer on: nobody who knew the old one is logged in by it."""
        self.word, self.is_new = word, True
        self._tie()

    def _tie(self) -> None:
        self[CSRF_FIELD] = hmac.new(self._key, b"console form " + self.word.encode(), "sha256").hexdigest()


def new_word() -> str:
    return new_token() + new_token()


def my_ticket() -> Ticket:
    """This request's."""
    ticket: Ticket = session._get_current_object()  # type: ignore[attr-defined] # what stands behind Flask's proxy
    return ticket


class Cookies(SessionInterface):
    """`secure` in production: the cookie is then bound to this very host and to https.

    In practice the page is plain http. Chromium and curl take such a cookie there from 127.0.0.1; from a practice
    machine in the office network no client does.
    """

    def __init__(self, key: str, *, secure: bool) -> None:
        self._key = key.encode()
        self._secure = secure
        self.name = "__Host-beliperak" if secure else "beliperak"

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        if not request.path.startswith("/console"):
            return NullSession()
        word = request.cookies.get(self.name, "")
        ticket = Ticket(word, self._key)
        if len(word) != 64 or not word.isalnum():
            ticket.become(new_word())
        return ticket

    def is_null_session(self, obj: object) -> bool:
        return not isinstance(obj, Ticket)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if isinstance(session, Ticket) and session.is_new and not response.cache_control.immutable:
            response.set_cookie(
                self.name, session.word, secure=self._secure, httponly=True, samesite="Strict", path="/"
            )
