"""The console on the application: its table of pages, its guard, its language, its headers, its pages for refusals."""

import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, render_template, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from gateway.bootstrap import Parts
from gateway.console import clocks, files_served, guard, wording
from gateway.console.cookies import CSRF_FIELD, Cookies
from gateway.console.refusals import explain, explain_text
from gateway.console.routes import Page
from gateway.console.table import TABLE
from gateway.console.visits import Answer, Visit, current_visit, new_receipt
from gateway.errors import StoreDown

LANGUAGES = ("id", "en")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
OTHERS_FROM = "40"
"""Pages with a place in the navigation from here on stand under "Lainnya"."""
PACKS_FROM = 1024
"""Bytes below which compressing gains nothing."""


def register(app: Flask, parts: Parts) -> None:
    """Put the console under `/console`. The callbacks of carriers have no cookie and no forms of ours."""
    settings = parts.settings
    app.secret_key = settings.secret_key.get_secret_value()
    app.session_interface = Cookies(app.secret_key, secure=not settings.is_practice)
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # the guard checks, for the console only
        WTF_CSRF_FIELD_NAME=CSRF_FIELD,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it asks for the referrer, which our pages never tell
        BABEL_TRANSLATION_DIRECTORIES=str(Path(__file__).parent / "translations"),
    )
    csrf = CSRFProtect(app)
    Babel(app, default_locale="id", default_timezone=settings.timezone, locale_selector=_language)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(_blueprint(parts, csrf))


def _blueprint(parts: Parts, csrf: CSRFProtect) -> Blueprint:
    console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
    pages = {f"console.{page.name}": page for page in TABLE}
    for page in TABLE:
        methods = ["POST"] if page.post else ["GET"]
        console.add_url_rule(page.rule, page.name, _visited(page), methods=methods)
    console.before_request(lambda: guard.admit(parts, csrf, pages))
    console.add_app_template_filter(explain, "refusal")
    console.add_app_template_filter(explain_text, "fault")
    console.context_processor(lambda: _words(parts))
    console.after_request(_finish)
    console.register_error_handler(HTTPException, _refuse)
    console.register_error_handler(StoreDown, lambda fault: _sorry(503))
    return console


def _visited(page: Page) -> Callable[..., Answer]:
    def view(**args: Any) -> Answer:
        return page.view(current_visit(), **args)

    return view


def _language() -> str:
    """The session's; before the log-in what its page was asked for; of the practice page what it says itself."""
    if "language" in g:
        return str(g.language)
    visit: Visit | None = g.get("visit")
    if visit is not None and visit.someone is not None:
        return visit.someone.language
    asked = request.values.get("language", "id")
    return asked if asked in LANGUAGES else "id"


def _words(parts: Parts) -> dict[str, Any]:
    """What every template may use."""
    visit, office = current_visit(), parts.desk.office
    return {
        "visit": visit,
        "practice": parts.settings.is_practice,
        "words": wording,
        "language": _language(),
        "menu": _menu(visit),
        "asset": _asset_address,
        "new_receipt": new_receipt,
        "clock": lambda at: clocks.at_clock(office, at, visit.now),
        "since": lambda at: clocks.since(office, at, visit.now),
        "due": lambda at: clocks.due(office, at, visit.now),
        "age": lambda at: clocks.in_words(visit.now - at),
        "iso": datetime.isoformat,
        "weekday": clocks.weekday,
        "place": lambda code: parts.desk.areas.name(code) if code else None,
    }


def _menu(visit: Visit) -> dict[str, list[tuple[str, Any]]]:
    """Endpoint and word of each page this officer finds in the navigation: those of every day, and the others."""
    if visit.someone is None or visit.someone.stage != "inside":
        return {}
    mine = sorted((page.menu, page.name) for page in TABLE if page.menu and visit.caller.role in page.may)
    parts: dict[str, list[tuple[str, Any]]] = {"first": [], "others": []}
    for menu, name in mine:
        parts["first" if menu < OTHERS_FROM else "others"].append((name, wording.MENU[menu]))
    return parts


def _asset_address(name: str) -> str:
    return f"/console/asset/{files_served.load_assets()[name].mark}/{name}"


def _refuse(fault: HTTPException) -> Answer:
    """A page for a refusal of the web: not found, not allowed, not our form."""
    if fault.response is not None or (fault.code or 500) < 400:
        return fault.get_response()
    return _sorry(fault.code or 500)


def _sorry(status: int) -> Answer:
    if "visit" not in g:
        return Response(status=status)
    return render_template("sorry.html", status=status), status


def _finish(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if response.mimetype == "text/html" and request.accept_encodings.quality("gzip") > 0:
        _pack(response)
    return response


def _pack(response: Response) -> None:
    """Pages travel over 3G. The cookie is SameSite=Strict, so no other site can measure what a guess compresses to."""
    body = response.get_data()
    if len(body) >= PACKS_FROM:
        response.set_data(gzip.compress(body, 6))
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
