"""Ready-made stories, from a file: who takes part, what they do step by step, what must be true at the end."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

FILE: Final = Path(__file__).with_name("stories.toml")
PARTS: Final = {
    "warga": ("Warga (cerita)", "resident"),
    "penipu": ("Penipu (cerita)", "resident"),
    "kader": ("Kader (cerita)", "cadre"),
    "petugas": ("Petugas (cerita)", "officer"),
    "pengganti": ("Pengganti (cerita)", "officer"),
    "penyelia": ("Penyelia (cerita)", "supervisor"),
}
"""Who can take part: the phone's name, and the role it is given. A resident's phone gets a new number for each play."""


@dataclass(frozen=True)
class Step:
    """`do` is one of `acting.ACTS`; what else it needs depends on it."""

    say: str
    do: str
    phone: str = ""
    words: str = ""
    """Keys, a text, or the word of a fault; `{code}`, `{code:petugas}` and `{ref}` stand for what the phones show."""
    as_phone: str = ""
    minutes: int = 0


@dataclass(frozen=True)
class Check:
    """What must be true, in words and as rows."""

    say: str
    wants: dict[str, Any]


@dataclass(frozen=True)
class Story:
    name: str
    title: str
    summary: str
    cast: tuple[str, ...]
    steps: tuple[Step, ...]
    checks: tuple[Check, ...]
    end: str = field(default="")


def extract(
    file: BinaryIO, keywords: object, tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The words of the file for the catalogue, as Babel asks for them."""
    for story in tomllib.load(file).values():
        texts = [
            story["title"],
            story["summary"],
            story["end"],
            *(one["say"] for one in story["steps"] + story["checks"]),
        ]
        yield from ((1, "N_", text, []) for text in texts)


@cache
def load_stories() -> tuple[Story, ...]:
    """Raises TypeError or KeyError for a file that is not as it should be; a test reads them all."""
    book = tomllib.loads(FILE.read_text("utf-8"))
    return tuple(_read(name, entry) for name, entry in book.items())


def find_story(name: str) -> Story | None:
    return next((story for story in load_stories() if story.name == name), None)


def _read(name: str, entry: dict[str, Any]) -> Story:
    checks = [dict(check) for check in entry["checks"]]
    return Story(
        name,
        entry["title"],
        entry["summary"],
        tuple(entry["cast"]),
        tuple(Step(**step) for step in entry["steps"]),
        tuple(Check(check.pop("say"), check) for check in checks),
        entry["end"],
    )
