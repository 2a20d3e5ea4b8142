"""The one router for inbound SMS, in one order: officer's or agency's code, BERHENTI, open question, receipt,

keyword, free text. Every message is kept, whatever it says and whoever sent it (`kept_texts`).
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.casework import again, duress, questions, status
from gateway.conversations import (
    agencies,
    asking,
    follow_ups,
    kept_texts,
    lessons,
    officers,
    outreach,
    reports,
    sms_menu,
    stopping,
    wishes,
)
from gateway.conversations.arrival import Arrival
from gateway.desk import Desk
from gateway.providers.base import InboundSms
from menus.codes import is_stray_number
from menus.engine import Menu
from menus.keywords import Sender, parse
from menus.lexicon import Lexicon
from menus.screens.sms_menu import FOUND, INFO
from models.case import CaseFile
from models.vocabulary import Intent, Purpose

CONFIRMED = frozenset({"SULUH", "DAMPING", "DAFTAR"})
"""Keywords that write something down, and are confirmed when they were only nearly typed."""
Found = CaseFile | bool
"""What a way of the router made of a message: its case, True when there is none, False when it is not its business."""


def receive(
    session: Session, desk: Desk, lexicon: Lexicon, menu: Menu, now: datetime, message: InboundSms
) -> str | None:
    """Keep the message and do what it asks; its case's id. The carrier's id seen before: nothing happens again."""
    arrival = kept_texts.arrive(session, desk, lexicon, now, message)
    if arrival is None:
        return None
    way, found = _route(arrival, menu) if arrival.phone is not None else ("machine", True)
    case = found if isinstance(found, CaseFile) else None
    kept_texts.file(arrival, message, way, case)
    return case.id if case else None


def _route(arrival: Arrival, menu: Menu) -> tuple[str, Found]:
    ways: tuple[tuple[str, Callable[[], Found]], ...] = (
        ("code", lambda: officers.try_code(arrival) or agencies.try_code(arrival)),
        ("stop", lambda: _try_stop(arrival)),
        ("answer", lambda: _try_answer(arrival, menu)),
        ("word", lambda: _try_word(arrival)),
        ("receipt", lambda: _try_receipt(arrival)),
        ("keyword", lambda: _try_keyword(arrival, menu)),
    )
    for way, attempt in ways:
        found = attempt()
        if found is not False:
            return way, found
    return "text", _read_text(arrival)


# BERHENTI


def _try_stop(arrival: Arrival) -> Found:
    if arrival.reading.intent is not Intent.STOP:
        return False
    if arrival.officer or arrival.agency:
        return officers.challenge_stop(arrival)
    case = stopping.stop(arrival.session, arrival.desk, arrival.now, arrival.phone or "", "sms")
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    arrival.say("sms.resident.auto_2", case)
    return case or True


# Answers


def _try_answer(arrival: Arrival, menu: Menu) -> Found:
    question = questions.find_open(arrival.session, arrival.desk, arrival.now, arrival.phone or "")
    if question is None:
        return False
    if question.kind == "menu":
        return sms_menu.answer(arrival, menu, question)
    return ANSWERERS[question.kind](arrival, question)


ANSWERERS: dict[str, Callable[[Arrival, questions.Question], Found]] = {
    "result": officers.answer_result,
    "kind": asking.answer_slot,
    "place": asking.answer_slot,
    "twin": asking.answer_slot,
    "who": asking.answer_slot,
    "now": asking.answer_slot,
    "may_call": asking.answer_may_call,
    "hours": asking.answer_hours,
    "follow_up": follow_ups.answer,
    "damping": follow_ups.answer_accompany,
    "decline": agencies.answer_decline,
    "lesson": lessons.answer,
    "session_people": outreach.answer_people,
    "session_place": outreach.answer_place,
    "keyword": lambda arrival, question: _answer_keyword(arrival, question),
}

# Code words, receipts and keywords


def _try_word(arrival: Arrival) -> Found:
    """A word of the list from her phone gets one answer, whether it is hers or the one that means duress."""
    word = duress.read_word(arrival.text)
    if word is None or arrival.officer or arrival.agency or arrival.cadre:
        return False
    case = duress.hear(arrival.session, arrival.desk, arrival.now, arrival.index, word)
    if case is None:
        return False
    arrival.say("sms.resident.auto_2", case)
    return case


def _try_receipt(arrival: Arrival) -> Found:
    if arrival.reading.intent is not Intent.STATUS:
        return False
    if not arrival.reading.receipt:
        arrival.say("sms.resident.ask_receipt")
        return True
    found = status.look_up(arrival.session, arrival.desk, arrival.now, arrival.phone or "", arrival.reading.receipt)
    arrival.say(FOUND[found["status"]])
    return True


def _try_keyword(arrival: Arrival, menu: Menu) -> Found:
    if _is_doubtful(arrival):
        return _confirm_keyword(arrival)
    handler = BY_INTENT.get(arrival.reading.intent)
    if arrival.reading.intent in (Intent.MENU, Intent.HELP):
        return sms_menu.begin(arrival, menu)
    if arrival.reading.intent is Intent.INFO and not arrival.cadre:
        return sms_menu.begin(arrival, menu, INFO)
    return handler(arrival) if handler else False


def _is_doubtful(arrival: Arrival) -> bool:
    """A cadre's keyword recognised by likeness only, where acting on a wrong guess would be written down."""
    reading = arrival.reading
    return arrival.cadre is not None and reading.keyword in CONFIRMED and not reading.keyword_exact


def _confirm_keyword(arrival: Arrival) -> Found:
    keyword = arrival.reading.keyword or ""
    state = {"keyword": keyword, "text": arrival.text}
    arrival.ask("keyword", "sms.confirm_keyword", None, Purpose.ASK, state, kata=keyword)
    return True


def _answer_keyword(arrival: Arrival, question: questions.Question) -> Found:
    """1: read the text again with the keyword spelt right. 2: it was a text like any other."""
    digits = arrival.reading.digits
    if digits not in ("1", "2"):
        return False
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    words = str(question.state["text"]).split(maxsplit=1)
    rest = words[1] if len(words) > 1 else ""
    text = f"{question.state['keyword']} {rest}" if digits == "1" else rest
    sender = Sender("cadre", arrival.cadre.area_code if arrival.cadre else None)
    arrival.text, arrival.reading = text, parse(text, arrival.lexicon, sender)
    if digits == "2":
        return _read_text(arrival)
    handler = BY_INTENT.get(arrival.reading.intent)
    return handler(arrival) if handler else _read_text(arrival)


BY_INTENT: dict[Intent, Callable[[Arrival], Found]] = {
    Intent.CALLBACK: wishes.call_me,
    Intent.INFO: wishes.inform,
    Intent.REGISTER: wishes.register,
    Intent.OUTREACH: outreach.receive,
    Intent.OFFICER: wishes.staff_words,
    Intent.AGENCY: wishes.staff_words,
    Intent.ACCOMPANY: follow_ups.accompany,
    Intent.CHATTER: wishes.chat,
}


def _read_text(arrival: Arrival) -> Found:
    """A report, an emergency, or words nobody can place: a case, so that a human looks at once.

    Digits alone are an answer, and an answer never opens a new case; on an open one they are read by its officers.
    """
    if is_stray_number(arrival.text) and again.find_latest(arrival.session, arrival.now, arrival.index) is None:
        return wishes.answer_nothing(arrival)
    return reports.receive(arrival)
