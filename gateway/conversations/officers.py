"""Officers by SMS. A live code proves the phone; whatever comes without one is challenged on the registered phone."""

from collections.abc import Callable

from sqlalchemy import select

from gateway.casework import acts, alerts, codes, endings, handling, questions, unproved
from gateway.casework.acts import Act
from gateway.conversations import duty
from gateway.conversations.arrival import Arrival
from gateway.conversations.outcomes import do_whole, note_attempt, refuse, say_with_code
from gateway.identifiers import plain_reference
from models.case import CaseFile, find_case
from models.lifecycle import HELD, find_move
from models.people import Officer, list_active
from models.vocabulary import OfficerRole, Purpose

WITH_CODE = frozenset({"AMBIL", "OPER", "SUDAH", "SELESAI"})
SETTLED = "damai"
"""All that a challenge keeps of words beside a command: that they told of a settlement."""
RESULTS = frozenset("12345")
CHALLENGED = WITH_CODE | {"KASUS", *duty.COMMANDS}


def try_code(arrival: Arrival) -> CaseFile | bool:
    """A code, a challenge's answer or a command from an officer's phone; False when it is none of these."""
    officer, reading = arrival.officer, arrival.reading
    if officer is None:
        return False
    if reading.keyword == "TIDAK" and codes.has_challenge(arrival.session, arrival.now, officer.id):
        return _freeze(arrival, officer)
    if reading.code and reading.keyword in WITH_CODE:
        return _use_code(arrival, officer, reading.keyword, reading.code)
    if reading.code and reading.keyword is None:
        return _answer_challenge(arrival, officer, reading.code)
    if reading.keyword in CHALLENGED:
        said = SETTLED if endings.is_amicable(arrival.text) else ""
        return _challenge(arrival, officer, {"verb": reading.keyword, "ref": reading.reference or "", "said": said})
    return _contradict(arrival, officer) if arrival.text.strip() in RESULTS else False


def challenge_stop(arrival: Arrival) -> bool:
    """BERHENTI from an officer's phone, or said to be: alerts never stop for it; it is on the record as an alarm."""
    officer = arrival.officer
    person = officer or arrival.agency
    if person is None:
        return False
    note_attempt(arrival, "stop refused", person.id)
    if officer:
        _challenge(arrival, officer, {"verb": "BERHENTI", "ref": ""})
    return True


def _use_code(arrival: Arrival, officer: Officer, verb: str, code: str) -> CaseFile | bool:
    redeemed = None
    if officer.suspended_at is None:
        redeemed = codes.redeem(arrival.session, arrival.desk, arrival.now, officer.id, verb, code)
    if redeemed is not None and redeemed.case_id is None and verb == "OPER":
        return duty.hand_over(arrival, officer)
    if redeemed is None or redeemed.case_id is None:
        return refuse(arrival, officer)
    case_id = redeemed.case_id

    def use() -> CaseFile:
        act = acts.begin_on(arrival.session, arrival.desk, arrival.now, case_id, officer, called=True)
        return USES[verb](arrival, act)

    return do_whole(arrival, officer, verb, case_id, use)


def _accept(arrival: Arrival, act: Act) -> CaseFile:
    case = handling.accept(act)
    say_with_code(arrival, act, "sms.officer.taken")
    return case


def _pass_on(arrival: Arrival, act: Act) -> CaseFile:
    case = handling.pass_on(act)
    arrival.say_to_staff("sms.officer.passed", case, ref=case.reference)
    return case


def _result(arrival: Arrival, act: Act) -> CaseFile:
    """A supervisor who does not hold the case signs "no safe way"; its holder is asked for the digit."""
    if act.leads and act.case.holder_id != act.officer.id:
        case = handling.first_action(act, handling.FORBIDDEN)
        arrival.say_to_staff("sms.officer.done", case, ref=case.reference)
        return case
    digit = arrival.text.split()[-1]
    if digit not in RESULTS:
        return _ask_result(arrival, act)
    unproved.take_back(act, int(digit))  # what came with a code stands instead of what came without
    case = handling.first_action(act, int(digit))
    say_with_code(arrival, act, "sms.officer.done_next")
    return case


def _ask_result(arrival: Arrival, act: Act) -> CaseFile:
    arrival.wait_for("result", act.case)
    arrival.say_to_staff("sms.officer.result", act.case, ref=act.case.reference)
    return act.case


def answer_result(arrival: Arrival, question: questions.Question) -> CaseFile | bool:
    """The digit after SUDAH. It came without a code, so the answer says which it was: she would see one not hers."""
    if arrival.officer is None or question.case_id is None or not arrival.reading.digits:
        return False
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    officer, case_id, digits = arrival.officer, question.case_id, arrival.reading.digits

    def answer() -> CaseFile:
        act = acts.begin_on(arrival.session, arrival.desk, arrival.now, case_id, officer)
        if digits not in RESULTS:
            return _ask_result(arrival, act)
        unproved.take_back(act, int(digits))
        case = handling.first_action(act, int(digits), proved=False)
        say_with_code(arrival, act, "sms.officer.result_said", n=digits)
        return case

    return do_whole(arrival, officer, "SUDAH", case_id, answer)


