"""What the load says and what it must hear: forms as Africa's Talking posts them, hop by hop."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote_plus

from gateway.bootstrap import BUILT_IN_DISTRICT, load_words
from menus.engine import Context, replay

ID = "{id}"
"""Stands for nine digits, fresh for every session: they end its session id and its phone number."""
ANY_FACT = {"case": "x", "receipt": "2345 6789 013", "joined": "", "placed": "", "duty": "1"}
TEXTS = Path(__file__).parent.parent / "tests" / "data"


@dataclass(frozen=True)
class Hop:
    body: str
    expected: str
    """How the answer begins; anything else is a wrong answer."""


@dataclass(frozen=True)
class Journey:
    """Hops that follow one another on one session, then again with a fresh id; `fresh`: each with an id of its own."""

    name: str
    path: str
    hops: tuple[Hop, ...]
    fresh: bool = False

    def at(self, path: str) -> "Journey":
        return replace(self, path=path)

    def as_json(self) -> str:
        hops = [{"body": hop.body, "expected": hop.expected} for hop in self.hops]
        return json.dumps({"path": self.path, "fresh": self.fresh, "hops": hops})

    def as_lua(self) -> str:
        """The same as a Lua table, each body cut where the id goes."""
        lines = [f"return {{ path = {_lua(self.path)}, fresh = {str(self.fresh).lower()}, hops = {{"]
        for hop in self.hops:
            pieces = ", ".join(_lua(piece) for piece in hop.body.split(ID))
            lines.append(f"  {{ pieces = {{ {pieces} }}, expected = {_lua(hop.expected)} }},")
        return "\n".join([*lines, "} }", ""])


def _lua(text: str) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'


def ussd_form(text: str) -> str:
    return (
        f"phoneNumber=%2B62812{ID}&serviceCode=%2A384%2A55555%23&text={quote_plus(text)}"
        f"&sessionId=ATUid_{ID}&networkCode=99999"
    )


def keyed(name: str, keys: Sequence[str], screens: Sequence[str]) -> Journey:
    """A dial and these keys; `screens` are what the dial and each key must show."""
    typed = ["*".join(keys[:count]) for count in range(len(keys) + 1)]
    hops = [Hop(ussd_form(text), screen) for text, screen in zip(typed, screens, strict=True)]
    return Journey(name, "", tuple(hops))


def ours(name: str, keys: Sequence[str]) -> Journey:
    """A journey through our own menu; what each key must show is asked of the pure engine."""
    return keyed(name, keys, [screen_after(keys[:count]) for count in range(len(keys) + 1)])


def screen_after(keys: Sequence[str]) -> str:
    """The answer of the shell after these keys: the engine's screen, any fact wanted being given."""
    menu = load_words(BUILT_IN_DISTRICT).ussd
    facts: dict[int, dict[str, str]] = {}
    for number in range(len(keys) + 1):
        turn = replay(menu, keys[:number], Context(facts=facts))
        if turn.want is not None:
            facts[number - 1] = ANY_FACT
            turn = replay(menu, keys[:number], Context(facts=facts))
    return ("END " if turn.ends else "CON ") + turn.text


MENU_KEYS = ("5", "2", "00", "6", "1")
"""Know violence, a lesson, home, services, the police: no case."""
REPORT_KEYS = ("3", "4", "2", "1", "senaken")
"""Report, who (which opens a partial case), what, more, and a village by its letters."""


def menu_walk() -> Journey:
    return ours("menu walk", MENU_KEYS)


def report() -> Journey:
    return ours("report", REPORT_KEYS)


def peers_walk() -> Journey:
    """Six screens of a peer's own making: `Screen 1` to `Screen 6`, five keys."""
    screens = [f"CON Screen {number}" for number in range(1, 6)] + ["END Screen 6"]
    return keyed("six screens", ["1"] * 5, screens)


def sms_texts() -> list[str]:
    """Labelled texts that the reader was never tuned on and those it was: 300 in all."""
    found = []
    for name in ("sms_dev.csv", "sms_second.csv"):
        with (TEXTS / name).open(encoding="utf-8", newline="") as file:
            found += [row["text"] for row in csv.DictReader(file)]
    return found


def texts_in(expected: str = "") -> Journey:
    """Reports by SMS, each from another phone, in the words of the labelled texts."""
    hops = [
        Hop(
            f"id={ID}&from=%2B62812{ID}&to=55555&date=2026-11-23+02%3A00%3A00&text={quote_plus(text)}",
            expected,
        )
        for text in sms_texts()
    ]
    return Journey("SMS", "", tuple(hops), fresh=True)
