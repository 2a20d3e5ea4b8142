"""The rota as plain spans of time: what a new shift or leave may not be, and where nobody is on duty. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_SHIFT = timedelta(days=36600)
"""A duty desk that is always there may be entered once and for all; only a slip in the century is refused."""
LONGEST_LEAVE = timedelta(days=366)

Shown = Callable[[datetime], str]
"""How a time is written for a person."""


@dataclass(frozen=True, order=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Cover:
    """Somebody is on duty in these kecamatan; an empty set is the whole district."""

    span: Span
    areas: frozenset[str] = frozenset()

    def covers(self, kecamatan: str) -> bool:
        return not self.areas or kecamatan in self.areas


@dataclass(frozen=True, order=True)
class Gap:
    """Nobody is on duty in this kecamatan then."""

    span: Span
    kecamatan: str


@dataclass(frozen=True)
class Candidate:
    """What has to be known of an officer before she is put on duty. Empty areas: the whole district."""

    areas: frozenset[str] = frozenset()
    suspended: bool = False
    admin: bool = False
    shifts: tuple[Span, ...] = ()
    leaves: tuple[Span, ...] = ()


def find_shift_fault(span: Span, areas: Iterable[str], officer: Candidate, shown: Shown) -> str | None:
    """Why this shift can not be, in one line; None when it can."""
    if fault := _find_length_fault(span, "shift", LONGEST_SHIFT):
        return fault
    if officer.admin:
        return "an admin takes no cases and is on no duty"
    if officer.suspended:
        return "this officer's phone is suspended"
    for code in areas:
        if officer.areas and code not in officer.areas:
            return f"{code} lies outside this officer's areas"
    for other in sorted(officer.leaves):
        if span.overlaps(other):
            return f"this officer is on leave from {shown(other.start)} to {shown(other.end)}"
    for other in sorted(officer.shifts):
        if span.overlaps(other):
            return f"this officer has a shift already from {shown(other.start)} to {shown(other.end)}"
    return None


def find_leave_fault(span: Span, officer: Candidate, shown: Shown) -> str | None:
    """Why this leave can not be, in one line; None when it can. Shifts within are no fault."""
    if fault := _find_length_fault(span, "leave", LONGEST_LEAVE):
        return fault
    for other in sorted(officer.leaves):
        if span.overlaps(other):
            return f"this officer is on leave already from {shown(other.start)} to {shown(other.end)}"
    return None


def _find_length_fault(span: Span, what: str, longest: timedelta) -> str | None:
    if span.end <= span.start:
        return f"a {what} ends after it starts"
    if span.end - span.start > longest:
        return f"a {what} lasts at most {longest.days} days"
    return None


def without(span: Span, away: Iterable[Span]) -> Iterator[Span]:
    """What is left of a span outside all these others, in order."""
    start = span.start
    for other in sorted(away):
        if not span.overlaps(other):
            continue
        if other.start > start:
            yield Span(start, other.start)
        start = max(start, other.end)
    if start < span.end:
        yield Span(start, span.end)


def find_gaps(covers: Iterable[Cover], kecamatans: Iterable[str], within: Span) -> list[Gap]:
    """Every stretch of `within` in which a kecamatan has nobody on duty, by time and kecamatan."""
    known = list(covers)
    return sorted(
        Gap(empty, kecamatan)
        for kecamatan in kecamatans
        for empty in without(within, [cover.span for cover in known if cover.covers(kecamatan)])
    )


def count_stretches(gaps: Iterable[Gap]) -> int:
    """How many separate times somebody is missing somewhere; the same night in ten kecamatan is one."""
    stretches, end = 0, None
    for gap in sorted(gaps):
        if end is None or gap.span.start > end:
            stretches += 1
        end = max(end or gap.span.end, gap.span.end)
    return stretches
