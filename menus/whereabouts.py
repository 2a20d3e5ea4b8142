"""Finds the district's names, and the towns around it, in a row of typed words.

Names that are ordinary words too (Random, Lombok, Lori) count only where a place is expected. Which of several places
is the incident's is another subject: `menus.incident_place`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from menus.lexicon import Lexicon
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

    def mentions(self, raws: Sequence[Raw]) -> list[Mention]:
        """Names from left to right, the longest first at each word; they do not overlap."""
        found: list[Mention] = []
        tags = [self._tags(raw.text) for raw in raws]
        position = 0
        while position < len(raws):
            mention = self._at(raws, tags, position)
            if mention:
                found.append(mention)
                tags[mention.start : mention.end] = [frozenset({"name"})] * (mention.end - mention.start)
                position = mention.end
            else:
                position += 1
        return found

    def _tags(self, text: str) -> frozenset[str]:
        return self._words.words_of(text)[0].tags

    def _at(self, raws: Sequence[Raw], tags: Sequence[frozenset[str]], start: int) -> Mention | None:
        before = tuple(tags[max(0, start - 3) : start])
        number = self._areas.by_number(raws[start].text) if "." in raws[start].text else None
        if number:
            return Mention(start, start + 1, (number,), raws[start].text, before)
        spans = []
        for size in range(min(LONGEST_NAME, len(raws) - start), 0, -1):
            span = raws[start : start + size]
            if not any(raw.brk for raw in span[1:]):
                spans.append((size, self._key(span)))
        for index, (size, key) in enumerate(spans):
            mention = self._exact(start, size, key, before)
            if mention and self._is_meant(raws, tags, mention):
                return self._longer(tags, mention, spans[index - 1]) if index else mention
        return self._near(raws, tags, start, spans, before)

    def _longer(self, tags: Sequence[frozenset[str]], mention: Mention, span: tuple[int, str]) -> Mention:
        """ "suatang ketaban": the name goes on in a misspelt word."""
        size, key = span
        if size != mention.end - mention.start + 1 or tags[mention.end]:
            return mention
        codes = self.nearest(key, True)
        if len(codes) != 1 or codes == mention.codes:
            return mention
        return Mention(mention.start, mention.start + size, codes, key, mention.before)

    def _key(self, span: Sequence[Raw]) -> str:
        """Neighbouring words as one name: short words of names in full except in last place, `2` as `ii`."""
        full = [self._areas.name_words.get(raw.text, raw.text) for raw in span[:-1]]
        last = span[-1].text
        return "".join(full) + (ROMAN.get(last, last) if full else last)

    def _exact(self, start: int, size: int, key: str, before: tuple[frozenset[str], ...]) -> Mention | None:
        if key in self._lexicon.outside:
            return Mention(start, start + size, (), key, before, outside=True)
        codes = self._codes.get(key)
        if codes is None and len(key) > 5:
            codes = self._codes.get(self._squeezed.get(squeeze(key), ""))
        return Mention(start, start + size, codes, key, before) if codes else None

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
        return not alone and self._in_slot(tags[: mention.start])

    @staticmethod
    def _in_slot(tags: Sequence[frozenset[str]]) -> bool:
        def leads(these: frozenset[str]) -> bool:
            plain = {tag.rstrip("?") for tag in these}
            return bool(plain & SLOT) or any(len(tag) == 3 and tag.isupper() for tag in plain)

        return all(leads(these) for these in tags)

    def _near(
        self,
        raws: Sequence[Raw],
        tags: Sequence[frozenset[str]],
        start: int,
        spans: list[tuple[int, str]],
        before: tuple[frozenset[str], ...],
    ) -> Mention | None:
        """The name a misspelt one is nearest to; several when it is as near to another."""
        expected = bool(before) and (bool(before[-1] & EXPECTING) or self._in_slot(tags[:start]))
        first = self._words.words_of(raws[start].text)[0]
        plain = first.sure and bool(first.tags)
        for size, key in spans:
            if len(key) < 3 or not key.isalpha() or (size == 1 and plain):
                continue
            if size > 1 and not self._worth(raws[start : start + size], plain):
                continue
            codes = self.nearest(key, expected) or self._by_consonants(key, expected and not first.tags)
            if codes and (expected or size > 1 or self._beats_word(raws[start].text, key, first.tags, codes)):
                return Mention(start, start + size, codes, key, before)
        return None

    def _worth(self, span: Sequence[Raw], first_is_plain: bool) -> bool:
        """Several words are compared with names only when one of them is not plainly another word."""
        rest = [self._words.words_of(raw.text)[0] for raw in span[1:]]
        if any(word.has_any(NEVER_IN_NAMES) and word.sure for word in rest):
            return False
        first_name = self._areas.name_words.get(span[0].text, span[0].text)
        if first_is_plain:
            return first_name in self._first_words and any(not (word.sure and word.tags) for word in rest)
        return True

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
