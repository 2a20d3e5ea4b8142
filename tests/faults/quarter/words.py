"""What left, to whom and when: DESIGN section 6 and the promise of no harm, held against the carrier's own log."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from tests.faults.quarter.calls import SLACK, calls_of
from tests.faults.quarter.ledger import HELD, Facts, spans
from tests.faults.quarter.seen import Case, Departure, Message, Seen, after_night, is_night
from tests.faults.quarter.verdict import Verdict

LIVES: dict[tuple[str, str], timedelta] = {
    **{
        (purpose, to): timedelta(minutes=30)
        for purpose in ("alert", "escalation", "referral")
        for to in ("officer", "agency")
    },
    **{(purpose, to): timedelta(minutes=15) for purpose in ("challenge", "answer") for to in ("officer", "agency")},
    **{(purpose, to): timedelta(hours=12) for purpose in ("reminder", "digest") for to in ("officer", "agency")},
    **{(purpose, "cadre"): timedelta(hours=24) for purpose in ("receipt", "ask", "progress", "follow_up")},
    **{(purpose, "reporter"): timedelta(hours=24) for purpose in ("receipt", "progress", "follow_up")},
    **{("answer", to): timedelta(minutes=5) for to in ("cadre", "reporter")},
}
"""How long a message is of use, counted from when it is due (DESIGN section 6)."""
URGENT = ("alert", "escalation", "referral")
CONFIRMS = ("receipt", "progress", "follow_up")
LEAVES_WITHIN = timedelta(minutes=2)
"""After it is due, or the carrier is back: two tries of an alert are 30 s apart at most, of a held queue 60."""
LOOKED = timedelta(seconds=5)
"""How much later than it happened a change of a case may have been seen."""
MOST_TOLD = 6
"""Messages that call or remind one officer of one case in the hour after an outage: two live half hours of the ladder,
what fell due in it, and what was said meanwhile."""
MOST_CALLED = 3
DEALT = ("accepted", "passed_on", "holder_suspended", "first_action", "referral_accepted", "closed", "invalid")
"""What takes the ground from under a call or a reminder that has not left yet."""
REFERENCE = re.compile(r"^(BP|Ref) \w+")


def by_night(message: Message) -> bool:
    """Whether quiet hours hold it back."""
    if message.purpose in ("answer", "challenge"):
        return False
    return not (message.purpose in URGENT and message.priority != "P3")


def due_at(message: Message) -> datetime:
    return after_night(message.queued_at) if by_night(message) else message.queued_at


def deadline(message: Message) -> datetime:
    """Until when it may leave. Held back again by a night, or by her hours, it keeps half an hour after those."""
    ends = due_at(message) + LIVES[message.purpose, message.recipient]
    if not by_night(message):
        return ends
    moment, extended = due_at(message), ends
    while moment < ends:
        if is_night(moment):
            extended = max(extended, after_night(moment) + timedelta(minutes=30))
        moment += timedelta(minutes=30)
    return extended if message.recipient != "reporter" else max(extended, due_at(message) + timedelta(hours=48))


def gone(seen: Seen) -> Iterator[tuple[Message, Departure]]:
    """Every hand-over the carrier did not turn away, with its row."""
    rows = {message.id: message for message in seen.messages}
    for departure in seen.departures:
        if departure.outcome in ("taken", "lost"):
            yield rows[departure.message], departure


def cries_of(case: Case) -> list[datetime]:
    """When the person of this case, or its cadre, cried again."""
    return [h.at for h in case.of_kind("cried_again", "asked_for_call", "follow_up_answer", "answered")]


def in_time_or_not_at_all(seen: Seen) -> Iterator[Verdict]:
    cries = {case.id: cries_of(case) for case in seen.cases}
    for message, departure in gone(seen):
        ends = deadline(message)
        if message.case and message.purpose == "alert":  # it stands for the cries since, and lives as long as theirs
            ends = max([ends, *(at + LIVES["alert", "officer"] for at in cries[message.case] if at <= departure.at)])
        kept = departure.at <= ends + timedelta(seconds=5)
        yield Verdict(kept, departure.at, message.case, f"left stale: {message.purpose} to {message.recipient}")


def quiet_hours(seen: Seen) -> Iterator[Verdict]:
    for message, departure in gone(seen):
        if is_night(departure.at):
            kept = not by_night(message)
            yield Verdict(kept, departure.at, message.case, f"{message.purpose} to {message.recipient} left by night")


def with_consent(seen: Seen) -> Iterator[Verdict]:
    """A resident gets SMS with her leave, or as the one answer to what she has just texted."""
    staff = {m.to for m in seen.messages if m.recipient != "reporter"}
    answered: dict[tuple[str, datetime], int] = Counter()
    for message, departure in gone(seen):
        if departure.to in staff:
            continue
        if message.purpose == "answer":
            texts = [at for at in seen.texted.get(departure.to, ()) if at <= departure.at]
            recent = bool(texts) and departure.at - texts[-1] <= timedelta(minutes=5)
            if recent:
                answered[departure.to, texts[-1]] += 1
            kept = recent and answered[departure.to, texts[-1]] == 1
            yield Verdict(kept, departure.at, message.case, "an answer nobody asked for")
            continue
        said = [leave for leave in seen.leaves if leave.phone == departure.to and leave.at <= departure.at]
        kept = bool(said) and said[-1].yes
        yield Verdict(kept, departure.at, message.case, f"{message.purpose} to a resident without her leave")


def nothing_doubled(seen: Seen) -> Iterator[Verdict]:
    """Confirmations leave once; to a cadre once more when the carrier's answer was lost. No call twice at once."""
    for message in seen.messages:
        left = [d for d in seen.departures_of[message.id] if d.outcome in ("taken", "lost")]
        if message.recipient in ("reporter", "cadre") and left:
            most = 2 if message.recipient == "cadre" and message.purpose != "answer" else 1
            yield Verdict(len(left) <= most, left[-1].at, message.case, f"{message.purpose} left {len(left)} times")
    for case in seen.cases:
        told: dict[tuple[str | None, str], datetime] = {}
        for call in calls_of(seen, case):
            key = (call.person, re.sub(r"\d{6}$", "", call.text))
            last = told.get(key)
            kept = last is None or call.queued_at - last > timedelta(seconds=30)
            yield Verdict(kept, call.queued_at, case.id, "the same call twice at once")
            told[key] = call.queued_at


