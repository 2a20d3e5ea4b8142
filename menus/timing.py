"""When it happened, as far as a text says: days ago, or a day and a month. The calendar is the caller's business."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from menus.words import Token

DATE = re.compile(r"(\d{1,2})[-/](\d{1,2})")
MONTHS = [
    "januari",
    "februari",
    "maret",
    "april",
    "mei",
    "juni",
    "juli",
    "agustus",
    "september",
    "oktober",
    "november",
    "desember",
]
UNITS = {"hari": 1, "minggu": 7, "bulan": 30, "tahun": 365}
NUMBERS = {"satu": 1, "se": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7}


@dataclass(frozen=True, slots=True)
class Incident:
    """The day of what happened: `days_ago`, or (`day`, `month`) as written."""

    days_ago: int | None = None
    day: int | None = None
    month: int | None = None


def incident(tokens: Sequence[Token]) -> Incident | None:
    """The first day named; None when none is."""
    for position, token in enumerate(tokens):
        before = tokens[position - 1] if position else None
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        dated = DATE.fullmatch(token.raw)
        if dated and 1 <= int(dated[1]) <= 31 and 1 <= int(dated[2]) <= 12:
            return Incident(day=int(dated[1]), month=int(dated[2]))
        if token.is_number and after is not None and after.root in MONTHS and 1 <= int(token.raw) <= 31:
            return Incident(day=int(token.raw), month=MONTHS.index(after.root) + 1)
        if after is not None and after.has("rel") and position + 2 < len(tokens):
            after = tokens[position + 2]
        if _ends_an_age(tokens, position):
            continue
        if token.raw in UNITS and after is not None and after.root in {"lalu", "kemarin"}:
            return Incident(days_ago=_count(before) * UNITS[token.raw])
        if token.has("lastnight"):
            return Incident(days_ago=1)
        if token.root == "kemarin":
            return Incident(days_ago=2 if "lusa" in token.raw else 1)
        if token.has("now", "earlier"):
            return Incident(days_ago=0)
    return None


def _ends_an_age(tokens: Sequence[Token], position: int) -> bool:
    """ "anak 9 tahun kemarin": the years are the child's, and it was yesterday."""
    followed = position + 1 < len(tokens) and tokens[position + 1].root == "kemarin"
    if position < 2 or not (followed and tokens[position].has("years") and tokens[position - 1].is_number):
        return False
    return tokens[position - 2].has("person", "mother", "father", "pregnant", "victim", "sexword")


def _count(token: Token | None) -> int:
    if token is None:
        return 1
    if token.is_number:
        return int(token.raw) if len(token.raw) <= 2 else 1
    return NUMBERS.get(token.root, 1)
