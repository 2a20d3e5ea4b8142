"""Who helps, with numbers that were found and tested; a service without a number is not shown."""

from collections.abc import Mapping

from menus.engine import Menu, Move, Screen, Spot, State


def _shown(menu: Menu) -> list[str]:
    return [name for name, number in menu.services.items() if number]


def _options(state: State, menu: Menu) -> Mapping[str, Move]:
    return {str(key): _open(name) for key, name in enumerate(_shown(menu), start=1)}


def _open(name: str) -> Move:
    return lambda state, menu: state.to("services.say", topic=name)


def _menu(state: State, menu: Menu) -> Mapping[str, str]:
    names = [menu.texts.render(f"services.name.{name}", state.language) for name in _shown(menu)]
    return {"lines": "\n".join(f"{key} {name}" for key, name in enumerate(names, start=1))}


def _say(state: State, menu: Menu) -> str:
    name = state.spot.topic
    return menu.texts.render(f"services.say.{name}", state.language, num=menu.services[name])


def _others(state: State, menu: Menu) -> State:
    return state.but(spot=Spot("services.menu"), past=(Spot(menu.start),))


SCREENS = {
    "services.menu": Screen(dynamic=_options, inserts=_menu),
    "services.say": Screen({"1": _others}, text=_say),
}
