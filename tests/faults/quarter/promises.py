"""The promises, one row each. A new duty adds its check here and nothing else: a function from what was seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.faults.quarter import calls, duties, law, words
from tests.faults.quarter.seen import Seen
from tests.faults.quarter.verdict import Verdict

Promise = Callable[[Seen], Iterator[Verdict]]


def each_step_once(seen: Seen) -> Iterator[Verdict]:
    """No step of a rule fired twice."""
    told: set[tuple[str, str, str]] = set()
    for case, rule, step, at in seen.firings:
        yield Verdict((case, rule, step) not in told, at, case, f"{rule} {step} fired twice")
        told.add((case, rule, step))


def no_step_skipped(seen: Seen) -> Iterator[Verdict]:
    """Rungs of one climb fire in their order and without a gap, before anybody takes the case."""
    rungs: dict[tuple[str, str], list[tuple[int, datetime]]] = defaultdict(list)
    for case, rule, step, at in seen.firings:
        if rule == "ladder":
            base, number = step.split("/")
            rungs[case, base].append((int(number), at))
    accepted = {case.id: [h.at for h in case.of_kind("accepted")] for case in seen.cases}
    for (case, base), fired in rungs.items():
        fired.sort()
        numbers = [number for number, _ in fired]
        taken = any(at >= datetime.fromtimestamp(int(base), seen.start.tzinfo) for at in accepted[case])
        kept = numbers == list(range(1, len(numbers) + 1)) or (taken and numbers == sorted(set(numbers)))
        yield Verdict(kept, fired[0][1], case, f"rungs fired: {numbers}")


PROMISES: tuple[tuple[str, Promise], ...] = (
    ("told at once", calls.told_at_once),
    ("told when the place becomes known", calls.place_becomes_known),
    ("P1 accepted or climbing", calls.p1_climbs),
    ("AMBIL holds the ladder", calls.ambil_pauses),
    ("a lost P1 alert climbs at once", calls.lost_calls_climb),
    ("night agency called", calls.night_agency_called),
    ("a supervisor decides", calls.supervisor_decides),
    ("P2, P3, call-me not taken are told", calls.untaken_told),
    ("first action overdue is told", duties.first_action_told),
    *law.PROMISES,
    ("follow-ups asked", duties.follow_ups_asked),
    ("taking is told", duties.cadre_told_of_taking),
    ("a second cry is told", duties.cries_told),
    ("one receipt", duties.receipts_given),
    ("nobody waits unseen at the end", duties.nobody_waits_unseen),
    ("no rule fired twice", each_step_once),
    ("no rung skipped", no_step_skipped),
    ("calls leave, or a newer one does", words.calls_leave),
    ("reminders leave, or a newer one does", words.reminders_leave),
    ("nothing leaves stale", words.in_time_or_not_at_all),
    ("nothing untrue", words.nothing_untrue),
    ("nothing doubled", words.nothing_doubled),
    ("quiet hours", words.quiet_hours),
    ("no SMS to a resident without leave", words.with_consent),
    ("no flood after an outage", words.nobody_flooded),
    ("after an outage each kind once", words.told_once_after),
    ("no chain reaction in an outage", words.few_rows_in_an_outage),
    ("the office's rate", words.within_the_rate),
    ("frozen phones are silent", words.frozen_phones_are_silent),
)


@dataclass(frozen=True)
class Line:
    """A row of the table."""

    title: str
    checked: int
    broken: tuple[Verdict, ...]


def judge(seen: Seen) -> list[Line]:
    lines = []
    for title, promise in PROMISES:
        verdicts = list(promise(seen))
        broken = sorted((v for v in verdicts if not v.kept), key=lambda v: v.at)
        lines.append(Line(title, len(verdicts), tuple(broken)))
    return lines


def first_broken(lines: list[Line]) -> tuple[Line, Verdict] | None:
    """The broken promise that lies earliest in the simulated time."""
    found = [(line.broken[0].at, number) for number, line in enumerate(lines) if line.broken]
    if not found:
        return None
    line = lines[min(found)[1]]
    return line, line.broken[0]
