"""Which of the places named is the incident's: home, origin and landmark give way, doubt keeps all. Never a guess."""

from collections.abc import Sequence
from itertools import pairwise

from menus.lexicon import Lexicon
from menus.places import NO_PLACE, Place
from menus.reading import Raw
from menus.spelling import edit_cost
from menus.whereabouts import Mention
from menus.words import WordReader

LANDMARK, ORIGIN, HOME, BARE, VILLAGE, HERE = -10, -5, -4, 1, 2, 3
AREA_WORD = frozenset({"villageword", "kecamatanword", "city"})


def choose(
    mentions: Sequence[Mention], raws: Sequence[Raw], lexicon: Lexicon, words: WordReader, own: str | None
) -> Place:
    """The place of the incident. `own`: a cadre's village, which decides only when it is one of several meant."""
    if not mentions:
        return NO_PLACE
    tags = [words.words_of(raw.text)[0].tags for raw in raws]
    either, unsure = _are_choices(mentions, tags), _is_unsure(mentions, tags)
    doubt = either or unsure
    weights = _weights(mentions)
    narrowed = [_narrow(m, lexicon, tags, unsure=unsure) for m in mentions]
    scored = list(zip(weights, mentions, narrowed, strict=True))
    kecamatans = {code for _, _, codes in scored for code in codes if lexicon.areas.get(code).is_kecamatan}
    scored = [(w, m, _within(codes, kecamatans, lexicon)) for w, m, codes in scored]
    top = max(weight for weight, _, _ in scored)
    chosen = [(m, codes) for weight, m, codes in scored if weight == top or (doubt and not m.outside)]
    chosen += [(m, codes) for weight, m, codes in scored if weight == BARE and top == VILLAGE and not m.outside]
    named = " ".join(raw.text for m, _ in chosen for raw in raws[m.start : m.end])
    if any(m.outside for m, _ in chosen):
        return Place(named=named)
    codes = _without_parents([code for _, found in chosen for code in found], lexicon)
    if own in codes and len(codes) > 1:
        codes = [own]
    return Place(tuple(sorted(codes)), named=named)


def _are_choices(mentions: Sequence[Mention], tags: Sequence[frozenset[str]]) -> bool:
    """ "antara tapis atau senaken"."""
    for first, second in pairwise(mentions):
        between = tags[first.end : second.start]
        if "between" in first.last or (len(between) <= 2 and any("either" in these for these in between)):
            return True
    return False


def _is_unsure(mentions: Sequence[Mention], tags: Sequence[frozenset[str]]) -> bool:
    """ "mendik yang mana saya lupa"."""
    return any(
        any("doubt" in these for these in tags[m.end : m.end + 4])
        or (
            any("doubtnoun" in these for these in tags[m.end + 1 : m.end + 3])
            and any("doubtverb" in these for these in tags[m.end : m.end + 3])
        )
        for m in mentions
    )


def _weights(mentions: Sequence[Mention]) -> list[int]:
    """The weight of each name; one right behind another stands under the same words: "jurusan grogot kuaro"."""
    weights: list[int] = []
    for position, mention in enumerate(mentions):
        follows = position > 0 and mentions[position - 1].end == mention.start
        weights.append(weights[-1] if follows else _weight(mention))
    return weights


def _weight(mention: Mention) -> int:
    """How much the words before a name make it the incident's place."""
    last, earlier = mention.last, mention.earlier
    if "nearby" in last:
        return LANDMARK
    if "origin" in last and "home" not in last:
        return ORIGIN
    if "home" in last or (last & AREA_WORD and "home" in earlier):
        return HOME
    at = "at" in last or ("at" in earlier and bool(last & (AREA_WORD | {"site"})))
    if "at" in last and "self" in earlier:
        return 0
    if at and any("live" in these for these in mention.before):
        return 0
    if at or "at" in earlier:
        return HERE
    return VILLAGE if last & AREA_WORD else BARE


def _narrow(mention: Mention, lexicon: Lexicon, tags: Sequence[frozenset[str]], *, unsure: bool) -> tuple[str, ...]:
    """Of a name borne by a kecamatan and a village, the one that was said; the kecamatan when neither was."""
    areas = lexicon.areas
    kecamatans = tuple(code for code in mention.codes if areas.get(code).is_kecamatan)
    villages = tuple(code for code in mention.codes if code not in kecamatans)
    if "kecamatanword" in mention.last:
        if kecamatans:
            return kecamatans
        close = [code for code in areas.kecamatans() if edit_cost(mention.key, _key_of(code, lexicon)) <= 1.0]
        return tuple(close) or mention.codes
    after = tags[mention.end] if mention.end < len(tags) else frozenset()
    if ("kelurahanword" in mention.last or "kelurahanword" in after) and kecamatans:
        if villages:
            return villages
        inside = [c for c in areas.villages(kecamatans[0]) if mention.key in _key_of(c, lexicon)]
        return tuple(inside) if len(inside) == 1 else kecamatans
    if unsure and len(villages) == 1 and not kecamatans:
        return areas.near_twins(villages[0])
    return kecamatans if len(kecamatans) == 1 and len(villages) < 2 else mention.codes


def _key_of(code: str, lexicon: Lexicon) -> str:
    return lexicon.areas.name(code).lower().replace(" ", "")


def _within(codes: tuple[str, ...], kecamatans: set[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Several villages narrowed to those of a kecamatan that was named too."""
    if len(codes) < 2:
        return codes
    return tuple(code for code in codes if lexicon.areas.kecamatan(code) in kecamatans) or codes


def _without_parents(codes: Sequence[str], lexicon: Lexicon) -> list[str]:
    """A kecamatan named beside one of its villages only says where the village is."""
    unique = list(dict.fromkeys(codes))
    parents = {lexicon.areas.kecamatan(code) for code in unique if not lexicon.areas.get(code).is_kecamatan}
    return [code for code in unique if code not in parents]
