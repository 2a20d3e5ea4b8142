"""What was seen of a simulated time, as plain values: the promises are functions of nothing else."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

PASER = ZoneInfo("Asia/Makassar")
NIGHT, DAY = time(21), time(7)


def is_night(at: datetime) -> bool:
    """Between 21.00 and 07.00 in Paser (DESIGN section 6, QUIET_HOURS)."""
    clock = at.astimezone(PASER).time()
    return clock >= NIGHT or clock < DAY


def after_night(at: datetime) -> datetime:
    """`at` by day, else the next 07.00."""
    if not is_night(at):
        return at
    local = at.astimezone(PASER)
    morning = local.replace(hour=DAY.hour, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)


@dataclass(frozen=True)
class Outage:
    start: datetime
    end: datetime
    penniless: bool = False
    """The account is empty, so that the queue is held, and not just a line that is down."""


@dataclass(frozen=True)
class Departure:
    """One hand-over to the carrier. `outcome`: taken | lost (its answer, and the message) | refused | down."""

    at: datetime
    message: str
    to: str = field(repr=False)
    text: str
    outcome: str
    silent: bool = False
    """Taken, and no report on it within five minutes."""


@dataclass(frozen=True)
class Message:
    """An outgoing row as it ended."""

    id: str
    case: str | None
    purpose: str
    recipient: str
    person: str | None
    priority: str | None
    to: str = field(repr=False)
    text: str
    status: str
    code: str | None
    queued_at: datetime
    ended_at: datetime | None
    """When it was given up or reported for good."""


@dataclass(frozen=True)
class State:
    """A case as it stood from `at` on."""

    at: datetime
    status: str
    priority: str
    kecamatan: str | None
    holder: str | None


@dataclass(frozen=True)
class Known:
    """What was known of a case from `at` on that the law asks about."""

    at: datetime
    sexual: bool
    who: str
    """Who the victim is, as keyed by USSD; empty by SMS."""
    when: str | None
    """When it last happened, as keyed."""
    incident_on: str | None


@dataclass(frozen=True)
class Happening:
    """An entry of a case's timeline."""

    at: datetime
    kind: str
    actor: str
    body: dict[str, object]


@dataclass(frozen=True)
class Case:
    id: str
    reference: str
    reporter: str
    """resident | cadre | officer"""
    phone: str | None = field(repr=False)
    states: tuple[State, ...]
    known: tuple[Known, ...]
    timeline: tuple[Happening, ...]
    forms: tuple[str, ...] = ()
    age: str = "unknown"
    call_me: bool = False

    @property
    def opened_at(self) -> datetime:
        return self.states[0].at

    def at(self, moment: datetime) -> State | None:
        """How it stood then; None before it was opened."""
        past = [state for state in self.states if state.at <= moment]
        return past[-1] if past else None

    def of_kind(self, *kinds: str) -> list[Happening]:
        return [happening for happening in self.timeline if happening.kind in kinds]


@dataclass(frozen=True)
class Person:
    """An officer. `away`: from when to when the phone was suspended."""

    id: str
    name: str
    role: str
    phone: str = field(repr=False)
    areas: tuple[str, ...]
    away: tuple[tuple[datetime, datetime], ...] = ()

    def is_active(self, at: datetime) -> bool:
        return not any(start <= at < end for start, end in self.away)

    def serves(self, kecamatan: str | None) -> bool:
        return not self.areas or kecamatan is None or kecamatan in self.areas


@dataclass(frozen=True)
class Shift:
    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Leave:
    """A resident's word on SMS: `yes` from `at` on, or no more."""

    phone: str = field(repr=False)
    at: datetime
    yes: bool


@dataclass(frozen=True)
class Referred:
    """An agency asked for help, as it ended."""

    case: str
    agency: str
    asked_at: datetime
    answered_at: datetime | None
    status: str


@dataclass
class Seen:
    """Everything observed between `start` and `end`."""

    start: datetime
    end: datetime
    outages: list[Outage]
    people: list[Person]
    shifts: list[Shift]
    cases: list[Case]
    messages: list[Message]
    departures: list[Departure]
    texted: dict[str, list[datetime]]
    """When each phone sent an SMS."""
    leaves: list[Leave]
    firings: list[tuple[str, str, str, datetime]]
    """Case, rule, step, when."""
    speechless: dict[str, datetime]
    """Danger calls that said neither place nor leave: phone, and until when nothing more was said."""
    referrals: list[Referred] = field(default_factory=list)
    agencies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name and kind, by id."""
    send_rate: float = 5.0

    @cached_property
    def messages_of(self) -> dict[str, list[Message]]:
        """By case, oldest first."""
        found: dict[str, list[Message]] = defaultdict(list)
        for message in sorted(self.messages, key=lambda message: message.queued_at):
            if message.case:
                found[message.case].append(message)
        return found

    @cached_property
    def departures_of(self) -> dict[str, list[Departure]]:
        """By message, oldest first."""
        found: dict[str, list[Departure]] = defaultdict(list)
        for departure in self.departures:
            found[departure.message].append(departure)
        return found

    def left_at(self, message: Message) -> datetime | None:
        """When the carrier first had it; None: it never left."""
        gone = (departure.at for departure in self.departures_of[message.id] if departure.outcome != "down")
        return next(gone, None)

    def on_duty(self, at: datetime, kecamatan: str | None = None) -> list[Person]:
        running = {shift.person for shift in self.shifts if shift.start <= at < shift.end}
        able = (person for person in self.people if person.id in running and person.is_active(at))
        return [person for person in able if person.serves(kecamatan)]

    def active(self, at: datetime, *roles: str) -> list[Person]:
        return [person for person in self.people if person.role in roles and person.is_active(at)]

    def was_away(self, start: datetime, end: datetime) -> bool:
        """Whether the carrier was away at any moment of this time."""
        return any(outage.start < end and start < outage.end for outage in self.outages)

    def back_at(self, at: datetime) -> datetime:
        """`at`, or when the carrier came back from the outage it lies in."""
        return next((outage.end for outage in self.outages if outage.start <= at < outage.end), at)


def once(people: Iterable[Person]) -> list[Person]:
    """Each person once, in order."""
    return list({person.id: person for person in people}.values())
