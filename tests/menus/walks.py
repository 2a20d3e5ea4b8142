"""The built-in menu and the walk over all of it, once for each language in a test process; and a dialler."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from menus.engine import Context, Fact, Menu, Resume, State, Turn, Want, draw, replay
from menus.lexicon import BUILT_IN
from menus.map import LETTERS, RECEIPT, Step, walk_all
from menus.places import Areas
from menus.tree import text_menu, ussd_menu
from menus.wording import Texts

AREAS = Areas.load(BUILT_IN / "areas.csv")
TEXTS = Texts.load()
MENU = ussd_menu(AREAS, TEXTS, BUILT_IN)
TEXT_MENU = text_menu(AREAS, TEXTS)
HINT = {"id": "Pilih angka.", "en": "Choose a digit."}


class Walk(NamedTuple):
    steps: tuple[Step, ...]
    states: tuple[State, ...]
    """One of every kind in this language, the ended ones among them."""


@cache
def walk(language: str) -> Walk:
    return _walk(MENU, language)


@cache
def text_walk(language: str) -> Walk:
    return _walk(TEXT_MENU, language)


def _walk(menu: Menu, language: str) -> Walk:
    steps = tuple(walk_all(menu, language))
    asking = {id(before): before for before, _, _ in steps}
    ended = {draw(menu, after): after for _, _, after in steps if menu.screens[after.spot.screen].ends}
    return Walk(steps, (*asking.values(), *ended.values()))


def shown(text: str) -> list[str]:
    """The keys that a screen offers, in its order."""
    return re.findall(r"^(00|\d) (?=\S)", text, re.MULTILINE)


def same(before: State, after: State) -> bool:
    """Nothing entered is lost: the same screen, the same answers, the same way back."""
    return (before.spot, before.past, before.drafts, before.opened, before.seen, before.service) == (
        after.spot,
        after.past,
        after.drafts,
        after.opened,
        after.seen,
        after.service,
    )


class Dialler(NamedTuple):
    """Presses keys as a shell would: does what is wanted, notes the fact under the input's number, replays."""

    facts: Mapping[str, Fact]
    language: str = "id"
    resume: Resume | None = None
    menu: Menu = MENU

    def dial(self, inputs: Sequence[str]) -> tuple[Turn, dict[int, Fact]]:
        known: dict[int, Fact] = {}
        turn = replay(self.menu, (), self.context(known))
        for count in range(1, len(inputs) + 1):
            turn = replay(self.menu, inputs[:count], self.context(known))
            while turn.want is not None:
                known[count - 1] = self.facts[_name(turn.want)]
                turn = replay(self.menu, inputs[:count], self.context(known))
        return turn, known

    def context(self, known: Mapping[int, Fact]) -> Context:
        return Context(self.language, dict(known), self.resume)


def _name(want: Want) -> str:
    return want.service or want.kind


FACTS: dict[str, Fact] = {
    "danger": {"case": "d", "receipt": RECEIPT, "joined": "", "placed": "", "duty": "1"},
    "call_me": {"case": "c", "receipt": RECEIPT, "joined": "", "placed": "", "duty": "1"},
    "report": {"case": "r", "receipt": RECEIPT, "joined": "", "placed": "", "duty": "1"},
    "look_up": {"status": "received", "receipt": "23456789013"},
    "learned": {},
}


def press(*inputs: str, language: str = "id", resume: Resume | None = None, **facts: Fact) -> Turn:
    """The screen after these keys. `facts` replaces what the shell answers: `danger={"joined": "1"}`."""
    answered = {name: {**fact, **facts.get(name, {})} for name, fact in FACTS.items()}
    return Dialler(answered, language, resume).dial(inputs)[0]


@cache
def paths(language: str = "id", duty: str = "1") -> dict[str, tuple[tuple[str, ...], dict[int, Fact]]]:
    """One way of keys to every screen, and the facts on that way."""
    dialler = Dialler({name: {**fact, "duty": duty} for name, fact in FACTS.items()}, language)
    found: dict[str, tuple[tuple[str, ...], dict[int, Fact]]] = {}
    waiting: list[tuple[str, ...]] = [()]
    for way in waiting:
        turn, facts = dialler.dial(way)
        if turn.rejected or turn.screen in found:
            continue
        found[turn.screen] = (way, facts)
        if not turn.ends:
            waiting += [(*way, key) for key in (*shown(turn.text), *LETTERS)]
    return found
