"""When the rules have to look at a case again."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from gateway.casework import duties, ladder, rules
from gateway.desk import Desk
from gateway.details import Details, key_of, read_details
from gateway.statistics import notes
from models.base import run
from models.case import CaseFile, RuleFiring, is_opened_here
from models.referral import Referral
from models.vocabulary import Priority, Reporter

VEILED = tuple(name for name, rule in ladder.TABLE.items() if not rule.in_the_clear)
EVERY_TIME = 99
"""More follow-ups than any office sets: all of them apply."""


def times_of(desk: Desk) -> rules.Times:
    settings = desk.settings
    return rules.Times(
        ladder=tuple(settings.ladder_p1),
        first_action=dict(zip(Priority, settings.first_action_within, strict=True)),
        follow_up=tuple(settings.follow_up_after),
        sweep=settings.session_expires_after,
    )


def facts_of(
    case: CaseFile, details: Details, now: datetime, asked: tuple[tuple[str, datetime], ...] = ()
) -> rules.Facts:
    """`asked`: the requests to agencies that nobody has answered."""
    consents = details.contact.sms and case.reporter is Reporter.RESIDENT
    return rules.Facts(
        status=case.status,
        priority=case.priority,
        created_at=case.created_at,
        touched_at=case.touched_at,
        queued_at=case.queued_at,
        became_p1_at=case.became_p1_at,
        accept_due_at=case.accept_due_at,
        accepted_at=case.accepted_at,
        acted_at=case.acted_at,
        cried_at=case.cried_at,
        reachable=details.has_place or details.contact.may_call(now, case.touched_at),
        follows_up=1 if details.cadre_id else EVERY_TIME if consents else 0,
        duties=duties.list_open(details),
        asked=asked,
    )


def list_unanswered(session: Session, case: CaseFile, details: Details) -> tuple[tuple[str, datetime], ...]:
    if not details.referred:
        return ()
    asked = select(Referral.id, Referral.asked_at).where(Referral.case_id == case.id, Referral.status == "asked")
    return tuple((key_of_referral(referral_id), asked_at) for referral_id, asked_at in session.execute(asked))


def key_of_referral(referral_id: str) -> str:
    """As it stands in the name of a rule's step."""
    return referral_id[-16:]


def stored_name(desk: Desk, case: CaseFile, rule: str) -> str:
    """The name under which a rule's firings are kept: an HMAC, other in every case, unless they are counted by name."""
    if ladder.TABLE[rule].in_the_clear:
        return rule
    return "=" + key_of(desk, case).name(rule)


def stored_step(desk: Desk, case: CaseFile, step: rules.Step) -> str:
    """The step's own name, kept likewise: how a rule numbers its steps, and from when, would tell which it is."""
    if ladder.TABLE[step.rule].in_the_clear:
        return step.step
    return "=" + key_of(desk, case).name(step.rule, step.step)


def unfired(session: Session, desk: Desk, now: datetime, case: CaseFile) -> list[rules.Step]:
    """Steps of this case that have not fired yet, in order of time."""
    if case.wrapped_key is None:
        return []
    details = read_details(desk, case)
    return _unfired(session, desk, now, case, facts_of(case, details, now, list_unanswered(session, case, details)))


_FIRED = select(RuleFiring.rule, RuleFiring.step).where(
    RuleFiring.case_id == bindparam("case_id"), RuleFiring.step.in_(bindparam("steps", expanding=True))
)


def _unfired(session: Session, desk: Desk, now: datetime, case: CaseFile, facts: rules.Facts) -> list[rules.Step]:
    steps = ladder.plan(facts, times_of(desk), now)
    if all(step.rule == "sweep" for step in steps) or is_opened_here(session, case.id):
        return steps  # a sweep ends the state it is due in: of a report being made nothing can have fired
    names = [stored_step(desk, case, step) for step in steps]
    done = {tuple(row) for row in run(session, _FIRED, {"case_id": case.id, "steps": names})}
    named = zip(steps, names, strict=True)
    return [step for step, name in named if (stored_name(desk, case, step.rule), name) not in done]


def schedule(session: Session, desk: Desk, now: datetime, case: CaseFile) -> None:
    """Write down when this case falls due next, and its fact for the statistics.

    To be called whenever something has changed that the rules or the statistics know of.
    """
    if case.wrapped_key is None:
        case.next_rule_at = case.late_at = None
        return
    details = read_details(desk, case)
    facts = facts_of(case, details, now, list_unanswered(session, case, details))
    case.late_at = rules.late_at(facts, times_of(desk), now)
    waiting = _unfired(session, desk, now, case, facts)
    case.next_rule_at = waiting[0].at if waiting else None
    notes.note(session, desk, now, case, details, lambda: {stored_name(desk, case, rule): rule for rule in VEILED})


def accept_due(desk: Desk, now: datetime, case: CaseFile, details: Details) -> datetime:
    """Until when somebody must accept. Call-me counts duty hours only: outside quiet hours."""
    settings = desk.settings
    if case.priority is Priority.P1:
        return now + settings.ladder_p1[0]
    if details.signs.call_me:
        return desk.office.after_quiet(now) + settings.call_me_within
    if case.priority is Priority.P2:
        return now + settings.accept_within_p2
    return now + settings.accept_within_p3
