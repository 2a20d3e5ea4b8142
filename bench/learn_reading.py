"""Learn the reader's second opinion from our labelled texts: `python -m bench.learn_reading` writes `weights.csv`.

Pure Python, one seed: the same texts give the same weights everywhere. How well it goes: `bench.check_reading`.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from random import Random

from bench.noise import blurred
from menus.evidence import features
from menus.intent import Evidence
from menus.keywords import story_of
from menus.lexicon import BUILT_IN, Lexicon
from menus.weights import BIAS, CASE, LETTERS, NAMES, SCALE, URGENT

EXAMPLES = BUILT_IN / "examples.csv"
WEIGHTS = BUILT_IN / "weights.csv"
SEED = 20
ROUNDS = 8
STEP = 0.5
SETTLED = 0.05
"""An error this small teaches nothing more."""
FEWEST = 5
"""Outcomes with fewer examples are left to the rules."""
SEEN_TWICE = 2
"""A feature of one text alone is memory, not knowledge."""
COPIES = 1
FAINT = 0.27
"""Weights below say next to nothing; without them the file is a quarter."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text, what the rules see in it, and in a blurred copy of it."""

    row: dict[str, str]
    seen: Evidence | None
    copies: tuple[Evidence, ...]


def read_examples(path: Path, lexicon: Lexicon) -> list[Example]:
    """The rows of a labelled file, looked at once."""
    chance = Random(SEED)
    examples = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            blurs = [story_of(blurred(row["text"], chance), lexicon) for _ in range(COPIES)]
            copies = tuple(seen for seen in blurs if seen)
            examples.append(Example(row, story_of(row["text"], lexicon), copies))
    return examples


def outcomes_of(row: dict[str, str]) -> set[str]:
    """What a row teaches: its intent, its forms, its urgency."""
    outcomes = {CASE if row["intent"] in {"report", "emergency"} else row["intent"]}
    outcomes.update(form for form in row["forms"].split("|") if form and form != "TTU")
    if row["urgent"] == "1":
        outcomes.add(URGENT)
    return outcomes


def left_open(row: dict[str, str]) -> set[str]:
    """What a row teaches nothing about: optional forms, other intents as good, urgency that may be either."""
    notes = [part.strip() for part in row["note"].replace(";", " ").split()]
    values = {v for part in notes if part[:4] in {"alt=", "opt="} for v in part[4:].split(",")}
    if values & {"report", "emergency"}:
        values.add(CASE)
    if "u?" in row["note"] or "emergency" in values:
        values.add(URGENT)
    return values - outcomes_of(row)


def learn(examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Feature -> outcome -> weight: one logistic regression an outcome, by AdaGrad."""
    counts: Counter[str] = Counter()
    rows: list[tuple[frozenset[str], dict[str, str]]] = []
    for example in examples:
        if example.seen is not None:
            own = features(example.seen)
            counts.update(own)
            rows.append((own, example.row))
            rows.extend((features(copy), example.row) for copy in example.copies)
    known = sorted(feature for feature, count in counts.items() if count >= SEEN_TWICE)
    number = {feature: index for index, feature in enumerate(known)}
    sparse = [[number[f] for f in sorted(found) if f in number] for found, _ in rows]
    sizes = [len(found) ** -0.5 for found, _ in rows]
    frequency = Counter(outcome for _, row in rows for outcome in outcomes_of(row))
    weights: dict[str, dict[str, float]] = {}
    for outcome in sorted(o for o, count in frequency.items() if count >= FEWEST * (1 + COPIES)):
        targets = [None if outcome in left_open(r) else float(outcome in outcomes_of(r)) for _, r in rows]
        values, bias = fit(sparse, sizes, targets, len(known))
        weights.setdefault(BIAS, {})[outcome] = bias
        for index, value in enumerate(values):
            if abs(value) >= FAINT:
                weights.setdefault(known[index], {})[outcome] = value
    return weights


def fit(
    sparse: Sequence[Sequence[int]], sizes: Sequence[float], targets: Sequence[float | None], width: int
) -> tuple[list[float], float]:
    """Weights and bias of one outcome. A text's features share one unit of length, so long texts shout no louder."""
    weights, squares = [0.0] * width, [0.05] * width
    bias, bias_square = -1.0, 0.05
    order = [index for index, target in enumerate(targets) if target is not None]
    chance = Random(SEED)
    settled = [0] * len(sparse)
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for index in order:
            if settled[index]:
                settled[index] -= 1
                continue
            found, size, target = sparse[index], sizes[index], targets[index] or 0.0
            score = bias + size * sum(map(weights.__getitem__, found))
            error = target - 1.0 / (1.0 + exp(-max(-30.0, min(30.0, score))))
            if abs(error) < SETTLED:
                settled[index] = 3
                continue
            slope = error * size
            square = slope * slope
            bias_square += error * error
            bias += STEP * error / bias_square**0.5
            for feature in found:
                squares[feature] += square
                weights[feature] += STEP * slope / squares[feature] ** 0.5
    return weights, bias


def as_rows(weights: dict[str, dict[str, float]]) -> list[tuple[str, str]]:
    """The rows of `weights.csv`: the outcomes' names, how common they are, then the features in order."""
    names = sorted(weights[BIAS])
    letter = dict(zip(names, LETTERS, strict=False))
    rows = [(NAMES, " ".join(names))]
    for feature in sorted(weights):
        parts = ((letter[outcome], round(value * SCALE)) for outcome, value in sorted(weights[feature].items()))
        rows.append((feature, "".join(f"{outcome}{value}" for outcome, value in parts)))
    return rows


def write(weights: dict[str, dict[str, float]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("feature", "weights"))
        writer.writerows(as_rows(weights))


if __name__ == "__main__":
    write(learn(read_examples(EXAMPLES, Lexicon.load())), WEIGHTS)
