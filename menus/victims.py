"""Who is harmed: the persons of a text, who does it to whom, and what that says of age and sex.

A person before a passive verb suffers, the one after it acts; an active verb is the other way round. Nothing named but
a husband who acts: it is his wife.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from menus.happenings import Happening
from menus.words import Token
from models.vocabulary import Age, Sex

CHILD_SCHOOL = frozenset(["sd", "smp", "sma", "smk", "tk", "paud", "mts", "mi", "sdn", "smpn", "sman", "pesantren"])
AGE_WORDS = frozenset({"umur", "usia"})
YEARS = frozenset({"th", "thn", "tahun"})
LASTING = frozenset(
    [
        "sudah",
        "selama",
        "hampir",
        "sejak",
        "lebih",
        "kurang",
        "dari",
        "sekitar",
        "selang",
        "setelah",
        "nikah",
        "tinggal",
    ]
)
ADULT_AT = 18
REACH_LEFT, REACH_RIGHT = 9, 4


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


@dataclass(frozen=True, slots=True)
class Harmed:
    """Age and sex of those harmed, and whether anybody was named at all."""

    victim: Age = Age.UNKNOWN
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    persons: tuple[Person, ...] = ()


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
        return position + 2 < len(tokens) and tokens[position + 2].raw in YEARS
    if token.root in {"ibu", "bapak", "kakak", "adik"} and not token.owned:
        before = tokens[position - 1] if position else None
        greeted = before is not None and before.has("plea", "report", "greet", "callme")
        starts = before is None and after is not None and after.brk
        spoken_to = greeted and (
            after is None or after.brk or after.has("person", "voc", "report", "want", "officer", "greet")
        )
        ends = after is None and before is not None and not before.has("by") and not _acts(before)
        return not (starts or spoken_to or (ends and token.root in {"ibu", "bapak"} and token.raw not in KIN_WORDS))
    return True


KIN_WORDS = frozenset(
    ["ayah", "abah", "mama", "mamak", "emak", "papa", "abi", "umi", "bunda", "ayahku", "ibuku", "kakaknya"]
)


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
        age = _age_at(tokens, position, person)
        if age is not None:
            person.age, position = age
            person.ageband = "child" if person.age < ADULT_AT else "adult"
        elif token.has("sexword") and not (person.sex and person.head != "saya"):
            _set_kind(person, token)
            position += 1
        elif token.raw in CHILD_SCHOOL and person.ageband != "adult":
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
            person.head == "saya"
            and token.has("spouse", "mother", "child")
            and not token.owned
            and token.root in SELF_IS
        ):
            _set_kind(person, token)
            position += 1
        elif (
            token.has("self", "step", "voc", "name", "place", "officer", "ex", "sexword")
            or token.raw in FOLLOWS
            or (token.has("person", "father", "mother") and _owns(tokens, person, position))
            or (not token.known and not token.tags and tokens[position - 1].has("voc"))
        ):
            position += 1
        else:
            break
        person.end = position
    return max(position, person.end)


FOLLOWS = frozenset(
    [
        "ini",
        "itu",
        "di",
        "yang",
        "sendiri",
        "sebelah",
        "rumah",
        "kecil",
        "besar",
        "tersebut",
        "tsb",
        "rantau",
        "muda",
        "bungsu",
        "sulung",
        "pertama",
        "kedua",
        "ke",
        "yg",
        "kami",
        "dan",
    ]
) - {"dan", "di", "ke", "yang", "yg"}
SELF_IS = frozenset({"istri", "ibu", "siswi", "janda", "anak", "remaja"})


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


def _age_at(tokens: Sequence[Token], position: int, person: Person) -> tuple[int, int] | None:
    """(age, position after it) for "umur 9", "usia 14 th", "15 tahun"; durations are no ages."""
    token = tokens[position]
    here = position
    said = token.root in AGE_WORDS or token.raw in {"umurnya", "usianya", "umr"}
    if said:
        here += 1
    elif tokens[position - 1].root in LASTING:
        return None
    if here >= len(tokens) or not tokens[here].is_number or len(tokens[here].raw) > 2:
        return None
    years = here + 1 < len(tokens) and tokens[here + 1].raw in YEARS
    if not said and (not years or (here + 2 < len(tokens) and tokens[here + 2].root in {"lalu", "kemarin"})):
        return None
    age = int(tokens[here].raw)
    if not said and person.ageband == "adult" and age < ADULT_AT:
        return None
    return age, here + (2 if years else 1)


PERP_SIGNS = ("rough", "rage", "drunk", "affair")


def _mark_rough(tokens: Sequence[Token], people: list[Person]) -> None:
    """ "lakinya kasar", "suami ngamuk": the one it is said of acts."""
    for person in people:
        after = [t for t in tokens[person.end : person.end + 2] if not t.brk]
        if any(t.has(*PERP_SIGNS) and t.voice != "passive" for t in after) and person.head != "saya":
            person.role = "perpetrator"


def harmed(tokens: Sequence[Token], found: Sequence[Happening]) -> Harmed:
    """Age and sex of the victims: any child among them makes it a child's case."""
    people = persons(tokens)
    _mark_rough(tokens, people)
    for happening in found:
        _assign(tokens, people, happening)
    _spread(people)
    _agents(tokens, people)
    _same_self(people)
    _loose_age(tokens, people)
    victims = [p for p in people if p.role == "victim"]
    actors = [p for p in people if p.role == "perpetrator"]
    if not [p for p in victims if p.head != "saya" or p.sex or p.ageband]:
        victims = _fallback(people, victims, actors)
    return _sum_up(tokens, people, victims, actors, found)


