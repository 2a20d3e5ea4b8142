"""Building the two menus out of their screens and one district's words."""

import csv
import tomllib
from pathlib import Path

from menus.engine import Menu
from menus.neutrality import LESSON, find_faults
from menus.places import Areas
from menus.screens import callback, danger, home, learn, place, report, services, sms_menu, status
from menus.wording import LANGUAGES, Texts

CADRES = "cadre"
"""The lessons that only cadres get, by SMS."""


def ussd_menu(areas: Areas, texts: Texts, district: Path) -> Menu:
    """Everything that can be reached by dialling. `district` holds learn.csv and services.toml."""
    parts = (home, danger, callback, report, place, status, learn, services)
    screens = {name: screen for part in parts for name, screen in part.SCREENS.items()}
    numbers = load_services(district)
    lessons = load_lessons(district)
    return Menu(screens, "home", texts, areas, lessons, numbers, office=numbers.get("uptd", ""))


def text_menu(areas: Areas, texts: Texts) -> Menu:
    """What MENU by SMS leads to."""
    return Menu(sms_menu.SCREENS, sms_menu.START, texts, areas)


def load_lessons(district: Path) -> dict[str, tuple[str, ...]]:
    """Sentences by `topic.language`, in the file's order."""
    lessons: dict[str, list[str]] = {}
    with (district / "learn.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for language in LANGUAGES:
                lessons.setdefault(f"{row['topic']}.{language}", []).append(row[language])
    return {name: tuple(sentences) for name, sentences in lessons.items()}


def load_cards(district: Path) -> tuple[str, ...]:
    """Codes of the printed lesson cards, by number: E01 is card 1. What nobody has cleared has no card."""
    with (district / "learn.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted(row["code"] for row in csv.DictReader(file)))


def load_services(district: Path) -> dict[str, str]:
    book = tomllib.loads((district / "services.toml").read_text("utf-8"))
    return {name: str(entry["number"]) for name, entry in book.items()}


FORM_TOPICS = {
    "PSI": "words",
    "ANC": "words",
    "BUL": "child",
    "KTR": "control",
    "SKP": "control",
    "FIS": "body",
    "TLT": "neglect",
    "NFK": "neglect",
    "SEK": "sexual",
    "PRK": "sexual",
    "CBL": "sexual",
    "PLC": "sexual",
    "KBG": "online",
    "KAN": "child",
    "KPX": "child",
    "EKE": "child",
    "EKX": "trafficking",
    "TPO": "trafficking",
}


def lesson_for_cadre(lessons: dict[str, tuple[str, ...]], topic: str | None) -> str:
    """One sentence for INFO from a cadre: on the kind asked about, else how to stand by somebody.

    Sentences that are fine on a screen but say what no SMS may say (police, a victim) are passed over.
    """
    named = lessons.get(f"{FORM_TOPICS.get(topic or '', CADRES)}.id", ())
    sentences = (*named, *lessons[f"{CADRES}.id"])
    return next(sentence for sentence in sentences if not find_faults("cadre", LESSON, sentence))
