"""The number of people who came to the week's lesson, from the cadre who was told of its card."""

import re

from gateway.casework import questions
from gateway.casework.outreach import hold_session
from gateway.conversations.arrival import Arrival
from menus.sessions import MOST_PEOPLE
from models.vocabulary import Purpose

HOW_MANY = re.compile(
    r"(?:hadir|jumlah|yang|ada)?[ :.]{0,3}([0-9]{1,5})[ .]{0,3}(?:orang|org|peserta|warga|hadir)?[ .]{0,3}\Z"
)
"""`25`, `hadir 25`, `25 orang`: nothing that tells a story is taken for an answer."""


def read_attendance(text: str) -> int | None:
    """The number in an answer that is hardly more than one."""
    found = HOW_MANY.match(text.strip().lower())
    return int(found[1]) if found else None


def answer(arrival: Arrival, question: questions.Question) -> bool:
    """Counted as a session; nobody came is no session. False when the text answers something else."""
    people, card = read_attendance(arrival.text), str(question.state["card"])
    if people is None or arrival.cadre is None:
        return False
    if people > MOST_PEOPLE:  # mistyped: asked again, for a number alone must not become a case
        arrival.say("sms.cadre.lesson_card", purpose=Purpose.ASK, n=str(int(card[1:])))
        return True
    questions.close(arrival.session, arrival.desk, arrival.phone or "")
    if people == 0:
        arrival.say("sms.resident.auto_2")
        return True
    cadre = arrival.cadre
    hold_session(arrival.session, arrival.desk, arrival.now, cadre.id, cadre.area_code, people, None, card)
    arrival.say("sms.cadre.suluh", purpose=Purpose.RECEIPT, n=str(people))
    return True
