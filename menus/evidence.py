"""A second opinion on a text, learnt from labelled texts: how likely each intent, each form and danger now are.

Rules read what they have words for; people write what nobody listed. A logistic regression over letters, words and the
reader's own concepts sees the rest. It only weighs: what its opinion may change is said in `menus.judgement`.
`bench/learn_reading.py` makes the weights from `district/examples.csv`.
"""

from collections.abc import Iterator
from functools import lru_cache

from menus.intent import Evidence
from menus.spelling import squeeze
from menus.weights import Model, Opinion
from menus.words import Token

START = "^"
LENGTHS = (3, 4, 5)
"""Letters in a run: enough to know a root in any affix or slip, few enough to be quick."""


def opinion_of(seen: Evidence, model: Model) -> Opinion:
    """What the model makes of a text."""
    return model.weigh(features(seen)) if model.outcomes else Opinion()


def features(seen: Evidence) -> frozenset[str]:
    """What the model looks at. Learning and reading both come here, or they would not mean the same."""
    found: set[str] = set()
    before, root_before, earlier = START, START, START
    for token in seen.tokens:
        word, root = _word(token), _root(token)
        found.update(letters(word))
        found.add(f"w {word}")
        found.add(f"b {before} {word}")
        found.add(f"r {root}")
        found.add(f"R {root_before} {root}")
        found.add(f"S {earlier} {root}")
        found.update(f"t {tag}" for tag in token.tags)
        if token.voice != "bare":
            found.add(f"v {token.voice} {root}")
        before, earlier, root_before = word, root_before, root
    found.add(f"R {root_before} {START}")
    found.update(_findings(seen))
    return frozenset(found)


def _findings(seen: Evidence) -> Iterator[str]:
    """What the rules saw: meanings, kinds, who did and who suffered."""
    yield from (f"g {gives}" for gives in seen.gives)
    yield from (f"h {h.form}{'?' if h.weak else ''}" for h in seen.found)
    yield from (f"p {person.role} {person.head}" for person in seen.harmed.persons)
    yield f"n {min(len(seen.tokens), 20) // 3}"
    if seen.urgent:
        yield "u"
    if seen.asked:
        yield "?"
    if seen.tokens:
        yield f"1 {_root(seen.tokens[0])}"


def _word(token: Token) -> str:
    if token.has("place", "placename"):
        return "@place"
    if token.raw[:1].isdigit():
        return "@number"
    return squeeze(token.raw)


def _root(token: Token) -> str:
    if token.has("place", "placename"):
        return "@place"
    if token.raw[:1].isdigit():
        return "@number"
    return token.root


@lru_cache(maxsize=20_000)
def letters(word: str) -> tuple[str, ...]:
    """Runs of letters inside a word, its edges marked with blanks."""
    if word.startswith("@"):
        return ()
    edged = f" {word} "
    return tuple({f"l{edged[i : i + n]}" for n in LENGTHS for i in range(len(edged) - n + 1)})
