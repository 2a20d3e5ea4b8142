"""Finds the district's names, and the towns around it, in a row of typed words.

Names that are ordinary words too (Random, Lombok, Lori) count only where a place is expected. Which of several places
is the incident's is another subject: `menus.incident_place`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from menus.lexicon import Lexicon, Word
from menus.places import ROMAN, fuzz_limit
from menus.reading import Raw
from menus.spelling import SLIP, consonants, edit_cost, skeletons, squeeze
from menus.words import WordReader

LONGEST_NAME = 4
WIDE_MARGIN = 0.75

EXPECTING = frozenset({"villageword", "kecamatanword", "at"})
LEADING_TO = EXPECTING | {"home", "to"}
SLOT = frozenset(
    {"report", "haste", "plea", "kdrt", "outreach", "record", "danger", "now", "greet", "voc", "formcode", "name"}
    | {"officer", "status", "cry", "agecode", "reportnoun", "emergencyword", "strong"}
)
"""What may stand before a village in the keyword's slot: LAPOR FISIK TAPIS."""
NAME = frozenset({"name"})
NEVER_IN_NAMES = frozenset({"person", "report", "neg", "FIS", "plea"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in the text: where it stands, the areas that carry it and what the words before it are."""

    start: int
    end: int
    codes: tuple[str, ...]
    key: str
    before: tuple[frozenset[str], ...]
    outside: bool = False

    @property
    def last(self) -> frozenset[str]:
        return self.before[-1] if self.before else frozenset()

    @property
    def earlier(self) -> frozenset[str]:
        return self.before[-2] if len(self.before) > 1 else frozenset()


@dataclass(slots=True)
class Row:
    """The words of one text, each looked up once."""

    raws: Sequence[Raw]
    words: list[Word]
    """What each is by itself."""
    tags: list[frozenset[str]]
    """The same, but `name` where a place has been found."""
    full: list[str]
    """Each as it begins a name (`sungai` for `sei`)."""
    last: list[str]
    """Each as it ends one (`ii` for `2`)."""

    def spans(self, start: int) -> list[tuple[int, str]]:
        """The words from here on as one name, of as many words as a name has, the longest first."""
        found, begun = [(1, self.raws[start].text)], self.full[start]
        for position in range(start + 1, min(start + LONGEST_NAME, len(self.raws))):
            if self.raws[position].brk:
                break
            found.append((position - start + 1, begun + self.last[position]))
            begun += self.full[position]
        return found[::-1]


class PlaceFinder:
    """Names of one district, exact and nearly."""

    def __init__(self, lexicon: Lexicon, words: WordReader) -> None:
        areas = lexicon.areas
        self._lexicon = lexicon
        self._areas = areas
        self._words = words
        self._codes = {**_families(lexicon), **areas.by_key}
        self._names = tuple(self._codes)
        self._first_words = frozenset(area.name.lower().split()[0] for area in areas)
        self._squeezed = {squeeze(key): key for key in reversed(self._names)}
        self._skeletons: dict[str, set[tuple[str, ...]]] = {}
        for key, codes in self._codes.items():
            for skeleton in skeletons(key):
                self._skeletons.setdefault(skeleton, set()).add(codes)
        self.nearest = lru_cache(maxsize=20_000)(self._nearest)
        self._named = lru_cache(maxsize=20_000)(self._find_named)

    def mentions(self, raws: Sequence[Raw]) -> list[Mention]:
        """Names from left to right, the longest first at each word; they do not overlap."""
        found: list[Mention] = []
        row = self._look_up(raws)
        position = 0
        while position < len(raws):
            mention = self._at(row, position)
            if mention:
                found.append(mention)
                row.tags[mention.start : mention.end] = [NAME] * (mention.end - mention.start)
                position = mention.end
            else:
                position += 1
        return found

    def _look_up(self, raws: Sequence[Raw]) -> Row:
        words = [self._words.words_of(raw.text)[0] for raw in raws]
        full = [self._areas.name_words.get(raw.text, raw.text) for raw in raws]
        return Row(raws, words, [word.tags for word in words], full, [ROMAN.get(raw.text, raw.text) for raw in raws])

    def _at(self, row: Row, start: int) -> Mention | None:
        raws, before = row.raws, tuple(row.tags[max(0, start - 3) : start])
        number = self._areas.by_number(raws[start].text) if "." in raws[start].text else None
        if number:
            return Mention(start, start + 1, (number,), raws[start].text, before)
        spans = row.spans(start)
        for index, (size, key) in enumerate(spans):
            codes = self._named(key)
            if codes is None:
                continue
            mention = Mention(start, start + size, codes, key, before, outside=not codes)
            if self._is_meant(raws, row.tags, mention):
                return self._longer(row.tags, mention, spans[index - 1]) if index else mention
        return self._near(row, start, spans, before)

    def _longer(self, tags: Sequence[frozenset[str]], mention: Mention, span: tuple[int, str]) -> Mention:
        """ "suatang ketaban": the name goes on in a misspelt word."""
        size, key = span
        if size != mention.end - mention.start + 1 or tags[mention.end]:
            return mention
        codes = self.nearest(key, True)
        if len(codes) != 1 or codes == mention.codes:
            return mention
        return Mention(mention.start, mention.start + size, codes, key, mention.before)

    def _find_named(self, key: str) -> tuple[str, ...] | None:
        """The areas of exactly this name; none of them for a town outside, None for no name at all."""
        if key in self._lexicon.outside:
            return ()
        codes = self._codes.get(key)
        if codes is None and len(key) > 5:
            codes = self._codes.get(self._squeezed.get(squeeze(key), ""))
        return codes or None

    def _is_meant(self, raws: Sequence[Raw], tags: Sequence[frozenset[str]], mention: Mention) -> bool:
        """A name that is an ordinary word too needs a word before it that expects a place, or the keyword's slot."""
        if mention.key not in self._lexicon.wary_names:
            return True
        if "origin" in mention.last and not mention.last & {"home", "at"}:
            return False
        if mention.last & (LEADING_TO | {"between", "either"}):
            return True
        if "site" in mention.last or (mention.end == len(raws) and mention.last & {"prep2", "haste", "plea"}):
            return True
        after = tags[mention.end] if mention.end < len(raws) else frozenset()
        if after & {"kecamatanword", "villageword", "either"}:
            return True
        ends_clause = mention.end == len(raws) or raws[mention.end].brk
        if mention.start and raws[mention.start].brk and ends_clause:
            return True
        alone = not mention.start and mention.end == len(raws)
        return not alone and _in_slot(tags[: mention.start])

    def _near(
        self, row: Row, start: int, spans: list[tuple[int, str]], before: tuple[frozenset[str], ...]
    ) -> Mention | None:
        """The name a misspelt one is nearest to; several when it is as near to another."""
        first = row.words[start]
        plain = first.sure and bool(first.tags)
        if plain and row.full[start] not in self._first_words:
            return None
        expected = bool(before) and (bool(before[-1] & EXPECTING) or _in_slot(row.tags[:start]))
        for size, key in spans:
            if len(key) < 3 or not key.isalpha() or (size == 1 and plain):
                continue
            if size > 1 and not _worth(row.words[start + 1 : start + size], plain):
                continue
            codes = self.nearest(key, expected) or self._by_consonants(key, expected and not first.tags)
            if codes and (expected or size > 1 or self._beats_word(row.raws[start].text, key, first.tags, codes)):
                return Mention(start, start + size, codes, key, before)
        return None

    def _nearest(self, key: str, expected: bool) -> tuple[str, ...]:
        limit = fuzz_limit(key) if expected else min(fuzz_limit(key) * 0.8, 1.2)
        if len(key) < 4:
            return ()
        hits = process.extract(key, self._names, scorer=OSA.distance, score_cutoff=int(limit / SLIP), limit=8)
        near = sorted((edit_cost(key, name), name) for name, _, _ in hits)
        near = [(cost, name) for cost, name in near if cost <= limit]
        codes: dict[str, None] = {}
        for cost, name in near:
            if cost <= near[0][0] + (WIDE_MARGIN if near[0][0] else 0.0):
                codes.update(dict.fromkeys(self._codes[name]))
        return tuple(codes)

    def _by_consonants(self, key: str, expected: bool) -> tuple[str, ...]:
        """ "snkn", "bt kjng": a name without its vowels, when only one name is left."""
        bare = consonants(key)
        if len(bare) < (3 if expected else 4) or len(key) > len(bare) * 1.7:
            return ()
        found = self._skeletons.get(bare, set())
        return next(iter(found)) if len(found) == 1 else ()

    def _beats_word(self, typed: str, key: str, tags: frozenset[str], codes: tuple[str, ...]) -> bool:
        """Out of any context a near name loses against an equally near word."""
        if not tags:
            return True
        names = [name for name in self._names if self._codes[name][0] == codes[0]]
        return min(edit_cost(key, name) for name in names) < self._words.nearest_cost(typed)


def _worth(rest: Sequence[Word], first_is_plain: bool) -> bool:
    """Several words are compared with names only when one of them is not plainly another word."""
    if any(word.sure and word.has_any(NEVER_IN_NAMES) for word in rest):
        return False
    return not first_is_plain or any(not (word.sure and word.tags) for word in rest)


def _in_slot(tags: Sequence[frozenset[str]]) -> bool:
    return all(map(_leads, tags))


@lru_cache(maxsize=4096)
def _leads(these: frozenset[str]) -> bool:
    plain = {tag.rstrip("?") for tag in these}
    return bool(plain & SLOT) or any(len(tag) == 3 and tag.isupper() for tag in plain)


def _families(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """A word that several names share and no area bears alone: Krayan, Adang. Its areas have to be asked."""
    by_word: dict[str, list[str]] = {}
    for area in lexicon.areas:
        if not area.is_kecamatan:
            for word in area.name.lower().split():
                by_word.setdefault(word, []).append(area.code)
    return {
        word: tuple(codes)
        for word, codes in by_word.items()
        if len(codes) > 1 and len(word) > 4 and word not in lexicon.areas.by_key and word not in lexicon.generic
    }
