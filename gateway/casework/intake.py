"""How a case comes to be: opened by a key or a text, enriched by every answer, confirmed or swept into the queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework import alerts, duties, timetable
from gateway.casework.details import Contact, Details, read_details, write_details
from gateway.casework.drafts import merge
from gateway.casework.events import REPORTER, SYSTEM, record
from gateway.casework.people import find_on_duty
from gateway.desk import Desk
from gateway.identifiers import grouped, new_id, new_receipt, new_reference
from gateway.outbox.queue import lift_stop, withdraw
from models.base import insert_new
from models.case import CaseFile, RuleFiring
from models.lifecycle import OPEN, WAITING, find_move
from models.triage import higher, triage
from models.vocabulary import CaseStatus, Channel, ContactMode, Priority, Purpose, Reporter

JOINS_WITHIN = timedelta(minutes=30)
"""A second cry from the same phone within this long joins the open case (DESIGN section 3)."""
SAME_TALK = timedelta(hours=24)
REPEATS_EVERY = timedelta(minutes=5)
"""How often repeats alert the holder again, after the first one which does so at once."""


@dataclass(frozen=True)
class Opening:
    """A case about to be opened."""

    details: Details
    channel: Channel
    reporter: Reporter
    partial: bool = False
    complete: bool = False


def open_case(session: Session, desk: Desk, now: datetime, opening: Opening) -> CaseFile:
    """Write the case and, unless it is partial, alert at once."""
    details = duties.begin(opening.details, now)
    case_id = new_id(now)
    _, wrapped = desk.keyring.new_case_key(case_id)
    case = CaseFile(
        id=case_id,
        reference=_free_reference(session),
        status=CaseStatus.PARTIAL if opening.partial else CaseStatus.NEW,
        priority=triage(details.signs),
        channel=opening.channel,
        reporter=opening.reporter,
        complete=opening.complete,
        created_at=now,
        touched_at=now,
        phone_index=desk.keyring.index("phone", details.phone) if details.phone else None,
        receipt_index=desk.keyring.index("receipt", details.receipt),
        wrapped_key=wrapped,
    )
    if case.priority is Priority.P1:
        case.became_p1_at = now
    write_details(desk, case, details)
    session.add(case)
    session.flush()
    crash.here("case_opened")
    record(session, desk, case, now, "opened", REPORTER, service=details.service, priority=case.priority)
    if not opening.partial:
        enter_queue(session, desk, now, case)
    timetable.schedule(session, desk, now, case)
    return case


def new_details(service: str, phone: str | None, language: str = "id", **known: object) -> Details:
    """Fresh details with their own receipt."""
    return replace(Details(receipt=new_receipt(), phone=phone, service=service, language=language), **known)  # type: ignore[arg-type]


def _free_reference(session: Session) -> str:
    """Four letters while they last, then five: one look-up each, a clash at the commit is refused by the constraint."""
    for attempt in range(100):
        reference = new_reference(4 + attempt // 4)
        if session.scalar(select(CaseFile.id).where(CaseFile.reference == reference)) is None:
            return reference
    raise AssertionError("no free reference in a hundred draws")


def enter_queue(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """From now on it waits to be accepted: due time, alerts."""
    case.queued_at = now
    case.accept_due_at = waits_until(desk, now, case)
    withdraw(session, case, ["wait"])  # alerts of a wait, or a priority, that is over: those below take their place
    alerts.alert(session, desk, now, case)


def waits_until(desk: Desk, now: datetime, case: CaseFile) -> datetime:
    """Until when somebody must accept it."""
    return timetable.accept_due(desk, now, case, read_details(desk, case))


def enrich(session: Session, desk: Desk, now: datetime, case: CaseFile, service: str, draft: Mapping[str, str]) -> None:
    """Lay a dialogue's answers over the case. The same answers again change nothing."""
    before = read_details(desk, case)
    after = merge(before, service, draft)
    case.touched_at = now
    if after != before:
        _note_answers(session, desk, now, case, before, after)
        update_details(session, desk, now, case, before, after)
        if after.ask_first and not before.ask_first:
            wake(session, desk, now, case)  # a wish to be called is told at once, whatever she presses next
    if draft.get("confirmed") == "1" or draft.get("finished") == "1":
        confirm(session, desk, now, case)
    timetable.schedule(session, desk, now, case)


