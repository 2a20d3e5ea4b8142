"""How letters go wrong on a twelve-key phone, and how far two spellings are apart.

Nothing here knows a language: words come from the district's lists.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import lru_cache

from rapidfuzz.distance import OSA

KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
"""Letters to the key they share: abc=2 ... wxyz=9. A multi-tap slip stays on its key."""

LEET = str.maketrans("0134567890@$!", "oieasgtbgoasi")
"""Digits typed for the letters they look like; 2 is left out, it doubles a word ("laki2")."""

VOWELS = "aeiou"

CORE = -1
"""Rank of the few words everything hangs on (pukul, suami, lapor): short as they are, they forgive more."""
SHORT_CORE = 0.9
PLAIN = 2
"""Rank of words without weight; they win no tie and forgive least."""

SLIP = 0.6
"""A letter from the same key costs less than a strange letter: the usual slip of multi-tap."""


def keys(word: str) -> str:
    """The keys pressed for a word, its look whatever slip was made on them."""
    return word.translate(KEYPAD)


RUN = re.compile(r"(.)\1+", re.DOTALL)


@lru_cache(maxsize=20_000)
def squeeze(word: str) -> str:
    """Runs of one letter become one letter: "tolooong" is "tolong", "saat" is "sat"."""
    return RUN.sub(r"\1", word)


def consonants(word: str) -> str:
    """The word without vowels, as hurried thumbs write it: "dipukul" is "dpkl"."""
    return "".join(letter for letter in word if letter not in "aeiou")


def cost(typed: str, meant: str, limit: float) -> float:
    """Weighted edits from `typed` to `meant`; more than `limit` when they are further apart.

    Swapped neighbours count once (optimal string alignment). Letters of one key count `SLIP`.
    """
    edits = OSA.distance(typed, meant, score_cutoff=int(limit / SLIP))
    if edits > limit / SLIP:
        return limit + 1
    on_keys = OSA.distance(keys(typed), keys(meant))
    slips = max(0, edits - on_keys)
    return on_keys + slips * SLIP


def deletions(word: str) -> set[str]:
    """The word with each one letter left out: two words one edit apart share one of these."""
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


class Postings:
    """Words by their looks (some part or shape several words may share), as one sorted row of numbers.

    A number is 44 bits of a look's hash and 20 of a word's place. A dict of lists is quicker, but took 25 MB for the
    words of one district, and only words that nobody spells so are looked up here.
    """

    def __init__(self, words: Sequence[str], looks_of: Callable[[str], Set[str]]) -> None:
        self._words, self._looks_of = words, looks_of
        looks = ((look, place) for place, word in enumerate(words) for look in looks_of(word))
        self._rows = array("Q", sorted(_mark(look) | place for look, place in looks))

    def find(self, look: str) -> Iterator[str]:
        """The words with this look, in the order of the list."""
        mark = _mark(look)
        position = bisect_left(self._rows, mark)
        while position < len(self._rows) and self._rows[position] - mark <= MOST_WORDS:
            word = self._words[self._rows[position] - mark]
            if look in self._looks_of(word):  # hashes may meet
                yield word
            position += 1


MOST_WORDS = (1 << 20) - 1


def _mark(look: str) -> int:
    return (hash(look) & ((1 << 44) - 1)) << 20


class NearIndex:
    """Finds the spellings near a mistyped word by look-ups, never by walking the list.

    Three indexes: one letter left out (any single edit), the keys pressed (slips of multi-tap), the consonants (vowels
    left out).
    """

    def __init__(self, ranks: Mapping[str, int]) -> None:
        """`ranks`: spelling to rank; of equally near spellings the lowest rank wins."""
        self.ranks = ranks
        words = [spelling for spelling in ranks if len(spelling) >= 4 and spelling.isalpha()]
        self._deletions = Postings(words, deletions)
        self._keys = Postings(words, lambda spelling: {keys(spelling)})
        self._consonants = Postings(words, skeletons)

    def nearest(self, typed: str) -> tuple[str, float] | None:
        """(spelling, cost) of the nearest within the limit for this length; None when nothing is near enough."""
        best: tuple[float, int, str] | None = None
        limit = limit_for(typed)
        for spelling in self._candidates(typed):
            far = edit_cost(typed, spelling)
            if far <= max(limit, self._grace(typed, spelling)):
                entry = (far + (0.15 if spelling[0] != typed[0] else 0.0), self.ranks[spelling], spelling)
                best = min(best, entry) if best else entry
        return (best[2], best[0]) if best else self._by_consonants(typed)

    def _grace(self, typed: str, spelling: str) -> float:
        """What weighty words are forgiven beyond the limit: the core ones any slip, the others one letter left out."""
        rank = self.ranks[spelling]
        left_out = rank < PLAIN and len(typed) >= 5 and len(spelling) == len(typed) + 1
        return SHORT_CORE if rank == CORE or left_out else 0.0

    def _candidates(self, typed: str) -> set[str]:
        found = set(self._keys.find(keys(typed)))
        if len(typed) >= 4:
            found.update(self._deletions.find(typed))
            for shorter in deletions(typed):
                found.update(self._deletions.find(shorter))
                if shorter in self.ranks:
                    found.add(shorter)
        return found

    def _by_consonants(self, typed: str) -> tuple[str, float] | None:
        bare = consonants(typed)
        if len(bare) < 3 or len(typed) > 2 * len(bare) or (len(bare) == 3 and len(typed) > 3):
            return None
        found = [s for s in self._consonants.find(bare) if s[0] == typed[0] and is_within(typed, s)]
        if not found:
            return None
        nearest = min(found, key=lambda s: (self.ranks[s], len(s)))
        if len(bare) == 3 and len({s[:3] for s in found}) > 1:
            return None
        return nearest, 0.9


def skeletons(spelling: str) -> set[str]:
    """The consonants a word may be shortened to; `ng` and `ny` often lose their `n`."""
    bare = consonants(spelling)
    return {bare, bare.replace("ng", "g"), bare.replace("ny", "y")} - {""} if len(bare) >= 3 else set()


def is_within(typed: str, spelling: str) -> bool:
    """Whether `typed` is `spelling` with letters left out."""
    rest = iter(spelling)
    return all(letter in rest for letter in typed)


def limit_for(typed: str) -> float:
    if len(typed) <= 3:
        return 0.0
    if len(typed) <= 5:
        return 0.7
    if len(typed) == 6:
        return 0.9
    return 1.0 if len(typed) <= 8 else 1.6


def edit_cost(typed: str, meant: str) -> float:
    """Cost of one or two edits; a left-out vowel, a doubled letter and a swap are cheaper than a strange letter."""
    gap = len(meant) - len(typed)
    edits = OSA.distance(typed, meant, score_cutoff=3)
    if edits > 3:
        return 9.0
    if edits == 1:
        if gap == 0:
            place = next(i for i, (a, b) in enumerate(zip(typed, meant, strict=True)) if a != b)
            if typed[place + 1 : place + 2] == meant[place] and typed[place] == meant[place + 1 : place + 2]:
                return 0.7
            same_key = keys(typed) == keys(meant)
            vowels = typed[place] in VOWELS and meant[place] in VOWELS
            return SLIP if same_key else 0.8 if vowels else 1.0
        longer, shorter = (meant, typed) if gap > 0 else (typed, meant)
        place = next((i for i, letter in enumerate(shorter) if letter != longer[i]), len(shorter))
        doubled = place > 0 and longer[place] == longer[place - 1]
        return 0.3 if doubled else SLIP if longer[place] in VOWELS else 0.9
    slips = edits - OSA.distance(keys(typed), keys(meant))
    return edits - slips * (1 - SLIP)
