"""What an officer does to a case she works on: the same functions for SMS, command line and console.

The ends of a case are in `endings`, agencies in `referrals`, the law in `legal`, people and other cases in `relations`.
All raise Refused with the same words wherever they were asked for.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import alerts, codes, intake, questions
from gateway.casework.acts import Act, ask_leaders
from gateway.casework.events import record
from gateway.casework.people import open_officer
from gateway.casework.rules import PAUSE
from gateway.casework.timetable import schedule
from gateway.desk import Desk
from gateway.details import Contact, read_details, write_details
from gateway.errors import Refused
from gateway.outbox.waiting import cancel_for_phone, has_word, withdraw
from models.case import CaseFile
from models.lifecycle import HELD, WAITING, find_move
from models.people import Agency, Cadre, Officer
from models.vocabulary import CaseStatus, ContactMode, OfficerRole, Priority, Purpose, Recipient
from models.web_session import end_sessions

CONNECTED, NO_ANSWER, SOMEBODY_ELSE, VISITED, FORBIDDEN = 1, 2, 3, 4, 5
"""What SUDAH asks by digit. Only CONNECTED and VISITED end the duty, FORBIDDEN with a supervisor's word."""

CALLED = (*alerts.ASKS, "ladder", "unaccepted", "undelivered", "unreached", "first_action")
"""Steps whose messages ask for what has been done now: those that have not left yet must not leave any more."""
MOOT = (*CALLED, "accepted")
"""And those that told of a holder who is no more."""

PROGRESS_EVERY = timedelta(hours=24)
"""Whoever reported hears once that it was taken, however often it changes hands: each SMS may be read by another."""


def accept(act: Act) -> CaseFile:
    """The officer takes the case; the others are told. Raises Refused when somebody holds it and is at it."""
    case, session, desk, now = act.case, act.session, act.desk, act.now
    holder = alerts.find_holder(session, case) if case.status in HELD else None
    if holder and holder.id == act.officer.id:
        return case
    if holder and not _may_take_over(case, now):
        raise Refused(f"already taken by {alerts.name_of(desk, holder)}")
    if not holder:
        act.move("accept")
    if case.acted_at is not None and case.status is CaseStatus.ACCEPTED:
        case.status = CaseStatus.IN_PROGRESS  # passed on after the first action: that duty has been met
    case.holder_id = case.accepted_by = act.officer.id
    case.accepted_at = now
    withdraw(session, case, CALLED)
    act.note("accepted", over=holder.id if holder else None)
    _tell_others(act, [holder] if holder else [])
    if not has_word(session, case, "accepted", now - PROGRESS_EVERY):
        alerts.say_to_cadres(session, desk, now, case, "sms.cadre.accepted", f"accepted {now}")
        alerts.say_to_reporter(session, desk, now, case, Purpose.PROGRESS, "sms.resident.progress", f"accepted {now}")
    return act.done()


def _may_take_over(case: CaseFile, now: datetime) -> bool:
    """A P1 whose holder has done nothing for PAUSE is on the ladder again: another may take it."""
    unmet = case.acted_at is None or (case.cried_at is not None and case.acted_at < case.cried_at)
    idle = unmet and case.accepted_at is not None and now >= case.accepted_at + PAUSE
    return case.priority is Priority.P1 and case.status in HELD and idle


def _tell_others(act: Act, more: Iterable[Officer]) -> None:
    """Those who hold a live code for this case, and whoever held it before."""
    told = {officer.id: officer for officer in [*_called(act), *more] if officer.id != act.officer.id}
    name = alerts.name_of(act.desk, act.officer)
    for officer in told.values():
        key, step = "sms.officer.taken_other", f"taken {act.now}"
        alerts.say_to_officer(act.session, act.desk, act.now, act.case, officer, Purpose.ANSWER, key, step, name=name)


def _called(act: Act) -> list[Officer]:
    ids = codes.list_holders(act.session, act.now, act.case.id, alerts.ACCEPT)
    return list(act.session.scalars(select(Officer).where(Officer.id.in_(ids), Officer.suspended_at.is_(None))))


def pass_on(act: Act, to: Officer | None = None, reason: str | None = None) -> CaseFile:
    """Back to those on duty, or to one officer by name; the waiting begins anew. Raises Refused."""
    if act.case.holder_id not in (act.officer.id, None) and not act.leads:
        raise Refused("only its holder or a supervisor passes a case on")
    if to and (to.suspended_at is not None or to.role is OfficerRole.ADMIN):
        raise Refused("that officer cannot take a case now")
    if to and to.id in read_details(act.desk, act.case).related:
        raise Refused("that officer is related to the case")
    act.move("pass_on")
    act.note("passed_on", to=to.id if to else None, reason=reason)
    put_back(act.session, act.desk, act.now, act.case, to)
    return act.done()


def put_back(session: Session, desk: Desk, now: datetime, case: CaseFile, to: Officer | None = None) -> None:
    """Nobody holds the case any more: alerts go out again, and the ladder counts from now."""
    if case.holder_id:
        codes.end_all(session, now, "passed_on", person_id=case.holder_id, case_id=case.id)
    withdraw(session, case, MOOT)
    case.status = CaseStatus.NEW
    case.holder_id = case.accepted_by = case.accepted_at = case.cried_at = None
    if to is None:
        intake.enter_queue(session, desk, now, case)
        return
    case.queued_at = now
    case.accept_due_at = intake.waits_until(desk, now, case)
    alerts.ask_to_take(session, desk, now, case, to, f"{alerts.HANDED} {now}")


