"""How a case ends, and begins again: proposed, closed, invalid, reopened."""

import re
from dataclasses import replace

from gateway.casework import alerts, codes, duties, intake
from gateway.casework.acts import Act, ask_leaders
from gateway.casework.handling import CALLED, MOOT
from gateway.details import read_details, write_details
from gateway.errors import Refused
from gateway.outbox.waiting import withdraw
from models.case import CaseFile
from models.lifecycle import find_move
from models.vocabulary import Priority

NOT_LETTERS = re.compile(r"[^a-z]+")
AMICABLE = re.compile(
    r"(?<!paser )damai|me?diasi|kekeluargaan|musyawarah|mufakat|islah|restorati|maafkan|\b(?:di)?nikah(?:kan|i)\b|"
    r"\brujuk\b|(?:secara|hukum|sidang|denda) adat|(?:cabut|tarik) (?:laporan|aduan|pengaduan)|"
    r"(?:laporan|aduan|pengaduan) (?:sudah )?di(?:cabut|tarik)|amicabl|mediat|reconcil"
)
"""Words of a settlement outside court, which UU 12/2022 article 23 rules out for sexual violence (DOMAIN 2.5).

Tebru Paser Damai is a village.
"""


def is_amicable(words: str | None) -> bool:
    """Whether these words tell of a settlement outside court."""
    return AMICABLE.search(" ".join(NOT_LETTERS.sub(" ", (words or "").lower()).split())) is not None


def check_outcome(act: Act, words: str | None) -> None:
    """Whatever would end something in a case of sexual violence: not by a settlement. Raises Refused."""
    if is_amicable(words) and read_details(act.desk, act.case).sexual:
        raise Refused("sexual violence is not settled outside court (UU 12/2022 article 23): give another reason")


def propose_close(act: Act, said: str | None = None) -> CaseFile:
    """SELESAI by SMS: a proposal a supervisor confirms; `said` is what stood beside it. Raises Refused."""
    if find_move(act.case.status, "close") is None:
        raise Refused(f"close is not possible while the case is {act.case.status}")
    if act.case.holder_id != act.officer.id and not act.leads:
        raise Refused("only its holder or a supervisor proposes to close")
    check_outcome(act, said)
    act.note("close_proposed")
    ask_leaders(act, "sms.officer.confirm_close", alerts.CLOSE)
    return act.done()


def close(act: Act, reason: str | None = None, said: str | None = None) -> CaseFile:
    """End a case. P1, sexual and child cases need a supervisor; without a first action, or while a duty of the law is

    open, her reason too. `said` is what stood beside a code and is no reason. Raises Refused.
    """
    details = read_details(act.desk, act.case)
    grave = act.case.priority is Priority.P1 or not alerts.may_hear_of_closing(details)
    if act.case.holder_id not in (act.officer.id, None) and not act.leads:
        raise Refused("only its holder or a supervisor closes a case")
    if not act.leads and (grave or act.case.first_action_at is None):
        raise Refused("only a supervisor closes this case")
    if not reason and needs_reason(act):
        raise Refused("closing without a first action, or with a duty of the law open, needs a supervisor's reason")
    check_outcome(act, reason or said)
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
    check_outcome(act, reason)
    act.move("invalid")
    act.case.closed_at = act.now
    write_details(act.desk, act.case, duties.end_all(read_details(act.desk, act.case), "invalid"))
    act.note("invalid", reason=reason)
    codes.end_all(act.session, act.now, "closed", case_id=act.case.id)
    withdraw(act.session, act.case, MOOT)
    return act.done()