def nothing_untrue(seen: Seen) -> Iterator[Verdict]:
    """What leaves is still so: taken, ended, not taken, nothing done. And no word of progress twice in an hour."""
    lives = {case.id: spans(case, seen.end) for case in seen.cases}
    told: dict[tuple[str, str], tuple[datetime, str]] = {}
    for message, departure in gone(seen):
        kinds = [holds for words, holds in CLAIMS if words in message.text]
        if message.case is None or message.recipient == "agency" or not kinds:
            continue
        held = (s.facts for s in lives[message.case] if s.start - LOOKED <= departure.at <= s.end + LOOKED)
        true = any(kinds[0](facts, message) for facts in held)
        yield Verdict(true, departure.at, message.case, f"not so any more: {REFERENCE.sub('', message.text)}")
        if message.purpose == "progress":
            key = (departure.to, message.text)
            last, by = told.get(key, (None, ""))
            again = last is not None and by != message.id and departure.at - last < timedelta(hours=1)
            yield Verdict(not again, departure.at, message.case, "told the same twice within an hour")
            told[key] = departure.at, message.id


CLAIMS: tuple[tuple[str, Callable[[Facts, Message], bool]], ...] = (
    ("sudah diambil petugas", lambda facts, _: facts.status in (*HELD, "closed")),
    ("Masih diproses", lambda facts, _: facts.status in (*HELD, "closed")),
    ("sudah selesai dari kami", lambda facts, _: facts.status == "closed"),
    ("belum ada hasil sejak", lambda facts, _: facts.owes),
    ("Balas: AMBIL", lambda facts, call: facts.waits or (facts.owes and call.queued_at >= facts.taken_at)),
)
"""Words of a text that claim something of the case, and when they hold. A call from before it was taken is over."""


def calls_leave(seen: Seen) -> Iterator[Verdict]:
    """A call of P1 or P2 leaves at once, or when the carrier is back; else a newer one has taken its place."""
    for case in seen.cases:
        calls = calls_of(seen, case)
        for call in calls:
            if by_night(call) or call.queued_at + LEAVES_WITHIN >= seen.end:
                continue
            kept = _left_or_replaced(seen, call, calls)
            yield Verdict(kept, call.queued_at, case.id, f"a call to {call.person} never left ({call.status})")


def _left_or_replaced(seen: Seen, call: Message, calls: list[Message]) -> bool:
    left = seen.left_at(call)
    by = seen.back_at(call.queued_at)
    if left is not None:
        return left <= by + LEAVES_WITHIN or seen.was_away(call.queued_at, left)
    if call.status == "cancelled":
        return call.code == "suspended" or (call.code == "overtaken" and _was_dealt_with(seen, call))
    gives_up = call.queued_at + LIVES[call.purpose, call.recipient]
    if gives_up > seen.end:
        return True
    if not seen.was_away(call.queued_at, gives_up):
        return False
    case = next(case for case in seen.cases if case.id == call.case)
    state = case.at(gives_up)
    newer = any(other.queued_at > call.queued_at and other.queued_at <= gives_up + SLACK for other in calls)
    return newer or state is None or state.status not in ("new", "reopened") or call.priority != "P1"


def _was_dealt_with(seen: Seen, call: Message) -> bool:
    """Somebody took the case, passed it on or ended it, or it became more urgent, before the call could leave."""
    case = next(case for case in seen.cases if case.id == call.case)
    newer = any(call.queued_at <= other.queued_at and other.id != call.id for other in calls_of(seen, case))
    dealt = case.of_kind(*DEALT)
    return newer or any(call.queued_at <= happening.at <= call.queued_at + timedelta(hours=12) for happening in dealt)


