"""A second opinion on a text, learnt from labelled texts: how likely each intent, each form and danger now are.

Rules read what they have words for; people write what nobody listed. A logistic regression over letters, words and the
reader's own concepts sees the rest. It only weighs: what its opinion may change is said in `menus.judgement`.
`bench/learn_reading.py` makes the weights from `district/examples.csv`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp

from menus.intent import Evidence
from menus.spelling import squeeze
from menus.words import Token

URGENT = "urgent"
CASE = "case"
"""Report and emergency are one kind for the model: which of the two, urgency and the first word decide."""

BIAS = "*"
SCALE = 100
"""Weights are stored as whole hundredths: smaller, and the same on every machine."""

START = "^"
LENGTHS = (3, 4, 5)
"""Letters in a run: enough to know a root in any affix or slip, few enough to be quick."""

LONGEST_STEP = 30.0


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities, 0 to 1: danger now, each kind of text (`case`, `info` ...), each form's code."""

    urgent: float = 0.0
    intents: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, float] = field(default_factory=dict)


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


class Model:
    """One row of weights a feature: to which outcomes it speaks, and how loudly."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        """`rows`: a feature and its weights as `outcome:hundredths` with blanks between."""
        self._weights: dict[str, tuple[tuple[int, int], ...]] = {}
        self.outcomes: list[str] = []
        number: dict[str, int] = {}
        for feature, listed in rows:
            pairs = []
            for part in listed.split():
                outcome, weight = part.split(":")
                if outcome not in number:
                    number[outcome] = len(self.outcomes)
                    self.outcomes.append(outcome)
                pairs.append((number[outcome], int(weight)))
            self._weights[feature] = tuple(pairs)

    def opinion(self, seen: Evidence) -> Opinion:
        """The likelihoods of a text. Total; without weights nothing is likely."""
        if not self.outcomes:
            return Opinion()
        looked_at = features(seen)
        sums = [0] * len(self.outcomes)
        for feature in looked_at:
            for outcome, weight in self._weights.get(feature, ()):
                sums[outcome] += weight
        shrink = SCALE * len(looked_at) ** 0.5
        for outcome, weight in self._weights.get(BIAS, ()):
            sums[outcome] += round(weight * shrink / SCALE)
        return as_opinion({name: sums[index] / shrink for index, name in enumerate(self.outcomes)})


def as_opinion(scores: Mapping[str, float]) -> Opinion:
    """Log-odds as probabilities; those of the intents add up to one."""
    likely = {name: likelihood(score) for name, score in scores.items()}
    intents = {name: p for name, p in likely.items() if name.islower() and name != URGENT}
    whole = sum(intents.values()) or 1.0
    return Opinion(
        urgent=likely.get(URGENT, 0.0),
        intents={name: p / whole for name, p in intents.items()},
        forms={name: p for name, p in likely.items() if name.isupper()},
    )


def likelihood(score: float) -> float:
    return 1.0 / (1.0 + exp(-max(-LONGEST_STEP, min(LONGEST_STEP, score))))
