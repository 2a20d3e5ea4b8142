"""Every screen that can be reached, by walking every key: what it says, how long it is, where each key leads."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from menus.engine import BACK, HOME, Context, Fact, Menu, Resume, State, begin, draw, settle, step
from menus.gsm import septets
from menus.screens.place import in_danger
from menus.screens.report import REPORTS_HERSELF

LETTERS = ("sena", "krayan", "zzzz", "04.2016", "99999")
"""What is typed where letters are taken: one village, several, none, a village's number, a number that is none."""
RECEIPT = "2345 6789 013"

OPENED: tuple[Fact, ...] = tuple(
    {"case": "case", "receipt": RECEIPT, "joined": joined, "placed": joined and duty, "duty": duty}
    for joined in ("", "1")
    for duty in ("1", "")
)
LOOKED_UP: tuple[Fact, ...] = tuple(
    {"status": word, "receipt": "23456789013"} for word in ("received", "handled", "please_call", "unknown")
)
ANSWERS: Mapping[str, tuple[Fact, ...]] = {"open": OPENED, "look_up": LOOKED_UP, "learned": ({},)}

Step = tuple[State, str, State]


def walk_all(menu: Menu, language: str) -> Iterator[Step]:
    """(state, key, next state) for every key of every state that can be reached; each kind of state once.

    A step into the other language is told and not followed: that language has a walk of its own.
    """
    contexts = [Context(language)]
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
                kind = _kind(reached)
                if kind not in met and reached.language == language:
                    met.add(kind)
                    waiting.append(reached)


def keys_tried(menu: Menu, state: State) -> list[str]:
    screen = menu.screens[state.spot.screen]
    if screen.ends:
        return []
    return [*menu.keys_of(state), *(LETTERS if screen.entry else ()), BACK, HOME]


def outcomes(menu: Menu, state: State, key: str) -> list[State]:
    """Where a key leads, under every fact the shell may answer; on the way into danger also with alerts stuck."""
    reached = step(menu, state, key)
    facts = ANSWERS[reached.want.kind] if reached.want else ()
    found = [settle(reached, fact) for fact in facts] if reached.want else [reached]
    if _group(state) in ("danger", "where") or _group(found[0]) != "danger":
        return found
    return [replace(after, reached=told) for after in found for told in (True, False)]


def _group(state: State) -> str:
    return state.spot.screen.partition(".")[0]


def _of_report(state: State) -> tuple[object, ...]:
    draft = state.draft
    contact, placed = draft.get("contact"), bool(draft.get("place") or draft.get("place_typed"))
    herself = draft.get("who") in REPORTS_HERSELF
    child = draft.get("who") == "self_child"
    asked = contact if contact in ("none", "sms") else bool(contact)
    return (herself, child, asked, draft.get("hours"), placed, state.fact.get("duty"), in_danger(state))


def _of_call(state: State) -> tuple[object, ...]:
    draft = state.draft
    when = draft.get("when", "")
    hours = when if when in ("", "none") else "chosen"
    owner = draft.get("phone", "")
    phone = owner if owner in ("", "own") else "not hers"
    return (hours, phone, bool(draft.get("other_answers")), bool(draft.get("word")), state.fact.get("duty"))


def _of_danger(state: State) -> tuple[object, ...]:
    found = any(state.draft.get(name) for name in ("place", "place_typed", "landmark")) or state.fact.get("placed")
    return (state.service == "report", found, state.draft.get("call") == "now", state.reached)


RELEVANT: Mapping[str, Callable[[State], tuple[object, ...]]] = {
    "report": _of_report,
    "callme": _of_call,
    "danger": _of_danger,
    "where": lambda state: _of_danger(state) if in_danger(state) else (),
    "check": lambda state: (state.seen.get("q1"), state.seen.get("q2")),
    "resume": lambda state: (state.resume.inputs,) if state.resume else (),
}
"""What besides its spot decides where a screen of this group leads or how it looks; nothing else can."""


def _kind(state: State) -> tuple[object, ...]:
    """What can make a difference from here on. Two states of one kind have the same keys and the same screens.

    A test walks at random and finds nothing that the walk over kinds has not seen.
    """
    relevant = RELEVANT.get(_group(state))
    before = state.past[-1].screen if state.past else None
    return (state.spot, state.language, before, relevant(state) if relevant else ())


def describe(menu: Menu, language: str) -> list[dict[str, object]]:
    """For people: each screen once, as it looks at its longest, with the keys it takes and where each leads.

    `septets` counts the text after `CON `/`END `, as DESIGN section 3 does. `keys` tells where a key leads first,
    `or` the others (which depend on earlier answers), `typed` where letters and numbers lead. `variants` are its other
    texts: with alerts stuck, within danger, for another choice of hours.
    """
    texts: dict[str, set[str]] = {}
    leads: dict[str, dict[str, list[str]]] = {}
    for state, key, reached in walk_all(menu, language):
        for met in (state, reached):
            if met.language == language and not met.rejected:
                texts.setdefault(_name(met), set()).add(draw(menu, met))
        if not reached.rejected:
            targets = leads.setdefault(_name(state), {}).setdefault("typed" if key in LETTERS else key, [])
            if _name(reached) not in targets:
                targets.append(_name(reached))
    return [_row(menu, name, found, leads.get(name, {})) for name, found in texts.items()]


def _row(menu: Menu, name: str, texts: set[str], leads: Mapping[str, list[str]]) -> dict[str, object]:
    longest, *variants = sorted(texts, key=lambda text: (-septets(text), text))
    keys = {key: targets for key, targets in leads.items() if key != "typed"}
    return {
        "id": name,
        "text": longest,
        "septets": septets(longest),
        "ends": menu.screens[name.partition(":")[0]].ends,
        "keys": {key: targets[0] for key, targets in keys.items()},
        "or": {key: targets[1:] for key, targets in keys.items() if len(targets) > 1},
        "typed": leads.get("typed", []),
        "variants": variants,
    }


def _name(state: State) -> str:
    """A screen's id; a list of villages and a lesson are told apart by what they list."""
    spot = state.spot
    more = [spot.kecamatan or spot.topic, str(spot.page + 1) if spot.page else ""]
    return ":".join([spot.screen, *(word for word in more if word)])