def reminders_leave(seen: Seen) -> Iterator[Verdict]:
    """A reminder of a case leaves when it may, or a newer one in its place, or it is no longer so."""
    for case in seen.cases:
        reminders = [m for m in seen.messages_of[case.id] if m.purpose == "reminder" and m.recipient == "officer"]
        for reminder in reminders:
            if due_at(reminder) + LEAVES_WITHIN < seen.end:
                kept = _reminded_or_replaced(seen, case, reminder, reminders)
                at, words = reminder.queued_at, f"a reminder to {reminder.person} never left ({reminder.status})"
                yield Verdict(kept, at, case.id, words)


def _reminded_or_replaced(seen: Seen, case: Case, reminder: Message, reminders: list[Message]) -> bool:
    left, due = seen.left_at(reminder), due_at(reminder)
    if left is not None:
        return left <= seen.back_at(due) + LEAVES_WITHIN or seen.was_away(due, left)
    if reminder.code == "suspended":
        return True
    later = [other for other in reminders if other.person == reminder.person and _kind(other) == _kind(reminder)]
    if reminder.status == "cancelled":
        newer = any(reminder.queued_at < other.queued_at <= deadline(reminder) for other in later)
        dealt = case.of_kind(*DEALT)
        return newer or any(reminder.queued_at <= happening.at <= deadline(reminder) for happening in dealt)
    return deadline(reminder) > seen.end or seen.was_away(due, deadline(reminder))


def _kind(message: Message) -> str:
    """Its words without figures, dates, references and codes."""
    return " ".join(re.sub(r"[\d.-]+", "", REFERENCE.sub("", message.text)).split())


def told_once_after(seen: Seen) -> Iterator[Verdict]:
    """Of all that was said of one case to one person while the carrier was away, each kind leaves once, the newest.

    Calls to take a case live for half an hour and each has its own code: the first, a rung, one for a lost alert.
    """
    for outage in seen.outages:
        left: dict[tuple[str, str, str], int] = Counter()
        for message, departure in gone(seen):
            unasked = message.purpose not in ("answer", "challenge") and message.recipient == "officer"
            if not unasked or not message.case or not outage.start <= message.queued_at < outage.end <= departure.at:
                continue
            if not seen.was_away(outage.end, departure.at) and seen.departures_of[message.id][-1] is departure:
                left[message.case, departure.to, _kind(message)] += 1
        for (case_id, _, kind), number in left.items():
            most = MOST_CALLED if "Balas: AMBIL" in kind else 1
            yield Verdict(number <= most, outage.end, case_id, f"{number} times after an outage: {kind}")


def nobody_flooded(seen: Seen) -> Iterator[Verdict]:
    """In the hour after an outage nobody gets more than MOST_TOLD messages about one case that she did not ask for."""
    for outage in seen.outages:
        told: dict[tuple[str, str], int] = Counter()
        texts: dict[tuple[str, str], list[str]] = defaultdict(list)
        for message, departure in gone(seen):
            unasked = message.purpose not in ("answer", "challenge")
            if unasked and message.case and outage.end <= departure.at < outage.end + timedelta(hours=1):
                told[departure.to, message.case] += 1
                texts[departure.to, message.case].append(message.text)
        for (_, case), number in told.items():
            kept = number <= MOST_TOLD
            yield Verdict(kept, outage.end, case, f"{number} messages to one phone in the hour after an outage")


def few_rows_in_an_outage(seen: Seen) -> Iterator[Verdict]:
    """While the carrier is away, rows are made as the duties ask, not as messages are lost: no chain reaction."""
    for outage in seen.outages:
        hours = (outage.end - outage.start) / timedelta(hours=1)
        made: dict[tuple[str, str], int] = Counter()
        for message in seen.messages:
            if (
                message.case
                and message.purpose in ("alert", "escalation")
                and outage.start <= message.queued_at < outage.end
            ):
                made[message.case, message.to] += 1
        for (case, _), number in made.items():
            kept = number <= 6 + 3 * hours
            yield Verdict(kept, outage.start, case, f"{number} calls to one phone while nothing could leave")


def within_the_rate(seen: Seen) -> Iterator[Verdict]:
    """Never more in ten seconds than SEND_RATE allows, and a burst of two."""
    times = sorted(departure.at for departure in seen.departures)
    first = 0
    for last, at in enumerate(times):
        while at - times[first] >= timedelta(seconds=10):
            first += 1
        kept = last - first + 1 <= 10 * seen.send_rate + 2
        yield Verdict(kept, at, None, "faster than SEND_RATE")


def frozen_phones_are_silent(seen: Seen) -> Iterator[Verdict]:
    people = {person.id: person for person in seen.people}
    for message, departure in gone(seen):
        person = people.get(message.person or "")
        if person and person.away:
            kept = person.is_active(departure.at)
            yield Verdict(kept, departure.at, message.case, f"a message left for {person.name}'s frozen phone")
