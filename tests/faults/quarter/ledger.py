"""A case's life in spans in which nothing that duties depend on changes: reckoned from what was seen, not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.faults.quarter.seen import Case, Happening, State

WAITING, HELD = ("new", "reopened"), ("accepted", "in_progress", "referred")
REPEATS_TOLD = timedelta(minutes=5)
"""The first repeat is told at once, then at most every 5 minutes (DESIGN section 3)."""


@dataclass(frozen=True)
class Facts:
    """What holds during a span."""

    status: str
    priority: str
    kecamatan: str | None
    holder: str | None
    waits_since: datetime | None = None
    """Entered the queue for the last time: new, reopened, or passed on."""
    alerted_since: datetime | None = None
    """Entered the queue, or became more urgent in it."""
    p1_since: datetime | None = None
    accepted_at: datetime | None = None
    acted_at: datetime | None = None
    acted_before: datetime | None = None
    """What stands again when the result is taken back."""
    cried_at: datetime | None = None
    wants_call: bool = False

    @property
    def waits(self) -> bool:
        return self.status in WAITING

    @property
    def owes(self) -> bool:
        """Somebody holds it, and nothing has been done since it was taken or since she cried again."""
        if self.status not in HELD or self.accepted_at is None:
            return False
        return self.acted_at is None or (self.cried_at is not None and self.acted_at < self.cried_at)

    @property
    def taken_at(self) -> datetime:
        assert self.accepted_at is not None
        return self.accepted_at

    @property
    def owed_since(self) -> datetime:
        return max(self.taken_at, self.cried_at or self.taken_at)


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime
    facts: Facts


def spans(case: Case, until: datetime) -> list[Span]:
    """The whole life of a case, from its opening to the end of what was seen."""
    found: list[Span] = []
    for at, facts in _facts(case):
        if found and found[-1].facts == facts:
            continue
        if found:
            found[-1] = replace(found[-1], end=at)
        found.append(Span(at, until, facts))
    return found


def _facts(case: Case) -> Iterator[tuple[datetime, Facts]]:
    """Every moment something was seen of the case, and what held from then on."""
    moments: list[tuple[datetime, int, State | Happening]] = [(state.at, 1, state) for state in case.states]
    moments += [(happening.at, 0, happening) for happening in case.timeline]
    facts = Facts("", "", None, None)
    last_told: dict[str, datetime] = {}
    for at, _, seen in sorted(moments, key=lambda moment: moment[:2]):
        if isinstance(seen, State):
            facts = _stands(facts, seen)
        elif seen.kind in ("cried_again", "asked_for_call"):
            told = last_told.get(seen.kind)
            wants = facts.wants_call or seen.kind == "asked_for_call"
            facts = replace(facts, wants_call=wants)
            if told is None or at >= told + REPEATS_TOLD:
                last_told[seen.kind] = at
                facts = replace(facts, cried_at=at if facts.holder else facts.cried_at)
        elif seen.kind in HAPPENS:
            facts = HAPPENS[seen.kind](facts, seen)
        if facts.status:
            yield at, facts


def _stands(facts: Facts, state: State) -> Facts:
    waited, was = facts.waits, facts.priority
    now = replace(facts, status=state.status, priority=state.priority, kecamatan=state.kecamatan, holder=state.holder)
    if now.priority != "P1":
        now = replace(now, p1_since=None)
    elif was != "P1":
        now = replace(now, p1_since=state.at)
    if not now.waits:
        return replace(now, alerted_since=None)
    if not waited:
        return replace(now, waits_since=state.at, alerted_since=state.at)
    return replace(now, alerted_since=state.at, waits_since=state.at) if now.priority < was else now


def _opened(facts: Facts, happening: Happening) -> Facts:
    return replace(facts, wants_call=happening.body.get("service") == "call_me")


def _answered(facts: Facts, happening: Happening) -> Facts:
    """ "Ask me first", before anything is passed on: a wish to be called."""
    keys = happening.body.get("keys")
    asks = isinstance(keys, dict) and keys.get("ask_first") == "1"
    return replace(facts, wants_call=True) if asks else facts


def _let_go(facts: Facts, happening: Happening) -> Facts:
    return replace(facts, accepted_at=None, cried_at=None)


def _raised(facts: Facts, happening: Happening) -> Facts:
    """More urgent by what she said, while somebody holds it: owed anew."""
    hers = happening.actor == "gateway" and facts.holder is not None
    return replace(facts, cried_at=happening.at) if hers else facts


def _sent_agency(facts: Facts, happening: Happening) -> Facts:
    """An agency that accepts is an agency sent: a first action of whoever holds the case (DESIGN section 5)."""
    return replace(facts, acted_at=happening.at) if facts.status in HELD else facts


HAPPENS: dict[str, Callable[[Facts, Happening], Facts]] = {
    "opened": _opened,
    "answered": _answered,
    "accepted": lambda facts, happening: replace(facts, accepted_at=happening.at),
    "first_action": lambda facts, happening: replace(facts, acted_at=happening.at, acted_before=facts.acted_at),
    "taken_back": lambda facts, happening: replace(facts, acted_at=facts.acted_before),
    "referral_accepted": _sent_agency,
    "passed_on": _let_go,
    "holder_suspended": _let_go,
    "reopened": lambda facts, happening: replace(facts, accepted_at=None, cried_at=None, acted_at=None),
    "priority": _raised,
}
