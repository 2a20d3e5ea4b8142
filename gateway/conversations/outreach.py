"""SULUH: a session is kept from the first text; what it lacks is asked, how many came and then where, one at a time.

Silence leaves it as far as it is known: a session whose place or number nobody told counts without it.
"""

from gateway.casework import questions
from gateway.casework.outreach import complete_session, drop_session, hold_session
from gateway.conversations.arrival import Arrival
from gateway.conversations.asking import NAME_WORDS, list_choices, list_twins
from gateway.conversations.lessons import read_attendance
from gateway.conversations.reports import find_place
from menus.keywords import read_place
from menus.places import NO_PLACE, Place
from menus.sessions import MOST_PEOPLE
from models.outreach import OutreachSession
from models.vocabulary import Intent, Purpose

NOT_NAMED = frozenset({Intent.UNCLEAR, Intent.CHATTER, Intent.REPORT})
"""What a village's bare name may be read as."""


def receive(arrival: Arrival) -> bool:
    reading, cadre = arrival.reading, arrival.cadre
    if cadre is None:
        arrival.say("sms.resident.auto_2")
        return True
    place, _ = find_place(arrival.text, reading, cadre.area_code)
    held = hold_session(
        arrival.session, arrival.desk, arrival.now, cadre.id, place, reading.people, reading.audience, reading.topic
    )
    if reading.people is None:
        twins = list_twins(reading.place) if place is None else []
        _ask_people(arrival, {"session": held.id, "placed": place is not None, "codes": twins})
    elif place is None:
        _ask_place(arrival, held.id, reading.place)
    else:
        _confirm(arrival, held)
    return True


def _confirm(arrival: Arrival, held: OutreachSession) -> None:
    arrival.say("sms.cadre.suluh", purpose=Purpose.RECEIPT, n=str(held.people or 0))


def _ask_people(arrival: Arrival, state: dict[str, object]) -> None:
    arrival.ask("session_people", "sms.cadre.ask_people", None, Purpose.ASK, state)


def _ask_place(arrival: Arrival, session_id: str, place: Place) -> None:
    """Near-twins by number; otherwise the name, or her own village."""
    villages = list_twins(place)
    state = {"session": session_id, "codes": villages}
    if len(villages) > 1:
        choices = list_choices(arrival, villages)
        arrival.ask("session_place", "sms.cadre.ask_twin", None, Purpose.ASK, state, choices=choices)
    else:
        arrival.ask("session_place", "sms.cadre.ask_place", None, Purpose.ASK, {**state, "codes": []})


def answer_people(arrival: Arrival, question: questions.Question) -> bool:
    """How many came; nobody came is no session. False when the text answers something else."""
    people, state = read_attendance(arrival.text), question.state
    if people is None or arrival.cadre is None:
        return False
    if people > MOST_PEOPLE:  # mistyped
        _ask_people(arrival, state)
        return True
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    if people == 0:
        drop_session(arrival.session, state["session"])
        arrival.say("sms.resident.auto_2")
        return True
    held = complete_session(arrival.session, arrival.desk, state["session"], people=people)
    if held is None:
        arrival.say("sms.resident.auto_2")
    elif state["placed"]:
        _confirm(arrival, held)
    else:
        _ask_place(arrival, held.id, Place(tuple(state["codes"])))
    return True


def answer_place(arrival: Arrival, question: questions.Question) -> bool:
    """One of the twins, her own village, a name, or none of these. False when the text answers something else."""
    cadre, digits, codes = arrival.cadre, arrival.reading.digits, question.state["codes"]
    if cadre is None:
        return False
    own = [cadre.area_code] if cadre.area_code and not codes else []
    offered = codes or own
    if digits and digits.isdigit() and 1 <= int(digits) <= len(offered):
        return _put(arrival, question, offered[int(digits) - 1])
    if digits == (str(len(codes) + 1) if codes else "2"):
        return _ask_name(arrival, question) if codes else _put(arrival, question, None)
    place = _named(arrival)
    if place is None:
        return False
    if len(place.codes) == 1:
        return _put(arrival, question, place.codes[0])
    _ask_place(arrival, question.state["session"], place)
    return True


def _ask_name(arrival: Arrival, question: questions.Question) -> bool:
    _ask_place(arrival, question.state["session"], NO_PLACE)
    return True


def _named(arrival: Arrival) -> Place | None:
    """A few words that are only a name, known here or not; None for a keyword, a cry, a story or a number."""
    reading = arrival.reading
    if reading.keyword or reading.urgent or reading.forms or reading.digits or reading.intent not in NOT_NAMED:
        return None
    return read_place(arrival.text, arrival.lexicon) if len(arrival.text.split()) <= NAME_WORDS else None


def _put(arrival: Arrival, question: questions.Question, area_code: str | None) -> bool:
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    held = complete_session(arrival.session, arrival.desk, question.state["session"], area_code=area_code)
    if held is None:
        arrival.say("sms.resident.auto_2")
    else:
        _confirm(arrival, held)
    return True
