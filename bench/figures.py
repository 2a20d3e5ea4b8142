"""What a round says, what many rounds say together, and when a ratio may be told at all. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median


class Untold(Exception):
    """A figure that must not be printed, with the reason in its place."""


@dataclass(frozen=True)
class Round:
    """One stretch of load against one server. Times in milliseconds, `cpu` and `seconds` in seconds."""

    hops: int  # answered rightly
    seconds: float
    p50: float
    p99: float
    cpu: float = 0.0
    wrong: int = 0
    first_wrong: str = ""


@dataclass
class Side:
    """One server under measurement, round by round. `absent` says why it was not measured."""

    name: str
    version: str = ""
    rounds: list[Round] = field(default_factory=list)
    absent: str = ""

    @property
    def wrong(self) -> int:
        return sum(round.wrong for round in self.rounds)

    def check(self) -> None:
        """Raises Untold unless every answer of every round was right."""
        if self.absent:
            raise Untold(f"{self.name}: {self.absent}")
        if self.wrong:
            first = next(round.first_wrong for round in self.rounds if round.wrong)
            raise Untold(f"{self.name} answered wrongly {self.wrong} times: {first!r}")
        if not any(round.hops for round in self.rounds):
            raise Untold(f"{self.name} answered nothing")

    @property
    def rate(self) -> float:
        """Answers a second. Raises Untold, as do the others."""
        found = self._median(round.hops / round.seconds for round in self.rounds)
        if not found:
            raise Untold(f"{self.name} answered nothing in most rounds")
        return found

    @property
    def p50(self) -> float:
        return self._median(round.p50 for round in self.rounds)

    @property
    def p99(self) -> float:
        return self._median(round.p99 for round in self.rounds)

    @property
    def cpu(self) -> float:
        """Microseconds of CPU an answer."""
        return self._median(round.cpu / round.hops * 1e6 for round in self.rounds if round.hops)

    @property
    def spread(self) -> float:
        """Half the distance between the best and the worst round, as a part of the median: how noisy it was."""
        rates = [round.hops / round.seconds for round in self.rounds]
        return (max(rates) - min(rates)) / 2 / self.rate

    def _median(self, values: Iterable[float]) -> float:
        self.check()
        return median(values)


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that `part` (0 to 1) of all values do not exceed; the nearest rank, nothing between ranks."""
    if not values:
        raise Untold("nothing was measured")
    return sorted(values)[max(0, ceil(part * len(values)) - 1)]


def ratio(one: Side, other: Side) -> float:
    """How many times as many answers a second `one` gives. Raises Untold when either answered wrongly."""
    return one.rate / other.rate


def fastest(sides: Iterable[Side]) -> Side:
    """The best of those that answered rightly. Raises Untold when none did, or when one that ran answered wrongly."""
    ran = [side for side in sides if not side.absent]
    if not ran:
        raise Untold("none of them could be measured")
    return max(ran, key=lambda side: side.rate)
