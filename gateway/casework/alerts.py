"""Telling officers, cadres and reporters what they may know of a case, through the outbox."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework import codes
from gateway.casework.people import SHOWN, find_to_alert, open_cadre, open_officer
from gateway.desk import Desk
from gateway.details import Details, read_details
from gateway.outbox.queue import Draft, enqueue
from gateway.outbox.waiting import is_known, renew
from menus.gsm import to_gsm
from models.case import CaseFile
from models.people import Cadre, Officer
from models.vocabulary import Age, Purpose, Recipient

ACCEPT = "AMBIL"
ACT = ("SUDAH", "OPER")
CLOSE = "SELESAI"
AGAIN, AGAIN_NO_CONTACT, MISKEYED, HANDED = "again", "again_no_contact", "miskeyed", "handed"
ASKS = ("wait", AGAIN, AGAIN_NO_CONTACT, MISKEYED, HANDED)
"""Steps that ask people to take a case that waits, each in words of its own."""
LANGUAGE = "id"
"""Officers and cadres read Indonesian; a reporter's answers come in the language she chose."""


def alert(session: Session, desk: Desk, now: datetime, case: CaseFile, step: str | None = None) -> int:
    """Tell those on duty of a case that waits; the number of officers told. Each officer once for each step.

    Without a step it is the case's present wait: who has been told of it already is not told again, so a place
    that becomes known only adds the officers of that place.
    """
    details = read_details(desk, case)
    may_call = _may_call(details, case, now)
    told = find_to_alert(session, now, case.kecamatan, details.related)
    if step:
        step = f"{AGAIN if may_call else AGAIN_NO_CONTACT} {step}"
        told = [officer for officer in told if not _still_waits(session, now, case, step, officer)]
    step = step or f"wait {case.queued_at} {case.priority}"
    return sum(ask_to_take(session, desk, now, case, officer, step) for officer in told)


def ask_to_take(session: Session, desk: Desk, now: datetime, case: CaseFile, officer: Officer, step: str) -> bool:
    """One officer, in the words of a first alert: they say so when nobody may be called at this moment."""
    may_call = _may_call(read_details(desk, case), case, now)
    key = "sms.officer.alert" if may_call else "sms.officer.alert_no_contact"
    return call_to_accept(session, desk, now, case, officer, Purpose.ALERT, key, step)


def call_to_accept(
    session: Session,
    desk: Desk,
    now: datetime,
    case: CaseFile,
    officer: Officer,
    purpose: Purpose,
    key: str,
    step: str,
    **inserts: str,
) -> bool:
    """One officer, one text that ends in a code of her own."""
    if officer.id in read_details(desk, case).related or is_known(session, _name(case, step, officer.id)):
        return False
    code = codes.issue(session, desk, now, officer.id, [ACCEPT], case.id)
    text = desk.texts.render(key, LANGUAGE, **of_case(desk, case), code=code, **inserts)
    return tell_officer(session, desk, now, case, officer, purpose, text, step)


def tell_officer(
    session: Session,
    desk: Desk,
    now: datetime,
    case: CaseFile | None,
    officer: Officer,
    purpose: Purpose,
    text: str,
    step: str,
) -> bool:
    name = _name(case, step, officer.id)
    draft = Draft(purpose, Recipient.OFFICER, open_officer(desk, officer).phone, text, name, officer.id)
    return enqueue(session, desk, now, draft, case)


def is_told(session: Session, case: CaseFile, step: str, officer: Officer) -> bool:
    """Whether this step has its message to this officer already: spares making a code nobody would be told."""
    return is_known(session, _name(case, step, officer.id))


def _name(case: CaseFile | None, step: str, person_id: str) -> str:
    """The effect's name, its dedupe key: this step of this case told to this person."""
    return f"{case.id if case else '-'}:{step}:{person_id}"


def say_to_officer(
    session: Session,
    desk: Desk,
    now: datetime,
    case: CaseFile | None,
    officer: Officer,
    purpose: Purpose,
    key: str,
    step: str,
    **inserts: str,
) -> bool:
    """A text without a code of its own making."""
    inserts = (of_case(desk, case) if case else {}) | inserts
    return tell_officer(session, desk, now, case, officer, purpose, desk.texts.render(key, LANGUAGE, **inserts), step)


def say_to_cadre(
    session: Session, desk: Desk, now: datetime, case: CaseFile, purpose: Purpose, key: str, step: str, **inserts: str
) -> bool:
    """The cadre who reported the case; true when there is one who may hear of it."""
    details = read_details(desk, case)
    cadre = session.get(Cadre, details.cadre_id) if details.cadre_id in details.heard_by else None
    return cadre is not None and say_to_one_cadre(session, desk, now, case, cadre, purpose, key, step, **inserts)


