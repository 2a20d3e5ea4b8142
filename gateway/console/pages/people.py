"""Officers, cadres, agencies: who they are, with masked phones; leaders and admins suspend, restore, add agencies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import attempts, people, staff
from gateway.console.routes import Page
from gateway.console.visits import ADMINS, LEADERS, Answer, Visit
from gateway.errors import Refused
from gateway.phones import mask
from models.people import Agency, Cadre, Officer

MAY_CHANGE = LEADERS | ADMINS
PAGE = 50
ASKING = 20
"""How many cadres who wait to be confirmed stand on top of the first page."""
NOTHING: Mapping[str, str] = {}
KINDS = ("polisi", "puskesmas", "rsud", "dinsos", "lbh", "sekolah", "uptd", "satpolpp", "kua", "pengadilan", "lain")


@dataclass(frozen=True)
class Row:
    id: str
    name: str
    phone: str
    """Masked, but for the one person whose phone was asked for."""
    what: str
    """An officer's or a cadre's role, an agency's kind."""
    places: tuple[str, ...]
    created_at: datetime
    suspended_at: datetime | None
    confirmed: bool
    lessons: bool = False


def show(visit: Visit) -> Answer:
    return list_page(visit, request.args.get("kind", ""), request.args.get("after", ""))


def list_page(
    visit: Visit,
    asked: str,
    after: str = "",
    shown: tuple[str, str] = ("", ""),
    refusal: Refused | None = None,
    typed: Mapping[str, str] = NOTHING,
) -> Answer:
    """One kind of people. `shown`: the one person whose phone stands there in full."""
    kind = asked if asked in staff.TABLES else "officer"
    found = visit.read(lambda session: _list(session, visit, kind, after, shown))
    return visit.page(
        "people.html",
        409 if refusal else 200,
        kind=kind,
        rows=found[:PAGE],
        after=after,
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        shown=shown[0],
        refusal=refusal,
        typed=typed,
        done=request.args.get("done", ""),
        back=request.args.get("back", ""),
        kinds=KINDS,
        may_change=visit.caller.role in MAY_CHANGE,
        is_admin=visit.caller.role in ADMINS,
    )


def _list(session: Session, visit: Visit, kind: str, after: str, shown: tuple[str, str]) -> list[Row]:
    """One page and one more, in the order they were entered; cadres who wait to be confirmed come first."""
    table = staff.TABLES[kind]
    wanted = select(table).where(table.id > after).order_by(table.id).limit(PAGE + 1)
    found = [one for one in session.scalars(wanted) if isinstance(one, Officer | Cadre | Agency)]
    if kind == "cadre" and not after:
        asking = select(Cadre).where(Cadre.confirmed_at.is_(None)).order_by(Cadre.id).limit(ASKING)
        first = list(session.scalars(asking))
        met = {cadre.id for cadre in first}
        found = [*first, *(one for one in found if one.id not in met)]
    return [row_of(visit, one, shown) for one in found]


def row_of(visit: Visit, one: staff.Staff, shown: tuple[str, str] = ("", "")) -> Row:
    person = staff.open_person(visit.desk, one)
    what, places = _work_of(one)
    return Row(
        id=one.id,
        name=person.name,
        phone=shown[1] if one.id == shown[0] else mask(person.phone),
        what=what,
        places=places,
        created_at=one.created_at,
        suspended_at=one.suspended_at,
        confirmed=not isinstance(one, Cadre) or one.confirmed_at is not None,
        lessons=isinstance(one, Cadre) and one.lessons_at is not None,
    )


def _work_of(one: staff.Staff) -> tuple[str, tuple[str, ...]]:
    if isinstance(one, Agency):
        return one.kind, ()
    if isinstance(one, Cadre):
        return one.role, (one.area_code,) if one.area_code else ()
    return one.role, tuple(filter(None, one.areas.split(",")))


# Acts


def show_phone(visit: Visit) -> Answer:
    """Shown on this one answer; each look is a row of the access record."""
    form = request.form.to_dict()

    def work(session: Session) -> str:
        person = staff.get(session, form.get("kind", ""), form.get("id", ""))
        return staff.show_phone(session, visit.desk, visit.now, visit.actor, person)

    try:
        phone = visit.write(work)
    except Refused as refusal:
        return list_page(visit, form.get("kind", ""), refusal=refusal)
    return list_page(visit, form["kind"], form.get("after", ""), (form["id"], phone))


def suspend(visit: Visit) -> Answer:
    def work(session: Session, person: staff.Staff) -> str:
        return f"&back={staff.suspend(session, visit.desk, visit.now, visit.actor, person)}"

    return _do(visit, "suspended", work)


def restore(visit: Visit) -> Answer:
    def work(session: Session, person: staff.Staff) -> str:
        staff.restore(session, visit.now, visit.actor, person)
        return ""

    return _do(visit, "restored", work)


def _do(visit: Visit, done: str, act: Callable[[Session, staff.Staff], str]) -> Answer:
    form = request.form.to_dict()
    kind = form.get("kind", "")
    root = url_for("console.people", kind=kind if kind in staff.TABLES else None, done=done)

    def work(session: Session) -> str:
        return root + act(session, staff.get(session, kind, form.get("id", "")))

    try:
        return visit.to(visit.once(work))
    except Refused as refusal:
        return list_page(visit, kind, form.get("after", ""), refusal=refusal)


def add_agency(visit: Visit) -> Answer:
    form = {name: value.strip() for name, value in request.form.items()}
    root = url_for("console.people", kind="agency", done="added")

    def work(session: Session) -> str:
        kind = form.get("kind", "") if form.get("kind") in KINDS else ""
        people.add_agency(session, visit.desk, visit.now, form.get("name", ""), kind, form.get("phone", ""))
        attempts.note(session, visit.now, visit.actor, "agency added", 1)
        return root

    try:
        return visit.to(visit.once(work))
    except Refused as refusal:
        return list_page(visit, "agency", refusal=refusal, typed=form)


PAGES = (
    Page("/people", "people", show, menu="40 Orang"),
    Page("/people/show", "people_show", show_phone, post=True),
    Page("/people/suspend", "people_suspend", suspend, may=MAY_CHANGE, post=True),
    Page("/people/restore", "people_restore", restore, may=MAY_CHANGE, post=True),
    Page("/people/agency", "people_agency", add_agency, may=MAY_CHANGE, post=True),
)
