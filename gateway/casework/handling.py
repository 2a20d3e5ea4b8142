"""What an officer does to a case: the same functions for SMS, command line and console, and the same refusals."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import alerts, codes, intake
from gateway.casework.details import Contact, key_of, read_details, write_details
from gateway.casework.events import list_events, record
from gateway.casework.people import open_agency
from gateway.casework.rules import PAUSE
from gateway.casework.timetable import schedule
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.outbox.queue import Draft, enqueue, has_word, withdraw
from models.case import CaseFile, find_case, lock_case
from models.lifecycle import HELD, WAITING, find_move
from models.people import Agency, Cadre, Officer, list_active
from models.referral import Referral
from models.triage import is_sexual
from models.vocabulary import CaseStatus, ContactMode, OfficerRole, Priority, Purpose, Recipient

LEADERS = (OfficerRole.SUPERVISOR, OfficerRole.HEAD)

CONNECTED, NO_ANSWER, SOMEBODY_ELSE, VISITED, FORBIDDEN = 1, 2, 3, 4, 5
"""What SUDAH asks by digit. Only CONNECTED and VISITED end the duty, FORBIDDEN with a supervisor's word."""

CALLED = ("wait", "ladder", "unaccepted", "undelivered", "first_action")
"""Steps whose messages ask for what has been done now: those that have not left yet must not leave any more."""
MOOT = (*CALLED, "accepted")
"""And those that told of a holder who is no more."""

PROGRESS_EVERY = timedelta(hours=24)
"""Whoever reported hears once that it was taken, however often it changes hands: each SMS may be read by another."""

AMICABLE = ("damai", "mediasi", "kekeluargaan", "amicable", "restorative")
"""Words of a settlement outside court, which UU 12/2022 article 23 rules out for sexual violence (DOMAIN 2.5)."""


@dataclass(frozen=True)
class Act:
    """One act on one case: who, on what, when."""

    session: Session
    desk: Desk
    now: datetime
    case: CaseFile
    officer: Officer

    @property
    def leads(self) -> bool:
        return self.officer.role in LEADERS

    def note(self, kind: str, **body: object) -> None:
        record(self.session, self.desk, self.case, self.now, kind, f"officer:{self.officer.id}", **body)

    def move(self, verb: str) -> None:
        """Raises Refused when the lifecycle has no such move here."""
        target = find_move(self.case.status, verb)
        if target is None:
            raise Refused(f"{verb} is not possible while the case is {self.case.status}")
        self.case.status = target

    def done(self) -> CaseFile:
        schedule(self.session, self.desk, self.now, self.case)
        return self.case


def begin(session: Session, desk: Desk, now: datetime, reference: str, officer: Officer) -> Act:
    """Find and lock the case an officer names. Raises Refused: unknown, erased, suspended, not hers."""
    found = find_case(session, reference.upper().removeprefix("BP-").removeprefix("BP"))
    if found is None:
        raise Refused(f"no case has the reference {reference}")
    return begin_on(session, desk, now, found.id, officer)


def begin_on(
    session: Session, desk: Desk, now: datetime, case_id: str, officer: Officer, *, called: bool = False
) -> Act:
    """`called`: she holds a live code for this case, because the ladder called her from another place."""
    case = session.get(CaseFile, case_id, with_for_update=True, populate_existing=True)
    if case is None or case.wrapped_key is None:
        raise Refused("the case has been erased")
    if officer.suspended_at is not None:
        raise Refused("this officer's phone is suspended")
    if officer.role is OfficerRole.ADMIN:
        raise Refused("an admin does not work on cases")
    if officer.id in read_details(desk, case).related:
        raise Refused("this officer is related to the case")
    hers = called or officer.role is not OfficerRole.OFFICER or case.holder_id == officer.id
    if not hers and not officer.serves(case.kecamatan):
        raise Refused("the case lies outside this officer's areas")
    return Act(session, desk, now, case, officer)


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
        alerts.say_to_cadre(session, desk, now, case, Purpose.PROGRESS, "sms.cadre.accepted", f"accepted {now}")
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
    alerts.call_to_accept(session, desk, now, case, to, Purpose.ALERT, "sms.officer.alert", f"handed {now}")


