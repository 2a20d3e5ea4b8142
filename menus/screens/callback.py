"""Please call me: when, whose phone this is, what if somebody else answers, and a word that proves the caller."""

from menus.engine import Fact, Menu, Move, Screen, State, open_service
from menus.screens.danger import DANGER


def _opened(state: State, fact: Fact) -> State:
    return state.to("callme.when")


CODE_WORDS = ("melati", "padi", "sungai")
"""In the order of `callme.word`. The officer says hers first; another one from her means that she is not free."""
CALL_ME: Move = open_service("call_me", _opened)
CALL_ME_AGAIN: Move = open_service("call_me", _opened, receipt=True)
"""From a number just looked up: the same case."""


def ask_first(state: State, menu: Menu) -> State:
    """ "Ask first: call me" on a notice: the report's own case, with the questions of a call."""
    state = state.put(ask_first="1")
    # The phone of a child may be a parent's: whose it is comes before when.
    return state.to("callme.phone" if state.draft.get("who") == "self_child" else "callme.when")


def _next(state: State) -> State:
    """The first question of a call that is still open."""
    draft = state.draft
    if draft.get("when") == "none":
        return state.put(finished="1").to("callme.end_none")
    if not draft.get("when"):
        return state.to("callme.when")
    if not draft.get("phone"):
        return state.to("callme.phone")
    if draft["phone"] != "own" and not draft.get("other_answers"):
        return state.to("callme.other")
    if not draft.get("word"):
        return state.to("callme.word")
    return state.put(finished="1").to("callme.end")


def _answer(**answers: str) -> Move:
    return lambda state, menu: _next(state.put(**answers))


def _now(state: State, menu: Menu) -> State:
    """At once, where somebody is on duty; no false promise where nobody is."""
    anybody = state.fact.get("duty")
    return _next(state.put(when="now")) if anybody else state.to("callme.no_duty")


def _phone(owner: str) -> Move:
    def move(state: State, menu: Menu) -> State:
        drafts = {name: value for name, value in state.draft.items() if name != "other_answers"}
        state = state.but(drafts={**state.drafts, state.service or "": drafts})
        return _next(state.put(phone=owner))

    return move


def receipt(state: State, menu: Menu) -> Fact:
    return {"receipt": state.fact.get("receipt", "")}


SCREENS = {
    "callme.when": Screen(
        {
            "1": _now,
            "2": _answer(when="morning"),
            "3": _answer(when="midday"),
            "4": _answer(when="afternoon"),
            "5": _answer(when="evening"),
            "6": _answer(when="none"),
        }
    ),
    "callme.no_duty": Screen(
        {
            "1": _answer(when="morning"),
            "2": _answer(when="midday"),
            "3": _answer(when="afternoon"),
            "4": DANGER,
            "5": _answer(when="none"),
        }
    ),
    "callme.phone": Screen({"1": _phone("own"), "2": _phone("shared"), "3": _phone("other")}),
    "callme.other": Screen({"1": _answer(other_answers="wrong_number"), "2": _answer(other_answers="may_talk")}),
    "callme.word": Screen(
        {
            **{str(key): _answer(word=word) for key, word in enumerate(CODE_WORDS, start=1)},
            "4": _answer(word="none"),
        }
    ),
    "callme.end": Screen(inserts=receipt, ends=True),
    "callme.end_none": Screen(inserts=receipt, ends=True),
}
