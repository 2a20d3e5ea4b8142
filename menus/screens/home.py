"""The first screen, the language, and taking up what a dropped line left."""

from dataclasses import replace

from menus.engine import Context, Menu, Move, Screen, Spot, State, go, walk
from menus.screens.callback import CALL_ME
from menus.screens.danger import DANGER

SHOWS_KIND_OR_PERSON = frozenset(
    {
        "report.kind",
        "report.more",
        "report.control",
        "report.police",
        "report.police_other",
        "report.sexual_when",
        "report.child",
        "report.child_self",
    }
)
"""Screens on which a taken-up report never opens: somebody else may hold the phone now."""


def _speak(language: str) -> Move:
    return lambda state, menu: replace(state, language=language, spot=Spot(menu.start), past=())


def _go_on(state: State, menu: Menu) -> State:
    """The next question of the unfinished report, or its first where the next would tell what it is about."""
    assert state.resume is not None  # noqa: S101 - the screen exists only with one
    before = walk(menu, state.resume.inputs, Context(state.resume.language, state.resume.facts))
    if before.spot.screen in SHOWS_KIND_OR_PERSON:
        before = replace(before, spot=Spot("report.who"), past=(Spot(menu.start),))
    return replace(before, rejected=False, want=None, after=None)


def _start_again(state: State, menu: Menu) -> State:
    return replace(state, spot=Spot(menu.start), past=())


def _report(state: State, menu: Menu) -> State:
    seen = {name: value for name, value in state.seen.items() if name != "danger"}
    return replace(state, service="report", seen=seen).to("report.who")


SCREENS = {
    "home": Screen(
        options={
            "1": CALL_ME,
            "2": DANGER,
            "3": _report,
            "4": go("status.ask"),
            "5": go("learn.menu1"),
            "6": go("services.menu"),
            "7": go("language"),
        }
    ),
    "resume": Screen(options={"1": _go_on, "2": _start_again, "3": DANGER}),
    "language": Screen(options={"1": _speak("id"), "2": _speak("en")}),
}
