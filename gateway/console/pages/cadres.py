"""How cadres come in: one who asked by SMS is confirmed, a list is looked at and then taken in."""

from flask import abort, request, url_for
from sqlalchemy.orm import Session

from gateway.casework import attempts, people_file, staff
from gateway.console.files_given import read_file
from gateway.console.pages.people import MAY_CHANGE, Row, list_page, row_of
from gateway.console.routes import Page
from gateway.console.visits import Answer, Visit
from gateway.errors import Refused
from models.people import Cadre
from models.vocabulary import CadreRole

# A cadre who asked by DAFTAR


def ask_confirm(visit: Visit) -> Answer:
    return _confirm_page(visit, request.args.get("id", ""))


def _confirm_page(visit: Visit, cadre_id: str, refusal: Refused | None = None) -> Answer:
    def work(session: Session) -> Row | None:
        cadre = session.get(Cadre, cadre_id)
        return row_of(visit, cadre) if cadre else None

    row, areas = visit.read(work), visit.desk.areas
    if row is None:
        abort(404)
    return visit.page(
        "confirm.html",
        409 if refusal else 200,
        row=row,
        villages={code: {one: areas.name(one) for one in areas.villages(code)} for code in areas.kecamatans()},
        roles=list(CadreRole),
        typed=request.form.to_dict(),
        refusal=refusal,
    )


def confirm(visit: Visit) -> Answer:
    form = {name: value.strip() for name, value in request.form.items()}
    root = url_for("console.people", kind="cadre", done="confirmed")

    def work(session: Session) -> str:
        cadre = staff.get(session, "cadre", form.get("id", ""))
        told = (form.get("name", ""), form.get("village", ""), form.get("role", ""))
        staff.confirm(session, visit.desk, visit.now, visit.actor, cadre, *told)
        return root

    try:
        return visit.to(visit.once(work))
    except Refused as refusal:
        return _confirm_page(visit, form.get("id", ""), refusal)


# A list of cadres


def preview(visit: Visit) -> Answer:
    """What the file holds; nothing is written."""
    try:
        text = read_file("file")
        rows, faults = people_file.read_cadres(text.splitlines(keepends=True), visit.desk, "CSV")
        if not rows and not faults:
            raise Refused("CSV holds no rows")
    except Refused as refusal:
        return list_page(visit, "cadre", refusal=refusal)
    named = [(line.removeprefix("line "), why) for line, _, why in (fault.partition(": ") for fault in faults)]
    return visit.page("people_preview.html", rows=rows, faults=named, text=text)


def import_cadres(visit: Visit) -> Answer:
    text = request.form.get("csv", "")
    root = url_for("console.people", kind="cadre", done="added")

    def work(session: Session) -> str:
        rows, faults = people_file.read_cadres(text.splitlines(keepends=True), visit.desk, "CSV")
        if faults:
            raise Refused("a row of the file can not be any more: look at it again")
        people_file.write_cadres(session, visit.desk, visit.now, rows)
        attempts.note(session, visit.now, visit.actor, "cadres imported", len(rows))
        return root

    try:
        return visit.to(visit.once(work))
    except Refused as refusal:
        return list_page(visit, "cadre", refusal=refusal)


PAGES = (
    Page("/people/confirm", "people_confirm", ask_confirm, may=MAY_CHANGE),
    Page("/people/confirm", "people_confirm_send", confirm, may=MAY_CHANGE, post=True),
    Page("/people/preview", "people_preview", preview, may=MAY_CHANGE, post=True),
    Page("/people/import", "people_import", import_cadres, may=MAY_CHANGE, post=True),
)
