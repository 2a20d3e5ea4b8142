"""The practice page: every press is a POST that comes back to the same phone. Only in practice, only from loopback."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, flash, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import generate_csrf, validate_csrf
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gateway.bootstrap import Parts
from gateway.console.refusals import explain_text
from gateway.doors import is_from_here
from gateway.errors import Refused
from gateway.simulator import clock, editing, faults, handsets, notes, page, player, tongue, transcript
from gateway.simulator.cookies import PracticeCookies
from gateway.simulator.faults import Word
from gateway.simulator.practice import Practice
from gateway.simulator.pressing import NETWORK_SAYS
from gateway.simulator.stories import load_stories
from gateway.simulator.tongue import N_
from menus.gsm import BASIC, EXTENSION

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
TOKEN_LIVES: Final = 7 * 24 * 3600
"""Seconds: a page left open over a weekend of practice still works."""
SPANS: Final = {
    "20m": (N_("+20 menit"), timedelta(minutes=20)),
    "1h": (N_("+1 jam"), timedelta(hours=1)),
    "morning": (N_("ke 07.30"), None),
    "1d": (N_("+1 hari"), timedelta(days=1)),
    "3d": (N_("+3 hari"), timedelta(days=3)),
}
MORNING: Final = time(7, 30)
LONGEST_OUTAGE: Final = 24 * 60
KEYS: Final = (
    ("1", ""), ("2", "abc"), ("3", "def"), ("4", "ghi"), ("5", "jkl"), ("6", "mno"),
    ("7", "pqrs"), ("8", "tuv"), ("9", "wxyz"), ("*", ""), ("0", ""), ("#", ""),
)  # fmt: skip


def register(app: Flask, parts: Parts) -> None:
    """Adds the page to the application. Nothing of it is reachable with another carrier."""
    if not app.secret_key and parts.settings.secret_key:
        app.secret_key = parts.settings.secret_key.get_secret_value()
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    app.session_interface = PracticeCookies("/simulator", app.session_interface)
    app.register_blueprint(blueprint(parts, Practice(parts, app)))


def blueprint(parts: Parts, practice: Practice) -> Blueprint:
    routes = Blueprint(
        "practice", __name__, url_prefix="/simulator", template_folder="templates", static_folder="static"
    )
    _guard(routes)
    _phone_routes(routes, parts, practice)
    _world_routes(routes, parts)

    @routes.get("/")
    def home() -> str:
        if parts.store.read(lambda session: handsets.needs_taking_in(session, parts.desk)):
            parts.store.write(lambda session: handsets.take_in(session, parts.desk, parts.clock()))
        playing = parts.store.read(lambda session: player.look(session, parts.desk))
        view = parts.store.read(lambda session: page.look(session, parts.desk, parts.clock(), playing))
        return render_template(
            "simulator/page.html",
            view=view,
            playing=playing,
            stories=load_stories(),
            day=page.say_day(parts.desk, view.now),
            zone=parts.desk.office.local(view.now).tzname(),
            clock=parts.desk.office.clock,
            moment=lambda at: parts.desk.office.moment(at, view.now),
            service_code=practice.keypad.service_code,
            villages=[(area.code, area.name) for area in parts.desk.areas if not area.is_kecamatan],
            keys=KEYS,
            spans=SPANS,
            words=faults,
            tell=tongue.tell,
            language=_language(),
            network_says=NETWORK_SAYS,
            alphabet=BASIC + EXTENSION,
            csrf_token=generate_csrf,
        )

    @routes.get("/transcript.md")
    def download() -> Response:
        text = parts.store.read(lambda session: transcript.render(session, parts.desk, parts.clock()))
        name = f"latihan-{parts.desk.office.local(parts.clock()):%Y%m%d-%H%M}.md"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, headers=headers, content_type="text/markdown; charset=utf-8")

    return routes


def _guard(routes: Blueprint) -> None:
    @routes.before_request
    def only_here() -> None:
        """From this machine, not through a proxy on it, and each POST from this page."""
        if not is_from_here(request):
            abort(Response("practice phones are shown on their own machine only", 403, mimetype="text/plain"))
        g.language = _language()
        if request.method == "POST":
            try:
                validate_csrf(request.form.get("csrf_token"), time_limit=TOKEN_LIVES)
            except ValueError:
                abort(403)

    @routes.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @routes.errorhandler(Refused)
    def refused(refusal: Refused) -> AnyResponse:
        flash(explain_text(tongue.tell(str(refusal))))
        return _back()


def _language() -> str:
    """Of this browser's practice page."""
    language = session.get("language", "id")
    return language if language in tongue.LANGUAGES else "id"


