"""Agencies by SMS: a request is accepted, declined with a reason by digit, or done, each with its own code."""

from gateway.casework import codes, questions, referrals
from gateway.casework.events import record
from gateway.casework.people import SHOWN
from gateway.conversations.arrival import Arrival
from gateway.conversations.outcomes import note_bad_code
from menus.gsm import to_gsm
from models.case import CaseFile, lock_case
from models.people import Agency

Found = CaseFile | bool

WITH_CODE = frozenset({"TERIMA", "TOLAK", "SELESAI"})
REASONS = ("1", "2", "3", "4")


def try_code(arrival: Arrival) -> Found:
    """A live code from an agency's phone; False when it is none. Wrong, used and expired get one answer."""
    agency, reading = arrival.agency, arrival.reading
    if agency is None or reading.keyword not in WITH_CODE or not reading.code:
        return False
    redeemed = None
    if agency.suspended_at is None:
        redeemed = codes.redeem(arrival.session, arrival.desk, arrival.now, agency.id, reading.keyword, reading.code)
    case = lock_case(arrival.session, redeemed.case_id) if redeemed and redeemed.case_id else None
    if case is None or case.wrapped_key is None or not _answer(arrival, case, agency, reading.keyword):
        note_bad_code(arrival, agency.id, lambda: to_gsm(agency.name)[:SHOWN])
        if agency.suspended_at is None:
            arrival.say_to_staff("sms.officer.challenge_bad")
        return True
    return case


def _answer(arrival: Arrival, case: CaseFile, agency: Agency, verb: str) -> bool:
    """False when no request of this case waits for this answer."""
    word = referrals.answer(arrival.session, arrival.desk, arrival.now, case, agency, verb)
    if word is None:
        return False
    if word == referrals.ACCEPTED:
        code = codes.issue(arrival.session, arrival.desk, arrival.now, agency.id, ["SELESAI"], case.id)
        duty = arrival.desk.settings.duty_desk or "-"
        arrival.say_to_staff("sms.agency.accepted", case, ref=case.reference, duty=duty, code=code)
    elif word == referrals.DECLINED:
        arrival.wait_for("decline", case)
        arrival.say_to_staff("sms.agency.decline", case, ref=case.reference)
    else:
        arrival.say_to_staff("sms.officer.done", case, ref=case.reference)
    return True


def answer_decline(arrival: Arrival, question: questions.Question) -> Found:
    """Why: not theirs, nobody free, related to a party, other."""
    case = lock_case(arrival.session, question.case_id or "")
    digits = arrival.reading.digits
    if case is None or case.wrapped_key is None or arrival.agency is None or not digits:
        return False
    if digits not in REASONS:  # mistyped: asked again, and never taken for the answer to something else
        arrival.say_to_staff("sms.agency.decline", case, ref=case.reference)
        return case
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    actor = f"agency:{arrival.agency.id}"
    record(arrival.session, arrival.desk, case, arrival.now, "referral_reason", actor, digits=digits)
    arrival.say_to_staff("sms.officer.done", case, ref=case.reference)
    return case