def _contradict(arrival: Arrival, officer: Officer) -> CaseFile | bool:
    """A digit that nothing asked for, other than the one that ended her duty: one of the two is not hers.

    The duty is open again, and only a digit with a code ends it now.
    """
    question = questions.find_open(arrival.session, arrival.desk, arrival.now, arrival.phone or "")
    told = unproved.find(arrival.session, arrival.desk, arrival.now, officer.id)
    if told is None or told[1] == int(arrival.text) or (question and question.kind != "menu"):
        return False
    case_id = told[0]

    def take_back() -> CaseFile:
        act = acts.begin_on(arrival.session, arrival.desk, arrival.now, case_id, officer)
        unproved.take_back(act, int(arrival.text))
        say_with_code(arrival, act, "sms.officer.result_twice")
        return act.case

    note_attempt(arrival, "two results", officer.id)
    return do_whole(arrival, officer, "SUDAH", case_id, take_back)


def _close(arrival: Arrival, act: Act, said: str | None = None) -> CaseFile:
    """A supervisor confirms a proposal; her code is her signature. What needs a reason is closed in the console."""
    if find_move(act.case.status, "close") and endings.needs_reason(act):
        arrival.say_to_staff("sms.officer.not_yet", act.case, ref=act.case.reference)
        return act.case
    case = endings.close(act, said=said or arrival.text)
    arrival.say_to_staff("sms.officer.done", case, ref=case.reference)
    return case


USES: dict[str, Callable[[Arrival, Act], CaseFile]] = {
    "AMBIL": _accept,
    "OPER": _pass_on,
    "SUDAH": _result,
    "SELESAI": _close,
}

# Challenges


def _challenge(arrival: Arrival, officer: Officer, command: dict[str, str]) -> bool:
    if officer.suspended_at is not None:
        note_attempt(arrival, "suspended", officer.id)
        return True
    if not arrival.may_challenge():  # nor is a code made that nobody is told: each one alive is one more to guess
        note_attempt(arrival, "challenges stopped", officer.id)
        return True
    verbs = [codes.CONFIRM]
    code = codes.issue(arrival.session, arrival.desk, arrival.now, officer.id, verbs, command=command)
    arrival.say_to_staff("sms.officer.challenge", code=code)
    return True


def _answer_challenge(arrival: Arrival, officer: Officer, code: str) -> CaseFile | bool:
    redeemed = None
    if officer.suspended_at is None:
        redeemed = codes.redeem(arrival.session, arrival.desk, arrival.now, officer.id, codes.CONFIRM, code)
    if redeemed is None or redeemed.command is None:
        return refuse(arrival, officer)
    verb, ref, said = redeemed.command["verb"], redeemed.command["ref"], redeemed.command.get("said")
    named = find_case(arrival.session, plain_reference(ref)) if ref else None
    case_id = named.id if named else None
    return do_whole(arrival, officer, verb, case_id, lambda: _run(arrival, officer, verb, ref, said))


def _run(arrival: Arrival, officer: Officer, verb: str, ref: str, said: str | None) -> CaseFile | bool:
    """What a confirmed command does; SELESAI proposes, and a supervisor's own closes."""
    if verb == "KASUS":
        return _tell_cases(arrival, officer)
    if verb in duty.COMMANDS:
        return duty.COMMANDS[verb](arrival, officer)
    if verb == "BERHENTI":
        note_attempt(arrival, "stop confirmed", officer.id)
        arrival.say_to_staff("sms.officer.stays")
        return True
    act = acts.begin(arrival.session, arrival.desk, arrival.now, ref, officer)
    if verb != "SELESAI":
        return USES[verb](arrival, act)
    if act.leads:
        return _close(arrival, act, said)
    case = endings.propose_close(act, said)
    arrival.say_to_staff("sms.officer.closed_pending", case, ref=case.reference)
    return case


def _tell_cases(arrival: Arrival, officer: Officer) -> bool:
    held = select(CaseFile.reference).where(CaseFile.holder_id == officer.id, CaseFile.status.in_(HELD))
    references = list(arrival.session.scalars(held.order_by(CaseFile.created_at).limit(12)))
    arrival.say_to_staff("sms.officer.cases", refs=" ".join(references) or "-")
    return True


def _freeze(arrival: Arrival, officer: Officer) -> bool:
    """TIDAK: she did not ask for it, so somebody else writes in her name. Her phone is frozen, supervisors are told."""
    handling.suspend(arrival.session, arrival.desk, arrival.now, officer)
    note_attempt(arrival, "frozen", officer.id)
    name = alerts.name_of(arrival.desk, officer)
    for leader in list_active(arrival.session, OfficerRole.SUPERVISOR, OfficerRole.HEAD):
        alerts.say_to_officer(
            arrival.session,
            arrival.desk,
            arrival.now,
            None,
            leader,
            Purpose.ALERT,
            "sms.officer.frozen",
            f"frozen {officer.id} {arrival.now}",
            name=name,
        )
    return True
