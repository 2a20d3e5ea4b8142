"""Where: a village by its first letters, or by lists. Serves the report and, without a way back, the danger screens."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from menus.engine import MORE, Menu, Move, Screen, State, stay
from menus.places import Areas, find_places
from menus.reading import LONGEST
from menus.screens import danger

PAGE, KECAMATANS = 6, 5
"""Villages and kecamatan on a screen: with the longest names they still leave room for the hint."""
MOST_MATCHES = 12


def in_danger(state: State) -> bool:
    return state.service == "danger" or bool(state.seen.get("danger"))


def chosen(state: State, code: str) -> State:
    return _on(state.put(place=code, place_typed=""))


def _on(state: State) -> State:
    """The question after the place."""
    return state.to("danger.landmark" if in_danger(state) else "report.contact")


def _skip(state: State, menu: Menu) -> State:
    return _on(state)


@lru_cache(maxsize=1024)
def _find(letters: str, areas: Areas) -> tuple[str, ...]:
    """People type the same few letters; the map walks them thousands of times."""
    return find_places(letters, areas)[:MOST_MATCHES]


def typed(state: State, menu: Menu, letters: str) -> State:
    """Letters on any place screen: one village asks back, several are listed, none is kept as it was typed."""
    if danger.is_slip(letters):
        return state.refused()
    found = _find(letters, menu.areas)
    if len(found) == 1:
        return state.to("where.match", choices=found)
    if found:
        return state.to("where.which", choices=found)
    return state.put(place_typed=letters[:LONGEST]).to("where.none")


def _kecamatans(state: State, menu: Menu) -> State:
    return state.to("where.kecamatan", choices=menu.areas.kecamatans())


def _pick(screen: str, code: str) -> Move:
    """A kecamatan leads to its villages; anything else is where it was."""
    if screen != "where.kecamatan":
        return lambda state, menu: chosen(state, code)
    return lambda state, menu: state.to("where.village", kecamatan=code, choices=menu.areas.villages(code))


def _size(state: State) -> int:
    return KECAMATANS if state.spot.screen == "where.kecamatan" else PAGE


def _shown(state: State) -> tuple[str, ...]:
    """The places on this page."""
    return state.spot.choices[state.spot.page * _size(state) :][: _size(state)]


def _listed(state: State, menu: Menu) -> Mapping[str, Move]:
    """Keys of the places on this page, and `9` while there are more."""
    screen = state.spot.screen
    keys: dict[str, Move] = {str(key): _pick(screen, code) for key, code in enumerate(_shown(state), start=1)}
    if _has_more(state):
        keys[MORE] = lambda state, menu: state.but(past=(*state.past, state.spot)).at(page=state.spot.page + 1)
    return keys


def _has_more(state: State) -> bool:
    return len(state.spot.choices) > (state.spot.page + 1) * _size(state)


def _draw_list(state: State, menu: Menu) -> str:
    areas = menu.areas
    twins = len({areas.name(code) for code in state.spot.choices}) < len(state.spot.choices)
    lines = []
    for key, code in enumerate(_shown(state), start=1):
        kind = " (Kec)" if twins and areas.get(code).is_kecamatan else ""
        lines.append(f"{key} {areas.name(code)}{kind}")
    name = state.spot.screen + ("_more" if _has_more(state) else "")
    return _fit(state, menu.texts.render(name, state.language, places="\n".join(lines)))


def _draw(state: State, menu: Menu) -> str:
    return _fit(state, menu.texts.render(state.spot.screen, state.language))


def _draw_match(state: State, menu: Menu) -> str:
    code = state.spot.choices[0]
    village, kecamatan = menu.areas.name(code), menu.areas.name(menu.areas.kecamatan(code))
    return _fit(state, menu.texts.render("where.match", state.language, village=village, kec=kecamatan))


def _fit(state: State, words: str) -> str:
    """In danger `0` does nothing, so no screen offers it."""
    if not in_danger(state):
        return words
    return "\n".join(line for line in words.split("\n") if not line.startswith("0 "))


def _back(state: State, menu: Menu) -> State:
    """A list within the danger screens can be left again; the question itself cannot."""
    if in_danger(state):
        return stay(state, menu)
    return state.but(spot=state.past[-1], past=state.past[:-1]) if state.past else state.refused()


_ASK: dict[str, Move] = {"1": _kecamatans, "2": _skip}

SCREENS = {
    "danger.where": replace(danger.WHERE, options={**_ASK, **danger.MISTAKE}, entry=typed),
    "where.ask": Screen(_ASK, entry=typed),
    "where.none": Screen(_ASK, entry=typed, text=_draw, back=_back),
    "where.kecamatan": Screen(dynamic=_listed, entry=typed, text=_draw_list, back=_back),
    "where.village": Screen(dynamic=_listed, entry=typed, text=_draw_list, back=_back),
    "where.which": Screen(dynamic=_listed, entry=typed, text=_draw_list, back=_back),
    "where.match": Screen(
        {
            "1": lambda state, menu: chosen(state, state.spot.choices[0]),
            "2": lambda state, menu: state.to("danger.where" if in_danger(state) else "where.ask"),
            "3": _kecamatans,
        },
        entry=typed,
        text=_draw_match,
        back=_back,
    ),
}
