"""The district's words, loaded once from its folder: what a word means, in any of the languages spoken there.

`words.csv` gives a root, its tags and its other spellings; `ordinary.csv` plain words by tag, so that they are not
mistaken for others; `terms.csv` the terms of the field; `phrases.csv` what several words mean together;
`weights.csv` what was learnt from labelled texts (`menus.evidence`).
A tag is a form's code (`FIS`; `FIS?` when it needs a person beside it), a part in the sentence or a subject.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from menus.phrases import Phrase, PhraseBook
from menus.places import Areas, read_rows
from menus.spelling import CORE, PLAIN, NearIndex, squeeze
from menus.weights import Model
from menus.wordforms import common_forms, splits
from models.vocabulary import Form

BUILT_IN = Path(__file__).with_name("district")

FORMS = frozenset(form.value for form in Form)
ONLY_OWNED = "n"
VERB = "v"
ANY = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as understood: its root, what is known of it, and how sure the spelling was."""

    root: str
    tags: frozenset[str] = frozenset()
    voice: str = "bare"
    owned: bool = False
    sure: bool = True

    def has_any(self, tags: frozenset[str]) -> bool:
        return not self.tags.isdisjoint(tags)


@dataclass(frozen=True, slots=True)
class Term:
    """A row of `terms.csv`: a code, its group and how the screens call it."""

    group: str
    code: str
    id_term: str
    en_term: str
    short_label: str
    maps_simfoni: str
    synonyms: tuple[str, ...]


class Dictionary:
    """Look-up of words by exact spelling, by root and by nearness."""

    def __init__(self, words: Iterable[tuple[str, str, str, str]], ordinary: Iterable[tuple[str, str]]) -> None:
        self.exact: dict[str, Word] = {}
        self.stems: dict[str, tuple[Word, str]] = {}
        self.joined: dict[tuple[str, ...], Word] = {}
        also: dict[str, frozenset[str]] = {}
        for tags, spellings in ordinary:
            for spelling in spellings.split():
                also[spelling] = also.get(spelling, frozenset()) | frozenset(tags.split())
        for root, tags, affix, others in words:
            verb = {"verb"} if affix == VERB else set()
            if any(tag.rstrip("?") in FORMS for tag in tags.split()):
                verb.add("form")
            word = Word(root, frozenset(tags.split()) | also.get(root, frozenset()) | verb)
            for spelling in (root, *filter(None, others.split("|"))):
                self._add(spelling.strip(), word, affix, merge=spelling == root)
        for spelling, tags_here in also.items():
            self._add_ordinary(spelling, tags_here)

    @cached_property
    def squeezed(self) -> dict[str, Word]:
        """Exact spellings by their squeezed look, the first listed first."""
        return {squeeze(spelling): word for spelling, word in reversed(list(self.exact.items()))}

    def add_terms(self, terms: "Iterable[Term]") -> None:
        """The single words of `terms.csv` that the word lists do not know yet, and the codes themselves: LAPOR FIS."""
        for term in terms:
            if term.group != "form":
                continue
            self._add(term.code.lower(), Word(term.code.lower(), frozenset({term.code, "formcode"})), "", merge=False)
            for synonym in term.synonyms:
                if synonym.isalpha() and len(synonym) > 4 and self.look_up(synonym) is None:
                    self._add(synonym, Word(synonym, frozenset({term.code})), "", merge=False)

    def _add(self, spelling: str, word: Word, affix: str, *, merge: bool) -> None:
        parts = tuple(spelling.split())
        if len(parts) > 1:
            self.joined[parts] = word
            return
        before = self.exact.get(spelling)
        if merge and before is not None and before.root == word.root:
            word = replace(word, tags=word.tags | before.tags)
        self.exact[spelling] = self._with_voice(spelling, word)
        if affix:
            self.stems[spelling] = (word, affix)

    def _add_ordinary(self, spelling: str, tags: frozenset[str]) -> None:
        """A plain word is its own root, unless listed as another's spelling or a verb's `di-` or `me-` form."""
        listed = self.exact.get(spelling)
        if listed is not None:
            if listed.root == spelling:
                self.exact[spelling] = replace(listed, tags=listed.tags | tags)
            return
        if spelling.startswith(("di", "me")) and self.look_up(spelling) is not None:
            return
        word = Word(spelling, tags)
        self.exact[spelling] = word
        self.stems.setdefault(spelling, (word, ANY))

    @staticmethod
    def _with_voice(spelling: str, word: Word) -> Word:
        """A listed spelling that already wears an affix ("dimarahin" under marahi) tells its voice."""
        if spelling == word.root or len(spelling) < 6:
            return word
        if spelling.startswith("di") and not word.root.startswith("di"):
            return replace(word, voice="passive")
        if spelling.startswith(("me", "ng", "ny")) and not word.root.startswith(("me", "ng", "ny")):
            return replace(word, voice="active")
        return replace(word, owned=spelling.endswith("nya") and not word.root.endswith("nya"))

    def know(self, spellings: Iterable[str]) -> None:
        """Names are words that nothing else is a slip of."""
        for spelling in spellings:
            self.exact.setdefault(spelling, Word(spelling, frozenset({"name"})))

    @cached_property
    def near(self) -> NearIndex:
        """Every spelling worth comparing a misspelt word with; those that tell of violence win a tie.

        Of plain words only the proper spelling: a slip of slang is too far a guess.
        """
        spellings: dict[str, int] = {}
        for spelling, word in self.exact.items():
            listed = spelling == word.root or self._rank(word) < PLAIN
            if listed and not word.tags & {"formcode", "body"}:
                spellings[spelling] = self._rank(word)
        for stem, (word, affix) in self.stems.items():
            if len(stem) > 3 and affix == VERB:
                spellings.update(dict.fromkeys(common_forms(stem), self._rank(word)))
            elif len(stem) > 3 and affix == ONLY_OWNED:
                spellings[stem + "nya"] = self._rank(word)
        return NearIndex(spellings)

    @staticmethod
    def _rank(word: Word) -> int:
        plain = {tag.rstrip("?") for tag in word.tags}
        if "core" in plain:
            return CORE
        if plain & FORMS or plain & {"danger", "report", "now"}:
            return 0
        return 1 if plain & {"person", "plea", "past", "kdrt"} else PLAIN

    def look_up(self, spelling: str) -> Word | None:
        """The word of an exact spelling or of one with affixes; None when there is none."""
        found = self.exact.get(spelling)
        if found is not None:
            return found
        for split in splits(spelling):
            stem = self.stems.get(split.stem)
            if stem is None:
                continue
            word, affix = stem
            if affix == VERB:
                return replace(word, voice=split.voice, owned=split.owned)
            if (affix == ONLY_OWNED and split.voice == "bare") or (affix == ANY and len(split.stem) > 3):
                return replace(word, owned=split.owned)
        return None


