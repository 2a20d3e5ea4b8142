"""Who is harmed: the persons of a text, who does it to whom, and what that says of age and sex.

A person before a passive verb suffers, the one after it acts; an active verb is the other way round. Nothing named but
a husband who acts: it is his wife.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from menus.happenings import Happening
from menus.persons import ADULT_AT, Person, age_at, persons
from menus.words import Token
from models.vocabulary import Age, Sex

REACH_LEFT, REACH_RIGHT = 9, 4


@dataclass(frozen=True, slots=True)
class Harmed:
    """Age and sex of those harmed, and whether anybody was named at all."""

    victim: Age = Age.UNKNOWN
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    persons: tuple[Person, ...] = ()


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
        said = tokens[position].has("ageword")
        found = age_at(tokens, position, victims[-1]) if said else None
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


def _is_noun(token: Token) -> bool:
    return token.has("nounform") and token.voice == "bare"


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
