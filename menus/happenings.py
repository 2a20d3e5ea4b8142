"""What was done in a text: the forms of violence, each at its words, without what was denied or is no violence.

A phrase speaks before the words in it do. A weak word (`FIS?`: luka, dorong, takut) needs a person beside it and no
ordinary subject around it; a verb whose object is a thing (bola, ayam, harga) is no violence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from menus.phrases import Match
from menus.words import Token
from models.vocabulary import Form

FORMS = frozenset(form.value for form in Form)

SEES_THROUGH = frozenset(
    {"pernah", "di", "ada", "sampai", "juga", "sempat", "yang", "lagi", "suka", "bisa", "saya", "dia", "pakai", "sama"}
)
AND_SO_ON = frozenset({"dan", "atau", "maupun", "ataupun", "serta", "apalagi"})
STATIVE = frozenset(
    [
        "tahan",
        "kuat",
        "sanggup",
        "mau",
        "berani",
        "tahu",
        "rela",
        "terima",
        "betah",
        "mampu",
        "tega",
        "hanya",
        "sedikit",
        "jarang",
        "usah",
    ]
)


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
        for tag in sorted(token.tags):
            form = tag.rstrip("?")
            if form in FORMS and not _denied(tokens, position) and not _on_a_thing(tokens, position):
                found.append(Happening(form, (position,), weak=tag.endswith("?") and token.voice != "passive"))
    found += _child_marriage(tokens, found)
    return sorted(found, key=lambda happening: (happening.at[0], happening.form))


def _in_code_slot(tokens: Sequence[Token], position: int) -> bool:
    """A form's code ("KAN", "LAN") is a word too: it is a code only near LAPOR or another code."""
    return any(token.has("report", "formcode", "agecode") for token in tokens[max(0, position - 3) : position])


def _child_marriage(tokens: Sequence[Token], found: Sequence[Happening]) -> list[Happening]:
    """Somebody under age who is being married off: "umur 15 ... dikawinkan"."""
    if any(happening.form == "KAN" for happening in found):
        return []
    young = any(t.has("child") for t in tokens) or any(
        first.is_number and int(first.raw[:4]) < MARRIAGE_AGE and second.root == "tahun"
        for first, second in pairwise(tokens)
    )
    married = [p for p, token in enumerate(tokens) if token.has("marry") and token.voice == "passive"]
    return [Happening("KAN", (married[0],))] if young and married else []


MARRIAGE_AGE = 19


def _denied(tokens: Sequence[Token], position: int) -> bool:
    """Whether a `tidak`, `bukan`, `belum` before these words takes them back: not `tidak hanya`, not `tidak tahan`."""
    here = position - 1
    steps = 0
    while here >= 0 and steps < 5:
        token = tokens[here]
        if token.has("neg"):
            after = tokens[here + 1]
            return not (after.has("only") or after.root in STATIVE or (after.root == "saja"))
        linked = token.root in AND_SO_ON
        if tokens[here + 1].brk and not linked:
            return False
        if not (token.root in SEES_THROUGH or linked or token.has("kdrt")):
            is_form = any(tag.rstrip("?") in FORMS for tag in token.tags)
            if not (is_form and here + 1 <= position and tokens[here + 1].root in AND_SO_ON):
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
        return after is not None and after.has("thing") and after.root in NATURE
    if token.has("formcode", "kdrt") or token.voice == "noun":
        return False
    return after is not None and after.has("thing") and not after.has("weapon") and not _tool(tokens, position)


def _tool(tokens: Sequence[Token], position: int) -> bool:
    return _has_person(tokens[position + 2 : position + 4])


def _has_person(tokens: Sequence[Token]) -> bool:
    return any(token.has("person") for token in tokens)


NATURE = frozenset(
    [
        "banjir",
        "ombak",
        "badai",
        "hujan",
        "angin",
        "panas",
        "dingin",
        "tugas",
        "rindu",
        "kangen",
        "kemarau",
        "musim",
        "utang",
        "kerjaan",
    ]
)