def _agents(tokens: Sequence[Token], people: list[Person]) -> None:
    """Whoever stands right behind any passive verb acts: "rumahnya mau diambil anak-anaknya"."""
    for person in people:
        before = tokens[person.start - 1] if person.start else None
        if before is not None and before.voice == "passive" and tokens[person.start].owned:
            _mark(person, "perpetrator")


def _loose_age(tokens: Sequence[Token], people: list[Person]) -> None:
    """An age said apart ("..., umurnya 8") is the victim's."""
    inside = {position for person in people for position in range(person.start, person.end)}
    victims = [p for p in people if p.role == "victim"] or [p for p in people if not p.role and p.head != "saya"]
    for position in range(1, len(tokens)):
        if position in inside or not victims:
            continue
        said = tokens[position].root in AGE_WORDS
        found = _age_at(tokens, position, victims[-1]) if said else None
        if found is not None and victims[-1].age is None:
            victims[-1].age = found[0]
            victims[-1].ageband = "child" if found[0] < ADULT_AT else "adult"


def _spread(people: list[Person]) -> None:
    """Persons joined by "dan" share their role."""
    for first, second in pairwise(people):
        if second.joined and second.role and not first.role:
            first.role = second.role
        elif second.joined and first.role and not second.role:
            second.role = first.role


def _fallback(people: list[Person], victims: list[Person], actors: list[Person]) -> list[Person]:
    """Nobody is plainly harmed: those named without a role; beside "saya" a husband is the one who acts."""
    named = [p for p in people if not p.role and p.head != "saya" and not p.tags & {"other", "perp"}]
    named = [p for p in named if p.sex or p.ageband]
    if victims:
        spouses = [p for p in named if "spouse" in p.marks]
        actors.extend(spouses)
        named = [p for p in named if p not in spouses]
        return victims if spouses or actors else named or victims
    return named


def _same_self(people: list[Person]) -> None:
    """What she says of herself once holds wherever she speaks of herself."""
    mine = [p for p in people if p.head == "saya"]
    sex = next((p.sex for p in mine if p.sex), "")
    ageband = next((p.ageband for p in mine if p.ageband), "")
    age = next((p.age for p in mine if p.age is not None), None)
    for person in mine:
        person.sex, person.ageband, person.age = sex, ageband, age
    for victim in (p for p in people if p.role == "victim" and p.head != "saya"):
        for twin in people:
            if twin is not victim and twin.head == victim.head and not twin.role:
                victim.sex = victim.sex or twin.sex
                victim.age = victim.age if victim.age is not None else twin.age
                victim.ageband = victim.ageband or twin.ageband


def _sum_up(
    tokens: Sequence[Token],
    people: list[Person],
    victims: list[Person],
    actors: list[Person],
    found: Sequence[Happening],
) -> Harmed:
    children = [p for p in victims if p.ageband == "child"]
    told = children or [p for p in victims if p.ageband or p.sex]
    victim = Age.CHILD if children else Age.ADULT if any(p.ageband == "adult" for p in told) else Age.UNKNOWN
    sexes = {p.sex for p in told if p.sex}
    sex = Sex(sexes.pop()) if len(sexes) == 1 else Sex.UNKNOWN
    if not told:
        spouse = next((p for p in actors if "spouse" in p.marks and p.sex), None)
        if spouse:
            victim, sex = Age.ADULT, Sex.MALE if spouse.sex == "f" else Sex.FEMALE
        elif any("spouse" in p.marks for p in actors):
            victim = Age.ADULT
    elif victim is Age.UNKNOWN and any("spouse" in p.marks for p in people):
        victim = Age.ADULT
    if sex is Sex.UNKNOWN and not children and told:
        actor = {p.sex for p in actors if p.sex and "spouse" in p.marks}
        sex = (Sex.MALE if actor == {"f"} else Sex.FEMALE) if len(actor) == 1 else sex
    if sex is Sex.UNKNOWN and any(tokens[h.head].root == "hamili" for h in found):
        sex = Sex.FEMALE
    codes = [t for t in tokens if t.has("agecode")]
    if codes and victim is Age.UNKNOWN:
        victim = Age.CHILD if int(codes[0].root[1:]) < ADULT_AT else Age.ADULT
    ages = [p.age for p in told if p.age is not None]
    return Harmed(victim, sex, ages[0] if ages else None, tuple(people))


NOUNS_OF_HARM = frozenset({"kekerasan"})


