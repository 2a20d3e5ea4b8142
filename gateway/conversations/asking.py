"""What is asked after an SMS, and what becomes of the digit: one question at a time, kinds only to cadres."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.casework import alerts, intake, questions, timetable
from gateway.casework.events import REPORTER, record
from gateway.conversations.arrival import Arrival
from gateway.details import Contact, Details, read_details, write_details
from menus.keywords import read_place
from menus.places import Place
from models.case import CaseFile
from models.vocabulary import Age, ContactMode, Form, Intent, Purpose, Sex

KINDS = (Form.PSI, Form.FIS, Form.KTR, Form.TLT, Form.SEK, Form.KBG, Form.TTU)
"""In the order of `sms.cadre.ask_kind`: words before blows."""
PEOPLE = (
    (Age.CHILD, Sex.FEMALE),
    (Age.CHILD, Sex.MALE),
    (Age.ADULT, Sex.FEMALE),
    (Age.ADULT, Sex.MALE),
    (Age.UNKNOWN, Sex.UNKNOWN),
)
HOURS = ("now", "morning", "midday", "afternoon")
"""In the order of `sms.resident.auto_1`."""
NAME_WORDS = 5
"""Words of an answer that is only a place: `di desa muara adang bu`."""
VILLAGE_PARTS = 4
"""64.01.04.2016 names a village, 64.01.04 only a kecamatan."""


def list_missing(details: Details) -> list[str]:
    """What a complete report by SMS still lacks: a kind, a village."""
    lacks = [] if details.forms else ["kind"]
    named = details.area_code is not None and details.area_code.count(".") + 1 >= VILLAGE_PARTS
    return lacks if named else [*lacks, "place"]


# What a cadre is asked


def answer_cadre(arrival: Arrival, case: CaseFile) -> None:
    details = read_details(arrival.desk, case)
    if list_missing(details):
        _ask_next(arrival, case, details)
    else:
        given = give_receipt(arrival, case, details)
        if not _ask_who_or_now(arrival, case, details) and not given:  # more words on a case whose receipt she has
            arrival.say("sms.resident.auto_2", case)


def _ask_next(arrival: Arrival, case: CaseFile, details: Details) -> None:
    """One question at a time, each answerable by a digit; the receipt when nothing is missing."""
    missing = list_missing(details)
    if "kind" in missing:
        arrival.ask("kind", "sms.cadre.ask_kind", case, Purpose.ASK)
    elif "place" in missing:
        _ask_place(arrival, case)
    else:
        intake.confirm(arrival.session, arrival.desk, arrival.now, case)
        give_receipt(arrival, case, details)
        _ask_who_or_now(arrival, case, details)


def _ask_who_or_now(arrival: Arrival, case: CaseFile, details: Details) -> bool:
    """The report is complete and receipted; two things more can make it urgent: a child, and danger at this moment.

    Whether one of them is asked.
    """
    if details.age is Age.UNKNOWN and "who" not in details.asked:
        _mark_asked(arrival, case, "who")
        arrival.ask("who", "sms.cadre.ask_who", case, Purpose.ASK)
        return True
    if arrival.reading.ask == "sms.cadre.ask_now" and "now" not in details.asked:
        _mark_asked(arrival, case, "now")
        arrival.ask("now", "sms.cadre.ask_now", case, Purpose.ASK)
        return True
    return False


def _mark_asked(arrival: Arrival, case: CaseFile, what: str) -> None:
    details = read_details(arrival.desk, case)
    write_details(arrival.desk, case, replace(details, asked=(*details.asked, what)))


def _ask_place(arrival: Arrival, case: CaseFile) -> None:
    """Near-twins by number; otherwise the name, or her own village."""
    villages = list_twins(arrival.reading.place)
    if len(villages) > 1:
        state, choices = {"codes": villages}, list_choices(arrival, villages)
        arrival.ask("twin", "sms.cadre.ask_twin", case, Purpose.ASK, state, choices=choices)
    else:
        arrival.ask("place", "sms.cadre.ask_place", case, Purpose.ASK)


def list_twins(place: Place) -> list[str]:
    """The villages that what was typed may mean; as many as one question holds."""
    return [code for code in place.codes[:6] if code.count(".") + 1 >= VILLAGE_PARTS]


def list_choices(arrival: Arrival, villages: Sequence[str]) -> str:
    """`1 Krayan Bahagia 2 Krayan Jaya 3 lain`."""
    listed = " ".join(f"{n} {arrival.desk.areas.name(code)}" for n, code in enumerate(villages, start=1))
    return f"{listed} {len(villages) + 1} lain"


def give_receipt(arrival: Arrival, case: CaseFile, details: Details) -> bool:
    """Once a case; whether it is given now."""
    key = "sms.cadre.receipt_names" if "names_seen" in details.flags else "sms.cadre.receipt"
    return alerts.say_to_cadre(arrival.session, arrival.desk, arrival.now, case, Purpose.RECEIPT, key, "receipt")


def answer_slot(arrival: Arrival, question: questions.Question) -> CaseFile | bool:
    """A cadre's digit, or a village's name, to an open question of hers. False when it answers nothing."""
    case = arrival.session.get(CaseFile, question.case_id or "", with_for_update=True)
    if case is None or case.wrapped_key is None or arrival.cadre is None:
        return False
    before = read_details(arrival.desk, case)
    after = ANSWERS[question.kind](arrival, question, before)
    if after is None:
        return False
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    record(arrival.session, arrival.desk, case, arrival.now, "answered", REPORTER, question=question.kind)
    case.touched_at = arrival.now
    intake.update_details(arrival.session, arrival.desk, arrival.now, case, before, after)
    if question.kind in ("who", "now"):
        pass  # nothing more is asked, and one receipt is enough
    elif after == before and question.kind in ("place", "twin"):
        _ask_place(arrival, case)
    else:
        _ask_next(arrival, case, after)
    timetable.schedule(arrival.session, arrival.desk, arrival.now, case)
    return case


def _kind(arrival: Arrival, question: questions.Question, before: Details) -> Details | None:
    picks = [int(digit) for digit in (arrival.reading.digits or "") if digit.isdigit()]
    forms = [KINDS[pick - 1] for pick in picks if 1 <= pick <= len(KINDS)]
    if not forms and arrival.reading.intent in (Intent.REPORT, Intent.UNCLEAR) and not arrival.reading.keyword:
        forms = [Form(code) for code in arrival.reading.forms]
    return replace(before, forms=tuple(str(form) for form in forms)) if forms else None


def _village(arrival: Arrival, question: questions.Question, before: Details) -> Details | None:
    digits, home = arrival.reading.digits, arrival.cadre.area_code if arrival.cadre else None
    if digits == "1" and home:
        return replace(before, area_code=home, place_assumed=False)
    if digits == "2":
        return before
    place = arrival.reading.place
    if not place.codes and not digits and len(arrival.text.split()) <= NAME_WORDS:
        place = read_place(arrival.text, arrival.lexicon)
    if not place.codes or arrival.reading.keyword is not None:
        return None
    if len(place.codes) > 1:  # near-twins again: asked by number
        arrival.reading = replace(arrival.reading, place=place)
        return before
    return replace(before, area_code=place.codes[0], place_assumed=False)


def _twin(arrival: Arrival, question: questions.Question, before: Details) -> Details | None:
    codes = question.state["codes"]
    digits = arrival.reading.digits or ""
    if digits.isdigit() and 1 <= int(digits) <= len(codes):
        return replace(before, area_code=codes[int(digits) - 1], place_assumed=False)
    return before if digits == str(len(codes) + 1) else _village(arrival, question, before)


def _who(arrival: Arrival, question: questions.Question, before: Details) -> Details | None:
    digits = arrival.reading.digits or ""
    if digits not in ("1", "2", "3", "4", "5"):
        return None
    age, sex = PEOPLE[int(digits) - 1]
    return replace(before, age=age, sex=sex)


def _now(arrival: Arrival, question: questions.Question, before: Details) -> Details | None:
    digits = arrival.reading.digits
    return replace(before, now=before.now or digits == "1") if digits in ("1", "2", "3") else None


ANSWERS = {"kind": _kind, "place": _village, "twin": _twin, "who": _who, "now": _now}

# What a resident is asked


def ask_may_call(arrival: Arrival, case: CaseFile) -> None:
    """One neutral answer: may we call? Never a question about what happened."""
    arrival.ask("may_call", "sms.resident.auto", case)


def answer_may_call(arrival: Arrival, question: questions.Question) -> CaseFile | bool:
    digits = arrival.reading.digits
    if digits not in ("1", "2"):
        return False
    case = _change_contact(arrival, question, digits == "1", None)
    if digits == "1":
        arrival.ask("hours", "sms.resident.auto_1", case or None)
    else:
        arrival.say("sms.resident.auto_2", case or None)
    return case or True


def answer_hours(arrival: Arrival, question: questions.Question) -> CaseFile | bool:
    digits = arrival.reading.digits or ""
    if digits not in ("1", "2", "3", "4"):
        return False
    case = _change_contact(arrival, question, True, HOURS[int(digits) - 1])
    arrival.say("sms.resident.auto_2", case or None)
    return case or True


def _change_contact(arrival: Arrival, question: questions.Question, may: bool, hours: str | None) -> CaseFile | None:
    """Her leave to call, or its end. Without hours it is one call within half an hour."""
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    case = arrival.session.get(CaseFile, question.case_id or "", with_for_update=True)
    if case is None or case.wrapped_key is None:
        return None
    before = read_details(arrival.desk, case)
    contact = Contact()
    if may:
        once = hours in (None, "now")
        contact = replace(before.contact, mode=ContactMode.CALL, hours=None if once else hours, once=once)
    case.touched_at = arrival.now
    keys = {"may_call": "yes" if may else "no", "hours": hours or ""}
    record(arrival.session, arrival.desk, case, arrival.now, "answered", REPORTER, keys=keys)
    intake.update_details(arrival.session, arrival.desk, arrival.now, case, before, replace(before, contact=contact))
    if may and case.holder_id:
        alerts.tell_holder(
            arrival.session, arrival.desk, arrival.now, case, "sms.officer.repeat", f"call {arrival.now}"
        )
    timetable.schedule(arrival.session, arrival.desk, arrival.now, case)
    return case
