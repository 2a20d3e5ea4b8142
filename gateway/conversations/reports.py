"""An SMS that tells of a case: what was read of it becomes a case at once; only what is missing is asked."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from gateway.casework import again, intake, timetable
from gateway.conversations import asking
from gateway.conversations.arrival import Arrival
from gateway.details import Contact, Details, read_details
from menus.keywords import Reading
from menus.timing import Incident
from models.base import lock_name
from models.case import CaseFile
from models.triage import triage
from models.vocabulary import Age, Channel, ContactMode, Intent, Priority, Reporter, Sex


def receive(arrival: Arrival) -> CaseFile:
    """Open a case, or let a second cry join the open one."""
    joined = _join(arrival)
    case = joined or _open(arrival)
    if arrival.cadre:
        asking.answer_cadre(arrival, case)
    elif arrival.agency:  # a partner at work: we know the phone, so nothing of hers is asked or agreed to
        arrival.say_to_staff("sms.officer.done", case, ref=case.reference)
    elif not arrival.officer:
        asking.ask_may_call(arrival, case)
    return case


def _join(arrival: Arrival) -> CaseFile | None:
    """An emergency joins the open P1 of the same phone; words nobody can place join whatever is open there."""
    session, desk, now = arrival.session, arrival.desk, arrival.now
    lock_name(session, arrival.index)
    if arrival.reading.urgent:
        case = again.find_to_join(session, now, arrival.index)
    elif arrival.reading.intent is Intent.UNCLEAR:
        case = again.find_latest(session, now, arrival.index)
    else:
        return None
    if case is None:
        return None
    before, stood = read_details(desk, case), (case.queued_at, case.cried_at)
    intake.update_details(session, desk, now, case, before, _add(before, read(arrival)))
    again.join(session, desk, now, case, told=stood != (case.queued_at, case.cried_at))
    timetable.schedule(session, desk, now, case)
    return case


def _open(arrival: Arrival) -> CaseFile:
    details = read(arrival)
    missing = asking.list_missing(details)
    partial = arrival.cadre is not None and bool(missing) and triage(details.signs) is not Priority.P1
    reporter = Reporter.CADRE if arrival.cadre else Reporter.OFFICER if arrival.officer else Reporter.RESIDENT
    opening = intake.Opening(details, Channel.SMS, reporter, partial, complete=not missing)
    return intake.open_case(arrival.session, arrival.desk, arrival.now, opening)


def read(arrival: Arrival) -> Details:
    """What the text says, as the details of a case."""
    reading, cadre = arrival.reading, arrival.cadre
    details = intake.new_details("message", arrival.phone, arrival.language)
    place, assumed = find_place(arrival.text, reading, cadre.area_code if cadre else None)
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
        contact=_contact(arrival),
        cadre_id=cadre.id if cadre else None,
        flags=flags,
    )


def _contact(arrival: Arrival) -> Contact:
    """Phones of the office's own people may be used; a stranger's not before she says so."""
    if arrival.cadre or arrival.officer:
        return Contact(ContactMode.BOTH)
    return Contact(ContactMode.CALL) if arrival.agency else Contact()


MARKERS = frozenset({"desa", "ds", "kelurahan", "kecamatan", "kec"})
NOT_A_NAME = frozenset({"saya", "ini", "kami", "sini", "itu", "sebelah", "lain", "tetangga", "kita", "sy"})


def _is_elsewhere(text: str, reading: Reading) -> bool:
    """A village is named that this district does not have: it is asked, never taken for the cadre's own."""
    words = text.lower().replace(".", " ").replace(",", " ").split()
    named = any(mark in MARKERS and name not in NOT_A_NAME for mark, name in pairwise(words))
    return named and reading.place.assumed


def find_place(text: str, reading: Reading, home: str | None) -> tuple[str | None, bool]:
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
