"""Cek nomor: received, being processed, please call; never what it is about, never that it is over."""

from menus.engine import Fact, Menu, Screen, State, Want, go
from menus.screens.callback import CALL_ME_AGAIN
from menus.screens.danger import DANGER

FOUND = {"received": "status.received", "handled": "status.handled", "please_call": "status.please_call"}


def _look_up(state: State, menu: Menu, typed: str) -> State:
    """Every number is looked up, also one of the wrong length: wrong and unknown take the same way."""
    return state.wanting(Want("look_up", receipt=typed[:40]), _found)


def _found(state: State, fact: Fact) -> State:
    receipt = fact.get("receipt", "")
    return state.but(seen={**state.seen, "receipt": receipt}).to(FOUND.get(fact["status"], "status.unknown"))


def _please_call(state: State, menu: Menu) -> str:
    if menu.office:
        return menu.texts.render("status.please_call", state.language, num=menu.office)
    return menu.texts.render("status.please_call_no_number", state.language)


_NEXT = {"1": CALL_ME_AGAIN, "2": DANGER}

SCREENS = {
    "status.ask": Screen(entry=_look_up),
    "status.received": Screen(_NEXT),
    "status.handled": Screen(_NEXT),
    "status.please_call": Screen(_NEXT, text=_please_call),
    "status.unknown": Screen({"1": go("status.ask"), "2": DANGER}),
}
