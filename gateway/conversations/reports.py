"""An SMS that tells of a case: what was read of it becomes a case at once; only what is missing is asked."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from gateway.casework import alerts, intake, questions, timetable
from gateway.casework.events import REPORTER, record
from gateway.conversations.arrival import Arrival
from gateway.details import Contact, Details, read_details, write_details
from menus.keywords import Reading, read_place
from menus.timing import Incident
from models.base import lock_name
from models.case import CaseFile
from models.triage import triage
from models.vocabulary import Age, Channel, ContactMode, Form, Intent, Priority, Purpose, Reporter, Sex

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


def receive(arrival: Arrival) -> CaseFile:
    """Open a case, or let a second cry join the open one."""
    joined = _join(arrival)
    case = joined or _open(arrival)
    if arrival.cadre:
        _answer_cadre(arrival, case)
    elif not arrival.officer:
        ask_may_call(arrival, case)
    return case


def _join(arrival: Arrival) -> CaseFile | None:
    """An emergency joins the open P1 of the same phone; words nobody can place join whatever is open there."""
    session, desk, now = arrival.session, arrival.desk, arrival.now
    lock_name(session, arrival.index)
    if arrival.reading.urgent:
        case = intake.find_to_join(session, now, arrival.index)
    elif arrival.reading.intent is Intent.UNCLEAR:
        case = intake.find_latest(session, now, arrival.index)
    else:
        return None
    if case is None:
        return None
    before, stood = read_details(desk, case), (case.queued_at, case.cried_at)
    intake.update_details(session, desk, now, case, before, _add(before, read(arrival)))
    intake.join(session, desk, now, case, told=stood != (case.queued_at, case.cried_at))
    timetable.schedule(session, desk, now, case)
    return case


def _open(arrival: Arrival) -> CaseFile:
    details = read(arrival)
    partial = arrival.cadre is not None and bool(_missing(details)) and triage(details.signs) is not Priority.P1
    reporter = Reporter.CADRE if arrival.cadre else Reporter.OFFICER if arrival.officer else Reporter.RESIDENT
    opening = intake.Opening(details, Channel.SMS, reporter, partial, complete=not _missing(details))
    return intake.open_case(arrival.session, arrival.desk, arrival.now, opening)


def read(arrival: Arrival) -> Details:
    """What the text says, as the details of a case."""
    reading, cadre = arrival.reading, arrival.cadre
    details = intake.new_details("message", arrival.phone)
    place, assumed = _place(arrival.text, reading, cadre.area_code if cadre else None)
    flags = tuple(
        flag
        for flag, on in (
            ("same_words", arrival.same_as is not None),
            ("names_seen", reading.names_seen),
            ("place_ambiguous", len(reading.place.codes) > 1),
        )
        if on
    )
    return replace(
        details,
        forms=tuple(reading.forms),
        area_code=place,
        place_assumed=assumed,
        place_typed=reading.place.named if not place else None,
        age=reading.victim,
        sex=reading.sex,
        years=reading.age,
        now=reading.urgent,
        incident_on=_incident_day(arrival, reading.incident),
        contact=Contact(ContactMode.BOTH) if cadre or arrival.officer else Contact(),
        cadre_id=cadre.id if cadre else None,
        flags=flags,
    )


MARKERS = frozenset({"desa", "ds", "kelurahan", "kecamatan", "kec"})
NOT_A_NAME = frozenset({"saya", "ini", "kami", "sini", "itu", "sebelah", "lain", "tetangga", "kita", "sy"})


def _is_elsewhere(text: str, reading: Reading) -> bool:
    """A village is named that this district does not have: it is asked, never taken for the cadre's own."""
    words = text.lower().replace(".", " ").replace(",", " ").split()
    named = any(mark in MARKERS and name not in NOT_A_NAME for mark, name in pairwise(words))
    return named and reading.place.assumed


def _place(text: str, reading: Reading, home: str | None) -> tuple[str | None, bool]:
    """A named place; her own village when it is among several meant; her own, assumed, when none is named."""
    codes = () if _is_elsewhere(text, reading) else reading.place.codes
    if codes != reading.place.codes:
        return None, False
    if len(codes) == 1:
        return codes[0], reading.place.assumed
    if home in codes:
        return home, False
    return (home, True) if not codes and reading.place.named is None else (None, False)


