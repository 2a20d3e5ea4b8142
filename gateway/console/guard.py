"""At the door of every page: is it in the table, who asks, is the form ours, may this role."""

from dataclasses import replace
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect

from gateway.bootstrap import Parts
from gateway.clock import utc_now
from gateway.console import sessions
from gateway.console.cookies import my_ticket
from gateway.console.routes import Page
from gateway.console.visits import Answer, Caller, Visit
from gateway.errors import StoreDown
from models.web_session import Stage

WAITING_ROOM = {
    Stage.CODE: "console.ask_code",
    Stage.ENROL: "console.enrol",
    Stage.CHOOSE: "console.own_password",
    Stage.INSIDE: "console.home",
}
"""Where somebody belongs who has come this far."""


def admit(parts: Parts, csrf: CSRFProtect, pages: dict[str, Page]) -> Answer | None:
    """None lets the request through to its view. Raises StoreDown while the database is known to be silent."""
    page = pages.get(request.endpoint or "")
    if page is None:
        abort(404)
    is_silent = parts.breaker.is_open
    g.visit = visit = Visit(parts, utc_now() if is_silent else parts.clock())  # in practice the clock is a row
    if page.name == "asset":
        return None
    if is_silent:  # the process's watch asks again every second; a person must not wait for what may never answer
        raise StoreDown("Silent")
    caller = _find_caller(visit)
    g.visit = visit = replace(visit, someone=caller)
    if caller is None and not page.public:
        return _to("console.log_in", gone=1 if request.method == "POST" else None)
    csrf.protect()
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none") and page.post:
        abort(400)
    if caller is not None and not page.public:
        if caller.stage not in page.stages:
            return _to(WAITING_ROOM[caller.stage])
        if caller.role not in page.may:
            abort(403)
    return None


def _find_caller(visit: Visit) -> Caller | None:
    """One read; a write once a minute, so that reading pages costs no disk."""
    ticket = my_ticket()
    if ticket.is_new:
        return None
    word = ticket.word
    found = visit.read(lambda store: sessions.find(store, visit.desk, visit.now, word))
    if found is None:
        return None
    caller, is_due = found
    if is_due:
        visit.write(lambda store: sessions.touch(store, visit.now, caller.session_id))
    return caller


def _to(endpoint: str, **values: Any) -> Answer:
    return redirect(url_for(endpoint, **values), 303)
