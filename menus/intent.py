"""What a text is for. Content decides, not the first word; what could be a person in need is never idle talk."""

from collections.abc import Sequence
from dataclasses import dataclass

from menus.happenings import Happening
from menus.victims import Harmed
from menus.words import Token
from models.vocabulary import Intent

FIRST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was seen in a text; `tags` are those of all its tokens."""

    tokens: Sequence[Token]
    tags: frozenset[str]
    gives: frozenset[str]
    found: Sequence[Happening]
    harmed: Harmed
    urgent: bool
    has_place: bool
    reference: str | None
    asked: bool = False  # there is a question mark
    past: bool = False  # it is told of as over
    taken_back: frozenset[str] = frozenset()  # forms denied, or done to a thing

    def any(self, *tags: str) -> bool:
        return not self.tags.isdisjoint(tags)

    def count(self, *tags: str) -> int:
        return sum(token.has(*tags) for token in self.tokens) if self.any(*tags) else 0


def reports_first(tokens: Sequence[Token]) -> bool:
    """LAPOR among the first words: a report, however urgent."""
    return any(token.has("report") for token in tokens[:FIRST_WORDS])


def decide(e: Evidence) -> Intent:
    """The intent, by the strongest evidence first."""
    if not e.tokens:
        return Intent.UNCLEAR
    violent = _is_violent(e)
    if _is_stop(e, violent) and not e.urgent:
        return Intent.STOP
    if e.reference and e.any("accompany"):
        return Intent.ACCOMPANY
    if _is_outreach(e, violent):
        return Intent.OUTREACH
    asked = _asks(e, violent)
    if asked:
        return asked
    if violent:
        return Intent.EMERGENCY if e.urgent and not reports_first(e.tokens) else Intent.REPORT
    if _is_status(e):
        return Intent.STATUS
    if e.any("menuword") and len(e.tokens) <= FIRST_WORDS:
        return Intent.HELP if e.any("plea") else Intent.MENU
    if _is_cry(e):
        return Intent.EMERGENCY if not reports_first(e.tokens) else Intent.REPORT
    return _without_violence(e)


def _without_violence(e: Evidence) -> Intent:
    """Requests, thanks, stories whose deed has no word we know, and the rest."""
    if "help" in e.gives:
        return Intent.HELP
    if "callback" in e.gives and not _is_ordinary(e, 4):
        return Intent.CALLBACK
    thanks = e.tokens[0].has("greet") and len(e.tokens) <= 6
    if thanks and not e.any("question", "askinfo") and "wants" not in e.gives and "info" not in e.gives:
        return _idle_or_unclear(e)
    if reports_first(e.tokens) and _family(e):
        return Intent.REPORT
    if e.has_place and _family(e) and "info" not in e.gives:
        return Intent.REPORT if _is_story(e) else _idle_or_unclear(e)
    if "info" in e.gives or ("wants" in e.gives) or (e.any("info") and not _is_ordinary(e, 3)):
        return Intent.INFO
    if "register" in e.gives:
        return Intent.REGISTER
    if _is_story(e):
        return Intent.REPORT
    if reports_first(e.tokens) and (_family(e) or e.has_place or not _is_ordinary(e, 2)):
        return Intent.REPORT
    if e.any("question") and e.any("edu") and not _family(e):
        return Intent.INFO
    return _idle_or_unclear(e)


def _is_violent(e: Evidence) -> bool:
    """Violence told of, as against its words in ordinary talk."""
    strong = [h for h in e.found if not h.weak]
    reporting = reports_first(e.tokens)
    someone = _someone(e)
    family = _family(e)
    idle = e.any("sport", "animal") or e.count("ord") >= 2
    if e.any("play") and not reporting and not e.any("self") and not e.has_place:
        return False
    if idle and not family and not reporting and not e.any("kdrt") and all(h.form in ROUGH for h in e.found):
        return False
    ordinary = e.count("ord", "spam") + 2 * e.count("sport") + e.count("spam")
    if strong and (someone or reporting or e.has_place or e.any("kdrt")):
        return True
    if strong and ordinary < 2 and not e.any("info"):
        return True
    if strong and all(h.form in SEXUAL for h in strong) and ordinary < 4:
        return True
    if [h for h in e.found if h.weak] and (reporting or (someone and ordinary < 3) or e.any("kdrt")):
        return reporting or _weak_counts(e)
    context = e.any("kdrt") or "ctx" in e.gives or (e.any("rage", "rough") and someone)
    return context and (reporting or someone or e.has_place or e.urgent or len(e.tokens) <= 2) and ordinary < 4


ROUGH = frozenset({"FIS", "ANC", "SKP", "PSI", "TLT", "CLK", "EKE"})
"""Forms whose words are used of games, beasts and tools too."""
SEXUAL = frozenset({"PRK", "CBL", "PLC", "SEK", "EKX", "KBG"})


def _weak_counts(e: Evidence) -> bool:
    """A weak word with a person: the person must be named as harmed, not only be speaking."""
    weak = [h for h in e.found if h.weak]
    if all(e.tokens[h.head].has("distress") for h in weak):
        return any(p.role == "victim" and p.head != "saya" for p in e.harmed.persons) and e.any("spouse", "father")
    return True


def _someone(e: Evidence) -> bool:
    return any(not p.tags & {"officer"} for p in e.harmed.persons)


def _is_ordinary(e: Evidence, least: int) -> bool:
    return e.count("ord", "spam") + e.count("spam") >= least


def _is_cry(e: Evidence) -> bool:
    """TOLONG and nothing else; danger at a place; a life about to end."""
    if e.any("play") or (e.any("animal") and not _family(e)):
        return False
    if e.urgent and not _is_ordinary(e, 6 if _family(e) else 2):
        return True
    if e.count("plea", "cry") > 1 and not _is_ordinary(e, 1):
        return True
    word = [t for t in e.tokens if not t.has("voc", "filler", "greet", "person", "place", "haste")]
    if e.any("emergencyword") and len(word) <= 2:
        return True
    if e.tokens[0].has("plea", "cry") and any(t.root == "takut" for t in e.tokens) and not _is_ordinary(e, 2):
        return True
    pleas = [t for t in word if t.has("plea", "cry", "haste", "danger", "now")]
    return bool(pleas) and len(pleas) == len(word) and not any(t.root == "bantu" for t in pleas)


def _is_stop(e: Evidence, violent: bool) -> bool:
    first = e.tokens[0]
    if first.has("stopword") and (len(e.tokens) == 1 or (first.sure and not violent and not e.any("spam"))):
        return True
    if violent and any(not h.weak and h.form != "KTR" for h in e.found):
        return False
    if e.any("spam"):
        return False
    return "stop" in e.gives or (first.has("stopword") and len(e.tokens) <= 3)


def _is_outreach(e: Evidence, violent: bool) -> bool:
    first = e.tokens[0]
    if first.has("record"):
        return True
    if "outreach" not in e.gives or "info" in e.gives:
        return False
    if first.has("outreach"):
        return not any(p.role == "victim" for p in e.harmed.persons if p.head == "saya")
    passive = any(e.tokens[p].voice == "passive" for h in e.found for p in h.at)
    if violent and passive and not any(t.has("outreach") and t.sure for t in e.tokens):
        return False
    acted = any(p.role == "perpetrator" for p in e.harmed.persons)
    asks = "wants" in e.gives or e.any("question")
    return not acted and not asks


def _asks(e: Evidence, violent: bool) -> Intent | None:
    """Questions about the law, the service, the words: not a report unless somebody's harm is told."""
    if _is_told(e):
        return None
    first = e.tokens[0]
    story = (e.has_place and _family(e)) or (e.any("report") and e.any("self"))
    if (first.has("info") and not story) or (
        any(t.has("askinfo") and t.sure for t in e.tokens) and not e.any("report")
    ):
        return Intent.INFO
    personal = e.has_place or e.any("past", "often") or (_family(e) and e.any("self") and len(e.tokens) > 8)
    asking = ("asks" in e.gives or e.asked) and not reports_first(e.tokens) and not e.urgent and not personal
    subject = bool(e.found) or e.any("kdrt", "edu", "info", "marry", "divorce")
    if (
        ("info" in e.gives or asking)
        and subject
        and "help" not in e.gives
        and not (e.any("reportnoun") and e.any("status"))
    ):
        return Intent.INFO
    if "help" in e.gives and not e.any("record") and (e.asked or e.any("question", "edu", "helpw", "menuword")):
        return Intent.HELP
    return None


