"""SMS grammar: one stranger's text to one Reading. Total: any text gives a reading, none an exception."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from menus import codes
from menus import intent as intents
from menus.evidence import opinion_of
from menus.happenings import Happening, happenings, taken_back
from menus.incident_place import choose
from menus.judgement import Judgement, judge
from menus.lexicon import Lexicon
from menus.places import NO_PLACE, Place
from menus.reading import clean, raw_tokens
from menus.sessions import Session, name_elsewhere, read_session
from menus.timing import Incident, incident
from menus.urgency import is_past, is_urgent
from menus.victims import Harmed, harmed
from menus.whereabouts import PlaceFinder
from menus.words import Token, WordReader, tags_of
from models.vocabulary import Age, Intent, Sex

__all__ = ["Incident", "Reading", "Sender", "parse", "read_place", "reading_as_row"]

CASES = frozenset({Intent.REPORT, Intent.EMERGENCY})


@dataclass(frozen=True)
class Sender:
    """Who texts: the context of a reading."""

    kind: str = "resident"  # resident | cadre | officer | agency
    village: str | None = None  # a cadre's own area code


@dataclass(frozen=True)
class Reading:
    """How a text is understood; whatever it is, the text itself is kept for a human."""

    intent: Intent
    keyword: str | None = None
    keyword_exact: bool = False
    forms: tuple[str, ...] = ()
    place: Place = NO_PLACE
    urgent: bool = False
    victim: Age = Age.UNKNOWN
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    missing: tuple[str, ...] = ()
    ask: str | None = None
    incident: Incident | None = None
    names_seen: bool = False
    receipt: str | None = None
    code: str | None = None
    reference: str | None = None
    topic: str | None = None
    people: int | None = None
    audience: str | None = None
    digits: str | None = None


class Reader(NamedTuple):
    """The parts that read with one district's lists."""

    words: WordReader
    places: PlaceFinder


@lru_cache(maxsize=4)
def reader_of(lexicon: Lexicon) -> Reader:
    words = WordReader(lexicon)
    return Reader(words, PlaceFinder(lexicon, words))


def parse(text: str, lexicon: Lexicon, sender: Sender = Sender()) -> Reading:
    """Read one SMS. Never raises, whatever the text."""
    cleaned = clean(text)
    plain = codes.read_plain(cleaned, sender.kind)
    if plain is not None:
        return Reading(**plain)
    reader = reader_of(lexicon)
    raws = reader.words.straighten(raw_tokens(cleaned))
    mentions = reader.places.mentions(raws)
    taken = frozenset(p for m in mentions for p in range(m.start, m.end))
    tokens = reader.words.read(raws, taken)
    if not tokens:
        return Reading(Intent.UNCLEAR)
    keyword = codes.find_keyword(tokens)
    fixed = codes.read_command(keyword, tokens, cleaned, sender.kind)
    if fixed is not None:
        return Reading(**fixed)
    place = choose(mentions, raws, lexicon, reader.words, sender.village)
    seen = observe(tokens, cleaned, lexicon, keyword, has_place=place != NO_PLACE)
    return _read_story(seen, cleaned, sender, keyword, place, judge(seen, opinion_of(seen, lexicon.model)))


def story_of(text: str, lexicon: Lexicon) -> intents.Evidence | None:
    """What is seen in a text that tells something; None for codes and commands, which are only looked up."""
    cleaned = clean(text)
    if codes.read_plain(cleaned, "resident") is not None:
        return None
    reader = reader_of(lexicon)
    raws = reader.words.straighten(raw_tokens(cleaned))
    mentions = reader.places.mentions(raws)
    tokens = reader.words.read(raws, frozenset(p for m in mentions for p in range(m.start, m.end)))
    if not tokens:
        return None
    keyword = codes.find_keyword(tokens)
    if codes.read_command(keyword, tokens, cleaned, "resident") is not None:
        return None
    place = choose(mentions, raws, lexicon, reader.words, None)
    return observe(tokens, cleaned, lexicon, keyword, has_place=place != NO_PLACE)