def _note_answers(session: Session, desk: Desk, now: datetime, case: CaseFile, before: Details, after: Details) -> None:
    fresh = {name: value for name, value in after.keys.items() if before.keys.get(name) != value}
    if fresh:
        record(session, desk, case, now, "answered", REPORTER, keys=fresh)
    if after.withdrawn and not before.withdrawn:
        record(session, desk, case, now, "withdrawn", REPORTER)
        alerts.tell_withdrawn(session, desk, now, case)


def update_details(
    session: Session, desk: Desk, now: datetime, case: CaseFile, before: Details, after: Details
) -> None:
    """Write the details, and draw the consequences: a higher priority, a place that is now known."""
    had_place = case.kecamatan
    write_details(desk, case, duties.begin(after, now))
    raise_to(session, desk, now, case, higher(case.priority, triage(after.signs)))
    if case.kecamatan and case.kecamatan != had_place and case.status in WAITING:
        alerts.alert(session, desk, now, case)


def raise_to(session: Session, desk: Desk, now: datetime, case: CaseFile, priority: Priority) -> None:
    """A case becomes more urgent by what was learnt; only officers lower it. A P1 waits for no confirmation."""
    if priority == case.priority:
        return
    record(session, desk, case, now, "priority", SYSTEM, before=case.priority, after=priority)
    case.priority = priority
    if priority is Priority.P1:
        case.became_p1_at = now
        if case.status is CaseStatus.PARTIAL:
            case.status = CaseStatus.NEW
    if case.status in WAITING:
        enter_queue(session, desk, now, case)
    elif case.holder_id:
        case.cried_at = now
        alerts.tell_holder(session, desk, now, case, "sms.officer.repeat", f"as {priority}")


