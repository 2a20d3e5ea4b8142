"""What came of a fault tried many times: one line of the table that `make faults` prints."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Outcome:
    fault: str
    tried: int
    lost: int
    residents: int
    """Messages that a resident got twice."""
    officers: int
    """Messages that an officer got once too often, all of them counted."""
    crashes: int = 0
    recovered: str = "-"
    """How long until all was worked off, or what stands for it."""

    @property
    def holds(self) -> bool:
        return self.lost == 0 and self.residents == 0 and self.officers <= self.crashes


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A table in Markdown."""
    names = [field.name for field in fields(Outcome)]
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for outcome in outcomes:
        yield "| " + " | ".join(str(getattr(outcome, name)) for name in names) + " |"
