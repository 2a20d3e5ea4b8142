"""What a keyword asks for that is neither a report nor an officer's word: a call, a lesson, a place on the list."""

from gateway.casework.people import new_cadre
from gateway.conversations.arrival import Arrival
from gateway.conversations.ussd import open_or_join
from menus.engine import Want
from menus.tree import lesson_for_cadre
from models.case import CaseFile
from models.people import find_cadre
from models.vocabulary import CadreRole, Channel

Found = CaseFile | bool


def call_me(arrival: Arrival) -> Found:
    """TELEPON: leave for one call now; then, when is it good?"""
    want = Want("open", service="call_me")
    phone = arrival.phone or ""
    fact = open_or_join(arrival.session, arrival.desk, arrival.now, phone, arrival.language, Channel.SMS, want)
    case = arrival.session.get_one(CaseFile, fact["case"])
    arrival.ask("hours", "sms.resident.auto_1", case)
    return case


def inform(arrival: Arrival) -> Found:
    """Lessons go to cadres only: a thread about violence must not lie on a stranger's phone."""
    arrival.say("sms.cadre.lesson", sentence=lesson_for_cadre(arrival.desk.lessons, arrival.reading.topic))
    return True


def register(arrival: Arrival) -> Found:
    """DAFTAR is only a wish: an officer confirms it through the village office or the PKK list."""
    if arrival.cadre is None and arrival.phone and find_cadre(arrival.session, arrival.index) is None:
        cadre = new_cadre(arrival.desk, arrival.now, arrival.text[:80], arrival.phone, None, CadreRole.KADER)
        arrival.session.add(cadre)
    arrival.say("sms.resident.daftar")
    return True


def staff_words(arrival: Arrival) -> Found:
    """An officer's or agency's words from a phone that is neither, or without a code: nothing happens."""
    if arrival.officer or arrival.agency:
        arrival.say_to_staff("sms.officer.challenge_bad")
    else:
        arrival.say("sms.resident.auto_2")
    return True


def chat(arrival: Arrival) -> Found:
    """Ordinary words: kept for a human to skim, answered once without a question."""
    if not arrival.officer and not arrival.agency:
        arrival.say("sms.resident.auto_2")
    return True


def answer_nothing(arrival: Arrival) -> Found:
    """Digits that no question waits for: not thanked for as an answer, but shown where choices are."""
    if not arrival.officer and not arrival.agency:
        arrival.say("sms.resident.no_question")
    return True
