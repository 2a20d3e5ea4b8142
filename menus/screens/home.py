"""The first screen, the language, and taking up what a dropped line left."""

from menus.engine import Context, Menu, Move, Screen, Spot, State, go, walk
from menus.screens.callback import CALL_ME
from menus.screens.danger import DANGER
from menus.screens.report import begin_report

TAKEN_UP_ON = (
    "report.contact",
    "report.phone",
    "report.hours",
    "report.confirm",
    "where.",
    "callme.",
    "danger.where",
    "danger.landmark",
    "danger.call",
    "danger.withdrawn",
)
"""Beginnings of the screens on which a taken-up report may open: somebody else may hold the phone now, and no other
screen is free of kinds, persons, police and children."""


def _speak(language: str) -> Move:
    return lambda state, menu: state.but(language=language, spot=Spot(menu.start), past=())


def _go_on(state: State, menu: Menu) -> State:
    """The next question of the unfinished report, or its first where the next would tell what it is about."""
    assert state.resume is not None  # noqa: S101 - the screen exists only with one
    before = walk(menu, state.resume.inputs, Context(state.resume.language, state.resume.facts))
    if not before.spot.screen.startswith(TAKEN_UP_ON):
        before = before.but(service="report", spot=Spot("report.who"), past=(Spot(menu.start),))
    return before.but(rejected=False, want=None, after=None)


def _start_again(state: State, menu: Menu) -> State:
    return state.but(spot=Spot(menu.start), past=())


SCREENS = {
    "home": Screen(
        options={
            "1": CALL_ME,
            "2": DANGER,
            "3": begin_report,
            "4": go("status.ask"),
            "5": go("learn.menu1"),
            "6": go("services.menu"),
            "7": go("language"),
        }
    ),
    "resume": Screen(options={"1": _go_on, "2": _start_again, "3": DANGER}),
    "language": Screen(options={"1": _speak("id"), "2": _speak("en")}),
}
