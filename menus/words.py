"""From typed letters to words: slips, shortened words, digits for letters, words run together.

Each step is tried in the order of how sure it is; a word that nothing fits keeps its letters and no meaning.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from menus.joined import cut
from menus.lexicon import VERB, Dictionary, Lexicon, Word
from menus.reading import Raw
from menus.spelling import LEET, squeeze

NUMBER_UNIT = re.compile(r"(\d{1,4})([a-z]{1,6})")
WORD_NUMBER = re.compile(r"([a-z]{2,6})(\d{1,2})")
UNITS = frozenset(
    [
        "th",
        "thn",
        "tahun",
        "bln",
        "bulan",
        "hari",
        "hr",
        "jam",
        "menit",
        "rb",
        "jt",
        "ribu",
        "juta",
        "gb",
        "mb",
        "x",
        "kali",
        "kg",
        "km",
        "m",
        "orang",
        "org",
        "peserta",
        "warga",
        "ibu",
    ]
)
AGE_CODE = re.compile(r"u(00|06|13|18|25|45|60)")

SHORTEST_JOIN = 7
LONG_MIXED = 9
LETTERS_OR_DIGITS = re.compile(r"[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text: as typed, as understood, and where it stands."""

    raw: str
    root: str
    tags: frozenset[str] = frozenset()
    voice: str = "bare"
    owned: bool = False
    sure: bool = True
    brk: bool = False
    known: bool = True

    def has(self, *tags: str) -> bool:
        return not self.tags.isdisjoint(tags)

    @property
    def is_number(self) -> bool:
        return self.raw.isascii() and self.raw.isdigit()


def tags_of(tokens: Sequence[Token]) -> frozenset[str]:
    """All that is known of any of these words: whether a text has a tag at all is asked dozens of times."""
    return frozenset[str]().union(*(token.tags for token in tokens))


