"""The persons a text names, each with what belongs to it: sex, age, whose, of which school.

Who of them is harmed is another subject: `menus.victims`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from menus.words import Token

ADULT_AT = 18


@dataclass(slots=True)
class Person:
    """A noun phrase for a person, from its head to its last modifier."""

    start: int
    end: int
    head: str
    tags: frozenset[str]
    age: int | None = None
    sex: str = ""
    ageband: str = ""
    role: str = ""  # victim, perpetrator or nothing said
    joined: bool = False  # linked to the person before by "dan"
    marks: set[str] = field(default_factory=set)


def persons(tokens: Sequence[Token]) -> list[Person]:
    """The persons named, without those only spoken to (`lapor pak`, `tolong bu`)."""
    found: list[Person] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if not _is_head(tokens, position):
            position += 1
            continue
        person = Person(position, position + 1, token.root, token.tags)
        _set_kind(person, token)
        position = _modifiers(tokens, person)
        before = tokens[person.start - 1] if person.start else None
        person.joined = before is not None and before.has("and") and bool(found) and found[-1].end >= person.start - 1
        found.append(person)
    return found


def _is_head(tokens: Sequence[Token], position: int) -> bool:
    token = tokens[position]
    if token.has("voc", "officer") or not (token.has("person", "mother", "father", "pregnant", "agecode", "victim")):
        return False
    after = tokens[position + 1] if position + 1 < len(tokens) else None
    if after is not None and after.has("animal"):
        return False
    if position and tokens[position - 1].has("front"):
        return False
    if token.root == "anak" and after is not None and after.is_number and len(after.raw) == 1:
        earlier = any(t.has("self", "spouse") for t in tokens[:position])
        return not earlier or (position + 2 < len(tokens) and tokens[position + 2].has("years"))
    if token.root in {"ibu", "bapak", "kakak", "adik"} and not token.owned:
        before = tokens[position - 1] if position else None
        greeted = before is not None and before.has("plea", "report", "greet", "callme")
        starts = before is None and after is not None and after.brk
        spoken_to = greeted and (
            after is None or after.brk or after.has("person", "voc", "report", "want", "officer", "greet")
        )
        ends = after is None and before is not None and not before.has("by") and not _acts(before)
        return not (starts or spoken_to or (ends and token.root in {"ibu", "bapak"} and token.raw == token.root))
    return True


def _acts(token: Token) -> bool:
    return token.voice in {"passive", "active"} or token.has("FIS", "PSI", "PRK", "CBL", "PLC", "ANC", "SKP")


def _set_kind(person: Person, token: Token) -> None:
    if token.has("f"):
        person.sex = person.sex or "f"
    if token.has("m"):
        person.sex = person.sex or "m"
    if token.has("child"):
        person.ageband = "child"
    elif token.has("adult") and not person.ageband:
        person.ageband = "adult"
    if token.has("agecode"):
        person.ageband = "child" if int(token.root[1:]) < ADULT_AT else "adult"
    if token.has("spouse") or token.root == "bojo":
        person.marks.add("spouse")


def _modifiers(tokens: Sequence[Token], person: Person) -> int:
    """Read what belongs to the person after the head; the position after it."""
    position = person.end
    while position < len(tokens):
        token = tokens[position]
        if token.brk and not token.has("sexword"):
            break
        age = age_at(tokens, position, person)
        if age is not None:
            person.age, position = age
            person.ageband = "child" if person.age < ADULT_AT else "adult"
        elif token.has("sexword") and not (person.sex and person.head != "saya"):
            _set_kind(person, token)
            position += 1
        elif token.has("childschool") and person.ageband != "adult":
            person.ageband = "child"
            position += 1
        elif token.root == "kelas" and position + 1 < len(tokens) and tokens[position + 1].is_number:
            position += 2
        elif token.has("disabled"):
            position += 1
        elif token.has("pregnant"):
            person.sex = "f"
            person.ageband = person.ageband or "adult"
            position += 1
        elif (
            person.head == "saya" and token.has("spouse", "mother", "child") and not token.owned and token.has("selfis")
        ):
            _set_kind(person, token)
            position += 1
        elif (
            token.has("self", "step", "voc", "name", "place", "officer", "ex", "sexword")
            or token.has("follows")
            or (token.has("person", "father", "mother") and _owns(tokens, person, position))
            or (not token.known and not token.tags and tokens[position - 1].has("voc"))
        ):
            position += 1
        else:
            break
        person.end = position
    return max(position, person.end)


def _owns(tokens: Sequence[Token], person: Person, position: int) -> bool:
    """ "anak tetangga", "istri adik saya": the second person only says whose the first is."""
    token = tokens[position]
    if "other" in person.tags and token.has("f", "m", "adult", "child") and not token.owned:
        _set_kind(person, token)
        return True
    if tokens[position - 1].owned or tokens[position - 1].has("self") or person.head == "saya":
        return False
    if token.has("spouse") and person.head in {"suami", "istri"}:
        return False
    if token.owned and token.root != "orang":
        return False
    verb_follows = position + 1 < len(tokens) and tokens[position + 1].voice == "passive"
    return token.has("other", "kin", "self", "voc") or (
        token.has("person") and not verb_follows and person.head == "anak"
    )


def age_at(tokens: Sequence[Token], position: int, person: Person) -> tuple[int, int] | None:
    """(age, position after it) for "umur 9", "usia 14 th", "15 tahun"; durations are no ages.

    "perempuan 15 tahun kemarin" is an age and yesterday, "15 tahun lalu" is none.
    """
    token = tokens[position]
    here = position
    said = token.has("ageword")
    if said:
        here += 1
    elif tokens[position - 1].has("lasting"):
        return None
    if here >= len(tokens) or not tokens[here].is_number or len(tokens[here].raw) > 2:
        return None
    years = here + 1 < len(tokens) and tokens[here + 1].has("years")
    if not said and (not years or (here + 2 < len(tokens) and tokens[here + 2].root == "lalu")):
        return None
    age = int(tokens[here].raw)
    if not said and person.ageband == "adult" and age < ADULT_AT:
        return None
    return age, here + (2 if years else 1)
