"""Every screen that can be reached, by walking every key: what it says, how long it is, where each key leads."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace

from menus.engine import BACK, HOME, Context, Fact, Menu, Resume, State, begin, draw, settle, step
from menus.gsm import septets

LETTERS = ("sena", "krayan", "zzzz", "5")
"""What is typed where letters are taken: one village, several, none, a number."""
RECEIPT = "2345 6789 013"

OPENED: tuple[Fact, ...] = tuple(
    {"case": "case", "receipt": RECEIPT, "joined": joined, "duty": duty} for joined in ("", "1") for duty in ("", "1")
)
LOOKED_UP: tuple[Fact, ...] = tuple(
    {"status": word, "receipt": "23456789013"} for word in ("received", "handled", "please_call", "unknown")
)
ANSWERS: Mapping[str, tuple[Fact, ...]] = {"open": OPENED, "look_up": LOOKED_UP, "learned": ({},)}

Step = tuple[State, str, State]


def walk_all(menu: Menu, language: str) -> Iterator[Step]:
    """(state, key, next state) for every key of every state that can be reached; each kind of state once."""
    contexts = [Context(language), Context(language, officers_reached=False)]
    if "resume" in menu.screens:
        unfinished = Resume(("3", "1"), {1: OPENED[0]}, language)
        contexts += [Context(language, resume=unfinished), Context(language, resume=replace(unfinished, inputs=("3",)))]
    waiting = deque(begin(menu, context) for context in contexts)
    met = {_kind(state) for state in waiting}
    while waiting:
        state = waiting.popleft()
        for key in keys_tried(menu, state):
            for reached in outcomes(menu, state, key):
                yield state, key, reached
                if _kind(reached) not in met:
                    met.add(_kind(reached))
                    waiting.append(reached)


def keys_tried(menu: Menu, state: State) -> list[str]:
    screen = menu.screens[state.spot.screen]
    if screen.ends:
        return []
    return [*menu.keys_of(state), *(LETTERS if screen.entry else ()), BACK, HOME]


def outcomes(menu: Menu, state: State, key: str) -> list[State]:
    """Where a key leads, under every fact the shell may answer."""
    reached = step(menu, state, key)
    if reached.want is None:
        return [reached]
    return [settle(reached, fact) for fact in ANSWERS[reached.want.kind]]


RELEVANT = {
    "report": ("who", "contact", "hours"),
    "callme": ("who", "when", "phone", "other_answers", "word"),
    "danger": ("call",),
}
"""Answers that decide where a screen of this group leads or how it looks; others cannot."""


def _kind(state: State) -> tuple[object, ...]:
    """What can make a difference from here on. Two states of one kind have the same keys and the same screens."""
    draft, group = state.draft, state.spot.screen.partition(".")[0]
    told = tuple(draft.get(name, "") for name in RELEVANT.get(group, ()))
    placed = bool(draft.get("place") or draft.get("place_typed")) if group in ("danger", "report") else None
    before = state.past[-1].screen if state.past else None
    danger = (state.service == "danger", state.seen.get("danger"))
    said = (state.seen.get("q1"), state.seen.get("q2")) if group == "check" else None
    return (state.spot, state.language, state.reached, before, told, placed, danger, state.fact.get("duty"), said)


def describe(menu: Menu, language: str) -> list[dict[str, object]]:
    """For people: each screen once, as it looks at its longest, with the keys it takes."""
    found: dict[str, dict[str, object]] = {}
    leads: dict[str, dict[str, str]] = {}
    for state, key, reached in walk_all(menu, language):
        for met in (state, reached):
            if met.language == language and not met.rejected:
                _note(menu, met, found)
        if state.language == language and not reached.rejected and key not in LETTERS:
            leads.setdefault(_name(state), {}).setdefault(key, _name(reached))
    for name, row in found.items():
        row["keys"] = leads.get(name, {})
    return list(found.values())


def _note(menu: Menu, state: State, found: dict[str, dict[str, object]]) -> None:
    text = draw(menu, state)
    length = septets(("END " if menu.screens[state.spot.screen].ends else "CON ") + text)
    name = _name(state)
    if name not in found or length > int(str(found[name]["septets"])):
        ends = menu.screens[state.spot.screen].ends
        found[name] = {"id": name, "text": text, "septets": length, "ends": ends, "keys": {}}


def _name(state: State) -> str:
    """A screen's id; a list of villages and a lesson are told apart by what they list."""
    spot = state.spot
    more = [spot.kecamatan or spot.topic, str(spot.page + 1) if spot.page else ""]
    return ":".join([spot.screen, *(word for word in more if word)])
