"""Firing what is due: each `(case, rule, step)` once, whatever the number of workers."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework import alerts, codes, intake, questions, referrals
from gateway.casework.events import SYSTEM, list_events, record
from gateway.casework.ladder import TABLE, Rule, Who
from gateway.casework.people import find_on_duty
from gateway.casework.rules import Step
from gateway.casework.timetable import schedule, stored_name, stored_step, unfired
from gateway.desk import Desk
from gateway.details import read_details
from gateway.outbox.queue import Draft, enqueue
from gateway.outbox.waiting import withdraw
from models.base import insert_new
from models.case import CaseFile, RuleFiring, lock_case
from models.lifecycle import OPEN
from models.outbound import OutboundMessage
from models.people import Officer, find_agency, list_active
from models.vocabulary import MessageStatus, OfficerRole, Priority, Purpose, Recipient

BATCH = 100
PUT_OFF_FOR = timedelta(minutes=5)
AT_ONCE = timedelta(seconds=30)
UNREPORTED_FOR = timedelta(hours=2)
"""An alert older than this has been followed by the ladder anyway."""
UNDELIVERED = "undelivered"
UNREACHED = "unreached"
"""Says that the holder could not be told; it asks nobody to take the case, so it is none of the CALLS."""
CALLS = ("ladder", "unaccepted", UNDELIVERED)
"""Steps that call people to accept, each message with a code."""


def find_due(session: Session, now: datetime, limit: int = BATCH) -> list[str]:
    due = select(CaseFile.id).where(CaseFile.next_rule_at <= now).order_by(CaseFile.next_rule_at).limit(limit)
    return list(session.scalars(due))


def fire_due(session: Session, desk: Desk, now: datetime, case_id: str) -> int:
    """Fire every step of this case that is due; the number fired."""
    case = lock_case(session, case_id)
    if case is None:
        return 0
    due = [step for step in unfired(session, desk, now, case) if step.at <= now]
    newest = {_row_of(step): step for step in due}
    fired = 0
    for step in due:
        name, number = stored_name(desk, case, step.rule), stored_step(desk, case, step)
        if not insert_new(session, RuleFiring, {"case_id": case.id, "rule": name, "step": number, "fired_at": now}):
            continue
        crash.here("rule_fired")
        fired += 1
        if TABLE[step.rule].each_step or newest[_row_of(step)] is step:
            record(session, desk, case, now, "rule", SYSTEM, rule=step.rule, number=step.number)
            ACTS.get(step.rule, _tell)(session, desk, now, case, step)
    schedule(session, desk, now, case)
    return fired


def _row_of(step: Step) -> tuple[str, str]:
    """Steps of one rule that count from the same moment, or concern the same request."""
    return step.rule, step.step.rpartition("/")[0]


def climb_at_once(session: Session, desk: Desk, now: datetime, case_id: str, message_id: str) -> None:
    """A P1 alert failed, expired or was never reported on: do not wait for the ladder's next step.

    While somebody holds the case only what was told to the holder since matters: the others learn that it was missed.
    Were they told of each other's lost messages too, every one of those lost would tell everybody again.
    """
    case = lock_case(session, case_id)
    if case is None or case.wrapped_key is None or case.status not in OPEN or case.priority is not Priority.P1:
        return
    firing = {"case_id": case.id, "rule": UNDELIVERED, "step": message_id, "fired_at": now}
    if not insert_new(session, RuleFiring, firing):
        return
    if case.holder_id is None:
        if _is_of_earlier_wait(session, case, message_id):
            return
        if _call(session, desk, now, case, _everyone(session, now), f"{UNDELIVERED} {case.queued_at}"):
            record(session, desk, case, now, "rule", SYSTEM, rule=UNDELIVERED, number=1)
        schedule(session, desk, now, case)
        return
    if not _was_for_holder(session, case, message_id):
        return
    record(session, desk, case, now, "rule", SYSTEM, rule=UNDELIVERED, number=1)
    for officer in _everyone(session, now):
        if officer.id != case.holder_id:
            step = f"{UNREACHED} {message_id}"
            alerts.say_to_officer(session, desk, now, case, officer, Purpose.ESCALATION, "sms.officer.unreached", step)


def find_unreported(session: Session, desk: Desk, now: datetime) -> list[tuple[str, str]]:
    """(case, message) of P1 alerts that left and of which the carrier has said nothing since: half a step is enough."""
    silent_since = now - desk.settings.ladder_p1[0] / 2
    sent = (OutboundMessage.status == MessageStatus.SENT, OutboundMessage.rank == 0)
    window = (OutboundMessage.sent_at <= silent_since, OutboundMessage.due_at > now - UNREPORTED_FOR)
    climbed = exists().where(RuleFiring.case_id == OutboundMessage.case_id, RuleFiring.rule == UNDELIVERED)
    told = climbed.where(RuleFiring.step == OutboundMessage.id)
    rows = select(OutboundMessage.case_id, OutboundMessage.id).where(*sent, *window, ~told).limit(BATCH)
    return [(case_id, message_id) for case_id, message_id in session.execute(rows) if case_id]


def _is_of_earlier_wait(session: Session, case: CaseFile, message_id: str) -> bool:
    """A late report on a call from before the case was taken and given back: everybody has been told anew since."""
    lost = session.get(OutboundMessage, message_id)
    return lost is not None and case.queued_at is not None and lost.queued_at < case.queued_at


def _was_for_holder(session: Session, case: CaseFile, message_id: str) -> bool:
    """Whether the lost message was news for who holds the case, not a call from before it was taken."""
    lost = session.get(OutboundMessage, message_id)
    if lost is None or lost.person_id != case.holder_id:
        return False
    return case.accepted_at is None or lost.queued_at > case.accepted_at


def put_off(session: Session, now: datetime, case_id: str) -> None:
    """A case whose rules cannot be worked out must not hold up the others: looked at again a little later."""
    case = lock_case(session, case_id)
    if case is not None:
        case.next_rule_at = now + PUT_OFF_FOR


def _tell(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """What the table says: these officers, these words."""
    rule = TABLE[step.rule]
    told = _audience(session, desk, now, case, rule.audience(step.number), rule.calls)
    if rule.calls:
        _call(session, desk, now, case, told, f"{step.rule} {step.step}")
        return
    name = _name(desk, now, case, rule, step)
    inserts = _inserts(desk, now, case, step)
    for officer in told:
        if rule.purpose is Purpose.REMINDER and not alerts.is_told(session, case, name, officer):
            withdraw(session, case, [stored_name(desk, case, step.rule)], officer.id)  # the newest one says it all
        if rule.to_holder and officer.id == case.holder_id:
            _ask_holder(session, desk, now, case, officer, rule, name, inserts)
        else:
            alerts.say_to_officer(session, desk, now, case, officer, rule.purpose, rule.text, name, **inserts)


def _ask_holder(
    session: Session,
    desk: Desk,
    now: datetime,
    case: CaseFile,
    holder: Officer,
    rule: Rule,
    name: str,
    inserts: dict[str, str],
) -> None:
    if rule.to_holder and not alerts.is_told(session, case, name, holder):
        code = codes.issue(session, desk, now, holder.id, alerts.ACT, case.id)
        key = rule.to_holder
        alerts.say_to_officer(session, desk, now, case, holder, rule.purpose, key, name, code=code, **inserts)


def _name(desk: Desk, now: datetime, case: CaseFile, rule: Rule, step: Step) -> str:
    """The effect's name. Reminders that fall due by night are told once, in the morning."""
    stored = stored_name(desk, case, step.rule)
    at = desk.office.after_quiet(now) if rule.purpose is Purpose.REMINDER else stored_step(desk, case, step)
    return f"{stored} {at}"


