"""New officers, and a new log-in for one: an admin's work, as `officer add` and `officer login` do it.

The password is ours and stands on one answer only. It follows from the form's receipt, so the same form sent twice, by
a double click or a lost answer, shows the same password again, and nothing has to be kept to do so.
"""

import base64

from flask import abort, request, url_for
from sqlalchemy.orm import Session

from gateway import passwords
from gateway.casework import attempts, people
from gateway.console import second_factor
from gateway.console.routes import Page
from gateway.console.visits import ADMINS, Answer, Visit
from gateway.errors import Refused
from models.people import Officer
from models.vocabulary import OfficerRole

LETTERS = 16
"""Of a first password, in groups of four: 80 bits."""


def ask_officer(visit: Visit, refusal: Refused | None = None) -> Answer:
    return visit.page(
        "officer.html",
        409 if refusal else 200,
        refusal=refusal,
        typed=request.form.to_dict(),
        chosen=request.form.getlist("areas"),
        roles=list(OfficerRole),
        kecamatans=visit.desk.areas.kecamatans(),
    )


def add_officer(visit: Visit) -> Answer:
    form = {name: value.strip() for name, value in request.form.items()}
    codes, password = request.form.getlist("areas"), _first_password(visit)
    secret = passwords.hash_first(password) if form.get("login") else None
    address = url_for("console.people", done="added")

    def work(session: Session) -> str:
        if form.get("role") not in list(OfficerRole):
            raise Refused("choose her role")
        role, areas = OfficerRole(form["role"]), people.read_areas(visit.desk, codes)
        name, phone, login = form.get("name", ""), form.get("phone", ""), form.get("login")
        people.add_officer(session, visit.desk, visit.now, name, phone, role, areas, login, secret)
        attempts.note(session, visit.now, visit.actor, "officer added", 1)
        return address

    try:
        visit.once(work)
    except Refused as refusal:
        return ask_officer(visit, refusal)
    if secret is None:
        return visit.to(address)
    return visit.page("officer_login.html", login=form["login"], password=password, name=form["name"])


def ask_login(visit: Visit) -> Answer:
    return _login_page(visit, request.args.get("id", ""))


def _login_page(visit: Visit, officer_id: str, refusal: Refused | None = None) -> Answer:
    officer = visit.read(lambda session: session.get(Officer, officer_id))
    if officer is None:
        abort(404)
    name = people.open_officer(visit.desk, officer).name
    return visit.page(
        "officer_login.html",
        409 if refusal else 200,
        id=officer.id,
        name=name,
        login=request.form.get("login", officer.login or ""),
        password=None,
        refusal=refusal,
    )


def set_login(visit: Visit) -> Answer:
    form = {name: value.strip() for name, value in request.form.items()}
    officer_id, password = form.get("id", ""), _first_password(visit)
    secret, address = passwords.hash_first(password), url_for("console.people", done="login")

    def work(session: Session) -> str:
        officer = session.get(Officer, officer_id, with_for_update=True)
        if officer is None:
            raise Refused("this person is not on the list")
        if officer.id == visit.caller.officer_id:
            raise Refused("her own password is changed on her account page")
        people.set_login(session, visit.now, officer, form.get("login"), secret)
        if form.get("forget"):
            second_factor.remove(session, officer.id)
        attempts.note(session, visit.now, visit.actor, "officer login set", 1)
        return address

    try:
        visit.once(work)
    except Refused as refusal:
        return _login_page(visit, officer_id, refusal)
    officer = visit.read(lambda session: session.get_one(Officer, officer_id))
    name = people.open_officer(visit.desk, officer).name
    return visit.page("officer_login.html", login=officer.login, password=password, name=name)


def _first_password(visit: Visit) -> str:
    raw = visit.desk.keyring.index("name", "first password", visit.caller.officer_id, request.form.get("receipt", ""))
    letters = base64.b32encode(raw).decode().lower()[:LETTERS]
    return "-".join(letters[at : at + 4] for at in range(0, LETTERS, 4))


PAGES = (
    Page("/people/officer", "officer", ask_officer, may=ADMINS),
    Page("/people/officer", "officer_add", add_officer, may=ADMINS, post=True),
    Page("/people/login", "officer_login", ask_login, may=ADMINS),
    Page("/people/login", "officer_login_set", set_login, may=ADMINS, post=True),
)
