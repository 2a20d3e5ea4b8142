"""Rules and the learnt opinion joined: what a text is, whether it is urgent, what was done.

The rules speak first: they know negation, the past, codes, questions. The opinion adds what they have no words for.
Doubt always goes to a human: what may be a case never becomes idle talk or an answer by machine.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from menus import intent as intents
from menus.evidence import CASE, Opinion
from menus.intent import Evidence
from models.vocabulary import Age, Intent

CASES = frozenset({Intent.REPORT, Intent.EMERGENCY})
SAFE = CASES | {Intent.CALLBACK, Intent.UNCLEAR}
"""What a human reads at once."""

# Thresholds, chosen by cross-validation on texts the rules had not seen: `bench/learn_reading.py --tune`.
ALARM = 0.35
"""Danger now by the opinion alone."""
CALM = 0.06
"""So little danger by the opinion takes back an alarm of the rules."""
TRUST = 0.45
"""What the rules' own intent is worth beside the likelihoods."""
PERHAPS = 0.12
"""From here on what may be a case goes to a human."""
CONFIDENT = 0.45
"""A form by the opinion alone; a form of the rules needs only `DOUBTED`."""
DOUBTED = 0.05

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
    meant = _intent(replace(seen, urgent=urgent), opinion, ruled)
    if meant not in CASES:
        return Judgement(meant)
    return Judgement(meant, urgent, _forms(seen, opinion))


def _is_urgent(seen: Evidence, opinion: Opinion, ruled: Intent) -> bool:
    if seen.urgent or ruled is Intent.EMERGENCY:
        return opinion.urgent >= CALM
    return opinion.urgent >= ALARM


def _intent(seen: Evidence, opinion: Opinion, ruled: Intent) -> Intent:
    """The likeliest kind; the rules' own counts as `TRUST` more."""
    scores = dict(opinion.intents)
    kind = CASE if ruled in CASES else ruled.value
    scores[kind] = scores.get(kind, 0.0) + TRUST
    best = max(sorted(scores), key=lambda name: scores[name])
    if best == CASE:
        return _kind_of_case(seen)
    meant = Intent(best)
    if meant not in SAFE and opinion.intents.get(CASE, 0.0) >= PERHAPS:
        return Intent.UNCLEAR if opinion.intents[CASE] < opinion.intents.get(best, 0.0) else _kind_of_case(seen)
    return meant


def _kind_of_case(seen: Evidence) -> Intent:
    return Intent.EMERGENCY if seen.urgent and not intents.reports_first(seen.tokens) else Intent.REPORT


def _forms(seen: Evidence, opinion: Opinion) -> tuple[str, ...]:
    """The forms the rules read, but those the opinion finds most unlikely, and those it is confident of."""
    ruled = rule_forms(seen)
    forms = [form for form in ruled if opinion.forms.get(form, 1.0) >= DOUBTED]
    sure = sorted(opinion.forms.items(), key=lambda pair: -pair[1])
    forms += [form for form, p in sure if p >= CONFIDENT and form not in forms]
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
