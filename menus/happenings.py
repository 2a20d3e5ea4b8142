"""What was done in a text: the forms of violence, each at its words, without what was denied or is no violence.

A phrase speaks before the words in it do. A weak word (`FIS?`: luka, dorong, takut) needs a person beside it and no
ordinary subject around it; a verb whose object is a thing (bola, ayam, harga) is no violence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from menus.phrases import Match
from menus.words import Token
from models.vocabulary import Form

FORMS = frozenset(form.value for form in Form)


@dataclass(frozen=True, slots=True)
class Happening:
    """One form of violence said at these words."""

    form: str
    at: tuple[int, ...]
    weak: bool = False

    @property
    def head(self) -> int:
        return self.at[-1]


def happenings(tokens: Sequence[Token], matches: Sequence[Match]) -> list[Happening]:
    """All forms in the order they are said, weak ones marked; negated and swallowed ones are gone."""
    taken: set[int] = set()
    found: list[Happening] = []
    for match in matches:
        if match.gives != "none" and not match.gives.startswith("form:"):
            continue
        at = {p for p in match.at if not tokens[p].has("person") or tokens[p].has("neg")}
        if at & taken:
            continue
        if match.gives == "none":
            taken |= at
            continue
        conditional = match.at[0] > 0 and tokens[match.at[0]].has("neg") and tokens[match.at[0] - 1].has("if")
        if not conditional and not _denied(tokens, match.at[0]):
            found.append(Happening(match.gives[5:], match.at))
        taken |= {p for p in at if not tokens[p].has("formcode")}
    for position, token in enumerate(tokens):
        if position in taken:
            continue
        if token.has("formcode") and not _in_code_slot(tokens, position):
            continue
        for form, weak in forms_in(token.tags):
            if not _denied(tokens, position) and not _on_a_thing(tokens, position):
                found.append(Happening(form, (position,), weak=weak and token.voice != "passive"))
    found += _by_age(tokens, found)
    return sorted(found, key=lambda happening: (happening.at[0], happening.form))


@lru_cache(maxsize=4096)
def forms_in(tags: frozenset[str]) -> tuple[tuple[str, bool], ...]:
    """The forms among these tags in their order, and whether each is a weak word's."""
    return tuple((tag.rstrip("?"), tag.endswith("?")) for tag in sorted(tags) if tag.rstrip("?") in FORMS)


def taken_back(tokens: Sequence[Token], matches: Sequence[Match]) -> frozenset[str]:
    """The forms whose words are there but denied, or done to a thing: nobody else may read them into the text."""
    words = {
        form
        for position, token in enumerate(tokens)
        for form, _ in forms_in(token.tags)
        if _denied(tokens, position) or _on_a_thing(tokens, position)
    }
    said = {m.gives[5:] for m in matches if m.gives.startswith("form:") and _denied(tokens, m.at[0])}
    return frozenset(words | said)


SHORT_FORM = 5


def _in_code_slot(tokens: Sequence[Token], position: int) -> bool:
    """A form's code ("KAN", "LAN") is a word too: it is a code only near LAPOR or another code."""
    if position == 0 and len(tokens) <= SHORT_FORM:
        return any(token.has("agecode", "place") for token in tokens)
    return any(token.has("report", "formcode", "agecode") for token in tokens[max(0, position - 3) : position])


def _by_age(tokens: Sequence[Token], found: Sequence[Happening]) -> list[Happening]:
    """What the age makes of it: somebody under age who is married off or with child."""
    if not any(token.has("marry", "pregnant") for token in tokens):
        return []
    numbers = [int(a.raw[:4]) for a, b in pairwise(tokens) if a.is_number and b.root == "tahun"]
    numbers += [int(b.raw[:4]) for a, b in pairwise(tokens) if b.is_number and a.root in {"umur", "usia"}]
    young = any(CHILD_BRIDE <= number < MARRIAGE_AGE for number in numbers)
    child = young or any(token.has("child") for token in tokens)
    if any(token.has("may") for token in tokens) and any(token.has("question", "neg") for token in tokens):
        return []
    married = [p for p, t in enumerate(tokens) if t.has("marry") and (young or (child and t.voice == "passive"))]
    forms = {happening.form for happening in found}
    if married:
        given_away = young and tokens[married[0]].voice == "passive" and not any(token.has("order") for token in tokens)
        new = ("KAN", "KPX") if given_away else ("KAN",)
        return [Happening(form, (married[0],)) for form in new if form not in forms]
    pregnant = [p for p, token in enumerate(tokens) if token.has("pregnant") and young]
    return [Happening("PRK", (pregnant[0],))] if pregnant and "PRK" not in forms else []


CHILD_BRIDE = 10
MARRIAGE_AGE = 19


def _denied(tokens: Sequence[Token], position: int) -> bool:
    """Whether a `tidak`, `bukan`, `belum` before these words takes them back: not `tidak hanya`, not `tidak tahan`."""
    here = position - 1
    steps = 0
    while here >= 0 and steps < 5:
        token = tokens[here]
        if token.has("neg"):
            after = tokens[here + 1]
            return not (after.has("only") or after.has("stative") or (after.root == "saja"))
        linked = token.has("andsoon")
        if tokens[here + 1].brk and not linked:
            return False
        if not (token.has("through") or linked or token.has("kdrt")):
            listed = bool(forms_in(token.tags)) and here + 1 <= position and tokens[here + 1].has("andsoon")
            if not listed:
                return False
        here -= 1
        steps += 1
    return False


def _on_a_thing(tokens: Sequence[Token], position: int) -> bool:
    """ "mukul bola", "ayam dipotong", "dihantam banjir": what it was done to, or what did it, is a thing."""
    token = tokens[position]
    before = tokens[position - 1] if position else None
    after = tokens[position + 1] if position + 1 < len(tokens) and not tokens[position + 1].brk else None
    if token.voice == "passive":
        if before is not None and before.has("thing") and not _has_person(tokens[max(0, position - 4) : position]):
            return True
        return after is not None and after.has("thing") and after.has("nature")
    if token.has("formcode", "kdrt") or token.voice == "noun":
        return False
    return after is not None and after.has("thing") and not after.has("weapon") and not _tool(tokens, position)


def _tool(tokens: Sequence[Token], position: int) -> bool:
    return _has_person(tokens[position + 2 : position + 4])


def _has_person(tokens: Sequence[Token]) -> bool:
    return any(token.has("person") for token in tokens)
