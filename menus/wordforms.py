"""Affixes: which root a spoken Indonesian word is made of, and whether it tells of doing or of suffering.

Formal (`dipukuli`, `memukul`), colloquial (`mukulin`), Banjar (`mamukul`) and Javanese (`digebuki`) alike. Rules only;
which roots exist is the lexicon's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass

OWNER = ("nya", "ku", "mu", "ne", "e")
PARTICLE = ("lah", "kah", "pun")
ENDING = ("akan", "kan", "ake", "an", "in", "ki", "i")

PASSIVE = ("di", "ter", "kau", "ku", "ka", "ta", "d")
ACTIVE = {
    "meny": ("s", "c"),
    "meng": ("", "k"),
    "mem": ("", "p"),
    "men": ("", "t"),
    "me": ("",),
    "nge": ("",),
    "ny": ("s", "c", ""),
    "ng": ("", "k"),
    "n": ("t", ""),
    "m": ("p", ""),
    "many": ("s", "c"),
    "mang": ("", "k"),
    "mam": ("", "p"),
    "man": ("", "t"),
    "ma": ("",),
    "ber": ("",),
    "ba": ("",),
}
NOUN = {
    "peny": ("s", "c"),
    "peng": ("", "k"),
    "pem": ("", "p"),
    "pen": ("", "t"),
    "per": ("",),
    "pe": ("",),
    "ke": ("",),
}
SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Split:
    """One way to take a word apart. `voice`: passive, active, noun or bare; `owned`: it ends in -nya, -ku ..."""

    stem: str
    voice: str = "bare"
    owned: bool = False


def _without_ending(word: str) -> Iterator[tuple[str, str, bool]]:
    """(rest, ending, owned) for the word with none, one or two suffixes taken off."""
    yield word, "", False
    bodies = [(word, False)]
    for tail in PARTICLE + OWNER:
        if word.endswith(tail) and len(word) - len(tail) >= SHORTEST_STEM:
            bodies.append((word[: -len(tail)], tail in OWNER))
    for body, owned in bodies:
        if owned or body != word:
            yield body, "", owned
        for tail in ENDING:
            if body.endswith(tail) and len(body) - len(tail) >= SHORTEST_STEM:
                yield body[: -len(tail)], tail, owned


def splits(word: str) -> Iterator[Split]:
    """All ways to take a word apart, the plainest first. Whether a stem exists is for the caller to know."""
    for rest, ending, owned in _without_ending(word):
        yield Split(rest, "noun" if ending == "an" else "bare", owned)
        for prefix in PASSIVE:
            if rest.startswith(prefix) and len(rest) - len(prefix) >= SHORTEST_STEM:
                yield Split(rest[len(prefix) :], "passive", owned)
        for table, voice in ((ACTIVE, "active"), (NOUN, "noun")):
            for prefix, begins in table.items():
                if rest.startswith(prefix):
                    for begin in begins:
                        stem = begin + rest[len(prefix) :]
                        if len(stem) > SHORTEST_STEM:
                            yield Split(stem, voice, owned)


NASAL = {"p": "m", "t": "n", "k": "ng", "s": "ny"}


def common_forms(stem: str) -> Iterator[str]:
    """The forms a verb is usually written in: what a slipped thumb is compared with."""
    first = stem[0]
    nasal = NASAL[first] + stem[1:] if first in NASAL else ("ng" + stem if first in "aeiou" else "nge" + stem)
    formal = "me" + (nasal if first in NASAL or first in "aeiou" else _before(first) + stem)
    yield from (stem, "di" + stem, nasal, formal)
    yield from (nasal + "in", stem + "in", stem + "an", "di" + stem + "in", "p" + formal[1:] + "an")
    if not stem.endswith("i"):
        yield from ("di" + stem + "i", stem + "i", formal + "i")
    yield from ("di" + stem + "kan", formal + "kan", stem + "nya")


def _before(first: str) -> str:
    return {"b": "m", "f": "m", "v": "m", "c": "n", "d": "n", "j": "n", "z": "n", "g": "ng", "h": "ng"}.get(first, "")