def confirm(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """The reporter finished: the case is complete, and a partial one joins the queue."""
    if case.complete:
        return
    case.complete = True
    record(session, desk, case, now, "confirmed", REPORTER)
    if case.status is CaseStatus.PARTIAL:
        case.status = CaseStatus.NEW
        enter_queue(session, desk, now, case)
    if case.status in OPEN:
        details = read_details(desk, case)
        if details.contact.sms and details.phone and not details.cadre_id:
            lift_stop(session, desk.keyring.index("phone", details.phone))
        alerts.say_to_reporter(
            session,
            desk,
            now,
            case,
            Purpose.RECEIPT,
            "sms.resident.receipt",
            "receipt",
            receipt=grouped(details.receipt),
        )


def sweep(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """Silence after a partial report is still a report: into the queue, marked incomplete."""
    if find_move(case.status, "sweep") is None:
        return
    case.status = CaseStatus.NEW
    _forget_unsent_consent(desk, case)
    record(session, desk, case, now, "swept", SYSTEM)
    enter_queue(session, desk, now, case)
    alerts.say_to_cadre(session, desk, now, case, Purpose.RECEIPT, "sms.cadre.receipt", "receipt")


def _forget_unsent_consent(desk: Desk, case: CaseFile) -> None:
    """How she may be reached counts once the report is sent: whoever stopped before may have had a reason.

    A wish to be called ("ask first") is no such answer and stays; so does what was said by SMS.
    """
    details = read_details(desk, case)
    if case.channel is Channel.USSD and not details.ask_first:
        silent = replace(details.contact, mode=ContactMode.NONE, hours=None, once=False)
        write_details(desk, case, replace(details, contact=silent))


def find_to_join(session: Session, now: datetime, phone_index: bytes) -> CaseFile | None:
    """The open danger case of this phone that a second cry joins."""
    recent = (
        CaseFile.phone_index == phone_index,
        CaseFile.touched_at >= now - JOINS_WITHIN,
        CaseFile.priority == Priority.P1,
        CaseFile.status.in_(OPEN),
    )
    newest = select(CaseFile).where(*recent).order_by(CaseFile.created_at.desc()).limit(1)
    return session.scalar(newest.with_for_update())


def find_latest(session: Session, now: datetime, phone_index: bytes) -> CaseFile | None:
    """The newest open case of this phone in a day: what words nobody can place are added to."""
    recent = (
        CaseFile.phone_index == phone_index,
        CaseFile.touched_at >= now - SAME_TALK,
        CaseFile.status.in_(OPEN),
        CaseFile.wrapped_key.is_not(None),
    )
    return session.scalar(
        select(CaseFile).where(*recent).order_by(CaseFile.created_at.desc()).limit(1).with_for_update()
    )


def join(session: Session, desk: Desk, now: datetime, case: CaseFile, *, told: bool = False) -> None:
    """A second cry for help: recorded every time, told at once, then at most every five minutes.

    `told`: what else was said with it has just been told to the same people.
    """
    record(session, desk, case, now, "cried_again", REPORTER)
    case.touched_at = now
    details = read_details(desk, case)
    if details.withdrawn:
        write_details(desk, case, replace(details, withdrawn=False, keys=details.keys | {"withdrawn": ""}))
    if not told:
        _tell_again(session, desk, now, case, "repeat")
    timetable.schedule(session, desk, now, case)


def _tell_again(session: Session, desk: Desk, now: datetime, case: CaseFile, rule: str) -> None:
    """To the holder, who owes a first action anew, or to those who have still to accept.

    The first repeat is told at once, then one every REPEATS_EVERY; all of them are on the record.
    """
    last = select(func.max(RuleFiring.fired_at)).where(RuleFiring.case_id == case.id, RuleFiring.rule == rule)
    told = session.scalar(last)
    if told is not None and now < told + REPEATS_EVERY:
        return
    if case.holder_id:
        case.cried_at = now
    firing = {"case_id": case.id, "rule": rule, "step": str(now.timestamp()), "fired_at": now}
    if insert_new(session, RuleFiring, firing):
        alerts.tell_again(session, desk, now, case, f"{rule} {now.isoformat()}")


def allowing_one_call(details: Details) -> Details:
    """Asking to be called is leave for one call within half an hour of the last key, before any hour is chosen."""
    return replace(details, contact=details.contact.allowing_one_call())


def find_call_me(session: Session, desk: Desk, now: datetime, phone_index: bytes) -> CaseFile | None:
    """The open call-me case of this phone that a second wish joins."""
    recent = (
        CaseFile.phone_index == phone_index,
        CaseFile.touched_at >= now - JOINS_WITHIN,
        CaseFile.status.in_(OPEN),
        CaseFile.wrapped_key.is_not(None),
    )
    newest = select(CaseFile).where(*recent).order_by(CaseFile.created_at.desc()).limit(5).with_for_update()
    return next((case for case in session.scalars(newest) if read_details(desk, case).service == "call_me"), None)


def ask_for_call(session: Session, desk: Desk, now: datetime, case: CaseFile, phone: str | None = None) -> None:
    """The person of an existing case wants to be called: the same case, more urgent, its holder is told.

    `phone` is the one she asks from; when it is another than the case's, leave to call is that phone's alone.
    """
    before = read_details(desk, case)
    call_phone = None if phone in (None, before.phone) else phone
    record(session, desk, case, now, "asked_for_call", REPORTER, other_phone=call_phone is not None)
    case.touched_at = now
    contact = before.contact if call_phone == before.call_phone else Contact()
    wish = before.ask_first or before.service != "call_me"
    asked = replace(before, ask_first=wish, call_phone=call_phone, contact=contact)
    update_details(session, desk, now, case, before, allowing_one_call(asked))
    queued_at = case.queued_at
    wake(session, desk, now, case)
    if case.queued_at == queued_at:  # else everybody has just been told
        _tell_again(session, desk, now, case, "call again")
    timetable.schedule(session, desk, now, case)


def end_messages(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """She wants no more messages for this case; leave to call that she gave stays hers to end by voice."""
    details = read_details(desk, case)
    write_details(desk, case, replace(details, contact=details.contact.without_sms()))
    record(session, desk, case, now, "stopped", REPORTER)


def let_go(case: CaseFile) -> None:
    """Nobody holds the case any more, and what the next holder owes is owed anew."""
    case.holder_id = case.accepted_by = case.accepted_at = case.acted_at = case.cried_at = None


def wake(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """A case whose person speaks again waits for somebody: a partial one at once, an ended one is reopened."""
    if case.status is CaseStatus.PARTIAL:
        case.status = CaseStatus.NEW
    elif case.status in (CaseStatus.CLOSED, CaseStatus.INVALID):
        case.status, case.closed_at = CaseStatus.REOPENED, None
        withdraw(session, case, ["closed"])
        let_go(case)
        record(session, desk, case, now, "reopened", REPORTER)
    else:
        return
    enter_queue(session, desk, now, case)


def is_anybody_on_duty(session: Session, desk: Desk, now: datetime, case: CaseFile) -> bool:
    """Whether "call me now" may be offered: by day somebody takes the call, by night only who is on the roster."""
    return not desk.office.is_quiet(now) or bool(find_on_duty(session, now, case.kecamatan))
