"""What officers do about the duties of the law: report to the police, decide whether that is owed, sign a duty off."""

from dataclasses import replace
from datetime import date

from gateway.casework import duties, endings
from gateway.casework.acts import Act
from gateway.details import read_details, write_details
from gateway.errors import Refused
from models.case import CaseFile

NAMES = (duties.HEALTH, duties.POLICE)


def note_police_report(act: Act, on: str | None) -> CaseFile:
    """The report to the police was made, with its date; that ends the duty. Raises Refused."""
    try:
        day = date.fromisoformat(on or "")
    except ValueError:
        raise Refused("police_reported needs --on DATE, such as 2026-11-23") from None
    if day > act.desk.office.today(act.now):
        raise Refused(f"{day.isoformat()} lies ahead: a report is noted once it was made")
    act.move("police_reported")
    details = read_details(act.desk, act.case)
    write_details(act.desk, act.case, duties.end(details, duties.POLICE, f"reported {day.isoformat()}"))
    act.note("police_reported", on=day.isoformat())
    return act.done()


def require(act: Act, duty: str | None, reason: str | None) -> CaseFile:
    """A supervisor decides that the police duty applies to somebody else's report. Raises Refused."""
    _check(act, "require", duty, reason)
    details = read_details(act.desk, act.case)
    if duty != duties.POLICE or not details.sexual:
        raise Refused("only the police duty of a sexual case is decided upon")
    act.move("require")
    again = duties.begin_again(replace(details, police_required=True), duties.POLICE)
    write_details(act.desk, act.case, again)
    act.note("duty", required=duty, reason=reason)
    return act.done()


def waive(act: Act, duty: str | None, reason: str | None) -> CaseFile:
    """A supervisor signs a duty off: not owed, or not wanted by her. Raises Refused."""
    _check(act, "waive", duty, reason)
    if duty is None or not any(one.name == duty or _decides(one, duty) for one in _open(act)):
        raise Refused(f"no {duty} duty is open in this case")
    endings.check_outcome(act, reason)
    act.move("waive")
    write_details(act.desk, act.case, duties.end(read_details(act.desk, act.case), duty, f"signed {act.officer.id}"))
    act.note("duty", waived=duty, reason=reason)
    return act.done()


def _open(act: Act) -> tuple[duties.Duty, ...]:
    return duties.list_open(read_details(act.desk, act.case))


def _decides(open_duty: duties.Duty, duty: str) -> bool:
    """Signing off the police duty also answers whether it applies."""
    return open_duty.name == duties.JUDGE and duty == duties.POLICE


def _check(act: Act, verb: str, duty: str | None, reason: str | None) -> None:
    if not act.leads:
        raise Refused("only a supervisor decides about a duty of the law")
    if duty not in NAMES:
        raise Refused(f"{verb} needs --duty {' or '.join(NAMES)}")
    if not reason:
        raise Refused(f"{verb} needs a reason: --reason")
