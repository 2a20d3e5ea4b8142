"""What is owed once somebody has taken a case, and to those who reported: reckoned from DESIGN section 5."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.faults.quarter.calls import AGAIN, PAUSE, RUNGS, SLACK, calls_of
from tests.faults.quarter.ledger import HELD, Facts, Span, spans
from tests.faults.quarter.seen import Case, Message, Person, Seen, after_night
from tests.faults.quarter.verdict import Verdict

ACTS_WITHIN = {"P1": timedelta(hours=1), "P2": timedelta(hours=6), "P3": timedelta(hours=24)}
FOLLOWS_UP = (timedelta(days=3), timedelta(days=14))
REMINDED_WITHIN = timedelta(hours=24)
DAY = timedelta(days=1)
LATE_WORDS = ("belum ada hasil sejak", "jatuh tempo")


def first_action_told(seen: Seen) -> Iterator[Verdict]:
    """Taken, and nothing done within 1, 6 or 24 hours: holder and supervisors, later the head; again and again."""
    for case in seen.cases:
        late = [m for m in seen.messages_of[case.id] if any(words in m.text for words in LATE_WORDS)]
        for span in spans(case, seen.end):
            if not span.facts.owes:
                continue
            for number, at in _actions_due(span):
                for person in _who_hears(seen, span.facts, number, at):
                    kept = is_reminded(late, person, at)
                    yield Verdict(kept, at, case.id, f"first action overdue ({number}), {person.name} was not told")


def _actions_due(span: Span) -> Iterator[tuple[int, datetime]]:
    number, within = 0, ACTS_WITHIN[span.facts.priority]
    while True:
        number += 1
        at = span.facts.owed_since + number * within
        if at + SLACK >= span.end:
            return
        if at > span.start + SLACK:
            yield number, at


def _who_hears(seen: Seen, facts: Facts, number: int, at: datetime) -> list[Person]:
    holder = [person for person in seen.people if person.id == facts.holder and person.is_active(at)]
    leaders = seen.active(at, "supervisor", "head") if number > 1 else seen.active(at, "supervisor")
    return holder + [person for person in leaders if person.id != facts.holder]


def is_reminded(late: list[Message], person: Person, at: datetime) -> bool:
    """What falls due by night is told in the morning, once."""
    for message in late:
        if message.person == person.id and message.queued_at <= at + SLACK:
            told = after_night(message.queued_at)
            if told >= at - SLACK:
                return True
    return False


def follow_ups_asked(seen: Seen) -> Iterator[Verdict]:
    """Day 3 and 14 for reporters who agreed, day 3 for cadres; not while partial or invalid."""
    for case in seen.cases:
        asked = [m for m in seen.messages_of[case.id] if m.purpose == "follow_up"]
        times = FOLLOWS_UP[:1] if case.reporter == "cadre" else FOLLOWS_UP
        for after in times:
            at = case.opened_at + after
            state = case.at(at)
            if at + SLACK >= seen.end or state is None or state.status in ("partial", "invalid"):
                continue
            if case.reporter == "cadre" or (case.reporter == "resident" and _allows(seen, case, at)):
                kept = any(at - SLACK <= m.queued_at <= at + SLACK for m in asked)
                yield Verdict(kept, at, case.id, "nobody asked how it is")


def _allows(seen: Seen, case: Case, at: datetime) -> bool:
    """Whether this resident's last word on SMS, well before, was yes; a wish to be called meanwhile changes it."""
    said = [leave for leave in seen.leaves if leave.phone == case.phone and leave.at <= at]
    changed = case.of_kind("asked_for_call", "stopped", "contact_rule")
    return bool(said) and said[-1].yes and at - said[-1].at > timedelta(minutes=5) and not changed


def cadre_told_of_taking(seen: Seen) -> Iterator[Verdict]:
    """A cadre hears that her report was taken, once in a day however often it changes hands."""
    for case in seen.cases:
        messages = seen.messages_of[case.id]
        for happening in case.of_kind("accepted"):
            at = happening.at
            if case.reporter == "cadre":
                told = [m for m in messages if m.purpose == "progress" and m.recipient == "cadre"]
                kept = any(at - DAY <= m.queued_at <= at and m.status != "cancelled" for m in told)
                kept = kept or any(m.queued_at == at for m in told)
                yield Verdict(kept, at, case.id, "the cadre did not hear that it was taken")


def cries_told(seen: Seen) -> Iterator[Verdict]:
    """A second cry, or a wish to be called, is told to who holds the case; at once, then every 5 minutes at most."""
    for case in seen.cases:
        told = [m for m in seen.messages_of[case.id] if "pesan baru dari orang yang sama" in m.text]
        for span in spans(case, seen.end):
            cried_at, facts = span.facts.cried_at, span.facts
            if cried_at != span.start or facts.holder is None or span.end - span.start < SLACK:
                continue
            person = next(person for person in seen.people if person.id == facts.holder)
            new = [m for m in told if m.person == facts.holder and m.queued_at <= cried_at]
            kept = any(m.queued_at == cried_at or _still_waited(seen, m, cried_at) for m in new)
            yield Verdict(
                kept or not person.is_active(cried_at), cried_at, case.id, f"{person.name} was not told of a cry"
            )


def _still_waited(seen: Seen, message: Message, at: datetime) -> bool:
    """Whether an earlier one had not left yet: it stands for this cry too."""
    left = seen.left_at(message)
    return left > at if left else message.ended_at is None or message.ended_at > at


def receipts_given(seen: Seen) -> Iterator[Verdict]:
    """A cadre's complete report gets its receipt, a resident's filed report with leave too; each one."""
    for case in seen.cases:
        receipts = [m for m in seen.messages_of[case.id] if m.purpose == "receipt"]
        if case.reporter == "cadre" and case.of_kind("confirmed", "swept"):
            yield Verdict(len(receipts) == 1, case.opened_at, case.id, f"{len(receipts)} receipts for a cadre's report")
        elif len(receipts) > 1:
            yield Verdict(False, receipts[1].queued_at, case.id, "a second receipt")


def nobody_waits_unseen(seen: Seen) -> Iterator[Verdict]:
    """At the end every case is ended, worked on, or told of within the last interval."""
    for case in seen.cases:
        span = spans(case, seen.end)[-1]
        last = max((m.queued_at for m in _tellings(seen, case)), default=case.opened_at)
        kept = seen.end - max(last, span.start) <= _patience(span.facts) + SLACK
        open_ = span.facts.waits or span.facts.owes or span.facts.status == "partial"
        yield Verdict(kept or not open_, seen.end, case.id, f"still {span.facts.status} and nobody has been told")


def _tellings(seen: Seen, case: Case) -> list[Message]:
    calls = calls_of(seen, case)
    return calls + [m for m in seen.messages_of[case.id] if any(words in m.text for words in LATE_WORDS)]


def _patience(facts: Facts) -> timedelta:
    """The longest time without a word: an interval, and for reminders a night."""
    if facts.status == "partial":
        return timedelta(minutes=20)
    if facts.priority == "P1":
        return RUNGS[0] + AGAIN + (PAUSE if facts.status in HELD else timedelta())
    return REMINDED_WITHIN + timedelta(hours=10)
