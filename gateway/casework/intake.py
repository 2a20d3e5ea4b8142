"""How a case comes to be: opened by a key or a text, enriched by every answer, confirmed or swept into the queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework import alerts, duties, timetable
from gateway.casework.drafts import merge
from gateway.casework.events import REPORTER, SYSTEM, record
from gateway.casework.people import find_on_duty
from gateway.desk import Desk
from gateway.details import Details, read_details, write_details
from gateway.identifiers import grouped, new_id, new_receipt, new_reference
from gateway.outbox.waiting import lift_stop, withdraw
from models.base import one
from models.case import CaseFile, note_opened, write_new
from models.lifecycle import OPEN, WAITING, find_move
from models.prepared import Prepared
from models.triage import higher, triage
from models.vocabulary import CaseStatus, Channel, ContactMode, Priority, Purpose, Reporter


@dataclass(frozen=True)
class Opening:
    """A case about to be opened."""

    details: Details
    channel: Channel
    reporter: Reporter
    partial: bool = False
    complete: bool = False
    by: str = REPORTER
    """Who opens it, as its events name him."""


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
    if not opening.partial:
        case.queued_at, case.accept_due_at = now, waits_until(desk, now, case)
    note_opened(session, case_id)
    timetable.schedule(session, desk, now, case)  # before the row is written, so that it is written once
    write_new(session, case)
    crash.here("case_opened")
    record(session, desk, case, now, "opened", opening.by, service=details.service, priority=case.priority)
    if not opening.partial:
        alerts.alert(session, desk, now, case)
    return case


def new_details(service: str, phone: str | None, language: str = "id", **known: object) -> Details:
    """Fresh details with their own receipt."""
    return replace(Details(receipt=new_receipt(), phone=phone, service=service, language=language), **known)  # type: ignore[arg-type]


_TAKEN = Prepared(lambda _: select(CaseFile.id).where(CaseFile.reference == bindparam("reference")))


def _free_reference(session: Session) -> str:
    """Four letters while they last, then five: one look-up each, a clash at the commit is refused by the constraint."""
    for attempt in range(100):
        reference = new_reference(4 + attempt // 4)
        if one(session, _TAKEN, {"reference": reference}) is None:
            return reference
    raise AssertionError("no free reference in a hundred draws")


def enter_queue(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """From now on it waits to be accepted: due time, alerts."""
    case.queued_at = now
    case.accept_due_at = waits_until(desk, now, case)
    withdraw(session, case, alerts.ASKS)  # alerts of a wait, or a priority, that is over: those below take their place
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
