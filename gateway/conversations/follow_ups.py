"""Answers to "how are you": they change the case, and never lower or close it (he may hold the phone)."""

from gateway.casework import again, alerts, intake, questions, timetable
from gateway.casework.events import REPORTER, record
from gateway.casework.outreach import count_accompanied
from gateway.conversations.arrival import Arrival
from gateway.details import read_details
from gateway.outbox.waiting import has_untried
from models.case import CaseFile, find_case
from models.vocabulary import Priority, Purpose

Found = CaseFile | bool

FOLLOW_UP = "follow_up"
"""The step by which these questions lie in the outbox."""
RESIDENTS, CADRES = ("0", "1", "2"), ("1", "2", "3")


def answer(arrival: Arrival, question: questions.Question) -> Found:
    """A resident: 1 well, 2 call me, 0 stop. A cadre: 1 an officer is there, 2 not yet, 3 worse."""
    digits = arrival.reading.digits
    case = arrival.session.get(CaseFile, question.case_id or "", with_for_update=True)
    if case is None or case.wrapped_key is None or not digits:
        return False
    if has_untried(arrival.session, case, FOLLOW_UP):  # it waits for her hours: nobody has read the question yet
        return False
    if digits not in (CADRES if arrival.cadre else RESIDENTS):  # mistyped: on the record, and the question stays open
        record(arrival.session, arrival.desk, case, arrival.now, "answered", REPORTER, digits=digits)
        arrival.say("sms.resident.auto_2", case)
        return case
    if arrival.cadre or digits != "1":  # whoever said "well" may not have been she: her 2 still counts after it
        questions.close(arrival.session, arrival.desk, arrival.phone or "")
    record(arrival.session, arrival.desk, case, arrival.now, "follow_up_answer", REPORTER, digits=digits)
    if arrival.cadre:
        _of_cadre(arrival, case, digits)
    else:
        _of_resident(arrival, case, digits)
    timetable.schedule(arrival.session, arrival.desk, arrival.now, case)
    return case


def _of_resident(arrival: Arrival, case: CaseFile, digits: str) -> None:
    if digits == "2":
        again.ask_for_call(arrival.session, arrival.desk, arrival.now, case)
        arrival.ask("hours", "sms.resident.auto_1", case)
        return
    if digits == "0":
        intake.end_messages(arrival.session, arrival.desk, arrival.now, case)
    arrival.say("sms.resident.auto_2", case)


def _of_cadre(arrival: Arrival, case: CaseFile, digits: str) -> None:
    queued_at, cried_at = case.queued_at, case.cried_at
    if digits == "3":
        intake.wake(arrival.session, arrival.desk, arrival.now, case)
        worse = Priority.P1 if case.priority is Priority.P2 else Priority.P2
        intake.raise_to(arrival.session, arrival.desk, arrival.now, case, min(case.priority, worse))
    if digits in ("2", "3") and (queued_at, cried_at) == (case.queued_at, case.cried_at):  # else they know by now
        alerts.tell_again(arrival.session, arrival.desk, arrival.now, case, f"cadre says {digits} {arrival.now}")
    arrival.say("sms.resident.auto_2", case)


def accompany(arrival: Arrival) -> Found:
    """DAMPING: a cadre who belongs to a case went with somebody; where to is a digit explained on her card."""
    reading = arrival.reading
    case = find_case(arrival.session, reading.reference) if reading.reference else None
    mine = case is not None and case.wrapped_key is not None and arrival.cadre is not None
    if case is None or arrival.cadre is None or not mine:
        arrival.say("sms.resident.auto_2")
        return True
    if arrival.cadre.id not in read_details(arrival.desk, case).heard_by:
        arrival.say("sms.resident.auto_2")
        return True
    arrival.ask("damping", "sms.cadre.damping", case, Purpose.ASK, ref=case.reference)
    return case


def answer_accompany(arrival: Arrival, question: questions.Question) -> Found:
    digits = arrival.reading.digits
    case = arrival.session.get(CaseFile, question.case_id or "", with_for_update=True)
    if case is None or case.wrapped_key is None or arrival.cadre is None or digits not in ("1", "2", "3", "4", "5"):
        return False
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    counted = count_accompanied(arrival.session, arrival.desk, arrival.now, case, arrival.cadre.id, digits)
    kind = (
        "accompanied" if counted else "accompanied_again"
    )  # the same way on the same day is told twice, not gone twice
    record(arrival.session, arrival.desk, case, arrival.now, kind, REPORTER, digits=digits)
    arrival.say("sms.resident.auto_2", case)
    return case
