"""How a case ends, and begins again: proposed, closed, invalid, reopened."""

from dataclasses import replace

from gateway.casework import alerts, codes, duties, intake
from gateway.casework.acts import Act, ask_leaders
from gateway.casework.handling import CALLED, MOOT
from gateway.details import read_details, write_details
from gateway.errors import Refused
from gateway.outbox.waiting import withdraw
from models.case import CaseFile
from models.lifecycle import find_move
from models.triage import is_sexual
from models.vocabulary import Priority

AMICABLE = ("damai", "mediasi", "kekeluargaan", "amicable", "restorative")
"""Words of a settlement outside court, which UU 12/2022 article 23 rules out for sexual violence (DOMAIN 2.5)."""


def propose_close(act: Act) -> CaseFile:
    """SELESAI by SMS: a proposal a supervisor confirms. Raises Refused."""
    if find_move(act.case.status, "close") is None:
        raise Refused(f"close is not possible while the case is {act.case.status}")
    if act.case.holder_id != act.officer.id and not act.leads:
        raise Refused("only its holder or a supervisor proposes to close")
    act.note("close_proposed")
    ask_leaders(act, "sms.officer.confirm_close", alerts.CLOSE)
    return act.done()


def close(act: Act, reason: str | None = None) -> CaseFile:
    """End a case. P1, sexual and child cases need a supervisor; without a first action, or while a duty of the law is

    open, her reason too. Raises Refused.
    """
    details = read_details(act.desk, act.case)
    grave = act.case.priority is Priority.P1 or not alerts.may_hear_of_closing(details)
    if act.case.holder_id not in (act.officer.id, None) and not act.leads:
        raise Refused("only its holder or a supervisor closes a case")
    if not act.leads and (grave or act.case.first_action_at is None):
        raise Refused("only a supervisor closes this case")
    if not reason and needs_reason(act):
        raise Refused("closing without a first action, or with a duty of the law open, needs a supervisor's reason")
    if reason and is_sexual(details.forms) and any(word in reason.lower() for word in AMICABLE):
        raise Refused("sexual violence is not settled outside court (UU 12/2022 article 23): give another reason")
    act.move("close")
    act.case.closed_at = act.now
    write_details(act.desk, act.case, duties.end_all(replace(details, close_reason=reason), "closed with a reason"))
    act.note("closed", reason=reason)
    codes.end_all(act.session, act.now, "closed", case_id=act.case.id)
    withdraw(act.session, act.case, CALLED)
    if alerts.may_hear_of_closing(details):
        step = f"closed {act.now}"
        alerts.say_to_cadres(act.session, act.desk, act.now, act.case, "sms.cadre.closed", step)
    return act.done()


def needs_reason(act: Act) -> bool:
    """Whether something is still owed in this case: ending it then needs a supervisor's words, not only her code."""
    return act.case.first_action_at is None or bool(duties.list_open(read_details(act.desk, act.case)))


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
    write_details(act.desk, act.case, duties.end_all(read_details(act.desk, act.case), "invalid"))
    act.note("invalid", reason=reason)
    codes.end_all(act.session, act.now, "closed", case_id=act.case.id)
    withdraw(act.session, act.case, MOOT)
    return act.done()
