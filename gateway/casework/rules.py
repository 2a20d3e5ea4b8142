"""When something falls due on a case, over plain facts. Pure; `ladder` is the table of who is then told, and how.

A rule yields steps; each `(case, rule, step)` fires once. A case that is asked again later falls due for the newest
step only, so that a day of downtime ends in one message, not in forty-eight.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from gateway.casework import duties
from gateway.casework.duties import Duty
from models.lifecycle import HELD, OPEN, WAITING
from models.vocabulary import CaseStatus, Priority

PAUSE = timedelta(minutes=30)
"""How long AMBIL on a P1 holds the ladder without a first action (DESIGN section 5)."""
CLIMBS_EVERY = timedelta(minutes=30)
REMINDS_EVERY = timedelta(hours=24)
POLICE_REMINDERS = (timedelta(hours=24), timedelta(hours=48), timedelta(hours=66))
SILENT_AFTER = timedelta(days=4)
"""A follow-up nobody answered within this long is recorded as no answer."""


@dataclass(frozen=True)
class Times:
    """The office's settings that rules count with."""

    ladder: tuple[timedelta, ...]
    first_action: dict[Priority, timedelta]
    follow_up: tuple[timedelta, ...]
    sweep: timedelta


@dataclass(frozen=True)
class Facts:
    """What rules may know of a case."""

    status: CaseStatus
    priority: Priority
    created_at: datetime
    touched_at: datetime
    queued_at: datetime | None = None
    became_p1_at: datetime | None = None
    accept_due_at: datetime | None = None
    accepted_at: datetime | None = None
    acted_at: datetime | None = None
    cried_at: datetime | None = None
    reachable: bool = True
    """Somebody may call, or knows where to go."""
    follows_up: int = 0
    """How many of the follow-up times apply: all for a reporter who allowed SMS, one for a cadre, else none."""
    duties: tuple[Duty, ...] = ()
    """The legal duties still open."""
    asked: tuple[tuple[str, datetime], ...] = ()
    """Requests to agencies that nobody has answered: the end of each one's id, and when it was sent."""

    @property
    def waits(self) -> bool:
        return self.status in WAITING

    @property
    def unmet(self) -> bool:
        """Held, and nothing has been done yet, or nothing since the person cried again."""
        if self.status not in HELD or self.accepted_at is None:
            return False
        return self.acted_at is None or (self.cried_at is not None and self.acted_at < self.cried_at)

    @property
    def owed_since(self) -> datetime | None:
        """Since when a first action is owed by whoever holds the case."""
        return max(self.accepted_at, self.cried_at or self.accepted_at) if self.accepted_at else None


@dataclass(frozen=True)
class Step:
    at: datetime
    rule: str
    step: str
    number: int
    limit: datetime | None = None
    """Until when the duty had or has to be met, where a text names it."""
    since: datetime | None = None


Due = Callable[[Facts, Times, datetime], Iterator[Step]]


def _step(rule: str, base: datetime | str, number: int, at: datetime) -> Step:
    """`base` is part of the name: a case passed on or reopened begins its rules anew."""
    name = base if isinstance(base, str) else int(base.timestamp())
    return Step(at, rule, f"{name}/{number}", number)


def _repeating(
    rule: str, base: datetime | str, start: datetime, every: timedelta, first: int, now: datetime
) -> Iterator[Step]:
    """The newest due step of an endless row and the one after it; `start` is when number `first` is due."""
    passed = max(0, int((now - start) / every))
    yield _step(rule, base, first + passed, start + passed * every)
    if now >= start:
        yield _step(rule, base, first + passed + 1, start + (passed + 1) * every)


