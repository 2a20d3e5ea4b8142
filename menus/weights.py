"""What was learnt, as rows of weights: a text's features in, likelihoods out. It knows no words and no rules."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import exp
from string import ascii_letters
from struct import Struct

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
"""Log-odds beyond this are impossible enough; `exp` stays finite."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities, 0 to 1: danger now, each kind of text (`case`, `info` ...), each form's code."""

    urgent: float = 0.0
    intents: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, float] = field(default_factory=dict)


LANE = 32
"""Bits for one outcome in a packed row: far more than all weights of the longest text add up to."""


class Model:
    """One row of weights a feature: to which outcomes it speaks, and how loudly.

    A row is packed into one whole number, each outcome in a lane of its own, so that a text's rows are added by one
    `sum`: the loop over features and outcomes was a quarter of the reading.
    """

    def __init__(self, rows: Iterable[tuple[str, str]] = ()) -> None:
        """`rows`: a feature and its weights, each a letter for the outcome and a whole number: `a12b-5`."""
        self._packed: dict[str, int] = {}
        self.outcomes: list[str] = []
        bias = 0
        for feature, listed in rows:
            if feature == NAMES:
                self.outcomes = listed.split()
            elif feature == BIAS:
                bias = _pack(listed)
            else:
                self._packed[feature] = _pack(listed)
        count = len(self.outcomes)
        self._raised = sum(1 << LANE * lane + LANE - 1 for lane in range(count))
        self._lanes = Struct(f"<{count}I")
        self._bias = [total / SCALE for total in self._unpack(bias)]
        self._intents = [name for name in self.outcomes if name.islower() and name != URGENT]
        self._forms = [name for name in self.outcomes if name.isupper()]

    def weigh(self, looked_at: Collection[str]) -> Opinion:
        """The likelihoods of a text with these features. Total; without weights nothing is likely."""
        if not self.outcomes:
            return Opinion()
        totals = self._unpack(sum(filter(None, map(self._packed.get, looked_at))))
        size = SCALE * max(1, len(looked_at)) ** 0.5
        likely = {
            name: likelihood(total / size + bias)
            for name, total, bias in zip(self.outcomes, totals, self._bias, strict=True)
        }
        whole = sum(likely[name] for name in self._intents) or 1.0  # those of the intents add up to one
        return Opinion(
            urgent=likely.get(URGENT, 0.0),
            intents={name: likely[name] / whole for name in self._intents},
            forms={name: likely[name] for name in self._forms},
        )

    def _unpack(self, packed: int) -> list[int]:
        """The sums of all lanes. Half a lane is added to each first, so that none is below nothing."""
        lanes = self._lanes.unpack((packed + self._raised).to_bytes(self._lanes.size, "little"))
        return [lane - (1 << LANE - 1) for lane in lanes]


def _pack(listed: str) -> int:
    found = WEIGHT.findall(listed)
    return sum(int(weight) << LANE * LETTERS.index(letter) for letter, weight in found)


def likelihood(score: float) -> float:
    return 1.0 / (1.0 + exp(min(-score, LONGEST_STEP)))