def _inserts(desk: Desk, now: datetime, case: CaseFile, step: Step) -> dict[str, str]:
    """`t` the moment the text is about: the limit of a duty, the sending of a request, else the accepting."""
    about = step.limit or step.since or case.accepted_at or now
    left = max(0, math.ceil((step.limit - now) / timedelta(hours=1))) if step.limit else 0
    return {"t": desk.office.moment(about, now), "n": str(left)}


def _audience(session: Session, desk: Desk, now: datetime, case: CaseFile, who: Who, calls: bool) -> list[Officer]:
    """Each once, nobody who is related to the case. A call that would reach nobody reaches everybody."""
    related = read_details(desk, case).related
    officers: list[Officer] = []
    if Who.HOLDER in who:
        holder = alerts.find_holder(session, case)
        officers += [holder] if holder else find_on_duty(session, now, case.kecamatan)
    if Who.DUTY in who:
        officers += find_on_duty(session, now, None)
    if Who.SUPERVISORS in who:
        officers += list_active(session, OfficerRole.SUPERVISOR) or list_active(session, OfficerRole.HEAD)
    if Who.HEADS in who:
        officers += list_active(session, OfficerRole.HEAD)
    told = {officer.id: officer for officer in officers if officer.id not in related}
    if told or not calls:
        return list(told.values())
    return [one for one in _everyone(session, now) if one.id not in related]