def _is_told(e: Evidence) -> bool:
    """Somebody's own story: a victim named with a passive verb, a place, a time, or two roles."""
    strong = [h for h in e.found if not h.weak]
    if not strong:
        return False
    passive = any(e.tokens[p].voice == "passive" for h in strong for p in h.at)
    if passive and e.tokens[0].has("report"):
        return True
    victims = [p for p in e.harmed.persons if p.role == "victim"]
    actors = [p for p in e.harmed.persons if p.role == "perpetrator"]
    generic = ("info" in e.gives or "asks" in e.gives) and e.any("edu") and not e.has_place
    mine = e.any("self") and bool(victims or actors)
    if generic:
        return mine and bool(victims) and bool(actors)
    return bool((victims and actors) or mine or (victims and passive) or (e.has_place and victims) or e.urgent)


def _is_status(e: Evidence) -> bool:
    if e.any("status") and e.any("report", "reportnoun", "codeword", "receipt") and not e.any("outreach"):
        return True
    if "status" in e.gives or (
        e.tokens[0].has("status") and (e.reference or len(e.tokens) <= 2 or e.any("reportnoun"))
    ):
        return not e.any("outreach")
    return bool(e.reference) and (e.any("status", "reportnoun", "codeword", "receipt"))


def _idle_or_unclear(e: Evidence) -> Intent:
    """Without violence: idle talk needs its own evidence; whoever may be in need is left to a human's eye."""
    spam = e.count("spam")
    ordinary = e.count("ord") + 2 * spam + 2 * e.count("sport")
    if spam and ordinary >= 3:
        return Intent.CHATTER
    sorrow = e.any("distress", "cerita", "cry", "divorce", "kdrt", "form") or e.gives & {"distress", "ctx"}
    somebody = _family(e) or e.any("self")
    if sorrow and (ordinary < 2 or (somebody and ordinary < 4)) and not e.any("sport"):
        return Intent.UNCLEAR
    if e.any("plea") and ordinary < 1:
        return Intent.HELP if len(e.tokens) == 1 else Intent.UNCLEAR
    unknown = sum(not t.tags and not t.sure for t in e.tokens)
    if _family(e) and ordinary < 3 and (unknown or e.has_place):
        return Intent.UNCLEAR
    spoken_of = somebody or any(not p.tags & {"officer"} for p in e.harmed.persons)
    if spoken_of and ordinary * IDLE_SHARE < len(e.tokens) and len(e.tokens) > FIRST_WORDS + 1:
        return Intent.UNCLEAR
    if (somebody or e.has_place) and ordinary < 2 and (unknown > 1 or _family(e)):
        return Intent.UNCLEAR
    if (e.count("greet") and len(e.tokens) <= 4) or ordinary:
        return Intent.CHATTER
    known = sum(bool(t.tags) for t in e.tokens)
    plain = len(e.tokens) >= 4 and known * 2 >= len(e.tokens)
    return Intent.CHATTER if plain and not (somebody and unknown) else Intent.UNCLEAR


LONG_STORY = 8

IDLE_SHARE = 4
"""Where persons are spoken of, one word in four must be of idle talk: a human rather reads one too many."""


def _is_story(e: Evidence) -> bool:
    """Somebody of a family is told of at length, or at a named place, and it is no topic of idle talk.

    What was done is said in words we do not know: a human reads it as a report of something.
    """
    if e.asked or e.any("spam", "sport", "play", "outreach", "question", "menuword", "askinfo", "status"):
        return False
    if e.count("ord") * 2 * IDLE_SHARE > len(e.tokens):
        return False
    trouble = e.any("distress", "divorce", "cry", "dead", "agecode") or any(
        t.raw.startswith("di") and not t.tags and len(t.raw) > 5 for t in e.tokens
    )
    long = len(e.tokens) >= LONG_STORY
    if _family(e):
        return (e.has_place and (trouble or len(e.tokens) >= LONG_STORY - 1)) or long
    return long and e.any("self") and (trouble or e.any("past", "often")) and not e.any("greet")


def _family(e: Evidence) -> bool:
    """A husband, a wife, a child, a parent is spoken of."""
    return any(p.tags & {"spouse", "child", "mother", "father", "elder", "partner"} for p in e.harmed.persons)
