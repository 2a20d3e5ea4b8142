"""A case reported by voice or in person, entered by an officer."""

from collections.abc import Mapping

from flask import request, url_for
from sqlalchemy.orm import Session

from gateway.casework import in_person
from gateway.casework.in_person import Told
from gateway.console import case_words
from gateway.console.acting import LONGEST
from gateway.console.routes import Page
from gateway.console.visits import WORKERS, Answer, Visit
from gateway.errors import Refused
from gateway.phones import normalise
from models.vocabulary import ContactMode


def show(visit: Visit, refusal: Refused | None = None, typed: Mapping[str, str] | None = None) -> Answer:
    areas = visit.desk.areas
    villages = {code: {one: areas.name(one) for one in areas.villages(code)} for code in areas.kecamatans()}
    forms = {term.code: term.id_term for term in visit.parts.lexicon.terms if term.group == "form"}
    chosen = request.form.getlist("forms") if refusal else []
    return visit.page(
        "new_case.html",
        409 if refusal else 200,
        villages=villages,
        forms=forms,
        chosen=chosen,
        typed=typed or {},
        refusal=refusal,
        say=case_words,
    )


def enter(visit: Visit) -> Answer:
    form = request.form.to_dict()
    try:
        told = read_told(visit, form, request.form.getlist("forms"))
        # The reference is made in the transaction, so the address is too: it holds nothing else.
        root = url_for("console.case", reference="")

        def work(session: Session) -> str:
            officer = visit.officer(session)
            return root + in_person.open_told(session, visit.desk, visit.now, officer, told).reference

        return visit.to(visit.once(work, by_content=True))
    except Refused as refusal:
        return show(visit, refusal, form)


def read_told(visit: Visit, form: Mapping[str, str], forms: list[str]) -> Told:
    """Raises Refused for a phone that is none, and for texts without end."""
    if any(len(value) > LONGEST for value in form.values()):
        raise Refused(f"a text has at most {LONGEST} characters")
    written = form.get("phone", "").strip()
    phone = normalise(written) if written else None
    if written and phone is None:
        raise Refused("this is no phone number")
    area_code = form.get("village", "")
    mode = form.get("mode", "")
    return Told(
        who=form["who"] if form.get("who") in case_words.WHO else in_person.UNKNOWN,
        forms=tuple(forms),
        danger=form.get("danger") == "1",
        area_code=area_code if visit.desk.areas.find(area_code) else None,
        landmark=form.get("landmark", "").strip(),
        sexual_when=form["sexual_when"] if form.get("sexual_when") in case_words.SEXUAL_WHEN else "",
        mode=ContactMode(mode) if mode in list(ContactMode) else ContactMode.NONE,
        hours=form["hours"] if form.get("hours") in case_words.HOURS else "",
        phone=phone,
        note=form.get("note", "").strip(),
        take=form.get("take") == "1",
    )


PAGES = (
    Page("/new", "new_case", show, may=WORKERS, menu="15 Kasus baru"),
    Page("/new", "enter_case", enter, may=WORKERS, post=True),
)
