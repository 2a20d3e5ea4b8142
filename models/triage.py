"""How urgent a case is, from what is known of it. Pure; officers may raise or lower the answer, with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from models.vocabulary import SEXUAL_FORMS, Age, Priority


@dataclass(frozen=True)
class Signs:
    """What triage looks at. `now` is any sign that the danger is going on: the danger key, a weapon, a threat to

    kill, confinement, a child with the perpetrator at this moment.
    """

    now: bool = False
    forms: frozenset[str] = frozenset()
    victim: Age = Age.UNKNOWN
    call_me: bool = False


@dataclass(frozen=True)
class Limits:
    """The office's times (settings): how long a case may wait to be accepted, and for the first action."""

    accept: dict[Priority, timedelta]
    call_me: timedelta
    first_action: dict[Priority, timedelta]


def triage(signs: Signs) -> Priority:
    """P1 danger now; P2 sexual violence, a child, or a call-me; P3 the rest (DESIGN section 5)."""
    if signs.now:
        return Priority.P1
    if signs.call_me or signs.victim is Age.CHILD or not SEXUAL_FORMS.isdisjoint(signs.forms):
        return Priority.P2
    return Priority.P3


def higher(one: Priority, other: Priority) -> Priority:
    """The more urgent of two."""
    return min(one, other)


def is_sexual(forms: Iterable[str]) -> bool:
    return not SEXUAL_FORMS.isdisjoint(forms)
