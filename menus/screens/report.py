"""The report: who, what, where, may we contact, confirm. A case exists from the first answer."""

from collections.abc import Mapping

from menus.engine import Menu, Move, Screen, Spot, State, go, open_service
from menus.screens.callback import ask_first, receipt

HOURS = {"morning": "8-11", "midday": "11-15", "afternoon": "15-18", "evening": "18-21", "any": "7-21"}
REPORTS_HERSELF = frozenset({"self_adult", "self_child"})


def begin_report(state: State, menu: Menu) -> State:
    """To the first question; nothing is a case before it is answered."""
    seen = {name: value for name, value in state.seen.items() if name != "danger"}
    return state.but(service="report", seen=seen).to("report.who")


def _who(who: str) -> Move:
    """The first answer opens the case; a child's report is told first that it is passed on."""
    following = {"self_child": "report.child_self", "child": "report.child"}.get(who, "report.kind")
    start = open_service("report", lambda state, fact: state.put(who=who).to(following))

    def move(state: State, menu: Menu) -> State:
        if state.opened.get("report") and not state.drafts.get("report", {}).get("confirmed"):
            return state.but(service="report").put(who=who).to(following)
        return start(state.but(service="report"), menu)

    return move


def _kind(kind: str) -> Move:
    def move(state: State, menu: Menu) -> State:
        return _with_kind(state, kind).to("report.control" if kind == "controlled" else "report.more")

    return move


def _with_kind(state: State, kind: str) -> State:
    """Kinds are a set; "not known" gives way to anything known."""
    kinds = [old for old in state.draft.get("kinds", "").split(",") if old and old not in (kind, "unknown")]
    return state.put(kinds=",".join([*kinds, kind] if kind != "unknown" or not kinds else kinds))


def _sexual(state: State, menu: Menu) -> State:
    """Nothing is kept of this key before its notice is answered."""
    herself = state.draft.get("who") in REPORTS_HERSELF
    return state.to("report.police" if herself else "report.police_other")


def _answered(notice: str, answer: str) -> Move:
    """What was said to a notice, beside what was said to others."""

    def move(state: State, menu: Menu) -> State:
        said = [old for old in state.draft.get("notice", "").split(",") if old and not old.startswith(notice + ":")]
        state = state.put(notice=",".join([*said, f"{notice}:{answer}"]))
        return state if answer == "ask" else _unasked(state)

    return move


def _unasked(state: State) -> State:
    """Came back from "ask first: call me" and went another way: nothing is left of the leave to call."""
    return state.put(ask_first="", when="", contact="none") if state.draft.get("ask_first") else state


def _lead(move: Move, on: Move) -> Move:
    return lambda state, menu: on(move(state, menu), menu)


def _notice(notice: str, onward: Move, *, may_stop: bool = True) -> Mapping[str, Move]:
    options = {
        "1": _lead(_answered(notice, "go"), onward),
        "2": _lead(_answered(notice, "ask"), ask_first),
    }
    if may_stop:
        options["3"] = _lead(_answered(notice, "stop"), go("report.stopped", stopped="1"))
    return options


def _sexual_confirmed(state: State, menu: Menu) -> State:
    return _with_kind(state, "sexual").to("report.sexual_when")


def _contact(mode: str) -> Move:
    def move(state: State, menu: Menu) -> State:
        state = _unasked(state)
        if mode == "none":
            return state.put(contact=mode, hours="", phone="").to("report.confirm")
        return state.put(contact=mode).to("report.phone")

    return move


def _send(state: State, menu: Menu) -> State:
    mode = state.draft.get("contact", "none")
    last = {"none": "report.end_none", "sms": "report.end_sms"}.get(mode, "report.end_call")
    return state.put(confirmed="1").to(last)


def _change(state: State, menu: Menu) -> State:
    return state.but(spot=Spot("report.who"), past=(Spot(menu.start),))


def _now_danger(state: State, menu: Menu) -> State:
    """The report becomes a danger on the same case: what the danger screens ask and the report has not."""
    state = state.put(now="1").but(seen={**state.seen, "danger": "1"})
    placed = state.draft.get("place") or state.draft.get("place_typed")
    return state.to("danger.landmark" if placed else "danger.where")


def _end_call(state: State, menu: Menu) -> Mapping[str, str]:
    return {**receipt(state, menu), "hours": HOURS[state.draft.get("hours") or "any"]}


SCREENS = {
    "report.who": Screen(
        {
            "1": _who("self_adult"),
            "2": _who("self_child"),
            "3": _who("child"),
            "4": _who("woman"),
            "5": _who("man"),
            "6": _who("unknown"),
        }
    ),
    "report.child": Screen(_notice("child", go("report.kind"), may_stop=False)),
    "report.child_self": Screen(_notice("child_self", go("report.kind"))),
    "report.kind": Screen(
        {
            "1": _kind("words"),
            "2": _kind("hit"),
            "3": _kind("controlled"),
            "4": _kind("neglect"),
            "5": _sexual,
            "6": _kind("online"),
            "7": _kind("unknown"),
        }
    ),
    "report.control": Screen(
        {
            "1": go("report.more", control="confined", now="1"),
            "2": go("report.more", control="forbidden"),
            "3": go("report.more", control="watched"),
            "4": go("report.more", control="other"),
        }
    ),
    "report.police": Screen(_notice("police", _sexual_confirmed)),
    "report.police_other": Screen(_notice("police_other", _sexual_confirmed)),
    "report.sexual_when": Screen(
        {
            "1": go("report.more", sexual_when="u3"),
            "2": go("report.more", sexual_when="3to5"),
            "3": go("report.more", sexual_when="longer"),
            "4": go("report.more", sexual_when="unknown"),
        }
    ),
    "report.more": Screen(
        {"1": go("where.ask"), "2": go("report.kind"), "3": go("where.ask", now="1")},
    ),
    "report.contact": Screen(
        {"1": _contact("none"), "2": _contact("call"), "3": _contact("sms"), "4": _contact("both")}
    ),
    "report.phone": Screen(
        {
            "1": go("report.hours", phone="own"),
            "2": go("report.hours", phone="shared"),
            "3": go("report.hours", phone="other"),
        }
    ),
    "report.hours": Screen(
        {
            "1": go("report.confirm", hours="morning"),
            "2": go("report.confirm", hours="midday"),
            "3": go("report.confirm", hours="afternoon"),
            "4": go("report.confirm", hours="evening"),
            "5": go("report.confirm", hours="any"),
        }
    ),
    "report.confirm": Screen({"1": _send, "2": _change, "3": _now_danger}),
    "report.end_none": Screen(inserts=receipt, ends=True),
    "report.end_call": Screen(inserts=_end_call, ends=True),
    "report.end_sms": Screen(inserts=receipt, ends=True),
    "report.stopped": Screen(ends=True),
}
