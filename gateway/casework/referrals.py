"""Agencies asked for help in a case: sent, accepted, declined with a reason, done."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import alerts, codes, duties
from gateway.casework.acts import Act
from gateway.casework.events import list_events, record
from gateway.casework.handling import CALLED
from gateway.casework.people import open_agency
from gateway.casework.rules import Step
from gateway.casework.timetable import key_of_referral, schedule
from gateway.desk import Desk
from gateway.details import key_of, read_details, write_details
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.outbox.queue import Draft, enqueue
from gateway.outbox.waiting import withdraw
from models.case import CaseFile
from models.lifecycle import HELD, find_move
from models.people import Agency
from models.referral import Referral
from models.vocabulary import Purpose, Recipient

ASKED, ACCEPTED, DECLINED, DONE = "asked", "accepted", "declined", "done"
ANSWERS = ("TERIMA", "TOLAK")
REFERRED = "referred"
"""How a health duty ended: met by asking an agency."""
BASES: Final[Mapping[str, str]] = {"danger": "danger|bahaya", "child": "child|anak", "3x24": r"3 ?x ?24(?: ?jam)?"}
"""On what ground details go on without her consent (DESIGN section 5), each with how officers write it."""


def read_basis(words: str | None) -> tuple[str | None, str | None]:
    """The basis that an officer's words begin with, and what else they say; either may be missing."""
    told = (words or "").strip()
    for basis, ways in BASES.items():
        if found := re.match(rf"(?:{ways})(?![\w-])[\s:;,./-]*", told, re.IGNORECASE):
            return basis, told[found.end() :] or None
    return None, told or None


def refer(act: Act, name: str | None, reason: str | None, note: str | None = None) -> CaseFile:
    """Ask an agency for help. Raises Refused.

    Without the person's recorded consent `reason` begins with a basis; its other words, and `note`, are kept beside it.
    """
    session, desk, case = act.session, act.desk, act.case
    agency = session.scalar(select(Agency).where(Agency.name == (name or ""), Agency.suspended_at.is_(None)))
    if agency is None:
        raise Refused("refer needs --agency with the name of an agency on the list")
    basis, more = read_basis(reason)
    if basis is None and not _has_consent(act):
        raise Refused("without her recorded consent --reason begins with a basis: danger, child or 3x24")
    if _find(session, case, agency, ASKED):
        raise Refused(f"{agency.name} has been asked already and has not answered")
    act.move("refer")
    referral_id = new_id(act.now)
    sealed = key_of(desk, case).seal("referral.basis", referral_id, (basis or "consent").encode())
    values = {"asked_by": act.officer.id, "asked_at": act.now, "status": ASKED, "basis": sealed}
    session.add(Referral(id=referral_id, case_id=case.id, agency_id=agency.id, **values))
    details = replace(read_details(desk, case), referred=True)
    if agency.kind in duties.HEALTH_KINDS:
        details = duties.end(details, duties.HEALTH, REFERRED)
    write_details(desk, case, details)
    act.note("referred", agency=agency.name, basis=basis, note=" ".join(filter(None, (more, note))) or None)
    _ask(session, desk, act.now, case, agency, "sms.agency.request", f"refer:{referral_id}")
    return act.done()


def record_consent(act: Act, reason: str | None) -> CaseFile:
    """Her consent to passing details on, asked and given by voice or in person."""
    act.move("consent")
    act.note("consent", text=reason)
    return act.done()


def _has_consent(act: Act) -> bool:
    return any(event.kind == "consent" for event in list_events(act.session, act.desk, act.case))


def _ask(
    session: Session, desk: Desk, now: datetime, case: CaseFile, agency: Agency, key: str, step: str, **inserts: str
) -> None:
    """One neutral text that ends in codes of the agency's own; urgent ones do not wait for the morning."""
    code = codes.issue(session, desk, now, agency.id, ANSWERS, case.id)
    duty = desk.settings.duty_desk or "-"
    text = desk.texts.render(key, alerts.LANGUAGE, **alerts.of_case(desk, case), code=code, duty=duty, **inserts)
    phone = open_agency(desk, agency).phone
    enqueue(
        session, desk, now, Draft(Purpose.REFERRAL, Recipient.AGENCY, phone, text, f"{case.id}:{step}", agency.id), case
    )


def ask_again(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """The request this step is about has not been answered: the agency is reminded."""
    waiting = select(Referral).where(Referral.case_id == case.id, Referral.status == ASKED)
    named = [one for one in session.scalars(waiting) if step.step.startswith(key_of_referral(one.id))]
    for referral in named:
        agency = session.get_one(Agency, referral.agency_id)
        since = desk.office.clock(referral.asked_at)
        _ask(session, desk, now, case, agency, "sms.agency.reminder", f"remind:{step.step}", t=since)


def answer(session: Session, desk: Desk, now: datetime, case: CaseFile, agency: Agency, verb: str) -> str | None:
    """TERIMA, TOLAK or SELESAI from an agency that proved its phone; the request's new status.

    None when no request stands where this answers it: then nothing has changed. An answer ends all its other codes.
    """
    word, live = {"TERIMA": (ACCEPTED, ASKED), "TOLAK": (DECLINED, ASKED), "SELESAI": (DONE, ACCEPTED)}[verb]
    referral = _find(session, case, agency, live)
    if referral is None:
        return None
    referral.status = word
    if word == DONE:
        referral.done_at = now
    else:
        referral.answered_at = now
    session.flush()
    codes.end_all(session, now, "answered", person_id=agency.id, case_id=case.id)
    record(session, desk, case, now, f"referral_{word}", f"agency:{agency.id}")
    if word == DECLINED:
        _owe_again(session, desk, case)
    if word == ACCEPTED and case.status in HELD and find_move(case.status, "first_action"):
        case.first_action_at = case.first_action_at or now  # an agency sent is a first action (DESIGN section 5)
        case.acted_at = now
        withdraw(session, case, CALLED)
    # A name of its own: "accepted" is the taking of the case, of which a cadre hears once a day.
    alerts.tell_holder(session, desk, now, case, f"sms.officer.agency_{word}", f"agency_{word} {now}")
    schedule(session, desk, now, case)
    return word


def _owe_again(session: Session, desk: Desk, case: CaseFile) -> None:
    """The health referral was met by asking; when every health agency declined it is owed as before."""
    details = read_details(desk, case)
    if details.duties_ended.get(duties.HEALTH) != REFERRED:
        return
    other = (Referral.case_id == case.id, Referral.status != DECLINED, Agency.kind.in_(duties.HEALTH_KINDS))
    if session.scalar(select(Referral.id).join(Agency, Agency.id == Referral.agency_id).where(*other).limit(1)) is None:
        write_details(desk, case, duties.begin_again(details, duties.HEALTH))


def _find(session: Session, case: CaseFile, agency: Agency, status: str) -> Referral | None:
    mine = (Referral.case_id == case.id, Referral.agency_id == agency.id, Referral.status == status)
    return session.scalar(select(Referral).where(*mine).order_by(Referral.asked_at.desc()).limit(1))
