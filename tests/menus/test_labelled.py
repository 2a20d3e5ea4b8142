"""Labelled texts: how well people are read, measured as the programme measures it.

`sms_dev.csv` is the shared floor. Any other `tests/data/sms_*.csv` holds texts that were written without a look at the
rules: the musts of the programme for unseen texts hold there.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from menus.keywords import CASES, parse
from menus.lexicon import Lexicon
from models.vocabulary import Intent

DATA = Path(__file__).parents[1] / "data"
LEXICON = Lexicon.load()
REACHES_A_HUMAN = {*CASES, Intent.CALLBACK, Intent.UNCLEAR}


@dataclass(frozen=True)
class Floors:
    never_lost: float
    recall: float
    precision: float
    intent: float
    forms: float
    kecamatan: float


SEEN = Floors(never_lost=1.00, recall=1.00, precision=0.95, intent=0.95, forms=0.95, kecamatan=0.97)
UNSEEN = Floors(never_lost=0.99, recall=0.90, precision=0.75, intent=0.85, forms=0.75, kecamatan=0.90)


def tagged(note: str, tag: str) -> set[str]:
    """The values after `alt=` or `opt=` in a note."""
    return {value for part in note.split() if part.startswith(tag) for value in part[len(tag) :].strip(";").split(",")}


def kecamatans(area: str) -> set[str]:
    return {".".join(code.split(".")[:3]) for code in area.removeprefix("ambiguous:").split("|") if code}


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def measure(path: Path) -> dict[str, float]:
    n: Counter[str] = Counter()
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            score(row, n)
    precision, recall = ratio(n["form_hit"], n["form_read"]), ratio(n["form_hit"], n["form_gold"])
    return {
        "never_lost": ratio(n["reached"], n["cases"]),
        "recall": ratio(n["urgent_hit"], n["urgent_gold"]),
        "precision": ratio(n["urgent_true"], n["urgent_read"]),
        "intent": ratio(n["intent"], n["rows"]),
        "forms": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "kecamatan": ratio(n["place_hit"], n["places"]),
        "guessed": n["guessed"],
    }


def score(row: dict[str, str], n: Counter[str]) -> None:
    reading, note = parse(row["text"], LEXICON), row["note"] or ""
    others, optional = tagged(note, "alt="), tagged(note, "opt=")
    gold_case = row["intent"] in {intent.value for intent in CASES}
    n["rows"] += 1
    n["intent"] += reading.intent.value in {row["intent"], *others}
    urgent = reading.urgent or reading.intent is Intent.EMERGENCY
    n["urgent_gold"] += row["urgent"] == "1"
    n["urgent_hit"] += row["urgent"] == "1" and urgent
    if urgent and "u?" not in note and "emergency" not in others:
        n["urgent_read"] += 1
        n["urgent_true"] += row["urgent"] == "1"
    if gold_case:
        n["cases"] += 1
        n["reached"] += reading.intent in REACHES_A_HUMAN
        gold = set(filter(None, row["forms"].split("|"))) - {"TTU"}
        found = set(reading.forms) - {"TTU"} - (optional - gold)
        n["form_gold"] += len(gold)
        n["form_read"] += len(found)
        n["form_hit"] += len(gold & found)
    if gold_case or row["intent"] == "outreach":
        score_place(row["area_code"], reading.place.area_code, n)


def score_place(gold: str, read: str, n: Counter[str]) -> None:
    ambiguous = gold.startswith("ambiguous:")
    n["places"] += 1
    asked_back = ambiguous and (not read or kecamatans(read) <= kecamatans(gold))
    n["place_hit"] += asked_back or kecamatans(gold) == kecamatans(read)
    n["guessed"] += ambiguous and bool(read) and not read.startswith("ambiguous:") and read.count(".") == 3


@pytest.mark.parametrize("path", sorted(DATA.glob("sms_*.csv")), ids=lambda path: path.stem)
def test_people_are_read_well(path: Path) -> None:
    floors = SEEN if path.stem == "sms_dev" else UNSEEN
    measured = measure(path)
    assert measured["guessed"] == 0
    too_low = {name: measured[name] for name, floor in vars(floors).items() if measured[name] < floor}
    assert not too_low


def test_the_shared_set_is_there() -> None:
    assert (DATA / "sms_dev.csv").exists()