def _back(phone_id: str = "") -> AnyResponse:
    return redirect(url_for("practice.home", _anchor=f"p-{phone_id}" if phone_id else None), 303)


def _phone_routes(routes: Blueprint, parts: Parts, practice: Practice) -> None:
    keypad = practice.keypad

    @routes.post("/phones")
    def add_phone() -> AnyResponse:
        form = request.form
        phone_id = _write(parts, lambda session: editing.add(session, parts.desk, parts.clock(), form))
        return _back(phone_id)

    @routes.post("/phones/<phone_id>/press")
    def press(phone_id: str) -> AnyResponse:
        form = request.form
        entry, key = form.get("entry", ""), form.get("key", "")
        if key:
            editing.type_in(parts, phone_id, entry + key[:1])
        elif form.get("act") == "erase":
            editing.type_in(parts, phone_id, entry[:-1])
        elif form.get("act") == "cancel":
            keypad.cancel(phone_id)
        else:
            keypad.send(phone_id, entry)
        return _back(phone_id)

    @routes.post("/phones/<phone_id>/fault")
    def fault(phone_id: str) -> AnyResponse:
        word = request.form.get("word", "")
        if word == "drop":
            keypad.drop(phone_id)
        else:
            _write(parts, lambda session: editing.choose_fault(session, parts.desk, parts.clock(), phone_id, word))
        return _back(phone_id)

    @routes.post("/phones/<phone_id>/edit")
    def edit(phone_id: str) -> AnyResponse:
        form = request.form
        _write(parts, lambda session: editing.edit(session, parts.desk, parts.clock(), phone_id, form))
        return _back(phone_id)


def _world_routes(routes: Blueprint, parts: Parts) -> None:
    @routes.post("/carrier")
    def carrier() -> AnyResponse:
        minutes = (
            int(raw) if (raw := request.form.get("minutes", "")).isascii() and raw.isdigit() and len(raw) < 5 else 0
        )

        def work(session: Session) -> None:
            now = parts.clock()
            if not 0 < minutes <= LONGEST_OUTAGE:
                faults.end_all(session, now)
                notes.write(session, parts.desk, now, "act", says=N_("operator hidup lagi"))
                return
            faults.choose(session, now, Word.DOWN, span=timedelta(minutes=minutes))
            notes.write(
                session,
                parts.desk,
                now,
                "act",
                says=N_("operator mati %(minutes)s menit"),
                inserts={"minutes": minutes},
            )

        _write(parts, work)
        return _back()

    @routes.post("/language")
    def speak() -> AnyResponse:
        language = request.form.get("language", "")
        if language in tongue.LANGUAGES:
            session["language"] = language
        return _back()

    @routes.post("/clock")
    def turn() -> AnyResponse:
        says, span = SPANS.get(request.form.get("span", ""), ("", None))
        if not says:
            abort(400)
        now = parts.clock()
        goal = now + span if span else parts.desk.office.next_time(now, MORNING)

        def work(session: Session) -> None:
            clock.set_goal(session, now, goal)
            notes.write(session, parts.desk, now, "act", says=N_("jam diputar %(span)s"), inserts={"span": says})

        _write(parts, work)
        return _back()

    @routes.post("/stories")
    def play() -> AnyResponse:
        story = request.form.get("story", "")
        _write(parts, lambda session: player.begin(session, parts.desk, parts.clock(), story))
        return _back()

    @routes.post("/stories/stop")
    def stop() -> AnyResponse:
        _write(parts, lambda session: player.stop(session, parts.desk, parts.clock()))
        return _back()


def _write(parts: Parts, work: Callable[[Session], Any]) -> Any:
    return parts.store.write(work)