def sweep(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """A partial report falls silent: into the queue."""
    if facts.status is CaseStatus.PARTIAL:
        yield _step("sweep", facts.created_at, 1, facts.touched_at + times.sweep)


def ladder(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """P1: all on duty, supervisor, head, then again and again. Accepting holds it for PAUSE, a first action ends it."""
    if facts.priority is not Priority.P1 or facts.became_p1_at is None or not (facts.waits or facts.unmet):
        return
    cried_at = facts.cried_at if facts.unmet else None
    base = max(filter(None, (facts.became_p1_at, facts.queued_at, cried_at)))
    # Only an AMBIL of what is climbing now holds it: not one before it became P1, or before she cried again.
    held_at = facts.accepted_at if facts.unmet and facts.accepted_at and facts.accepted_at >= base else None

    def shifted(at: datetime) -> datetime:
        """PAUSE later than planned when planned for after accepting; nothing at all is told while PAUSE lasts."""
        if held_at is None:
            return at
        return max(at, held_at) + PAUSE

    for number, after in enumerate(times.ladder, start=1):
        yield _step("ladder", base, number, shifted(base + after))
    last, first = base + times.ladder[-1] + CLIMBS_EVERY, len(times.ladder) + 1
    skipped = max(0, -int((last - held_at) // CLIMBS_EVERY)) if held_at else 0
    yield from _repeating("ladder", base, shifted(last + skipped * CLIMBS_EVERY), CLIMBS_EVERY, first + skipped, now)


def night(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """Nobody on duty took a P1: the 24-hour agency, with the ladder's second step. Firing asks whether anybody is."""
    if facts.priority is Priority.P1 and facts.waits and facts.became_p1_at:
        base = max(facts.became_p1_at, facts.queued_at or facts.became_p1_at)
        yield _step("night", base, 1, base + times.ladder[min(1, len(times.ladder) - 1)])


def undecided(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """P1 with neither permission to call nor a place: the supervisor has to decide, before the ladder's first step."""
    if facts.priority is Priority.P1 and facts.became_p1_at and not facts.reachable and (facts.waits or facts.unmet):
        yield _step("undecided", facts.became_p1_at, 1, facts.became_p1_at + times.ladder[0] / 2)


def unaccepted(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """P2 and P3 that nobody took in time: all on duty and the supervisor, then the head too, daily."""
    if facts.priority is Priority.P1 or not facts.waits or facts.queued_at is None or facts.accept_due_at is None:
        return
    yield _step("unaccepted", facts.queued_at, 1, facts.accept_due_at)
    later = facts.accept_due_at + min(facts.accept_due_at - facts.queued_at, REMINDS_EVERY)
    yield from _repeating("unaccepted", facts.queued_at, later, REMINDS_EVERY, 2, now)


def first_action(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """Accepted, but nothing done yet: the holder, then the supervisor and the head with her."""
    if not facts.unmet or facts.owed_since is None:
        return
    within = times.first_action[facts.priority]
    yield from _repeating("first_action", facts.owed_since, facts.owed_since + within, within, 1, now)


def list_deadlines(facts: Facts, times: Times) -> Iterator[datetime]:
    """Until when each thing owed in a case has to be done: to take it, to act, what the law asks, an answer."""
    yield from _list_waits(facts, times)
    if facts.status in OPEN:
        yield from (duty.due for duty in facts.duties)
        yield from (asked_at + times.first_action[facts.priority] for _, asked_at in facts.asked)


def _list_waits(facts: Facts, times: Times) -> Iterator[datetime]:
    if facts.waits and facts.accept_due_at:
        yield facts.accept_due_at
    if facts.unmet and facts.owed_since:
        yield facts.owed_since + times.first_action[facts.priority]


def late_at(facts: Facts, times: Times, now: datetime) -> datetime | None:
    """Since when the case is late, or when its present wait becomes too long: to be accepted, or for a first action.

    It stands in the clear, so a deadline of the law or of an agency is in it only once it has passed.
    """
    passed = (deadline for deadline in list_deadlines(facts, times) if deadline <= now)
    return min(chain(_list_waits(facts, times), passed), default=None)


def follow_up(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """How are you? Counted from the report; asked also after the end, for that is when it begins again."""
    if facts.status in (CaseStatus.INVALID, CaseStatus.PARTIAL):
        return
    for number, after in enumerate(times.follow_up[: facts.follows_up], start=1):
        yield _step("follow_up", facts.created_at, number, facts.created_at + after)


def silence(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """Nobody answered a follow-up: written down as such."""
    for asked in follow_up(facts, times, now):
        yield _step("silence", facts.created_at, asked.number, asked.at + SILENT_AFTER)


def _owed(facts: Facts, name: str) -> Iterator[Duty]:
    if facts.status in OPEN:
        yield from (duty for duty in facts.duties if duty.name == name)


def _for(duty: Duty, steps: Iterator[Step]) -> Iterator[Step]:
    return (replace(step, limit=duty.due) for step in steps)


def health(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """The health referral: reminded of at half time, overdue, once more as long again after, then daily."""
    for duty in _owed(facts, duties.HEALTH):
        half = (duty.due - duty.since) / 2
        first = [_step("health", duty.since, number, duty.since + number * half) for number in (1, 2)]
        daily = _repeating("health", duty.since, duty.since + 4 * half, REMINDS_EVERY, 3, now)
        yield from _for(duty, chain(first, daily))


def police(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """The report within 3x24 hours: reminded of before, then daily."""
    for duty in _owed(facts, duties.POLICE):
        before = [
            _step("police", duty.since, number, duty.since + after)
            for number, after in enumerate(POLICE_REMINDERS, start=1)
        ]
        daily = _repeating("police", duty.since, duty.due, REMINDS_EVERY, len(before) + 1, now)
        yield from _for(duty, chain(before, daily))


def judge(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """Somebody else's report: a supervisor decides about the police duty, asked at once, overdue after a day."""
    for duty in _owed(facts, duties.JUDGE):
        asked = [_step("judge", duty.since, 1, duty.since)]
        daily = _repeating("judge", duty.since, duty.due, REMINDS_EVERY, 2, now)
        yield from _for(duty, chain(asked, daily))


def unanswered(facts: Facts, times: Times, now: datetime) -> Iterator[Step]:
    """An agency that has not answered: asked again after the time of a first action, after twice that, then daily."""
    if facts.status not in OPEN:
        return
    every = times.first_action[facts.priority]
    for key, asked_at in facts.asked:
        first = [_step("unanswered", key, 1, asked_at + every)]
        later = _repeating("unanswered", key, asked_at + 2 * every, REMINDS_EVERY, 2, now)
        yield from (replace(step, since=asked_at) for step in chain(first, later))
