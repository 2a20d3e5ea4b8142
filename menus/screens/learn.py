"""Know violence: lessons by topic and a self-check, pulled and never pushed, counted and tied to no phone."""

from menus.engine import MORE, Fact, Menu, Move, Screen, Spot, State, Want, go
from menus.screens.callback import CALL_ME
from menus.screens.danger import DANGER
from menus.screens.report import begin_report


def _topic(topic: str) -> Move:
    def move(state: State, menu: Menu) -> State:
        want = Want("learned", topic=topic)
        return state.wanting(want, lambda state, fact: state.to("learn.sentence", topic=topic))

    return move


def _lesson(state: State, menu: Menu) -> str:
    sentences = menu.lessons[f"{state.spot.topic}.{state.language}"]
    name = "learn.sentence" if len(sentences) > 1 else "learn.only"
    return menu.texts.render(name, state.language, sentence=sentences[state.spot.page])


def _next(state: State, menu: Menu) -> dict[str, Move]:
    """`9` turns the page, round and round, where there is more than one."""
    count = len(menu.lessons[f"{state.spot.topic}.{state.language}"])
    return {MORE: lambda state, menu: state.at(page=(state.spot.page + 1) % count)} if count > 1 else {}


def _check(name: str, answer: str, following: str) -> Move:
    def move(state: State, menu: Menu) -> State:
        return state.but(seen={**state.seen, name: answer}).to(following)

    return move


def _question(name: str, following: str) -> Screen:
    return Screen(
        {str(key): _check(name, said, following) for key, said in enumerate(("yes", "no", "unsure"), start=1)}
    )


def _result(answer: str) -> Move:
    """Any yes or doubt may be violence; three times no is never called "no violence"."""

    def move(state: State, menu: Menu) -> State:
        said = {state.seen.get("q1"), state.seen.get("q2"), answer}
        result = "no" if said == {"no"} else "yes"

        def after(state: State, fact: Fact) -> State:
            return state.to(f"check.{result}")

        return state.wanting(Want("learned", topic=f"check {result}"), after)

    return move


def _read_again(state: State, menu: Menu) -> State:
    return state.but(spot=Spot("learn.menu1"), past=(Spot(menu.start),))


_HELP = {"1": CALL_ME, "2": DANGER}

SCREENS = {
    "learn.menu1": Screen(
        {
            "1": go("check.q1"),
            "2": _topic("words"),
            "3": _topic("control"),
            "4": _topic("neglect"),
            "5": _topic("body"),
            "6": _topic("sexual"),
            "7": _topic("online"),
            MORE: go("learn.menu2"),
        }
    ),
    "learn.menu2": Screen(
        {
            "1": _topic("child"),
            "2": _topic("mother"),
            "3": _topic("neighbour"),
            "4": _topic("men"),
            "5": _topic("trafficking"),
        }
    ),
    "learn.sentence": Screen(_HELP, dynamic=_next, text=_lesson),
    "check.q1": _question("q1", "check.q2"),
    "check.q2": _question("q2", "check.q3"),
    "check.q3": Screen({"1": _result("yes"), "2": _result("no"), "3": _result("unsure")}),
    "check.yes": Screen({**_HELP, "3": begin_report, "4": _read_again}),
    "check.no": Screen({**_HELP, "4": _read_again}),
}
