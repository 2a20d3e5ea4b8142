"""Outreach: sessions counted and entered, consent to the weekly lesson, and a message of the office to its cadres."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.casework import attempts, broadcasts, lessons, outreach
from gateway.casework.broadcasts import Preview
from gateway.console import statistic_words
from gateway.console.routes import Page
from gateway.console.visits import LEADERS, WORKERS, Answer, Visit
from gateway.errors import Refused
from gateway.statistics import months, work
from gateway.statistics.notes import month_of
from gateway.typed import read_phone
from menus.sessions import MOST_PEOPLE
from models.people import Cadre
from models.vocabulary import Form

NOTHING: Mapping[str, str] = {}
NEWEST = 15
MONTHS = 12
LONGEST = 1000


def show(visit: Visit) -> Answer:
    return _page(visit)


def _page(
    visit: Visit,
    refusal: Refused | None = None,
    form: str = "",
    typed: Mapping[str, str] = NOTHING,
    looked: Preview | None = None,
    chosen: tuple[str, ...] = (),
) -> Answer:
    """`looked`: a message to the cadres of the `chosen` kecamatan, seen before it is sent."""
    areas, desk = visit.desk.areas, visit.desk
    mine = [code for code in areas.kecamatans() if not visit.caller.areas or code in visit.caller.areas]
    terms = {term.code: term.id_term for term in visit.parts.lexicon.terms if term.group == "form"}
    return visit.page(
        "outreach.html",
        409 if refusal else 200,
        **visit.read(lambda session: _look(session, visit)),
        villages={code: {one: areas.name(one) for one in areas.villages(code)} for code in mine},
        kecamatans=mine,
        topics={**{code: terms.get(code, code) for code in Form}, "KDRT": "KDRT", **{one: one for one in desk.cards}},
        audiences={name: statistic_words.AUDIENCES[name] for name in outreach.AUDIENCES},
        most=MOST_PEOPLE,
        today=desk.office.today(visit.now).isoformat(),
        refusal=refusal,
        tried=form,
        typed=typed,
        looked=looked,
        chosen=chosen,
        say=statistic_words,
        done=request.args.get("done", ""),
        leads=visit.caller.leads,
    )


def _look(session: Session, visit: Visit) -> dict[str, Any]:
    """Five statements, however much was held and sent."""
    running = month_of(visit.desk, visit.now)
    told = months.span(months.before(running, MONTHS - 1), running)
    able = (Cadre.confirmed_at.is_not(None), Cadre.suspended_at.is_(None))
    agreed, cadres = session.execute(
        select(func.count(Cadre.lessons_at), func.count()).select_from(Cadre).where(*able)
    ).one()
    sent = broadcasts.list_all(session, visit.desk, NEWEST) if visit.caller.leads else []
    return {
        "by_month": work.outreach(session, visit.desk, told)[::-1],
        "newest": outreach.list_newest(session, NEWEST),
        "agreed": agreed,
        "cadres": cadres,
        "sent": sent,
    }


def _do(visit: Visit, name: str, form: Mapping[str, str], act: Callable[[Session], None]) -> Answer:
    address = url_for("console.outreach", done=name)

    def work_once(session: Session) -> str:
        act(session)
        return address

    try:
        return visit.to(visit.once(work_once))
    except Refused as refusal:
        return _page(visit, refusal, name, form)


def enter(visit: Visit) -> Answer:
    form = {name: value.strip() for name, value in request.form.items()}

    def act(session: Session) -> None:
        outreach.enter_session(session, visit.desk, visit.now, visit.officer(session), _read_held(form))
        attempts.note(session, visit.now, visit.actor, "outreach add", 1)

    return _do(visit, "session", form, act)


def _read_held(form: Mapping[str, str]) -> outreach.Held:
    """Raises Refused."""
    written = form.get("people", "")
    try:
        day = date.fromisoformat(form["on"]) if form.get("on") else None
    except ValueError:
        raise Refused("choose the day") from None
    people = int(written) if written.isdecimal() and len(written) < 6 else 0
    return outreach.Held(form.get("village", ""), people, form.get("audience", ""), form.get("topic", ""), day)


def agree(visit: Visit) -> Answer:
    form = {name: value.strip() for name, value in request.form.items()}

    def act(session: Session) -> None:
        phone = read_phone(form.get("phone", ""))
        lessons.agree(session, visit.desk, visit.now, phone, on=form.get("answer") == "on")
        attempts.note(session, visit.now, visit.actor, "lessons consent", 1)

    return _do(visit, "lessons", form, act)


# A message to the cadres


def preview(visit: Visit) -> Answer:
    """Length, receivers, cost, and what is wrong with it; nothing is sent."""
    areas, form = tuple(request.form.getlist("areas")), request.form.to_dict()

    def work_out(session: Session) -> Preview:
        return broadcasts.preview(session, visit.desk, visit.officer(session), areas, _read_text(form))

    try:
        return _page(visit, None, "message", form, visit.read(work_out), areas)
    except Refused as refusal:
        return _page(visit, refusal, "message", form, None, areas)


def _read_text(form: Mapping[str, str]) -> str:
    """Raises Refused."""
    text = form.get("text", "").strip()
    if len(text) > LONGEST:
        raise Refused(f"a text has at most {LONGEST} characters")
    return text


def send(visit: Visit) -> Answer:
    areas, form = tuple(request.form.getlist("areas")), request.form.to_dict()

    def act(session: Session) -> None:
        broadcasts.send(session, visit.desk, visit.now, visit.officer(session), areas, _read_text(form))
        attempts.note(session, visit.now, visit.actor, "broadcast send", 1)

    return _do(visit, "sent", form, act)


def stop(visit: Visit) -> Answer:
    form = request.form.to_dict()

    def act(session: Session) -> None:
        broadcasts.stop(session, visit.now, form.get("id", ""))
        attempts.note(session, visit.now, visit.actor, "broadcast stop", 1)

    return _do(visit, "stopped", form, act)


PAGES = (
    Page("/outreach", "outreach", show, may=WORKERS, menu="55 Penyuluhan"),
    Page("/outreach/session", "outreach_session", enter, may=WORKERS, post=True),
    Page("/outreach/lessons", "outreach_lessons", agree, may=WORKERS, post=True),
    Page("/outreach/preview", "outreach_preview", preview, may=LEADERS, post=True),
    Page("/outreach/send", "outreach_send", send, may=LEADERS, post=True),
    Page("/outreach/stop", "outreach_stop", stop, may=LEADERS, post=True),
)
