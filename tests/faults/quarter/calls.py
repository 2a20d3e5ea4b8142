"""Who must have been called, by when: DESIGN section 5 reckoned anew, without asking the product's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.faults.quarter.ledger import Facts, Span, spans
from tests.faults.quarter.seen import Case, Message, Person, Seen, after_night, once
from tests.faults.quarter.verdict import Verdict

RUNGS = (timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30))
AGAIN = timedelta(minutes=30)
PAUSE = timedelta(minutes=30)
WITHIN = {"P2": timedelta(hours=6), "P3": timedelta(hours=24)}
CALL_ME = timedelta(minutes=10)
DAILY = timedelta(hours=24)
UNREPORTED_FOR = timedelta(minutes=5)
DECIDES_WITHIN = timedelta(minutes=10)
SLACK = timedelta(minutes=1)
"""A worker looks every second; the simulated one at every moment something is due."""


def calls_of(seen: Seen, case: Case) -> list[Message]:
    """Messages that ask somebody to take this case."""
    return [message for message in seen.messages_of[case.id] if "Balas: AMBIL" in message.text]


def is_called(calls: list[Message], person: Person, at: datetime, slack: timedelta = SLACK) -> bool:
    return any(call.person == person.id and at - slack <= call.queued_at <= at + slack for call in calls)


def everyone(seen: Seen, at: datetime) -> list[Person]:
    """On duty, supervisors, heads; in an office without any of them, every officer."""
    told = once([*seen.on_duty(at), *seen.active(at, "supervisor", "head")])
    return told or seen.active(at, "officer")


def on_rung(seen: Seen, number: int, at: datetime) -> list[Person]:
    """10 minutes: all on duty; 20: supervisors; 30: head; then both again and again. Nobody there: everyone."""
    leaders = seen.active(at, "supervisor", "head")
    rungs = {1: seen.on_duty(at) or leaders, 2: seen.active(at, "supervisor"), 3: seen.active(at, "head")}
    return rungs.get(number, leaders) or everyone(seen, at)


def to_alert(seen: Seen, at: datetime, kecamatan: str | None) -> list[Person]:
    """On duty for the place; with nobody there, leaders and whoever is on duty elsewhere."""
    here = seen.on_duty(at, kecamatan)
    if here:
        return here
    return once([*seen.active(at, "supervisor", "head"), *seen.on_duty(at)]) or seen.active(at, "officer")


def rungs(base: datetime, until: datetime) -> Iterator[tuple[int, datetime]]:
    """Number and moment of each rung counted from `base`: 10, 20, 30 minutes, then every half hour."""
    number = 0
    while True:
        number += 1
        after = RUNGS[number - 1] if number <= len(RUNGS) else RUNGS[-1] + (number - len(RUNGS)) * AGAIN
        if base + after > until:
            return
        yield number, base + after


def climbs_due(span: Span) -> Iterator[tuple[int, datetime]]:
    """The rungs that fall into this span. AMBIL moves those still ahead by half an hour."""
    facts = span.facts
    if facts.priority != "P1" or facts.p1_since is None or not (facts.waits or facts.owes):
        return
    base = max(filter(None, (facts.p1_since, facts.waits_since, facts.cried_at if facts.owes else None)))
    held = facts.accepted_at if facts.owes and facts.accepted_at and facts.accepted_at >= base else None
    for number, at in rungs(base, span.end):
        if held and at <= held:
            continue
        due = at + PAUSE if held else at
        if span.start < due and due + SLACK < span.end:
            yield number, due


def told_at_once(seen: Seen) -> Iterator[Verdict]:
    """Every case that begins to wait, or becomes more urgent, is told at once to those on duty for its place."""
    for case in seen.cases:
        calls = calls_of(seen, case)
        for span in _fresh(seen, case, lambda facts: facts.alerted_since):
            for person in to_alert(seen, span.start, span.facts.kecamatan):
                kept = is_called(calls, person, span.start)
                yield Verdict(kept, span.start, case.id, f"{person.name} was not alerted at once")


def _fresh(seen: Seen, case: Case, since: object) -> Iterator[Span]:
    """Spans in which a wait begins and lasts long enough to be seen."""
    begun: set[datetime] = set()
    for span in spans(case, seen.end):
        start = span.facts.alerted_since
        if start and start not in begun and start == span.start:
            begun.add(start)
            if span.end - span.start > 2 * SLACK:
                yield span


def place_becomes_known(seen: Seen) -> Iterator[Verdict]:
    """A place that becomes known adds its officers, if they have not been told."""
    for case in seen.cases:
        calls = calls_of(seen, case)
        for before, span in zip(spans(case, seen.end), spans(case, seen.end)[1:], strict=False):
            facts = span.facts
            news = facts.waits and before.facts.waits and facts.kecamatan != before.facts.kecamatan
            if not news or not facts.kecamatan or not facts.alerted_since or span.end - span.start < 2 * SLACK:
                continue
            for person in seen.on_duty(span.start, facts.kecamatan):
                since = facts.alerted_since - SLACK
                kept = any(c.person == person.id and since <= c.queued_at <= span.start + SLACK for c in calls)
                yield Verdict(kept, span.start, case.id, f"{person.name} was not told when the place was known")


def p1_climbs(seen: Seen) -> Iterator[Verdict]:
    """A P1 that nobody took, or nobody worked on, climbs rung by rung and then every half hour."""
    for case in seen.cases:
        calls = calls_of(seen, case)
        for span in spans(case, seen.end):
            for number, at in climbs_due(span):
                for person in on_rung(seen, number, at):
                    if person.id != span.facts.holder:
                        kept = is_called(calls, person, at)
                        yield Verdict(kept, at, case.id, f"rung {number}: {person.name} was not called")


def ambil_pauses(seen: Seen) -> Iterator[Verdict]:
    """Nobody is called to take a P1 in the half hour after somebody took it, unless she cries again."""
    for case in seen.cases:
        calls = [call for call in calls_of(seen, case) if call.purpose == "escalation"]
        for span in spans(case, seen.end):
            facts = span.facts
            if not facts.owes or facts.cried_at or facts.priority != "P1" or not facts.p1_since:
                continue
            assert facts.accepted_at
            if facts.p1_since > facts.accepted_at:
                continue
            end = min(span.end, facts.accepted_at + PAUSE)
            early = [
                call for call in calls if max(span.start, facts.accepted_at) + SLACK < call.queued_at < end - SLACK
            ]
            yield Verdict(not early, span.start, case.id, "called although somebody has just taken it")


def lost_calls_climb(seen: Seen) -> Iterator[Verdict]:
    """A P1 alert that failed, expired or was not reported on calls everybody at once; once in a wait.

    An alert of this wait: a late report on one from before the case was taken and given back is no news, everybody has
    been told anew since.
    """
    for case in seen.cases:
        calls = calls_of(seen, case)
        for start, end in _p1_waits(seen, case):
            told = [
                message
                for message in seen.messages_of[case.id]
                if message.purpose in ("alert", "escalation")
                and message.priority == "P1"
                and message.queued_at >= start
            ]
            lost = [m.ended_at for m in told if m.status in ("failed", "expired") and m.ended_at]
            lost += [at for message in told for at in _silences(seen, message)]
            inside = sorted(at for at in lost if start <= at < end - SLACK)
            if not inside:
                continue
            for person in everyone(seen, inside[0]):
                kept = is_called(calls, person, inside[0])
                yield Verdict(kept, inside[0], case.id, f"an alert was lost and {person.name} was not called")


def _silences(seen: Seen, message: Message) -> Iterator[datetime]:
    """When it was known that the carrier says nothing of this message."""
    for departure in seen.departures_of[message.id]:
        at = departure.at + UNREPORTED_FOR
        if departure.silent and not seen.was_away(departure.at, at):
            yield at


def _p1_waits(seen: Seen, case: Case) -> Iterator[tuple[datetime, datetime]]:
    """From when to when it waited as a P1, whatever else changed meanwhile."""
    found: list[tuple[datetime, datetime, datetime | None]] = []
    for span in spans(case, seen.end):
        facts = span.facts
        if not (facts.waits and facts.p1_since):
            continue
        if found and found[-1][1] == span.start and found[-1][2] == facts.waits_since:
            found[-1] = (found[-1][0], span.end, facts.waits_since)
        else:
            found.append((span.start, span.end, facts.waits_since))
    yield from ((start, end) for start, end, _ in found)


def night_agency_called(seen: Seen) -> Iterator[Verdict]:
    """Nobody on duty for the place of a P1 that waits: the 24-hour agency after 20 minutes."""
    for case in seen.cases:
        to_agency = [m for m in seen.messages_of[case.id] if m.recipient == "agency" and m.purpose == "alert"]
        for start, end in _p1_waits(seen, case):
            at, state = start + RUNGS[1], case.at(start + RUNGS[1])
            if at + SLACK < end and state and not seen.on_duty(at, state.kecamatan):
                kept = any(at - SLACK <= m.queued_at <= at + SLACK for m in to_agency)
                yield Verdict(kept, at, case.id, "nobody on duty, and the night agency was not called")


def supervisor_decides(seen: Seen) -> Iterator[Verdict]:
    """P1 with neither permission nor place goes to the supervisors within 10 minutes."""
    for case in seen.cases:
        silent_until = seen.speechless.get(case.phone or "")
        if silent_until is None:
            continue
        by = case.opened_at + DECIDES_WITHIN
        ended = [h.at for h in case.of_kind("contact_rule", "closed", "invalid", "first_action", "priority")]
        if min([silent_until, seen.end, *ended]) <= by:
            continue
        asked = [m for m in seen.messages_of[case.id] if "tanpa izin kontak" in m.text]
        for person in seen.active(case.opened_at, "supervisor"):
            if person.is_active(by):
                kept = any(m.person == person.id and m.queued_at <= by for m in asked)
                yield Verdict(kept, by, case.id, f"{person.name} was not asked to decide")


def untaken_told(seen: Seen) -> Iterator[Verdict]:
    """P2, P3 and call-me that nobody took in time: on duty and supervisors, later the head, then daily."""
    for case in seen.cases:
        calls = calls_of(seen, case)
        for span in spans(case, seen.end):
            for number, at in _untaken_due(span):
                told = [*seen.on_duty(at), *seen.active(at, "supervisor")]
                told += seen.active(at, "head") if number > 1 else []
                for person in once(told):
                    kept = is_called(calls, person, at)
                    yield Verdict(kept, at, case.id, f"not taken in time ({number}), {person.name} was not told")


def _untaken_due(span: Span) -> Iterator[tuple[int, datetime]]:
    facts = span.facts
    if facts.priority not in WITHIN or not facts.waits or facts.waits_since is None:
        return
    if facts.alerted_since != facts.waits_since:
        return
    first = _take_by(facts, facts.waits_since)
    at, number = first, 1
    while at + SLACK < span.end:
        if at > span.start:
            yield number, at
        at += min(first - facts.waits_since, DAILY) if number == 1 else DAILY
        number += 1


def _take_by(facts: Facts, since: datetime) -> datetime:
    """Call-me counts in duty hours, outside quiet hours; the rest by the clock."""
    return after_night(since) + CALL_ME if facts.wants_call else since + WITHIN[facts.priority]
