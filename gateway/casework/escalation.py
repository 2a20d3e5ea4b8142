"""Firing what is due: each `(case, rule, step)` once, whatever the number of workers."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.casework import alerts, codes, intake, questions
from gateway.casework.details import read_details
from gateway.casework.events import SYSTEM, record
from gateway.casework.people import find_on_duty
from gateway.casework.rules import ONLY_NEWEST, Step
from gateway.casework.timetable import schedule, unfired
from gateway.desk import Desk
from gateway.outbox.queue import Draft, enqueue
from models.base import insert_new
from models.case import CaseFile, RuleFiring, lock_case
from models.lifecycle import OPEN
from models.outbound import OutboundMessage
from models.people import Officer, find_agency, list_active
from models.vocabulary import OfficerRole, Priority, Purpose, Recipient

BATCH = 100
PUT_OFF_FOR = timedelta(minutes=5)
AT_ONCE = timedelta(seconds=30)
CALLS = ("ladder", "unaccepted", "undelivered")
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
    newest = {step.rule: step for step in due}
    fired = 0
    for step in due:
        firing = {"case_id": case.id, "rule": step.rule, "step": step.step, "fired_at": now}
        if not insert_new(session, RuleFiring, firing):
            continue
        fired += 1
        if step.rule not in ONLY_NEWEST or newest[step.rule] is step:
            record(session, desk, case, now, "rule", SYSTEM, rule=step.rule, number=step.number)
            FIRE[step.rule](session, desk, now, case, step)
    schedule(session, desk, now, case)
    return fired


def climb_at_once(session: Session, desk: Desk, now: datetime, case_id: str, message_id: str) -> None:
    """A P1 alert failed or expired: do not wait for the ladder's next step.

    While somebody holds the case only what was told to the holder since matters: the others learn that it was missed.
    Were they told of each other's lost messages too, every one of those lost would tell everybody again.
    """
    case = lock_case(session, case_id)
    if case is None or case.wrapped_key is None or case.status not in OPEN or case.priority is not Priority.P1:
        return
    if case.holder_id is not None and not _was_for_holder(session, case, message_id):
        return
    firing = {"case_id": case.id, "rule": "undelivered", "step": message_id, "fired_at": now}
    if not insert_new(session, RuleFiring, firing):
        return
    if case.holder_id is None:
        if _call(session, desk, now, case, _everyone(session, now), f"undelivered {case.queued_at}"):
            record(session, desk, case, now, "rule", SYSTEM, rule="undelivered", number=1)
        return
    record(session, desk, case, now, "rule", SYSTEM, rule="undelivered", number=1)
    for officer in _everyone(session, now):
        if officer.id != case.holder_id:
            step = f"undelivered {message_id}"
            alerts.say_to_officer(session, desk, now, case, officer, Purpose.ESCALATION, "sms.officer.unreached", step)


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


def _sweep(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    intake.sweep(session, desk, now, case)


def _ladder(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """Number 1 all on duty, 2 supervisors, 3 heads, then both again and again."""
    rungs: dict[int, Callable[[], list[Officer]]] = {
        1: lambda: find_on_duty(session, now, None) or _leaders(session),
        2: lambda: list_active(session, OfficerRole.SUPERVISOR),
        3: lambda: list_active(session, OfficerRole.HEAD),
    }
    told = rungs.get(step.number, lambda: _leaders(session))() or _everyone(session, now)
    _call(session, desk, now, case, told, f"ladder {step.step}")


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


def _undecided(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    for officer in list_active(session, OfficerRole.SUPERVISOR) or _leaders(session):
        key = "sms.officer.decide"
        alerts.say_to_officer(session, desk, now, case, officer, Purpose.ESCALATION, key, f"undecided {step.step}")


def _unaccepted(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    told = [*find_on_duty(session, now, None), *list_active(session, OfficerRole.SUPERVISOR)]
    if step.number > 1:
        told += list_active(session, OfficerRole.HEAD)
    _call(session, desk, now, case, told or _everyone(session, now), f"unaccepted {step.step}")


def _first_action(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """The holder is asked for a result; supervisors, later heads, learn that it is due."""
    name = f"first_action {desk.office.after_quiet(now)}"  # what falls due by night is told once, in the morning
    since = desk.office.clock(case.accepted_at or now)
    holder = alerts.find_holder(session, case)
    if holder and not alerts.is_told(session, case, name, holder):
        code = codes.issue(session, desk, now, holder.id, alerts.ACT, case.id)
        alerts.say_to_officer(
            session, desk, now, case, holder, Purpose.REMINDER, "sms.officer.late", name, t=since, code=code
        )
    leaders = _leaders(session) if step.number > 1 else list_active(session, OfficerRole.SUPERVISOR)
    for officer in leaders:
        if officer.id != case.holder_id:
            alerts.say_to_officer(
                session, desk, now, case, officer, Purpose.REMINDER, "sms.officer.reminder", name, t=since
            )


def _follow_up(session: Session, desk: Desk, now: datetime, case: CaseFile, step: Step) -> None:
    """Ask how it is; the answer will be a bare digit from that phone."""
    name, details = f"follow_up {step.number}", read_details(desk, case)
    if details.cadre_id:
        asked = alerts.say_to_cadre(session, desk, now, case, Purpose.FOLLOW_UP, "sms.cadre.followup", name)
    else:
        asked = alerts.say_to_reporter(session, desk, now, case, Purpose.FOLLOW_UP, "sms.resident.followup", name)
    if asked and details.phone:
        questions.ask(session, desk, now, details.phone, questions.Question("follow_up", case.id))


FIRE: dict[str, Callable[[Session, Desk, datetime, CaseFile, Step], None]] = {
    "sweep": _sweep,
    "ladder": _ladder,
    "night": _night,
    "undecided": _undecided,
    "unaccepted": _unaccepted,
    "first_action": _first_action,
    "follow_up": _follow_up,
}


def _leaders(session: Session) -> list[Officer]:
    return list_active(session, OfficerRole.SUPERVISOR, OfficerRole.HEAD)


def _everyone(session: Session, now: datetime) -> list[Officer]:
    """All on duty and all leaders; in an office that has named neither, every officer."""
    told = {officer.id: officer for officer in [*find_on_duty(session, now, None), *_leaders(session)]}
    return list(told.values()) or list_active(session, OfficerRole.OFFICER)


def _call(session: Session, desk: Desk, now: datetime, case: CaseFile, told: list[Officer], step: str) -> int:
    """Ask each of them to take the case, unless just asked; the number of messages made."""
    waited = max(0, int((now - (case.became_p1_at or case.queued_at or case.created_at)).total_seconds() // 60))
    just_called = _called_since(session, case, now - AT_ONCE)
    called = 0
    for officer in told:
        if officer.id != case.holder_id and officer.id not in just_called:
            called += alerts.call_to_accept(
                session, desk, now, case, officer, Purpose.ESCALATION, "sms.officer.escalation", step, m=str(waited)
            )
    return called


def _called_since(session: Session, case: CaseFile, since: datetime) -> set[str | None]:
    """Who has just been called: a step that is due and an alert found expired in one tick are one call."""
    calls = or_(*(OutboundMessage.dedupe_key.startswith(f"{case.id}:{rule} ") for rule in CALLS))
    return set(session.scalars(select(OutboundMessage.person_id).where(calls, OutboundMessage.queued_at > since)))