def first_action(act: Act, result: int, note: str | None = None) -> CaseFile:
    """What came of the first attempt, as one of the five digits. Raises Refused."""
    if result not in (CONNECTED, NO_ANSWER, SOMEBODY_ELSE, VISITED, FORBIDDEN):
        raise Refused("the result is a digit from 1 to 5")
    if act.case.holder_id != act.officer.id and not act.leads:
        raise Refused("only its holder or a supervisor records a first action")
    if result in (CONNECTED, VISITED) or (result == FORBIDDEN and act.leads):
        act.move("first_action")
        act.case.first_action_at = act.case.first_action_at or act.now
        act.case.acted_at = act.now
        withdraw(act.session, act.case, CALLED)
        act.note("first_action", result=result, note=note)
        return act.done()
    if find_move(act.case.status, "first_action") is None:
        raise Refused(f"first_action is not possible while the case is {act.case.status}")
    act.note("attempt", result=result, note=note)
    if result == SOMEBODY_ELSE:
        details = read_details(act.desk, act.case)
        write_details(act.desk, act.case, replace(details, contact=replace(details.contact, blocked=True)))
    if result == FORBIDDEN:
        _ask_leaders(act, "sms.officer.sign", "SUDAH")
    return act.done()


def _ask_leaders(act: Act, key: str, verb: str) -> None:
    """Supervisors, else heads, are asked to decide, each with a code of her own."""
    step = f"{verb} {act.now}"
    leaders = list_active(act.session, OfficerRole.SUPERVISOR) or list_active(act.session, OfficerRole.HEAD)
    for leader in leaders:
        code = codes.issue(act.session, act.desk, act.now, leader.id, [verb], act.case.id)
        alerts.say_to_officer(act.session, act.desk, act.now, act.case, leader, Purpose.REMINDER, key, step, code=code)


def propose_close(act: Act) -> CaseFile:
    """SELESAI by SMS: a proposal a supervisor confirms. Raises Refused."""
    if find_move(act.case.status, "close") is None:
        raise Refused(f"close is not possible while the case is {act.case.status}")
    if act.case.holder_id != act.officer.id and not act.leads:
        raise Refused("only its holder or a supervisor proposes to close")
    act.note("close_proposed")
    _ask_leaders(act, "sms.officer.confirm_close", alerts.CLOSE)
    return act.done()


def close(act: Act, reason: str | None = None) -> CaseFile:
    """End a case. P1, sexual and child cases, and any without a first action, need a supervisor and a reason.

    Raises Refused.
    """
    details = read_details(act.desk, act.case)
    grave = act.case.priority is Priority.P1 or not alerts.may_hear_of_closing(details)
    if act.case.holder_id not in (act.officer.id, None) and not act.leads:
        raise Refused("only its holder or a supervisor closes a case")
    if not act.leads and (grave or act.case.first_action_at is None):
        raise Refused("only a supervisor closes this case")
    if act.case.first_action_at is None and not reason:
        raise Refused("closing without a first action needs a supervisor's reason")
    if reason and is_sexual(details.forms) and any(word in reason.lower() for word in AMICABLE):
        raise Refused("sexual violence is not settled outside court (UU 12/2022 article 23): give another reason")
    act.move("close")
    act.case.closed_at = act.now
    write_details(act.desk, act.case, replace(details, close_reason=reason))
    act.note("closed", reason=reason)
    codes.end_all(act.session, act.now, "closed", case_id=act.case.id)
    withdraw(act.session, act.case, CALLED)
    if alerts.may_hear_of_closing(details):
        step = f"closed {act.now}"
        alerts.say_to_cadre(act.session, act.desk, act.now, act.case, Purpose.PROGRESS, "sms.cadre.closed", step)
    return act.done()


def reopen(act: Act, reason: str | None = None) -> CaseFile:
    """An ended case begins to wait again. Raises Refused."""
    act.move("reopen")
    act.case.closed_at = None
    withdraw(act.session, act.case, ["closed"])
    intake.let_go(act.case)
    act.note("reopened", reason=reason)
    intake.enter_queue(act.session, act.desk, act.now, act.case)
    return act.done()


def invalidate(act: Act, reason: str | None) -> CaseFile:
    """Not a case at all, with a reason, by a person; P1 by a supervisor. Raises Refused."""
    if not reason:
        raise Refused("marking a case invalid needs a reason")
    grave = act.case.priority is Priority.P1 or not alerts.may_hear_of_closing(read_details(act.desk, act.case))
    if grave and not act.leads:
        raise Refused("only a supervisor marks a P1, sexual or child case invalid")
    if act.case.holder_id not in (act.officer.id, None) and not act.leads:
        raise Refused("only its holder or a supervisor marks a case invalid")
    act.move("invalid")
    act.case.closed_at = act.now
    act.note("invalid", reason=reason)
    codes.end_all(act.session, act.now, "closed", case_id=act.case.id)
    withdraw(act.session, act.case, MOOT)
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


