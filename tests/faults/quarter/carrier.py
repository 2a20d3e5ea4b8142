"""A carrier after a script: away every night and for whole days, and otherwise as good and as bad as carriers are."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.providers import base
from models.vocabulary import MessageStatus
from tests.faults.quarter.seen import Departure, Outage

UNREPORTED_FOR = timedelta(minutes=5)
"""How long a call of P1 may go without a report before it counts as lost: half a rung of the ladder."""


@dataclass(frozen=True)
class Report:
    """A delivery report the carrier will make, in its own words; `provider_id` as it named the message."""

    at: datetime
    provider_id: str
    word: str
    to: str


@dataclass
class Carrier:
    """An `SmsProvider`. What it took lies in `taken` and what it will report in `reports`, for the world to fetch."""

    clock: Callable[[], datetime]
    seed: int
    outages: Sequence[Outage]
    is_off: Callable[[str], bool]
    """Whether the phone of this number is lost or broken."""
    name: str = "simulator"
    departures: list[Departure] = field(default_factory=list)
    arrived: list[tuple[str, str]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    unreported: list[datetime] = field(default_factory=list)
    """When messages were taken of which nothing will be heard for UNREPORTED_FOR, for the world to fetch."""
    _dice: dict[str, random.Random] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> base.Accepted:
        with self._lock:
            return self._send(message_id, to, text)

    def balance(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held open."""

    def away(self) -> Outage | None:
        now = self.clock()
        return next((outage for outage in self.outages if outage.start <= now < outage.end), None)

    def _send(self, message_id: str, to: str, text: str) -> base.Accepted:
        outage, now = self.away(), self.clock()
        if outage:
            self._note(message_id, to, text, "down")
            raise base.OutOfOrder("no_balance") if outage.penniless else base.NotSent("unreachable")
        dice = self._dice.setdefault(to, random.Random(f"{self.seed} {to}")).random()
        provider_id = f"sim_{message_id}_{len(self.departures)}"
        if dice < 0.01:
            self._note(message_id, to, text, "down")
            raise base.NotSent("busy")
        if dice < 0.015:
            self._note(message_id, to, text, "refused")
            raise base.Refused("not_taken")
        if dice < 0.025:
            self._note(message_id, to, text, "lost")
            raise base.MaybeSent("timeout")
        way = self._dice[to].random()
        silent = dice >= 0.035 and (way >= 0.3 if self.is_off(to) else 0.04 <= way < 0.16)
        self._note(message_id, to, text, "taken", silent=silent)
        if silent:
            self.unreported.append(now)
        self._deliver(provider_id, to, text, now, way)
        if dice < 0.035:
            raise base.MaybeSent("timeout")
        return base.Accepted(provider_id=provider_id, status=MessageStatus.SENT)

    def _note(self, message_id: str, to: str, text: str, outcome: str, *, silent: bool = False) -> None:
        self.departures.append(Departure(self.clock(), message_id, to, text, outcome, silent))

    def _deliver(self, provider_id: str, to: str, text: str, now: datetime, dice: float) -> None:
        """Most arrive; some fail, expire, are reported late, twice, against themselves, or not at all.

        Who must know soon of a silence: `silent`, which has to fit.
        """
        soon, late = now + timedelta(seconds=3 + 27 * dice), now + timedelta(hours=1 + 9 * dice)

        def report(at: datetime, word: str) -> None:
            self.reports.append(Report(at, provider_id, word, to))

        if self.is_off(to):
            if dice < 0.6:
                report(soon if dice < 0.3 else late, "AbsentSubscriber" if dice < 0.3 else "Expired")
            return
        if dice < 0.04:
            report(soon, "Failed")
            return
        if dice < 0.06:
            report(late, "Expired")
            return
        self.arrived.append((to, text))
        if dice < 0.11:
            return
        report(late if dice < 0.16 else soon, "Success")
        if dice > 0.96:
            report(soon + timedelta(seconds=5), "Success" if dice > 0.98 else "Failed")
