"""A carrier that is away for hours: afterwards nobody is flooded, nothing stale leaves, and nothing is forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gateway.casework import handling
from gateway.outbox import waiting
from gateway.providers import base
from models.vocabulary import MessageStatus
from tests.office import Office
from tests.phone import Phone

CRY = "TOLONG SENAKEN"


class Carrier:
    """Takes what it is given, unless it is away."""

    name = "simulator"

    def __init__(self) -> None:
        self.away = False

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> base.Accepted:
        if self.away:
            raise base.NotSent("unreachable")
        return base.Accepted(provider_id=f"sim_{message_id}", status=MessageStatus.DELIVERED)

    def balance(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held open."""


class Duty:
    """Ani is on duty, Citra supervises, a cadre cries for help."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.ani = office.officer("Ani")
        self.citra = office.officer("Citra", "supervisor", on_duty=False)
        self.cadre = office.cadre()

    def cry(self) -> None:
        self.cadre.text(CRY)
        self.office.work()

    def take(self) -> None:
        self.ani.text(f"AMBIL {self.ani.code()}")
        self.office.work()


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def duty(make_office: Callable[..., Office], carrier: Carrier) -> Duty:
    return Duty(make_office(provider=carrier))


def heard(duty: Duty, phone: Phone, words: str) -> int:
    """How many messages with these words the carrier took for this phone."""
    sent = (row for row in duty.office.messages() if row["status"] in ("sent", "delivered"))
    return sum(row["to"] == phone.number and words in row["text"] for row in sent)


def test_of_a_days_reminders_only_the_newest_leaves(duty: Duty, carrier: Carrier) -> None:
    duty.cry()
    duty.take()
    carrier.away = True
    for _ in range(7):
        duty.office.forward(hours=1)
    carrier.away = False
    duty.office.forward(minutes=11)
    assert heard(duty, duty.ani, "belum ada hasil sejak") == 1
    assert heard(duty, duty.citra, "jatuh tempo") == 1
    duty.office.forward(hours=1)
    assert heard(duty, duty.ani, "belum ada hasil sejak") == 2


def test_cries_that_pile_up_are_told_to_the_holder_once(duty: Duty, carrier: Carrier) -> None:
    duty.cry()
    duty.take()
    carrier.away = True
    for _ in range(8):
        duty.office.forward(minutes=6)
        duty.cry()
    carrier.away = False
    duty.office.forward(minutes=1)
    assert heard(duty, duty.ani, "pesan baru dari orang yang sama") == 1
    duty.office.forward(minutes=5)
    duty.cry()
    assert heard(duty, duty.ani, "pesan baru dari orang yang sama") == 2


def test_a_cry_that_waits_lives_on_with_the_next_one(duty: Duty, carrier: Carrier) -> None:
    """Half an hour after the first of them; the last is of five minutes ago."""
    duty.cry()
    duty.take()
    carrier.away = True
    for _ in range(6):
        duty.office.forward(minutes=6)
        duty.cry()
    carrier.away = False
    duty.office.forward(minutes=5)
    assert heard(duty, duty.ani, "pesan baru dari orang yang sama") == 1


def test_cries_nobody_has_taken_are_told_once_too(duty: Duty, carrier: Carrier) -> None:
    duty.cry()
    carrier.away = True
    for _ in range(4):
        duty.office.forward(minutes=6)
        duty.cry()
    carrier.away = False
    duty.office.forward(minutes=1)
    assert heard(duty, duty.ani, "prioritas 1 Kec 04. Balas") == 2, "the first before the outage, one after it"


def test_a_cry_that_was_dealt_with_meanwhile_calls_nobody(duty: Duty, carrier: Carrier) -> None:
    duty.cry()
    carrier.away = True
    duty.office.forward(minutes=6)
    duty.cry()
    duty.office.act(duty.citra, lambda act: handling.accept(act) and None)
    duty.office.act(duty.citra, lambda act: handling.first_action(act, handling.VISITED) and None)
    carrier.away = False
    duty.office.forward(minutes=1)
    assert heard(duty, duty.ani, "Balas: AMBIL") == 1, "the one from before the outage"


def test_every_try_that_fails_leaves_it_late(duty: Duty, carrier: Carrier) -> None:
    """A danger screen must not say that officers are reached because a message was just tried again."""
    carrier.away = True
    duty.cry()
    for _ in range(5):
        duty.office.forward(seconds=30)
    now = duty.office.clock.now + timedelta(seconds=1)
    assert duty.office.read(lambda session: waiting.is_late(session, now))