def read_place(text: str, lexicon: Lexicon) -> Place:
    """A text that answers "which village?": here names that are ordinary words too (Makmur) are meant."""
    reader = reader_of(lexicon)
    raws = reader.words.straighten(raw_tokens(clean(f"desa {text}")))
    return choose(reader.places.mentions(raws), raws, lexicon, reader.words, None)


def observe(
    tokens: Sequence[Token], cleaned: str, lexicon: Lexicon, keyword: codes.Keyword | None, *, has_place: bool
) -> intents.Evidence:
    """Everything the rules find in the words of a text."""
    matches = lexicon.phrases.find(tokens)
    found = happenings(tokens, matches)
    who = harmed(tokens, found)
    tags = tags_of(tokens)
    return intents.Evidence(
        tokens,
        tags,
        gives=frozenset(match.gives for match in matches),
        found=found,
        harmed=who,
        urgent=is_urgent(tokens, tags, matches, found, who.persons),
        has_place=has_place,
        reference=codes.find_reference(tokens, cleaned, keyword),
        asked="?" in cleaned,
        past=is_past(tokens, tags, matches),
        taken_back=taken_back(tokens, matches),
    )


def _read_story(
    seen: intents.Evidence,
    cleaned: str,
    sender: Sender,
    keyword: codes.Keyword | None,
    place: Place,
    judged: Judgement,
) -> Reading:
    meant = judged.intent
    word = keyword.word if keyword else None
    exact = keyword.exact if keyword else False
    if meant in CASES:
        return _case(judged, seen, place, sender, word, exact)
    if meant is Intent.OUTREACH:
        session: Session = read_session(seen.tokens, place)
        return Reading(
            meant,
            word,
            exact,
            place=name_elsewhere(seen.tokens, place),
            topic=session.topic,
            people=session.people,
            audience=session.audience,
        )
    receipt = codes.find_receipt(cleaned) if meant is Intent.STATUS else None
    topic = _topic(seen.found) if meant is Intent.INFO else None
    return Reading(meant, word, exact, reference=seen.reference, receipt=receipt, topic=topic)


def _topic(found: Sequence[Happening]) -> str | None:
    return found[0].form if found else None


def _case(
    judged: Judgement,
    seen: intents.Evidence,
    place: Place,
    sender: Sender,
    word: str | None,
    exact: bool,
) -> Reading:
    who: Harmed = seen.harmed
    if not place.codes and place.named is None and sender.village:
        place = Place((sender.village,), assumed=True)
    missing = _missing(judged.forms, place, who)
    return Reading(
        judged.intent,
        word,
        exact,
        forms=judged.forms,
        place=place,
        urgent=judged.urgent,
        victim=who.victim,
        sex=who.sex,
        age=who.age,
        missing=missing,
        ask=_ask(missing, place),
        incident=incident(seen.tokens),
        names_seen=codes.names_person(seen.tokens),
    )


def _missing(forms: tuple[str, ...], place: Place, who: Harmed) -> tuple[str, ...]:
    missing = []
    if not forms:
        missing.append("kind")
    if len(place.codes) != 1:
        missing.append("place")
    if who.victim is Age.UNKNOWN and who.sex is Sex.UNKNOWN:
        missing.append("who")
    return tuple(missing)


def _ask(missing: tuple[str, ...], place: Place) -> str | None:
    """Text key of the first question."""
    if not missing:
        return None
    if missing[0] == "place" and len(place.codes) > 1:
        return "sms.cadre.ask_twin"
    return f"sms.cadre.ask_{missing[0]}"


def reading_as_row(reading: Reading) -> dict[str, object]:
    """The fields of INTERFACES' `parse`, without the id."""
    return {
        "intent": reading.intent.value,
        "forms": list(reading.forms),
        "area_code": reading.place.area_code,
        "urgent": int(reading.urgent),
        "victim": reading.victim.value,
        "sex": reading.sex.value,
        "missing": list(reading.missing),
        "ask": reading.ask,
    }
