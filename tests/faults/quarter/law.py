"""What the law and the agencies are owed in a case: reckoned from DESIGN section 5, without asking the product's rules.

Sexual violence: a health referral within 2 hours when it happened within 5 days; the police within 72 hours when the
victim reports herself; of anybody else's report a supervisor decides within 24 hours. And every request to an agency
is answered, or reminded of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.faults.quarter.calls import SLACK
from tests.faults.quarter.duties import ACTS_WITHIN, is_reminded
from tests.faults.quarter.ledger import HELD, WAITING
from tests.faults.quarter.seen import Case, Happening, Known, Person, Referred, Seen, once
from tests.faults.quarter.verdict import Verdict

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPEN = (*WAITING, *HELD, "partial")
HERSELF = ("self", "self_adult", "self_child")
HEALTH_KINDS = ("puskesmas", "rsud")
FRESH_FOR = timedelta(days=5)


@dataclass(frozen=True)
class Owed:
    """One duty of the law: its words in an SMS, and who hears of it how long after the case is known as sexual."""

    name: str
    words: str
    told: tuple[tuple[timedelta, tuple[str, ...]], ...]
    daily_from: timedelta
    """When the last of `told` begins to hear of it again, every day."""


HEALTH = Owed(
    "health",
    "tugas mendesak",
    ((HOUR, ("holder",)), (2 * HOUR, ("holder", "supervisor")), (4 * HOUR, ("holder", "supervisor", "head"))),
    4 * HOUR,
)
POLICE = Owed(
    "police",
    "batas waktu 3x24 jam",
    (
        *((hours * HOUR, ("holder", "supervisor")) for hours in (24, 48, 66)),
        (72 * HOUR, ("holder", "supervisor", "head")),
    ),
    72 * HOUR,
)
JUDGE = Owed(
    "judge",
    "perlu keputusan penyelia",
    ((timedelta(), ("supervisor",)), (24 * HOUR, ("supervisor", "head"))),
    24 * HOUR,
)


def known_at(case: Case, moment: datetime) -> Known | None:
    past = [known for known in case.known if known.at <= moment]
    return past[-1] if past else None


def is_owed(seen: Seen, case: Case, owed: Owed, moment: datetime) -> bool:
    """Whether this duty is open then: it applies, and has neither been met nor signed off."""
    known, state = known_at(case, moment), case.at(moment)
    if known is None or state is None or not known.sexual or state.status not in OPEN:
        return False
    past = [happening for happening in case.timeline if happening.at <= moment]
    if any(happening.kind in ("closed", "invalid") for happening in past):
        return False  # a supervisor gave her reason: signed off
    if owed is HEALTH:
        return _is_fresh(case, known) and not _is_waived(past, "health") and not _is_referred(seen, past)
    required = [h.at for h in past if h.kind == "duty" and h.body.get("required") == "police"]
    ended = [h.at for h in past if h.kind == "police_reported" or _is_waived([h], "police")]
    if ended and not (required and max(required) > max(ended)):
        return False
    hers = case.reporter == "resident" and known.who in HERSELF
    return (hers or bool(required)) is (owed is POLICE)


def _is_fresh(case: Case, known: Known) -> bool:
    if known.when == "longer":
        return False
    since = next(k.at for k in case.known if k.sexual)
    return known.incident_on is None or since.date() - date.fromisoformat(known.incident_on) <= FRESH_FOR


def _is_waived(past: list[Happening], name: str) -> bool:
    return any(h.kind == "duty" and h.body.get("waived") == name for h in past)


def _is_referred(seen: Seen, past: list[Happening]) -> bool:
    """A health agency has been asked, and not every one that was has declined."""
    health = {agency: name for agency, (name, kind) in seen.agencies.items() if kind in HEALTH_KINDS}
    asked = sum(h.kind == "referred" and h.body.get("agency") in health.values() for h in past)
    declined = sum(h.kind == "referral_declined" and h.actor.removeprefix("agency:") in health for h in past)
    return asked > declined


def duties_told(owed: Owed) -> Callable[[Seen], Iterator[Verdict]]:
    """Until it is met or signed off, a duty of the law is told step by step, and at last every day."""

    def promise(seen: Seen) -> Iterator[Verdict]:
        for case in seen.cases:
            since = next((known.at for known in case.known if known.sexual), None)
            if since is None:
                continue
            told = [m for m in seen.messages_of[case.id] if owed.words in m.text]
            for after, roles in _steps(owed, seen.end - since):
                at = since + after
                if not all(
                    is_owed(seen, case, owed, moment) for moment in (at, at - SLACK, at + SLACK) if moment >= since
                ):
                    continue
                for person in _named(seen, case, roles, at):
                    yield Verdict(
                        is_reminded(told, person, at), at, case.id, f"{owed.name}: {person.name} was not told"
                    )

    return promise


def _steps(owed: Owed, lasts: timedelta) -> Iterator[tuple[timedelta, tuple[str, ...]]]:
    yield from ((after, roles) for after, roles in owed.told if after + SLACK < lasts)
    after, (_, roles) = owed.daily_from + DAY, owed.told[-1]
    while after + SLACK < lasts:
        yield after, roles
        after += DAY


def _named(seen: Seen, case: Case, roles: tuple[str, ...], at: datetime) -> list[Person]:
    """Those of these roles who can be told; of a case nobody holds, whoever is on duty for its place."""
    state = case.at(at)
    found: list[Person] = []
    if "holder" in roles and state:
        holder = [person for person in seen.people if person.id == state.holder and person.is_active(at)]
        found += holder if state.holder else seen.on_duty(at, state.kecamatan)
    if "supervisor" in roles:
        found += seen.active(at, "supervisor") or seen.active(at, "head")
    if "head" in roles:
        found += seen.active(at, "head")
    return once(found)


def agencies_chased(seen: Seen) -> Iterator[Verdict]:
    """A request nobody answered: the agency and its officer are reminded, then supervisors, then the head; daily."""
    cases = {case.id: case for case in seen.cases}
    for referral in seen.referrals:
        case = cases[referral.case]
        told = [m for m in seen.messages_of[case.id] if "permintaan dukungan belum dijawab" in m.text]
        again = [m for m in seen.messages_of[case.id] if "menunggu jawaban sejak" in m.text]
        for number, at in _chases(seen, case, referral):
            roles = ("holder", "supervisor", "head")[: min(number, 3)]
            asked = any(m.person == referral.agency and at - SLACK <= m.queued_at <= at + SLACK for m in again)
            yield Verdict(asked, at, case.id, f"an agency that has not answered was not asked again ({number})")
            for person in _named(seen, case, roles, at):
                kept = is_reminded(told, person, at)
                yield Verdict(
                    kept, at, case.id, f"an agency has not answered and {person.name} was not told ({number})"
                )


def _chases(seen: Seen, case: Case, referral: Referred) -> Iterator[tuple[int, datetime]]:
    """Number and moment of each reminder, while the case is open and of the priority it had when the agency was asked.

    A change of the priority changes the times; what is due from then on is only looked at for the next request.
    """
    asked_as = case.at(referral.asked_at)
    assert asked_as is not None
    every = ACTS_WITHIN[asked_as.priority]
    until = min(referral.answered_at or seen.end, seen.end)
    number, at = 1, referral.asked_at + every
    while at + SLACK < until:
        states = [asked_as, *(s for s in case.states if referral.asked_at < s.at <= at + SLACK)]
        if any(s.priority != asked_as.priority or s.status not in OPEN for s in states):
            return
        yield number, at
        number += 1
        at = referral.asked_at + 2 * every + (number - 2) * DAY


PROMISES: tuple[tuple[str, Callable[[Seen], Iterator[Verdict]]], ...] = (
    ("health referral met or climbing", duties_told(HEALTH)),
    ("police report met or counted down", duties_told(POLICE)),
    ("a supervisor decides about the police", duties_told(JUDGE)),
    ("an agency answers or is chased", agencies_chased),
)
