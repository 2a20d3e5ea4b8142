"""The sums of one month's facts: true counts, for sealing and for `small_cells`, never for printing. Pure."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.statistics.facts import Fact
from models.vocabulary import Form

UNKNOWN = "unknown"
DIMENSIONS = ("kecamatan", "form", "age", "sex", "channel")
"""The fixed set of tables. A case has one entry in each, but any number of forms, at least one (TTU)."""


@dataclass(frozen=True)
class Spread:
    """Waiting times in whole minutes: how many, the median, the ninetieth percentile, the worst."""

    cases: int = 0
    median: int | None = None
    p90: int | None = None
    worst: int | None = None


@dataclass(frozen=True)
class Tally:
    cases: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in DIMENSIONS})
    """Cases by dimension and entry; an entry without a case is left out."""
    accepted: Spread = Spread()
    acted: Spread = Spread()
    climbs: int = 0
    unmet: dict[str, int] = field(default_factory=dict)
    """Cases in which a duty's time went by, by duty."""

    def of(self, dimension: str, entry: str) -> int:
        return self.counts[dimension].get(entry, 0)

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Tally":
        book: dict[str, Any] = json.loads(raw)
        return cls(**{**book, "accepted": Spread(**book["accepted"]), "acted": Spread(**book["acted"])})


def entries_of(fact: Fact) -> dict[str, tuple[str, ...]]:
    """Where a case is counted in each dimension."""
    return {
        "kecamatan": (fact.kecamatan or UNKNOWN,),
        "form": fact.forms or (Form.TTU.value,),
        "age": (fact.age,),
        "sex": (fact.sex,),
        "channel": (fact.channel,),
    }


def sum_up(facts: Iterable[Fact]) -> Tally:
    counted = [fact for fact in facts if fact.counts]
    counts: dict[str, Counter[str]] = {name: Counter() for name in DIMENSIONS}
    for fact in counted:
        for name, entries in entries_of(fact).items():
            counts[name].update(entries)
    return Tally(
        cases=len(counted),
        counts={name: dict(sorted(counter.items())) for name, counter in counts.items()},
        accepted=spread(fact.accepted_in for fact in counted),
        acted=spread(fact.acted_in for fact in counted),
        climbs=sum(fact.climbs for fact in counted),
        unmet=dict(sorted(Counter(duty for fact in counted for duty in fact.unmet).items())),
    )


def spread(minutes: Iterable[int | None]) -> Spread:
    """Nearest-rank percentiles: each is a time that somebody really waited."""
    waits = sorted(value for value in minutes if value is not None)
    if not waits:
        return Spread()

    def rank(share: int) -> int:
        return waits[-(-len(waits) * share // 100) - 1]

    return Spread(len(waits), rank(50), rank(90), waits[-1])