@dataclass(frozen=True)
class Lexicon:
    """Everything a district's folder says: its areas, words, phrases, terms and the towns around it."""

    areas: Areas
    dictionary: Dictionary
    phrases: PhraseBook
    terms: tuple[Term, ...]
    wary_names: frozenset[str]
    outside: frozenset[str]
    generic: frozenset[str]
    model: Model = field(default_factory=Model)

    def __hash__(self) -> int:
        return id(self)

    @classmethod
    def load(cls, folder: Path = BUILT_IN) -> "Lexicon":
        """Read the folder's lists. Raises OSError or KeyError when one is missing or has no such column."""
        words = [(r["word"], r["tags"], r["affix"], r["spellings"] or "") for r in _rows(folder, "words.csv")]
        terms = tuple(_terms(folder))
        dictionary = Dictionary(words, [(r["tags"], r["words"]) for r in _rows(folder, "ordinary.csv")])
        dictionary.add_terms(terms)
        phrases = [(r["gives"], r["pattern"]) for r in _rows(folder, "phrases.csv")]
        phrases += list(_phrases_of_terms(terms))
        names = _rows(folder, "names.csv")
        dictionary.know(r["name"] for r in names if r["kind"] in {"wary", "outside"})
        return cls(
            areas=Areas.load(folder / "areas.csv"),
            dictionary=dictionary,
            phrases=PhraseBook(Phrase.of(gives, pattern, dictionary) for gives, pattern in phrases),
            terms=terms,
            wary_names=frozenset(r["name"] for r in names if r["kind"] == "wary"),
            outside=frozenset(r["name"].replace(" ", "") for r in names if r["kind"] == "outside"),
            generic=frozenset(r["name"] for r in names if r["kind"] == "generic"),
            model=Model((r["feature"], r["weights"]) for r in _rows(folder, "weights.csv")),
        )


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    """A list of the folder; the built-in one when the folder has none of its own."""
    own = folder / name
    return read_rows(own if own.exists() else BUILT_IN / name)


def _terms(folder: Path) -> Iterator[Term]:
    for row in _rows(folder, "terms.csv"):
        texts = (row["group"], row["code"], row["id_term"], row["en_term"], row["short_label"], row["maps_simfoni"])
        yield Term(*texts, tuple(filter(None, row["synonyms"].split("|"))))


def _phrases_of_terms(terms: Iterable[Term]) -> Iterator[tuple[str, str]]:
    for term in terms:
        if term.group == "form":
            yield from ((f"form:{term.code}", s) for s in term.synonyms if " " in s)
