"""In danger: the case and its alerts exist before the first of these screens is seen; every answer may be skipped.

`8 Salah tekan` marks the case and changes nothing else; `0` does nothing here, so that a hand in haste loses nothing.
"""

from menus.engine import Fact, Menu, Move, Screen, State, go, go_back, open_service, stay
from menus.reading import LONGEST


def _opened(state: State, fact: Fact) -> State:
    """Who presses `2` again has not pressed it by mistake, whatever was said before."""
    return state.put(withdrawn="").to("danger.again") if fact.get("joined") else state.to("danger.where")


DANGER: Move = open_service("danger", _opened)
"""The key `2` wherever it stands: opens or joins a case in that hop."""


def _withdraw(state: State, menu: Menu) -> State:
    return state.put(withdrawn="1").to("danger.withdrawn")


def _still(state: State, menu: Menu) -> State:
    return go_back(state.put(withdrawn=""), menu)


def is_slip(typed: str) -> bool:
    """A digit or two where words are asked for: a wrong key, not a place somebody could find."""
    return len(typed) <= 2 and not any(c.isalpha() for c in typed)


def _landmark(state: State, menu: Menu, typed: str) -> State:
    if is_slip(typed):
        return state.refused()
    return after_landmark(state.put(landmark=typed[:LONGEST]))


def after_landmark(state: State) -> State:
    return state.to("danger.call")


def _call(answer: str) -> Move:
    def move(state: State, menu: Menu) -> State:
        state = state.put(call=answer)
        # A report that became a danger has said who and what already.
        return finish(state) if state.service == "report" else state.to("danger.who")

    return move


def finish(state: State) -> State:
    """The last screen: which one depends on whether anybody could come or call."""
    found = any(state.draft.get(name) for name in ("place", "place_typed", "landmark"))
    reachable = found or state.fact.get("placed") or state.draft.get("call") == "now"
    return state.put(finished="1").to("danger.end" if reachable else "danger.end_noplace")


def _finish(**answers: str) -> Move:
    return lambda state, menu: finish(state.put(**answers))


def _leave(state: State, menu: Menu) -> State:
    return state.to("danger.bye")


def _receipt(state: State, menu: Menu) -> Fact:
    return {"receipt": state.fact.get("receipt", "")}


def _late(state: State, menu: Menu) -> str:
    """With alerts stuck the screen must not say that officers are being reached."""
    name = state.spot.screen if state.reached else f"{state.spot.screen}_late"
    return menu.texts.render(name, state.language)


MISTAKE = {"8": _withdraw}

WHERE = Screen(text=_late, back=stay)
"""Completed by `place`, which knows how a village is found."""

SCREENS = {
    "danger.landmark": Screen({"1": go("danger.call"), **MISTAKE}, entry=_landmark, back=stay),
    "danger.call": Screen({"1": _call("now"), "2": _call("no"), "3": _call("send"), **MISTAKE}, back=stay),
    "danger.who": Screen(
        {
            "1": go("danger.what", who="self"),
            "2": go("danger.what", who="self_child"),
            "3": go("danger.what", who="child"),
            "4": go("danger.what", who="other"),
            **MISTAKE,
        },
        back=stay,
    ),
    "danger.what": Screen(
        {
            "1": _finish(what="weapon"),
            "2": _finish(what="confined"),
            "3": _finish(what="hit"),
            "4": _finish(what="sexual"),
            "5": _finish(what="other"),
            **MISTAKE,
        },
        back=stay,
    ),
    "danger.again": Screen({"1": go("danger.where"), "2": _finish(call="now"), "3": _finish()}, text=_late, back=stay),
    "danger.withdrawn": Screen({"1": _still, "2": _leave}, back=stay),
    "danger.end": Screen(inserts=_receipt, ends=True),
    "danger.end_noplace": Screen(inserts=_receipt, ends=True),
    "danger.bye": Screen(ends=True),
}
