"""Rules and the learnt opinion joined: what a text is, whether it is urgent, what was done.

The rules speak first: they know negation, the past, codes, questions. The opinion adds what they have no words for.
Doubt always goes to a human: what may be a case never becomes idle talk or an answer by machine.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from menus import intent as intents
from menus.intent import Evidence
from menus.weights import CASE, Opinion
from models.vocabulary import Age, Intent

CASES = frozenset({Intent.REPORT, Intent.EMERGENCY})
SAFE = CASES | {Intent.CALLBACK, Intent.UNCLEAR}
"""What a human reads at once."""

# Thresholds, chosen by cross-validation on texts the rules had not seen: `bench/learn_reading.py --tune`.
ALARM, ALARM_OF_OLD = 0.16, 0.6
"""Danger now by the opinion alone; the second where it is told of as over, or the words are those of idle talk."""
CALM = 0.04
"""So little danger by the opinion takes back an alarm of the rules."""
TRUST = 0.4
"""What the rules' own intent is worth beside the likelihoods."""
KNOWN, PERHAPS_KNOWN = 0.7, 0.5
"""The same, and `PERHAPS`, for the kinds that rules find by words of their own: sessions, progress."""
BY_WORDS = frozenset({Intent.OUTREACH, Intent.STATUS, Intent.ACCOMPANY, Intent.REGISTER})
PERHAPS = 0.16
"""From here on what may be a case goes to a human."""
CONFIDENT = 0.35
"""A form by the opinion alone; a form of the rules needs only `DOUBTED`."""
DOUBTED = 0.1
LIKELIEST = 0.12
"""Where nothing else is known, the likeliest form: a human corrects it more easily than finds it."""

FEW = 3
"""So few words are a keyword, a cry or a greeting: the rules know those."""
BARE = 4
"""A deed the rules know in so few words ("istri saya dipukul suaminya") says nothing of now."""
SURELY = 0.8
"""A case against the rules, where what sounds like violence was denied or done to a thing."""

GENERAL = MappingProxyType({"SEK": frozenset({"PRK", "CBL", "PLC", "KBG", "EKX", "KPX"}), "HAS": frozenset({"CLK"})})
"""A general form says nothing beside its special ones."""


@dataclass(frozen=True, slots=True)
class Judgement:
    intent: Intent
    urgent: bool = False
    forms: tuple[str, ...] = ()


def judge(seen: Evidence, opinion: Opinion) -> Judgement:
    """The one reading of a text. Without an opinion (no weights) the rules decide alone."""
    ruled = intents.decide(seen)
    if not opinion.intents:
        urgent = seen.urgent or ruled is Intent.EMERGENCY
        return Judgement(ruled, urgent, tuple(rule_forms(seen)))
    urgent = _is_urgent(seen, opinion, ruled)
    meant = ruled if _is_settled(seen, ruled) else _intent(replace(seen, urgent=urgent), opinion, ruled)
    if meant in CASES:
        meant = _kind_of_case(replace(seen, urgent=urgent))
    if meant not in CASES:
        return Judgement(meant)
    return Judgement(meant, urgent, _forms(seen, opinion))


def _is_settled(seen: Evidence, ruled: Intent) -> bool:
    """What only rules can know: a case's code, a cadre's record of a session, a word or two."""
    first = seen.tokens[0]
    if ruled is Intent.CHATTER and seen.count("spam") and not seen.found:
        return True  # credit, prizes, loans: in haste by trade
    if len(seen.tokens) <= FEW or first.has("record") or (first.has("outreach") and ruled is Intent.OUTREACH):
        return True
    return bool(seen.reference) and ruled in {Intent.STATUS, Intent.ACCOMPANY}


def _is_urgent(seen: Evidence, opinion: Opinion, ruled: Intent) -> bool:
    if seen.urgent or ruled is Intent.EMERGENCY:
        return opinion.urgent >= CALM
    if len(seen.tokens) <= FEW or _is_settled(seen, ruled):
        return False
    told_in_full = len(seen.tokens) <= BARE and any(not h.weak for h in seen.found)
    contrary = seen.past or told_in_full or ruled is Intent.CHATTER
    return opinion.urgent >= (ALARM_OF_OLD if contrary else ALARM)


def _intent(seen: Evidence, opinion: Opinion, ruled: Intent) -> Intent:
    """The likeliest kind; the rules' own counts as `TRUST` more."""
    scores = dict(opinion.intents)
    kind = CASE if ruled in CASES else ruled.value
    scores[kind] = scores.get(kind, 0.0) + (KNOWN if ruled in BY_WORDS else TRUST)
    best = max(sorted(scores), key=lambda name: scores[name])
    if (
        best == CASE
        and seen.taken_back
        and kind != CASE
        and not seen.urgent
        and opinion.intents.get(CASE, 0.0) < SURELY
    ):
        return ruled if ruled in SAFE or opinion.intents.get(CASE, 0.0) < PERHAPS else Intent.UNCLEAR
    if best == CASE:
        return _kind_of_case(seen)
    meant = Intent(best)
    perhaps = PERHAPS_KNOWN if ruled is meant and ruled in BY_WORDS else PERHAPS
    if meant not in SAFE and opinion.intents.get(CASE, 0.0) >= perhaps:
        return Intent.UNCLEAR if opinion.intents[CASE] < opinion.intents.get(best, 0.0) else _kind_of_case(seen)
    return meant


def _kind_of_case(seen: Evidence) -> Intent:
    return Intent.EMERGENCY if seen.urgent and not intents.reports_first(seen.tokens) else Intent.REPORT


def _forms(seen: Evidence, opinion: Opinion) -> tuple[str, ...]:
    """The forms the rules read, but those the opinion finds most unlikely, and those it is confident of."""
    ruled = rule_forms(seen)
    forms = [form for form in ruled if opinion.forms.get(form, 1.0) >= DOUBTED]
    if len(seen.tokens) <= FEW:
        return tuple(ruled)
    sure = sorted(opinion.forms.items(), key=lambda pair: -pair[1])
    sure = [(form, p) for form, p in sure if form not in seen.taken_back]
    forms += [form for form, p in sure if p >= CONFIDENT and form not in forms]
    if not forms:
        forms = [form for form, p in sure[:1] if p >= LIKELIEST]
    return tuple(without_general(forms or ruled))


def rule_forms(seen: Evidence) -> list[str]:
    """The forms said, in their order; a weak word does not add to a strong one."""
    strong = list(dict.fromkeys(h.form for h in seen.found if not h.weak))
    weak = [h.form for h in seen.found if h.weak and h.form not in strong]
    forms = list(dict.fromkeys(strong or weak))
    if "nikah" in {t.root for t in seen.tokens} and seen.harmed.victim is Age.CHILD and "KPX" in forms:
        forms.append("KAN")
    return without_general(list(dict.fromkeys(forms)))


def without_general(forms: list[str]) -> list[str]:
    """A general form goes when a special one of its kind is there; "not known" when anything is."""
    kept = [form for form in forms if not GENERAL.get(form, frozenset()) & set(forms)]
    return [form for form in kept if form != "TTU"] or kept