def _sweep(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    intake.sweep(session, desk, now, case)


def _night(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """The 24-hour agency named in the settings, when nobody is on duty for the place."""
    phone = desk.settings.night_agency
    if not phone or find_on_duty(session, now, case.kecamatan):
        return
    agency = find_agency(session, desk.keyring.index("phone", phone))
    text = desk.texts.render(
        "sms.agency.night", alerts.LANGUAGE, **alerts.of_case(desk, case), duty=desk.settings.duty_desk or "-"
    )
    draft = Draft(
        Purpose.ALERT, Recipient.AGENCY, phone, text, f"{case.id}:night {step.step}", agency.id if agency else None
    )
    enqueue(session, desk, now, draft, case)


def _follow_up(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """Ask how it is; the answer will be a bare digit from that phone, once the question has left."""
    name, details = f"follow_up {step.number}", read_details(desk, case)
    if details.cadre_id:
        asked = alerts.say_to_cadre(session, desk, now, case, Purpose.FOLLOW_UP, "sms.cadre.followup", name)
    else:
        asked = alerts.say_to_reporter(session, desk, now, case, Purpose.FOLLOW_UP, "sms.resident.followup", name)
    if asked and details.phone:
        questions.ask(session, desk, now, details.phone, questions.Question("follow_up", case.id))


def _unanswered(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """The agency is asked once more, and officers learn that it has not answered."""
    referrals.ask_again(session, desk, now, case, step)
    _tell(session, desk, now, case, step)


def _silence(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """No answer is recorded as no answer, and is never a good one."""
    asked_at = case.created_at + desk.settings.follow_up_after[step.number - 1]
    events = [event for event in list_events(session, desk, case) if event.at >= asked_at]
    if not any(event.kind == "follow_up_answer" for event in events):
        record(session, desk, case, now, "no_answer", SYSTEM, number=step.number)


ACTS: dict[str, Callable[[Session, Desk, datetime, CaseFile, Step], None]] = {
    "sweep": _sweep,
    "night": _night,
    "unanswered": _unanswered,
    "follow_up": _follow_up,
    "silence": _silence,
}
"""What a step does besides telling officers, or instead of it."""


def _everyone(session: Session, now: datetime) -> list[Officer]:
    """All on duty and all leaders; in an office that has named neither, every officer."""
    leaders = list_active(session, OfficerRole.SUPERVISOR, OfficerRole.HEAD)
    told = {officer.id: officer for officer in [*find_on_duty(session, now, None), *leaders]}
    return list(told.values()) or list_active(session, OfficerRole.OFFICER)


def _call(session: Session, desk: Desk, now: datetime, case: CaseFile, told: list[Officer], step: str) -> int:
    """Ask each of them to take the case, unless just asked; the number of messages made."""
    waited = max(0, int((now - (case.became_p1_at or case.queued_at or case.created_at)).total_seconds() // 60))
    just_called = _called_since(session, case, now - _at_once(desk.settings.ladder_p1))
    called = 0
    for officer in told:
        if officer.id != case.holder_id and officer.id not in just_called:
            called += alerts.call_to_accept(
                session, desk, now, case, officer, Purpose.ESCALATION, "sms.officer.escalation", step, m=str(waited)
            )
    return called


def _at_once(rungs: Sequence[timedelta]) -> timedelta:
    """How near two reasons lie that are one call: a short ladder has short steps, and each of them calls."""
    gaps = [after - before for before, after in pairwise((timedelta(), *rungs))]
    return min(AT_ONCE, *(gap / 2 for gap in gaps))


def _called_since(session: Session, case: CaseFile, since: datetime) -> set[str | None]:
    """Who has just been called: a step that is due and an alert found expired in one tick are one call."""
    calls = or_(*(OutboundMessage.dedupe_key.startswith(f"{case.id}:{rule} ") for rule in CALLS))
    of_case = (OutboundMessage.case_id == case.id, OutboundMessage.queued_at > since)
    return set(session.scalars(select(OutboundMessage.person_id).where(calls, *of_case)))