def first_action(act: Act, result: int, note: str | None = None, *, proved: bool = True) -> CaseFile:
    """What came of the first attempt, as one of five digits; not `proved`: a digit without a code. Raises Refused."""
    if result not in (CONNECTED, NO_ANSWER, SOMEBODY_ELSE, VISITED, FORBIDDEN):
        raise Refused("the result is a digit from 1 to 5")
    if act.case.holder_id != act.officer.id and not act.leads:
        raise Refused("only its holder or a supervisor records a first action")
    if result in (CONNECTED, VISITED) or (result == FORBIDDEN and act.leads):
        act.move("first_action")
        before = act.case.acted_at.isoformat() if act.case.acted_at else None
        act.case.first_action_at = act.case.first_action_at or act.now
        act.case.acted_at = act.now
        withdraw(act.session, act.case, CALLED)
        doubt = {} if proved else {"unproved": True, "before": before}
        act.note("first_action", result=result, note=note, **doubt)
        return act.done()
    if find_move(act.case.status, "first_action") is None:
        raise Refused(f"first_action is not possible while the case is {act.case.status}")
    act.note("attempt", result=result, note=note)
    if result == SOMEBODY_ELSE:
        details = read_details(act.desk, act.case)
        write_details(act.desk, act.case, replace(details, contact=replace(details.contact, blocked=True)))
    if result == FORBIDDEN:
        ask_leaders(act, "sms.officer.sign", "SUDAH")
    return act.done()


def change_priority(act: Act, priority: Priority, reason: str | None) -> CaseFile:
    """Up or down, with a reason. Raises Refused."""
    if not reason:
        raise Refused("changing the priority needs a reason")
    act.move("priority")
    before, act.case.priority = act.case.priority, priority
    act.note("priority", before=before, after=priority, reason=reason)
    if priority is Priority.P1 and before is not Priority.P1:
        act.case.became_p1_at = act.now
    if priority < before and act.case.status in WAITING:
        intake.enter_queue(act.session, act.desk, act.now, act.case)
    return act.done()


def write_note(act: Act, text: str | None) -> CaseFile:
    if not text:
        raise Refused("a note needs a text: --reason")
    act.move("note")
    act.note("note", text=text)
    return act.done()


def change_contact(
    act: Act, mode: ContactMode, hours: str | None, reason: str | None, word: str | None = None
) -> CaseFile:
    """What she told the officer about how she may be reached; `word`: another code word than before.

    Who holds the case decides, as after somebody else answered (DESIGN section 5); that nobody may reach her any more
    is written down by whoever hears it. Raises Refused.
    """
    opens = mode is not ContactMode.NONE or word is not None
    if opens and act.case.holder_id not in (act.officer.id, None) and not act.leads:
        raise Refused("only its holder or a supervisor lets her be reached; others may only end it")
    act.move("contact_rule")
    details = read_details(act.desk, act.case)
    before = details.contact
    contact = Contact(mode, hours, owner=before.owner, other_answers=before.other_answers, word=word or before.word)
    write_details(act.desk, act.case, replace(details, contact=contact))
    act.note("contact_rule", mode=mode, hours=hours, reason=reason)
    return act.done()


def ask_to_call(act: Act) -> CaseFile:
    """`Cek nomor` will say: please call us when it is safe."""
    act.move("please_call")
    details = read_details(act.desk, act.case)
    write_details(act.desk, act.case, replace(details, please_call=True))
    act.note("please_call")
    return act.done()


def change_phone(session: Session, desk: Desk, now: datetime, officer: Officer, new: str) -> int:
    """The officer has a new phone: codes, questions and messages of the old one end, and she is called anew to what

    waits for her; the number of cases. `new` is E.164 and nobody else's.
    """
    waiting = list(
        session.scalars(
            select(CaseFile)
            .where(CaseFile.id.in_(codes.list_cases(session, now, officer.id, alerts.ACCEPT)))
            .where(CaseFile.status.in_(WAITING))
            .order_by(CaseFile.created_at)
            .with_for_update()
        )
    )
    codes.end_all(session, now, "replaced", person_id=officer.id)
    questions.close(session, desk, open_officer(desk, officer).phone)
    cancel_for_phone(session, officer.phone_index, "replaced", list(Recipient))
    officer.phone = desk.keyring.seal("officer.phone", officer.id, new.encode())
    officer.phone_index = desk.keyring.index("phone", new)
    for case in waiting:
        step = f"new phone {now}"
        alerts.call_to_accept(session, desk, now, case, officer, Purpose.ALERT, "sms.officer.alert_no_contact", step)
    return len(waiting)


def suspend(session: Session, desk: Desk, now: datetime, person: Officer | Cadre | Agency) -> int:
    """End codes and log-ins at once and put the cases back on the ladder; the number of cases put back."""
    if person.suspended_at is None:
        person.suspended_at = now
    codes.end_all(session, now, "suspended", person_id=person.id)
    if not isinstance(person, Officer):
        return 0
    end_sessions(session, now, person.id, "suspended")
    held = list(
        session.scalars(
            select(CaseFile).where(CaseFile.holder_id == person.id, CaseFile.status.in_(HELD)).with_for_update()
        )
    )
    for case in held:
        record(session, desk, case, now, "holder_suspended", "gateway", officer=person.id)
        put_back(session, desk, now, case)
        schedule(session, desk, now, case)
    return len(held)
