"""What phones show, for people to read: every screen of both menus, our SMS, the numbers, the lessons."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.bootstrap import load_words
from menus.engine import Menu
from menus.gsm import segments, septets
from menus.map import describe
from menus.wording import Texts

STAFF = ("sms.cadre.", "sms.officer.", "sms.agency.")


@dataclass(frozen=True)
class Screen:
    """One screen as it looks at its longest; `keys` lead to other screens' names."""

    name: str
    text: str
    septets: int
    ends: bool
    keys: tuple[tuple[str, str], ...]
    typed: tuple[str, ...]
    variants: tuple[str, ...]


@dataclass(frozen=True)
class Sms:
    key: str
    text: str
    septets: int
    segments: int


@cache
def list_screens(district: Path, language: str) -> tuple[Screen, ...]:
    """Of the dialled menu; walked once a process."""
    return _screens(load_words(district).ussd, language)


@cache
def list_sms_screens(district: Path, language: str) -> tuple[Screen, ...]:
    """Of the menu by SMS."""
    return _screens(load_words(district).sms, language)


def _screens(menu: Menu, language: str) -> tuple[Screen, ...]:
    return tuple(_screen(row) for row in describe(menu, language))


def _screen(row: dict[str, Any]) -> Screen:
    return Screen(
        row["id"],
        row["text"],
        row["septets"],
        row["ends"],
        tuple(row["keys"].items()),
        tuple(row["typed"]),
        tuple(row["variants"]),
    )


def list_sms(texts: Texts, language: str) -> dict[str, list[Sms]]:
    """Our SMS by their reader, with their inserts in braces. What staff read exists once, in Indonesian."""
    found: dict[str, list[Sms]] = {"resident": [], "cadre": [], "officer": [], "agency": []}
    for key in texts.keys(language):
        if key.startswith("sms."):
            text, reader = texts.raw(key, language), key.split(".")[1]
            row = Sms(key, text, septets(text), segments(text))
            found[reader if key.startswith(STAFF) else "resident"].append(row)
    return found
