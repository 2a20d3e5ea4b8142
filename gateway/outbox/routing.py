"""Which carriers a message is offered to, one after the other. Pure; which of them are held is asked of the rows.

A message goes to the next carrier at once when it certainly did not leave. When it may have left, it is not offered
on: the policy of a lost answer decides whether it is sent again, and then the carrier after that one comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.outbox.policy import Lost, rule_for
from models.vocabulary import Purpose, Recipient


@dataclass(frozen=True)
class Ways:
    """Carriers by name: `free` in the office's order, and a held one whose turn it is to try with one message."""

    free: tuple[str, ...]
    trial: str | None = None


@dataclass(frozen=True)
class Traveller:
    """What matters of a message for its way."""

    purpose: Purpose
    recipient: Recipient
    tried: str | None = None
    """The carrier that was tried last and did not take it, or whose answer was lost."""
    came_by: str | None = None
    """The carrier that brought the text which this message answers: another number would be a stranger's."""


def find_routes(order: Sequence[str], ways: Ways, travellers: Sequence[Traveller]) -> list[tuple[str, ...]]:
    """For each message the carriers to offer it to; the held one is tried with a single message, first."""
    trier = _trier(ways, travellers)
    routes = []
    for number, traveller in enumerate(travellers):
        plain = tuple(name for name in _turned(order, traveller) if name in ways.free)
        routes.append((ways.trial, *plain) if number == trier and ways.trial else plain)
    return routes


def _turned(order: Sequence[str], traveller: Traveller) -> list[str]:
    if traveller.tried and traveller.tried in order:
        start = order.index(traveller.tried) + 1
        return [*order[start:], *order[:start]]
    return sorted(order, key=lambda name: name != traveller.came_by)


def _trier(ways: Ways, travellers: Sequence[Traveller]) -> int | None:
    """While another carrier works, one is tried only with a message that may be sent again when its answer is lost."""
    if ways.trial is None:
        return None
    fit = (n for n, found in enumerate(travellers) if not ways.free or _may_be_doubled(found))
    return next(fit, None)


def _may_be_doubled(traveller: Traveller) -> bool:
    return rule_for(traveller.purpose, traveller.recipient).if_lost is Lost.SEND_AGAIN
