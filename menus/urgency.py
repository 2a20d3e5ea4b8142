"""Is it now? Danger words, words of now, and the past that takes them back.

`sekarang`, `segera`, `tolong`, `cepat` alone are no alarm: they count only beside violence, danger or a person in need.
"""

import re
from collections.abc import Sequence

from menus.happenings import Happening
from menus.persons import Person
from menus.phrases import Match
from menus.words import Token

GRAVE = frozenset({"FIS", "SKP", "PRK", "CBL", "ANC", "CLK", "SEK"})


def is_urgent(
    tokens: Sequence[Token],
    tags: frozenset[str],
    matches: Sequence[Match],
    found: Sequence[Happening],
    people: Sequence[Person],
) -> bool:
    """Danger now for somebody."""
    gives = {match.gives for match in matches}
    past = _is_past(tokens, tags, gives)
    now = "now" in gives or _is_now(tokens, tags, past=past)
    grave = any(h.form in GRAVE for h in found)
    danger = "danger" in gives
    body = "bodyharm" in gives or _any(tags, "bodyharm")
    context = _any(tags, "kdrt", "rage", "quarrel", "scream", "rough", "drunk")
    if "suicide" in gives or _any(tags, "suicide"):
        return not past or now
    if _is_alarm(tokens, tags):
        return True
    if now and (found or context or danger or body or _any(tags, "breakin", "chase", "fear", "hide")):
        return True
    if _is_locked_in(tags, found, people):
        return True
    if past:
        return False
    called = _any(tags, "plea", "cry", "haste")
    if (danger and (people or called)) or (body and grave and not _any(tags, "often")):
        return True
    return _calls_for_help(tokens, tags, gives, found, people, told=bool(found or context or body))


def _calls_for_help(
    tokens: Sequence[Token],
    tags: frozenset[str],
    gives: set[str],
    found: Sequence[Happening],
    people: Sequence[Person],
    *,
    told: bool,
) -> bool:
    """A plea beside violence: haste, a fit of rage, or her own body; a polite "tolong bu" before a report is none."""
    plea = _any(tags, "plea", "cry")
    haste = _any(tags, "haste")
    if ("rescue" in gives or (plea and haste)) and told:
        return True
    signs = ("rage", "chase", "danger", "bodyharm", "breakin", "scream", "weapon", "run", "hide")
    if (plea or haste) and people and any(t.has(*signs) and not t.has("strong") for t in tokens):
        return True
    if tokens[0].has("plea") and _any(tags, "drunk"):
        return True
    if plea and any(h.form == "SKP" for h in found):
        return True
    if _any(tags, "scream") and people and not _any(tags, "often"):
        return True
    mine = any(p.head == "saya" and p.role == "victim" for p in people)
    grave = any(h.form in GRAVE for h in found)
    return plea and grave and mine and not _any(tags, "often")


def _is_alarm(tokens: Sequence[Token], tags: frozenset[str]) -> bool:
    """BAHAYA, DARURAT, GAWAT as a cry, not "bahaya untuk anak", "bahaya nikah dini"."""
    if "strong" not in tags or _any(tags, "info", "edu"):
        return False
    for position, token in enumerate(tokens):
        if token.has("strong"):
            after = tokens[position + 1] if position + 1 < len(tokens) else None
            return after is None or not after.has("forword")
    return False


def _is_locked_in(tags: frozenset[str], found: Sequence[Happening], people: Sequence[Person]) -> bool:
    """Confinement lasts: whoever says she is locked in, or since when somebody is, says that it is so now."""
    if not any(h.form == "SKP" for h in found) or _any(tags, "often"):
        return False
    mine = any(p.head == "saya" and p.role == "victim" for p in people)
    return (mine and not _any(tags, "past")) or _any(tags, "since") or _any(tags, "earlier")


def _any(tags: frozenset[str], *these: str) -> bool:
    return not tags.isdisjoint(these)


def _is_now(tokens: Sequence[Token], tags: frozenset[str], *, past: bool) -> bool:
    """A word of now that is not only about how things have become: "sekarang sudah tenang", "baru cerita sekarang"."""
    for position, token in enumerate(tokens if "now" in tags else ()):
        if not token.has("now"):
            continue
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        if after is not None and after.has("settled") and not after.brk:
            continue
        if past and after is None:
            continue
        if token.root == "sekarang" and _any(tags, "often"):
            continue
        return True
    return False


def is_past(tokens: Sequence[Token], tags: frozenset[str], matches: Sequence[Match]) -> bool:
    """Told of as over: years, `dulu`, "minggu lalu"."""
    return _is_past(tokens, tags, {match.gives for match in matches})


YEAR = re.compile(r"(?:19|20)\d\d")


def _is_past(tokens: Sequence[Token], tags: frozenset[str], gives: set[str]) -> bool:
    return "past" in gives or _any(tags, "past") or any(YEAR.fullmatch(token.raw) for token in tokens)
