"""What several words mean together: "tidak boleh keluar", "sebar foto", "banting harga".

A pattern is a row of roots. `a/b` is a choice, `@tag` any word with that tag, `..` leaves room for a few words,
`+` for none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

NEAR, FAR = 1, 4
"""Words that may stand between two elements of a pattern, without and with `..`."""


class Known(Protocol):
    """What a pattern looks at in a word."""

    @property
    def root(self) -> str: ...
    @property
    def tags(self) -> frozenset[str]: ...


class Tagged(Known, Protocol):
    """What a pattern looks at in a token of a text."""

    @property
    def raw(self) -> str: ...


class LooksUp(Protocol):
    def look_up(self, spelling: str) -> Known | None: ...


@dataclass(frozen=True, slots=True)
class Element:
    keys: frozenset[str]  # roots, raw words and `@tag`s that fit here
    gap: int  # words that may stand before it


@dataclass(frozen=True, slots=True)
class Phrase:
    gives: str
    elements: tuple[Element, ...]

    @classmethod
    def of(cls, gives: str, pattern: str, dictionary: LooksUp) -> "Phrase":
        """Words of the pattern are brought to their roots, so that every form of a verb fits."""
        elements, gap = [], NEAR
        for part in pattern.split():
            if part == "..":
                gap = FAR
                continue
            if part.startswith("+"):
                part, gap = part[1:], 0
            keys = set()
            for choice in part.split("/"):
                word = None if choice.startswith("@") else dictionary.look_up(choice)
                keys.add(word.root if word else choice)
                if word and "neg" in word.tags:
                    keys.add("@neg")
            elements.append(Element(frozenset(keys), gap))
            gap = NEAR
        return cls(gives, tuple(elements))


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found in a text: what it gives and the positions of its words."""

    gives: str
    at: tuple[int, ...]


class PhraseBook:
    """All patterns, found by the first word they may begin with.

    Beside each lies what fits in its second place: most texts have none of it, and then it is not followed.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: dict[str, list[tuple[frozenset[str], Phrase]]] = {}
        for phrase in phrases:
            second = phrase.elements[:2][-1].keys
            for key in phrase.elements[0].keys:
                self._by_first.setdefault(key, []).append((second, phrase))

    def find(self, tokens: Sequence[Tagged]) -> list[Match]:
        """Every phrase in the text, the longest first."""
        keys = [_keys_of(token.tags).union((token.root, token.raw)) for token in tokens]
        said = frozenset[str]().union(*keys)
        found: dict[tuple[str, tuple[int, ...]], Match] = {}
        for start in range(len(tokens)):
            for key in keys[start]:
                for second, phrase in self._by_first.get(key, ()):
                    at = () if second.isdisjoint(said) else _follow(phrase, keys, start)
                    if at:
                        found[(phrase.gives, at)] = Match(phrase.gives, at)
        return sorted(found.values(), key=lambda match: (-len(match.at), match.at, match.gives))


@lru_cache(maxsize=4096)
def _keys_of(tags: frozenset[str]) -> frozenset[str]:
    return frozenset("@" + tag for tag in tags)


def _follow(phrase: Phrase, keys: Sequence[frozenset[str]], start: int) -> tuple[int, ...]:
    """Positions of the phrase's words from `start` on; empty when it does not go on."""
    at = [start]
    for element in phrase.elements[1:]:
        here = at[-1] + 1
        for position in range(here, min(here + element.gap + 1, len(keys))):
            if not element.keys.isdisjoint(keys[position]):
                at.append(position)
                break
        else:
            return ()
    return tuple(at)
