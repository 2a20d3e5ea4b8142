"""What was learnt, as rows of weights: a text's features in, likelihoods out. It knows no words and no rules."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import exp
from string import ascii_letters

URGENT = "urgent"
CASE = "case"
"""Report and emergency are one kind for the model: which of the two, urgency and the first word decide."""

NAMES, BIAS = "=", "*"
"""Rows of `weights.csv` that are no features: the outcomes in the order of `LETTERS`, and how common each is."""
LETTERS = ascii_letters
SCALE = 20
"""Weights are stored as whole twentieths: small, and the same on every machine."""
WEIGHT = re.compile(r"([A-Za-z])(-?[0-9]+)")

LONGEST_STEP = 30.0
"""Log-odds beyond this are certain enough; `exp` stays finite."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities, 0 to 1: danger now, each kind of text (`case`, `info` ...), each form's code."""

    urgent: float = 0.0
    intents: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, float] = field(default_factory=dict)


class Model:
    """One row of weights a feature: to which outcomes it speaks, and how loudly."""

    def __init__(self, rows: Iterable[tuple[str, str]] = ()) -> None:
        """`rows`: a feature and its weights, each a letter for the outcome and a whole number: `a12b-5`."""
        self._weights: dict[str, tuple[tuple[int, int], ...]] = {}
        self.outcomes: list[str] = []
        for feature, listed in rows:
            if feature == NAMES:
                self.outcomes = listed.split()
            else:
                found = WEIGHT.findall(listed)
                self._weights[feature] = tuple((LETTERS.index(letter), int(weight)) for letter, weight in found)

    def weigh(self, looked_at: Collection[str]) -> Opinion:
        """The likelihoods of a text with these features. Total; without weights nothing is likely."""
        if not self.outcomes:
            return Opinion()
        sums = [0] * len(self.outcomes)
        for feature in looked_at:
            for outcome, weight in self._weights.get(feature, ()):
                sums[outcome] += weight
        size = max(1, len(looked_at)) ** 0.5
        scores = [total / (SCALE * size) for total in sums]
        for outcome, weight in self._weights.get(BIAS, ()):
            scores[outcome] += weight / SCALE
        return as_opinion(dict(zip(self.outcomes, scores, strict=True)))


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
