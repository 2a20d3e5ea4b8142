"""MENU by SMS: the same fold as USSD, in neutral words, for places without a USSD code."""

from dataclasses import asdict

from gateway.casework import questions
from gateway.conversations import ussd
from gateway.conversations.arrival import Arrival
from gateway.conversations.dialogues import Dialogue
from menus.engine import Menu, Turn, replay
from models.case import CaseFile

Found = CaseFile | bool


def begin(arrival: Arrival, menu: Menu, *inputs: str) -> Found:
    """The first screen, or the one these keys lead to without anything being opened."""
    dialogue = Dialogue(arrival.phone or "", arrival.language, inputs=list(inputs), channel="sms")
    return _show(arrival, dialogue, replay(menu, dialogue.inputs, dialogue.context()))


def answer(arrival: Arrival, menu: Menu, question: questions.Question) -> Found:
    """A digit, or a number to look up; anything else is no answer and goes its own way."""
    digits = arrival.reading.digits or arrival.reading.receipt
    if not digits:
        return False
    dialogue = Dialogue(**question.state)
    dialogue.inputs.append(digits)
    turn = ussd.settle(arrival.session, arrival.desk, menu, arrival.now, dialogue)
    ussd.keep(arrival.session, arrival.desk, arrival.now, dialogue, turn)
    return _show(arrival, dialogue, turn)


def _show(arrival: Arrival, dialogue: Dialogue, turn: Turn) -> Found:
    case = arrival.session.get(CaseFile, dialogue.case_id) if dialogue.case_id else None
    said = arrival.say_text(turn.screen, turn.text, case)
    if turn.ends:
        questions.close(arrival.session, arrival.desk, arrival.phone or "")
    elif said:
        arrival.wait_for("menu", case, **asdict(dialogue))
    return case or True
