"""The small fact of one case that statistics are made of: coarse codes, no village, no words, no phone. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.details import Details
from models.case import CaseFile
from models.lifecycle import OPEN
from models.vocabulary import Age, CaseStatus

SIZE = 188
"""Bytes of every fact, filled up with blanks: the sealed length must not tell how many forms a case has."""

BANDS = ((5, "0-5"), (12, "6-12"), (17, "13-17"), (24, "18-24"), (44, "25-44"), (59, "45-59"), (200, "60+"))
"""SIMFONI PPA's age bands by their last year (DOMAIN 2.1; the first one is from memory)."""
AGES = (*(band for _, band in BANDS), "<18", "18+", "unknown")
"""The bands; then what is known when no age was told."""

CLIMBS = frozenset({"ladder", "unaccepted", "undelivered"})
"""Rules that call somebody further up, because nobody took a case or an alert did not arrive."""
WAITS = frozenset({"ladder", "unaccepted"})
"""Rules that fire when the time to accept is over."""
LAPSES = {
    "first_action": ("first_action", 1),
    "health": ("health_referral", 2),
    "police": ("police_report", 4),
    "judge": ("police_decision", 2),
    "unanswered": ("agency_answer", 1),
}
"""Other duties by their rule: the name they are counted under, and the firing that says their time is over."""


@dataclass(frozen=True)
class Firings:
    """How often a rule has fired for a case, and when first."""

    times: int
    first_at: datetime


@dataclass(frozen=True)
class History:
    """What a case's rows say of the past that its own columns forget when it is passed on."""

    firings: dict[str, Firings]
    accepted_at: datetime | None = None
    """When somebody first took it."""


NO_HISTORY = History({})


@dataclass(frozen=True)
class Fact:
    kecamatan: str | None
    forms: tuple[str, ...]
    age: str
    sex: str
    channel: str
    reporter: str
    priority: str
    accepted_in: int | None
    """Whole minutes from the report to the first AMBIL, nights included: what she waited, not what was allowed."""
    acted_in: int | None
    """Whole minutes from the report to the first act that met the duty of a first action."""
    climbs: int
    unmet: tuple[str, ...]
    ended: str | None

    def to_bytes(self) -> bytes:
        return json.dumps(list(vars(self).values()), separators=(",", ":")).encode().ljust(SIZE)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Fact":
        parts: list[Any] = [tuple(part) if isinstance(part, list) else part for part in json.loads(raw)]
        return cls(*parts)

    @property
    def counts(self) -> bool:
        """What an officer found to be no case at all is not counted."""
        return self.ended != CaseStatus.INVALID


def fact_of(case: CaseFile, details: Details, history: History) -> Fact:
    return Fact(
        kecamatan=case.kecamatan,
        forms=tuple(sorted(set(details.forms))),
        age=age_band(details.years, details.age),
        sex=details.sex,
        channel=case.channel,
        reporter=case.reporter,
        priority=case.priority,
        accepted_in=_minutes(case.created_at, history.accepted_at),
        acted_in=_minutes(case.created_at, case.first_action_at),
        climbs=sum(fired.times for rule, fired in history.firings.items() if rule in CLIMBS),
        unmet=_unmet(history),
        ended=None if case.status in OPEN else case.status,
    )


def age_band(years: int | None, age: Age) -> str:
    if years is not None:
        return next((band for last, band in BANDS if years <= last), "unknown")
    return {Age.CHILD: "<18", Age.ADULT: "18+"}.get(age, "unknown")


def _unmet(history: History) -> tuple[str, ...]:
    """Duties whose time went by: nobody accepted, no first action, and what else has a rule of its own."""
    waited = [fired.first_at for rule, fired in history.firings.items() if rule in WAITS]
    late = bool(waited) and (history.accepted_at is None or min(waited) <= history.accepted_at)
    fired = ((LAPSES[rule], firings.times) for rule, firings in history.firings.items() if rule in LAPSES)
    lapsed = {name for (name, overdue_at), times in fired if times >= overdue_at}
    return (*(("accept",) if late else ()), *sorted(lapsed))


def _minutes(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, int((end - start).total_seconds() // 60))