def _assign(tokens: Sequence[Token], people: list[Person], happening: Happening) -> None:
    """Give roles to the persons around one happening."""
    first, last = happening.at[0], happening.at[-1]
    verbs = [p for p in happening.at if tokens[p].voice in {"passive", "active"}]
    verbs = verbs or [p for p in happening.at if tokens[p].has("verb") and not tokens[p].has("neg")]
    verb = verbs[0] if verbs else last
    voice = tokens[verb].voice
    inside = [p for p in people if first <= p.start <= last]
    left = _left(tokens, people, first)
    right = _right(tokens, people, max(last, verb))
    if happening.form in {"KTR", "ANC"} and voice == "bare" and _describes(tokens, happening):
        _mark(_actor(people, first) or left, "perpetrator")
        _mark(right, "victim")
    elif voice == "passive" or _is_forbidden(tokens, happening):
        _mark(left, "victim")
        _mark(right, "perpetrator")
        for person in inside:
            _mark(person, "perpetrator" if person.start > verb else "victim")
    elif (
        happening.form in STATES
        or tokens[verb].voice == "noun"
        or tokens[verb].has("kdrt", "formcode")
        or _is_noun(tokens[verb])
    ):
        _assign_noun(tokens, people, left, inside, last)
    else:
        target = [p for p in inside if p.start > verb]
        for person in target:
            _mark(person, "victim")
        _mark(right if not target else None, "victim")
        _mark(left, "perpetrator" if (right or target or left is None or left.head != "saya") else "victim")


def _assign_noun(
    tokens: Sequence[Token], people: list[Person], left: Person | None, inside: list[Person], last: int
) -> None:
    """ "penganiayaan terhadap istri oleh suaminya", "trauma", "LAPOR FISIK istri": harm named by a noun."""
    for person in inside:
        _mark(person, "victim")
    hit = bool(inside)
    for person in people:
        if person.start <= last or person.start > last + 8:
            continue
        linking = tokens[max(0, person.start - 2) : person.start]
        if any(t.has("by") for t in linking):
            _mark(person, "perpetrator")
        elif any(t.has("toward") for t in linking):
            _mark(person, "victim")
            hit = True
    if hit and (left is None or left.head == "saya"):
        return
    right = _right(tokens, people, last)
    if left is None and right is not None and not right.role:
        _mark(right, "victim")
    if not hit:
        _mark(left, "victim")


def _is_forbidden(tokens: Sequence[Token], happening: Happening) -> bool:
    """ "anak tidak boleh keluar": the one before it suffers it."""
    return tokens[happening.at[0]].has("neg") and any(tokens[p].has("may") for p in happening.at)


STATES = frozenset({"HAS", "CLK", "KAN"})
NOUN_ROOTS = frozenset(
    [
        "fisik",
        "psikis",
        "verbal",
        "mental",
        "batin",
        "seksual",
        "trauma",
        "depresi",
        "stres",
        "takut",
        "kelaparan",
        "luka",
        "memar",
        "ekonomi",
        "kbgo",
        "tppo",
        "asusila",
        "dispensasi",
        "ngemis",
        "ngamen",
        "kemaluan",
        "prostitusi",
        "inses",
    ]
)


def _is_noun(token: Token) -> bool:
    return token.root in NOUN_ROOTS and token.voice == "bare"


def _describes(tokens: Sequence[Token], happening: Happening) -> bool:
    """ "suami posesif", "suami bawa parang": it tells of the one who acts."""
    return any(tokens[p].root in {"posesif", "cemburu"} or tokens[p].has("weapon", "kill") for p in happening.at)


def _actor(people: list[Person], position: int) -> Person | None:
    """Of the persons before, the likeliest to carry a weapon: a husband, a father, a stranger, no child."""
    before = [p for p in people if p.end <= position and position - p.end <= REACH_LEFT]
    likely = [p for p in before if p.tags & {"spouse", "father", "partner", "ex", "other"}]
    return likely[-1] if likely else None


def _mark(person: Person | None, role: str) -> None:
    if person is not None and role and not person.role:
        person.role = role


def _left(tokens: Sequence[Token], people: list[Person], position: int) -> Person | None:
    """The nearest person before the words, in this clause or carried on from the one before."""
    near = [p for p in people if p.end <= position and position - p.end <= REACH_LEFT]
    if not near:
        return None
    person = near[-1]
    if person.role == "perpetrator" and tokens[position].voice == "passive":
        earlier = [p for p in near if p.role == "victim"]
        return earlier[-1] if earlier else None
    if person.head == "orang" and person.tags >= {"other"} and len(near) > 1:
        return near[-2]
    return person


def _right(tokens: Sequence[Token], people: list[Person], position: int) -> Person | None:
    """The nearest person after the words, not across a break or another verb."""
    for person in people:
        if person.start <= position:
            continue
        between = tokens[position + 1 : person.start + 1]
        if len(between) > REACH_RIGHT + 1 or any(t.brk for t in between):
            return None
        if any(t.voice in {"passive", "active"} and t.tags for t in between[:-1]) and not any(
            t.has("and") for t in between
        ):
            return None
        return person
    return None
