"""MENU by SMS: the way to a call, to help and to a number, in words that tell a reader of the thread nothing.

It is shorter than the dialled one on purpose: whoever takes the phone reads the thread from its first line. So nothing
is asked about what happened (3 lets her write in her own words) and no lesson and no number stands in it (5 and 6
lead to where they are, or to a call).
"""

from menus.engine import Fact, Menu, Move, Screen, State, Want, go, open_service

START = "sms.resident.menu"
INFO = "5"
"""The key that a stranger's INFO stands for."""
FOUND = {
    "received": "sms.resident.status_received",
    "handled": "sms.resident.status",
    "please_call": "sms.resident.please_call",
    "unknown": "sms.resident.status_unknown",
}
"""What a number looked up is answered by SMS: the states of the dialled `Cek nomor`."""


def _finish(**answers: str) -> Move:
    return lambda state, menu: state.put(**answers, finished="1").to("sms.resident.auto_2")


def _look_up(state: State, menu: Menu, typed: str) -> State:
    return state.wanting(Want("look_up", receipt=typed[:40]), _found)


def _found(state: State, fact: Fact) -> State:
    return state.to(FOUND[fact["status"]])


def _say_info(state: State, menu: Menu) -> str:
    return menu.texts.render("sms.info.stranger" if menu.dialled else "sms.info.by_phone", state.language)


_CALL_ME = open_service("call_me", lambda state, fact: state.to("sms.resident.auto_1"))
_INFO = go("sms.info.stranger")

SCREENS = {
    START: Screen(
        {
            "1": _CALL_ME,
            "2": open_service("danger", lambda state, fact: state.to("sms.resident.auto")),
            "3": go("sms.resident.form"),
            "4": go("sms.resident.ask_receipt"),
            INFO: _INFO,
            "6": _INFO,
        }
    ),
    "sms.resident.auto_1": Screen(
        {
            "1": _finish(when="now"),
            "2": _finish(when="morning"),
            "3": _finish(when="midday"),
            "4": _finish(when="afternoon"),
        }
    ),
    "sms.resident.auto": Screen({"1": _finish(call="now"), "2": _finish(call="no")}),
    "sms.resident.ask_receipt": Screen(entry=_look_up),
    "sms.resident.auto_2": Screen(ends=True),
    "sms.resident.form": Screen(ends=True),
    **{screen: Screen(ends=True) for screen in FOUND.values()},
    "sms.info.stranger": Screen({"1": _CALL_ME}, text=_say_info),
}