def say_to_cadres(session: Session, desk: Desk, now: datetime, case: CaseFile, key: str, step: str) -> None:
    """How the case goes, to whoever of the cadres may hear of it: the reporter, and those an officer added by name."""
    for cadre_id in read_details(desk, case).heard_by:
        cadre = session.get(Cadre, cadre_id)
        if cadre is not None:
            say_to_one_cadre(session, desk, now, case, cadre, Purpose.PROGRESS, key, step)


def say_to_one_cadre(
    session: Session,
    desk: Desk,
    now: datetime,
    case: CaseFile,
    cadre: Cadre,
    purpose: Purpose,
    key: str,
    step: str,
    **inserts: str,
) -> bool:
    """To be called for a cadre of this case only: nobody else's case is ever named to a cadre."""
    if cadre.suspended_at is not None:
        return False
    text = desk.texts.render(key, LANGUAGE, ref=case.reference, **inserts)
    phone = open_cadre(desk, cadre).phone
    draft = Draft(purpose, Recipient.CADRE, phone, text, _name(case, step, cadre.id), cadre.id)
    return enqueue(session, desk, now, draft, case)


def say_to_reporter(
    session: Session, desk: Desk, now: datetime, case: CaseFile, purpose: Purpose, key: str, step: str, **inserts: str
) -> bool:
    """A resident, only when the case allows SMS; asked again when the message leaves."""
    details = read_details(desk, case)
    if not details.contact.sms or not details.phone or details.cadre_id:
        return False
    text = desk.texts.render(key, details.language, **inserts)
    draft = Draft(purpose, Recipient.REPORTER, details.phone, text, _name(case, step, "reporter"))
    return enqueue(session, desk, now, draft, case)


def tell_holder(
    session: Session, desk: Desk, now: datetime, case: CaseFile, key: str, step: str, **inserts: str
) -> None:
    """A word to the officer who holds the case, if one does."""
    holder = find_holder(session, case)
    if holder:
        say_to_officer(session, desk, now, case, holder, Purpose.ALERT, key, step, **inserts)


def tell_again(session: Session, desk: Desk, now: datetime, case: CaseFile, step: str) -> None:
    """The same person cries again: to the holder, or to those who still have to accept; linked cases share it."""
    holder = find_holder(session, case)
    if holder is None:
        alert(session, desk, now, case, step)
    elif not _still_waits(session, now, case, step, holder):
        tell_holder(session, desk, now, case, "sms.officer.repeat", step)
    for other_id in read_details(desk, case).linked:
        other = session.get(CaseFile, other_id)
        if other and other.wrapped_key and other.holder_id not in (None, holder.id if holder else None):
            tell_holder(session, desk, now, other, "sms.officer.linked", step, other=case.reference)


def _still_waits(session: Session, now: datetime, case: CaseFile, step: str, officer: Officer) -> bool:
    """Whether an earlier cry has not even left for her: then it stands for this one too."""
    return renew(session, now, case, step.partition(" ")[0], officer.id)


def tell_withdrawn(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """Marked "pressed by mistake": whoever pressed it, officers still decide."""
    holder = find_holder(session, case)
    if holder:
        tell_holder(session, desk, now, case, "sms.officer.repeat", f"withdrawn {now}")
        return
    for officer in find_to_alert(session, now, case.kecamatan, read_details(desk, case).related):
        key = "sms.officer.withdrawn"
        call_to_accept(session, desk, now, case, officer, Purpose.ALERT, key, f"{MISKEYED} {now}")


def find_holder(session: Session, case: CaseFile) -> Officer | None:
    return session.get(Officer, case.holder_id) if case.holder_id else None


def name_of(desk: Desk, officer: Officer) -> str:
    """As other officers may read it in an SMS."""
    return to_gsm(open_officer(desk, officer).name)[:SHOWN]


def may_hear_of_closing(details: Details) -> bool:
    """Cadres are not told of the end of a sexual or a child case."""
    return not details.sexual and details.age is not Age.CHILD


def _may_call(details: Details, case: CaseFile, now: datetime) -> bool:
    return details.contact.may_call(now, case.touched_at)


def of_case(desk: Desk, case: CaseFile) -> dict[str, str]:
    kecamatan = desk.areas.kecamatan_number(case.kecamatan) if case.kecamatan else "?"
    return {"ref": case.reference, "p": case.priority[1:], "kec2": kecamatan}
