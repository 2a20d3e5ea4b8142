"""How well unseen texts are read: `python -m bench.check_reading [FOLDS]`.

Every text of the blind writers (ids beginning with G or H in `examples.csv`: the rules were written without them) is
judged by a model that learnt from all other texts; the joint reading is measured as in
`tests/menus/test_labelled.py`.
"""

import sys
from collections import Counter

from bench.learn_reading import EXAMPLES, Example, as_rows, learn, read_examples
from menus.evidence import opinion_of
from menus.judgement import CASES, SAFE, Judgement, judge
from menus.keywords import parse
from menus.lexicon import Lexicon
from menus.weights import Model
from models.vocabulary import Intent

BLIND = ("G", "H")
FOLDS = 3


def measure(judged: list[tuple[dict[str, str], Judgement]]) -> dict[str, float]:
    """The programme's measures but the place, which no model touches."""
    n: Counter[str] = Counter()
    for row, judgement in judged:
        _count(row, judgement, n)
    precision, recall = n["form_hit"] / max(1, n["form_read"]), n["form_hit"] / max(1, n["form_gold"])
    return {
        "never lost": n["safe"] / max(1, n["cases"]),
        "emergency recall": n["urgent_hit"] / max(1, n["urgent_gold"]),
        "emergency precision": n["urgent_true"] / max(1, n["urgent_read"]),
        "intent": n["intent"] / max(1, n["rows"]),
        "forms F1": 2 * precision * recall / max(0.001, precision + recall),
        "false case": n["false_case"] / max(1, n["rows"] - n["cases"]),
    }


def _count(row: dict[str, str], judgement: Judgement, n: Counter[str]) -> None:
    others, optional = _tagged(row["note"], "alt="), _tagged(row["note"], "opt=")
    case = row["intent"] in {intent.value for intent in CASES}
    urgent = judgement.urgent or judgement.intent is Intent.EMERGENCY
    n["rows"] += 1
    n["intent"] += judgement.intent.value in {row["intent"], *others}
    n["urgent_gold"] += row["urgent"] == "1"
    n["urgent_hit"] += row["urgent"] == "1" and urgent
    if urgent and "u?" not in row["note"] and "emergency" not in others:
        n["urgent_read"] += 1
        n["urgent_true"] += row["urgent"] == "1"
    if not case:
        n["false_case"] += judgement.intent in CASES
        return
    n["cases"] += 1
    n["safe"] += judgement.intent in SAFE
    gold = set(filter(None, row["forms"].split("|"))) - {"TTU"}
    read = set(judgement.forms) - {"TTU"} - (optional - gold)
    n["form_gold"] += len(gold)
    n["form_read"] += len(read)
    n["form_hit"] += len(gold & read)


def _tagged(note: str, tag: str) -> set[str]:
    return {v for part in note.replace(";", " ").split() if part.startswith(tag) for v in part[len(tag) :].split(",")}


def judge_example(example: Example, model: Model, lexicon: Lexicon) -> Judgement:
    """As `parse` would with this model; codes and commands know no model."""
    if example.seen is None:
        reading = parse(example.row["text"], lexicon)
        return Judgement(reading.intent, reading.urgent, reading.forms)
    return judge(example.seen, opinion_of(example.seen, model))


def check(folds: int) -> None:
    lexicon = Lexicon.load()
    examples = read_examples(EXAMPLES, lexicon)
    blind = [index for index, example in enumerate(examples) if example.row["id"].startswith(BLIND)]
    rules, joint = [], []
    for fold in range(folds):
        held = set(blind[fold::folds])
        model = Model(as_rows(learn([e for index, e in enumerate(examples) if index not in held])))
        for index in sorted(held):
            example = examples[index]
            rules.append((example.row, judge_example(example, Model(), lexicon)))
            joint.append((example.row, judge_example(example, model, lexicon)))
    for name, value in measure(joint).items():
        sys.stdout.write(f"{name:20} {value:.3f}   (rules alone {measure(rules)[name]:.3f})\n")


if __name__ == "__main__":
    check(int(sys.argv[1]) if len(sys.argv) > 1 else FOLDS)