def change_contact(act: Act, mode: ContactMode, hours: str | None, reason: str | None) -> CaseFile:
    """What she told the officer about how she may be reached. Raises Refused."""
    act.move("contact_rule")
    details = read_details(act.desk, act.case)
    before = details.contact
    contact = Contact(mode, hours, owner=before.owner, other_answers=before.other_answers, word=before.word)
    write_details(act.desk, act.case, replace(details, contact=contact))
    act.note("contact_rule", mode=mode, hours=hours, reason=reason)
    return act.done()


def record_consent(act: Act, reason: str | None) -> CaseFile:
    """Her consent to passing details on, asked and given by voice or in person."""
    act.move("consent")
    act.note("consent", text=reason)
    return act.done()


def ask_to_call(act: Act) -> CaseFile:
    """`Cek nomor` will say: please call us when it is safe."""
    act.move("please_call")
    details = read_details(act.desk, act.case)
    write_details(act.desk, act.case, replace(details, please_call=True))
    act.note("please_call")
    return act.done()


def link(act: Act, other: CaseFile, *, together: bool) -> CaseFile:
    """Two reports of one matter: noted on both, merged never; each keeps its receipt."""
    act.move("link" if together else "unlink")
    kind = "linked" if together else "unlinked"
    lock_case(act.session, other.id)
    act.note(kind, other=other.reference)
    record(act.session, act.desk, other, act.now, kind, f"officer:{act.officer.id}", other=act.case.reference)
    return act.done()


def refer(act: Act, name: str | None, basis: str | None) -> CaseFile:
    """Ask an agency for help. Without the person's recorded consent a basis must be named. Raises Refused."""
    agency = act.session.scalar(select(Agency).where(Agency.name == (name or ""), Agency.suspended_at.is_(None)))
    if agency is None:
        raise Refused("refer needs --agency with the name of an agency on the list")
    if not basis and not has_consent(act):
        raise Refused("without her recorded consent a basis must be named: --reason (danger, child, 3x24)")
    act.move("refer")
    referral_id = new_id(act.now)
    sealed = key_of(act.desk, act.case).seal("referral.basis", referral_id, (basis or "consent").encode())
    values = {"asked_by": act.officer.id, "asked_at": act.now, "status": "asked", "basis": sealed}
    act.session.add(Referral(id=referral_id, case_id=act.case.id, agency_id=agency.id, **values))
    act.note("referred", agency=agency.name, basis=basis)
    code = codes.issue(act.session, act.desk, act.now, agency.id, ["TERIMA", "TOLAK"], act.case.id)
    duty = act.desk.settings.duty_desk or "-"
    inserts = alerts.of_case(act.desk, act.case) | {"code": code, "duty": duty}
    text = act.desk.texts.render("sms.agency.request", alerts.LANGUAGE, **inserts)
    phone = open_agency(act.desk, agency).phone
    draft = Draft(Purpose.REFERRAL, Recipient.AGENCY, phone, text, f"{act.case.id}:refer:{referral_id}", agency.id)
    enqueue(act.session, act.desk, act.now, draft, act.case)
    return act.done()


def has_consent(act: Act) -> bool:
    return any(event.kind == "consent" for event in list_events(act.session, act.desk, act.case))


def note_police_report(act: Act, on: str | None) -> CaseFile:
    """The report to the police was made, with its date. Raises Refused."""
    try:
        day = date.fromisoformat(on or "")
    except ValueError:
        raise Refused("police_reported needs --on DATE, such as 2026-11-23") from None
    act.move("police_reported")
    act.note("police_reported", on=day.isoformat())
    return act.done()


def mark_related(act: Act) -> CaseFile:
    """This officer is related to the case: she loses it at once, and it passes on."""
    act.move("related")
    act.note("related", officer=act.officer.id)
    codes.end_all(act.session, act.now, "related", person_id=act.officer.id, case_id=act.case.id)
    details = read_details(act.desk, act.case)
    write_details(act.desk, act.case, replace(details, related=(*details.related, act.officer.id)))
    if act.case.holder_id == act.officer.id:
        put_back(act.session, act.desk, act.now, act.case)
    return act.done()


def suspend(session: Session, desk: Desk, now: datetime, person: Officer | Cadre | Agency) -> int:
    """End the codes of a phone at once and put its cases back on the ladder; the number of cases put back."""
    if person.suspended_at is None:
        person.suspended_at = now
    codes.end_all(session, now, "suspended", person_id=person.id)
    if not isinstance(person, Officer):
        return 0
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