class WordReader:
    """Reads tokens with one district's words; what it has puzzled out once it remembers (a bounded number)."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._dictionary: Dictionary = lexicon.dictionary
        codes = {spelling for spelling, word in self._dictionary.exact.items() if "formcode" in word.tags}
        self._joins = set(self._dictionary.near.ranks) | set(lexicon.areas.keys) | codes
        self._joined_firsts = {parts[0] for parts in self._dictionary.joined}
        self._name_parts = {part for area in lexicon.areas for part in area.name.lower().split()}
        self.look_up = lru_cache(maxsize=20_000)(lexicon.dictionary.look_up)
        self.puzzle = lru_cache(maxsize=20_000)(self._puzzle)
        self.cut = lru_cache(maxsize=20_000)(self._cut_apart)
        self.apart = lru_cache(maxsize=20_000)(self._apart)

    def read(self, raws: Sequence[Raw], taken: frozenset[int] = frozenset()) -> list[Token]:
        """Tokens of the raws; positions in `taken` belong to a place name and keep their letters."""
        tokens: list[Token] = []
        for position, raw in enumerate(raws):
            if position in taken:
                tokens.append(Token(raw.text, raw.text, frozenset({"place"}), brk=raw.brk))
                continue
            for index, word in enumerate(self.words_of(raw.text)):
                tokens.append(_token(raw.text if index == 0 else word.root, word, brk=raw.brk and index == 0))
        return self._join(_husbands(self._passives(_clock(tokens))))

    def straighten(self, raws: Sequence[Raw]) -> list[Raw]:
        """Letters for the digits that look like them, and words run together cut apart, so that names are found."""
        out: list[Raw] = []
        for raw in raws:
            pieces = self.apart(raw.text)
            out.append(raw if pieces[0] == raw.text else replace(raw, text=pieces[0]))
            out.extend(Raw(piece) for piece in pieces[1:])
        return out

    def _apart(self, text: str) -> tuple[str, ...]:
        if text.isalpha():
            return (self.cut(text) if len(text) >= SHORTEST_JOIN else ()) or (text,)
        letters = text.translate(LEET)
        if text.isdigit() or not text.isalnum() or text.isascii() is False:
            return (text,)
        if letters.isalpha() and len(text) > 2 and (letters in self._joins or letters in self._name_parts):
            return (letters,)
        if len(text) < LONG_MIXED or (letters.isalpha() and self.look_up(letters)):
            return (text,)
        parts = [piece for part in LETTERS_OR_DIGITS.findall(text) for piece in self._apart(part)]
        return tuple(parts)

    def _passives(self, tokens: list[Token]) -> list[Token]:
        """ "di pukul", "d hina": the prefix written apart."""
        out: list[Token] = []
        for token in tokens:
            apart = bool(out) and out[-1].raw in {"di", "d"} and not token.brk and token.voice == "bare"
            if apart and token.tags and self._is_verb(token):
                prefix = out.pop()
                token = replace(token, voice="passive", brk=prefix.brk)
            out.append(token)
        return out

    def _is_verb(self, token: Token) -> bool:
        stems = (self._dictionary.stems.get(token.raw), self._dictionary.stems.get(token.root))
        return any(stem is not None and stem[1] == VERB for stem in stems)

    def words_of(self, text: str) -> tuple[Word, ...]:
        """The words one typed run of letters and digits stands for; usually one."""
        word = self.look_up(text)
        if word:
            return (word,)
        if not text.isascii() or not text.isalnum() or text.isdigit():
            return (Word(text, frozenset({"number"}) if text[:1].isdigit() else frozenset(), sure=False),)
        return self.puzzle(text)

    def _puzzle(self, text: str) -> tuple[Word, ...]:
        if not text.isalpha():
            return self._with_digits(text)
        thin = squeeze(text)
        word = self._dictionary.look_up(thin) or self._dictionary.squeezed.get(thin)
        if word:
            return (replace(word, sure=len(text) - len(thin) > 1),)
        near = self._near(text) or (self._near(thin) if thin != text else None)
        if near and (near[1] <= 1.0 or len(text) < SHORTEST_JOIN):
            return (replace(self._found(near[0]), sure=False),)
        pieces = self.cut(text) if len(text) >= SHORTEST_JOIN else ()
        if pieces:
            return tuple(self._piece_word(piece) for piece in pieces)
        if near:
            return (replace(self._found(near[0]), sure=False),)
        return (Word(text, sure=False),)

    def _near(self, text: str) -> tuple[str, float] | None:
        """The nearest word; an unknown one with `-nya` behind it is no slip of a word without."""
        near = self._dictionary.near.nearest(text)
        if near and text.endswith("nya") and len(text) < SHORTEST_JOIN and not near[0].endswith("nya"):
            return None
        return near

    def nearest_cost(self, text: str) -> float:
        """How far the nearest word is; far when there is none."""
        near = self._dictionary.near.nearest(text)
        return near[1] if near else 9.0

    def _found(self, spelling: str) -> Word:
        return self._dictionary.look_up(spelling) or Word(spelling)

    def _with_digits(self, text: str) -> tuple[Word, ...]:
        """`anak2`, `d1pukul`, `9th`, `umur9`, `u13`; anything else is a code and stays as it is."""
        if AGE_CODE.fullmatch(text):
            return (Word(text, frozenset({"agecode"})),)
        single = self._dictionary.look_up(text.replace("2", "")) if "2" in text[2:] else None
        if single:
            return (replace(single, tags=single.tags | {"redup"}),)
        letters = text.translate(LEET)
        leet = self._dictionary.look_up(letters) if letters.isalpha() else None
        if leet:
            return (leet,)
        split = NUMBER_UNIT.fullmatch(text)
        if split and split[2] in UNITS:
            return (Word(split[1], frozenset({"number"})), *self.words_of(split[2]))
        split = WORD_NUMBER.fullmatch(text)
        if split and self._dictionary.look_up(split[1]):
            return (*self.words_of(split[1]), Word(split[2], frozenset({"number"})))
        if len(text) > 4 and letters.isalpha() and sum(c.isdigit() for c in text) * 2 <= len(text):
            near = self._puzzle(letters)
            if len(near) > 1 or near[0].tags:
                return tuple(replace(word, sure=False) for word in near)
        return (Word(text, frozenset({"code"}), sure=False),)

    def _cut_apart(self, text: str) -> tuple[str, ...]:
        """Words run together, cut apart; empty when it is one word after all or too much stays unknown."""
        if self._dictionary.look_up(text) or text in self._lexicon.areas.by_key:
            return ()
        if len(squeeze(text)) + 2 < len(text):
            text = squeeze(text)
        near = self._dictionary.near.nearest(text)
        return () if near and near[1] <= 1.0 else cut(text, self._joins)

    def _piece_word(self, piece: str) -> Word:
        word = self._dictionary.look_up(piece)
        if word:
            return word
        if piece in self._lexicon.areas.by_key:
            return Word(piece, frozenset({"placename"}))
        near = self._dictionary.near.nearest(piece) if len(piece) > 2 else None
        return replace(self._found(near[0]), sure=False) if near else Word(piece, sure=False)

    def _join(self, tokens: list[Token]) -> list[Token]:
        """Words that mean something of their own together become one: "bunuh diri", "hak asuh", "tadi malam"."""
        joined = self._dictionary.joined
        out: list[Token] = []
        position = 0
        while position < len(tokens):
            first = tokens[position]
            begins = first.root in self._joined_firsts or first.raw in self._joined_firsts
            for size in (3, 2) if begins else ():
                parts = tokens[position : position + size]
                if len(parts) < size or any(part.brk for part in parts[1:]):
                    continue
                ways = product(*({part.root, part.raw} for part in parts))
                word = next((joined[way] for way in ways if way in joined), None)
                if word:
                    raw = " ".join(part.raw for part in parts)
                    out.append(_token(raw, replace(word, owned=parts[-1].owned), brk=parts[0].brk))
                    position += size
                    break
            else:
                out.append(first)
                position += 1
        return out


def _token(raw: str, word: Word, *, brk: bool) -> Token:
    known = bool(word.tags) or word.sure
    return Token(raw, word.root, word.tags, word.voice, word.owned, word.sure, brk, known)


def _husbands(tokens: list[Token]) -> list[Token]:
    """Banjar and Javanese "laki ulun", "lanange" is her husband; "laki-laki", "anak laki" is a male."""
    out = list(tokens)
    for position, token in enumerate(tokens):
        if not token.has("lakiword") or token.has("redup") or token.raw not in HUSBANDS:
            continue
        before = tokens[position - 1] if position else None
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        male = any(t is not None and t.has("lakiword") for t in (before, after))
        whose = token.owned or (after is not None and after.has("self") and not after.brk)
        if whose and not male and not (before is not None and before.has("child", "kin", "other")):
            out[position] = replace(token, root="suami", tags=frozenset({"person", "m", "adult", "spouse"}))
    return out


HUSBANDS = frozenset({"laki", "lanang", "lanange", "lakiku", "lakinya", "lanangku"})

CLOCK_WORDS = frozenset({"pukul", "pkl", "pkul", "jam", "pukol"})
NOT_CLOCK = frozenset({"kali", "x", "orang", "kalinya"})


def _clock(tokens: list[Token]) -> list[Token]:
    """ "pukul 10" is a time; "pkl" without a number after it is the verb."""
    out = list(tokens)
    for position, token in enumerate(tokens):
        if token.raw not in CLOCK_WORDS and (token.sure or token.root != "pukul" or token.voice != "bare"):
            continue
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        then = tokens[position + 2].raw if position + 2 < len(tokens) else ""
        counts = after is not None and (after.raw[0].isdigit() or after.has("num") or after.root == "berapa")
        if counts and then not in NOT_CLOCK:
            out[position] = replace(token, root="jam", tags=frozenset({"clock"}))
        elif token.raw == "pkl":
            out[position] = replace(token, root="pukul", tags=frozenset({"FIS"}), sure=False)
    return out