def _incident_day(arrival: Arrival, incident: Incident | None) -> str | None:
    today = arrival.desk.office.today(arrival.now)
    if incident is None:
        return None
    if incident.days_ago is not None:
        return (today - timedelta(days=incident.days_ago)).isoformat()
    try:
        day = date(today.year, incident.month or 0, incident.day or 0)
    except ValueError:
        return None
    return (day if day <= today else day.replace(year=today.year - 1)).isoformat()


def _add(before: Details, said: Details) -> Details:
    """More words on the same case: what is new is added, nothing known is lost."""
    return replace(
        before,
        forms=tuple(dict.fromkeys((*before.forms, *said.forms))),
        area_code=before.area_code or (None if said.place_assumed else said.area_code),
        age=said.age if before.age is Age.UNKNOWN else before.age,
        sex=said.sex if before.sex is Sex.UNKNOWN else before.sex,
        now=before.now or said.now,
        flags=tuple(dict.fromkeys((*before.flags, *said.flags))),
    )


def _missing(details: Details) -> list[str]:
    """What a complete report by SMS still lacks: a kind, a village."""
    lacks = [] if details.forms else ["kind"]
    named = details.area_code is not None and details.area_code.count(".") + 1 >= VILLAGE_PARTS
    return lacks if named else [*lacks, "place"]


# What a cadre is asked


def _answer_cadre(arrival: Arrival, case: CaseFile) -> None:
    details = read_details(arrival.desk, case)
    if _missing(details):
        _ask_next(arrival, case, details)
    else:
        give_receipt(arrival, case, details)
        _ask_who_or_now(arrival, case, details)


def _ask_next(arrival: Arrival, case: CaseFile, details: Details) -> None:
    """One question at a time, each answerable by a digit; the receipt when nothing is missing."""
    missing = _missing(details)
    if "kind" in missing:
        arrival.ask("kind", case)
        arrival.say("sms.cadre.ask_kind", case, Purpose.ASK)
    elif "place" in missing:
        _ask_place(arrival, case)
    else:
        intake.confirm(arrival.session, arrival.desk, arrival.now, case)
        give_receipt(arrival, case, details)
        _ask_who_or_now(arrival, case, details)


def _ask_who_or_now(arrival: Arrival, case: CaseFile, details: Details) -> None:
    """The report is complete and receipted; two things more can make it urgent: a child, and danger at this moment."""
    if details.age is Age.UNKNOWN and "who" not in details.asked:
        _mark_asked(arrival, case, "who")
        arrival.ask("who", case)
        arrival.say("sms.cadre.ask_who", case, Purpose.ASK)
    elif arrival.reading.ask == "sms.cadre.ask_now" and "now" not in details.asked:
        _mark_asked(arrival, case, "now")
        arrival.ask("now", case)
        arrival.say("sms.cadre.ask_now", case, Purpose.ASK)


def _mark_asked(arrival: Arrival, case: CaseFile, what: str) -> None:
    details = read_details(arrival.desk, case)
    write_details(arrival.desk, case, replace(details, asked=(*details.asked, what)))


def _ask_place(arrival: Arrival, case: CaseFile) -> None:
    """Near-twins by number; otherwise the name, or her own village."""
    choices = list(arrival.reading.place.codes)[:6]
    villages = [code for code in choices if code.count(".") + 1 >= VILLAGE_PARTS]
    if len(villages) > 1:
        listed = " ".join(f"{n} {arrival.desk.areas.name(code)}" for n, code in enumerate(villages, start=1))
        arrival.ask("twin", case, codes=villages)
        arrival.say("sms.cadre.ask_twin", case, Purpose.ASK, choices=f"{listed} {len(villages) + 1} lain")
    else:
        arrival.ask("place", case)
        arrival.say("sms.cadre.ask_place", case, Purpose.ASK)


def give_receipt(arrival: Arrival, case: CaseFile, details: Details) -> None:
    key = "sms.cadre.receipt_names" if "names_seen" in details.flags else "sms.cadre.receipt"
    alerts.say_to_cadre(arrival.session, arrival.desk, arrival.now, case, Purpose.RECEIPT, key, "receipt")


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
    arrival.ask("may_call", case)
    arrival.say("sms.resident.auto", case)


def answer_may_call(arrival: Arrival, question: questions.Question) -> CaseFile | bool:
    digits = arrival.reading.digits
    if digits not in ("1", "2"):
        return False
    case = _change_contact(arrival, question, digits == "1", None)
    if digits == "1":
        arrival.ask("hours", case or None)
        arrival.say("sms.resident.auto_1", case or None)
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
