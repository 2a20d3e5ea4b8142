"""The table of promises, and the timeline of the case that broke one: lines of text, without codes and phones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from tests.faults.quarter.promises import Line, first_broken
from tests.faults.quarter.seen import PASER, Case, Seen

DIGITS = re.compile(r"\b\d{6}\b")


def table(seen: Seen, lines: list[Line]) -> Iterator[str]:
    days = (seen.end - seen.start).total_seconds() / 86400
    priorities = Counter(case.states[-1].priority for case in seen.cases)
    statuses = Counter(case.states[-1].status for case in seen.cases)
    outcomes = Counter(departure.outcome for departure in seen.departures)
    yield f"{days:.0f} days, {len(seen.cases)} cases ({_counts(priorities)}); at the end: {_counts(statuses)}"
    yield f"{len(seen.messages)} messages, handed over: {_counts(outcomes)}; {len(seen.firings)} rules fired"
    yield ""
    width = max(len(line.title) for line in lines)
    yield f"{'promise':<{width}}  {'checked':>8}  {'broken':>6}"
    for line in lines:
        yield f"{line.title:<{width}}  {line.checked:>8}  {len(line.broken):>6}"
    broken = first_broken(lines)
    if broken:
        yield ""
        yield f"BROKEN: {sentence(lines)}"
        yield from timeline(seen, broken[1].case)


def sentence(lines: list[Line]) -> str:
    """Which promise is broken first, when and how; empty when all are kept."""
    broken = first_broken(lines)
    return f"{broken[0].title}. {_when(broken[1].at)}: {broken[1].broken}" if broken else ""


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counter.items()))


def _when(at: datetime) -> str:
    return f"{at.astimezone(PASER):%d %b %H.%M.%S}"


def timeline(seen: Seen, case_id: str | None) -> Iterator[str]:
    """Everything seen of one case, in the order it happened."""
    case = next((case for case in seen.cases if case.id == case_id), None)
    if case is None:
        return
    yield f"BP-{case.reference} ({case.reporter}, {case.forms})"
    entries = [(at, f"    {words}") for at, words in (*_of_case(case), *_of_messages(seen, case))]
    yield from (f"{_when(at)} {words}" for at, words in sorted(entries, key=lambda entry: entry[0]))


def _of_case(case: Case) -> Iterator[tuple[datetime, str]]:
    for state in case.states:
        yield (
            state.at,
            f"= {state.status} {state.priority} {state.kecamatan} held by {state.holder and state.holder[-4:]}",
        )
    for happening in case.timeline:
        yield happening.at, f"* {happening.kind} by {happening.actor[:12]} {happening.body}"


def _of_messages(seen: Seen, case: Case) -> Iterator[tuple[datetime, str]]:
    names = {person.id: f"{person.name} ({person.role})" for person in seen.people}
    for message in seen.messages_of[case.id]:
        to = names.get(message.person or "", message.recipient)
        left = seen.left_at(message)
        gone = f"left {_when(left)}" if left else "never left"
        end = f", {message.status} {_when(message.ended_at)}" if message.ended_at else f", {message.status}"
        yield message.queued_at, f"> {message.purpose} to {to}: {DIGITS.sub('######', message.text)} [{gone}{end}]"
