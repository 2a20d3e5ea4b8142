"""MENU by SMS: the way to a call, to help and to a number, in words that tell a reader of the thread nothing."""

from menus.engine import Fact, Menu, Move, Screen, State, Want, go, open_service

START = "sms.resident.menu"


def _finish(**answers: str) -> Move:
    return lambda state, menu: state.put(**answers, finished="1").to("sms.resident.auto_2")


def _look_up(state: State, menu: Menu, typed: str) -> State:
    return state.wanting(Want("look_up", receipt=typed[:40]), _found)


def _found(state: State, fact: Fact) -> State:
    known = fact["status"] != "unknown"
    return state.to("sms.resident.status" if known else "sms.resident.status_unknown")


SCREENS = {
    START: Screen(
        {
            "1": open_service("call_me", lambda state, fact: state.to("sms.resident.auto_1")),
            "2": open_service("danger", lambda state, fact: state.to("sms.resident.auto")),
            "3": go("sms.resident.form"),
            "4": go("sms.resident.ask_receipt"),
            "5": go("sms.info.stranger"),
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
    "sms.resident.status": Screen(ends=True),
    "sms.resident.status_unknown": Screen(ends=True),
    "sms.info.stranger": Screen(ends=True),
}
