"""An education session a cadre records: SULUH place people audience topic, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass

from menus.places import NO_PLACE, Place
from menus.words import Token
from models.vocabulary import Form

MOST_PEOPLE = 5000


VILLAGE = frozenset({"filler", "kelurahanword", "villageword", "name", "ord"})
"""Tags of a word read by likeness that say nothing of a session: `lampung` for `kampung`."""
SHORTEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Session:
    topic: str | None = None
    people: int | None = None
    audience: str | None = None


def read_session(tokens: Sequence[Token], place: Place) -> Session:
    """Topic as a form's code or KDRT, how many took part, and the audience as DESIGN section 4 names them."""
    return Session(_topic(tokens), _people(tokens), _audience(tokens))


def name_elsewhere(tokens: Sequence[Token], place: Place) -> Place:
    """The place, or, where none was found, the word that may name one which this district does not have."""
    if place != NO_PLACE:
        return place
    for token in tokens:
        if not token.sure and token.raw.isalpha() and len(token.raw) >= SHORTEST_NAME and token.tags <= VILLAGE:
            return Place(named=token.raw)
    return NO_PLACE


def _topic(tokens: Sequence[Token]) -> str | None:
    forms = {form.value for form in Form}
    for token in tokens:
        for tag in sorted(token.tags):
            if tag.rstrip("?") in forms:
                return tag.rstrip("?")
    return "KDRT" if any(token.has("kdrt") for token in tokens) else None


def _people(tokens: Sequence[Token]) -> int | None:
    numbers: list[tuple[bool, int]] = []
    for position, token in enumerate(tokens):
        if not token.is_number or len(token.raw) > 4 or int(token.raw) > MOST_PEOPLE:
            continue
        before = tokens[position - 1] if position else None
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        if before is not None and (before.has("clock") or before.raw in {"rt", "rw", "tgl", "tanggal", "jam", "kelas"}):
            continue
        counted = (after is not None and after.has("participant")) or (before is not None and before.has("participant"))
        numbers.append((counted, int(token.raw)))
    sure = [number for counted, number in numbers if counted]
    return sure[0] if sure else numbers[0][1] if numbers else None


def _audience(tokens: Sequence[Token]) -> str | None:
    roots = {token.root for token in tokens} | {token.raw for token in tokens}
    mothers = any(token.has("mother") for token in tokens) or bool(roots & {"pkk", "dasawisma", "bu", "ibu2"})
    if mothers and any(token.has("youngmother") for token in tokens):
        return "ibu muda"
    if any(token.has("child") for token in tokens):
        return "anak"
    if mothers or roots & {"perempuan", "istri"}:
        return "perempuan"
    return "umum" if roots & {"warga", "orang", "umum", "peserta", "masyarakat", "bapak"} else None
