"""The practice network's own work, done in the worker: late callbacks, the clock, the story that is being played."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog

from gateway.bootstrap import Parts
from gateway.clock import Clock, utc_now
from gateway.providers.simulator.client import SimulatorSms
from gateway.simulator import callbacks, clock, player
from gateway.simulator.acting import Stage
from gateway.simulator.callbacks import WsgiPost
from gateway.simulator.carrier import PracticeNetwork
from gateway.simulator.clock import PracticeClock
from gateway.simulator.pressing import Keypad
from gateway.worker.jobs import Job

log = structlog.get_logger(__name__)

PACE: Final = 2
"""Ticks of the worker between two steps of a story: time to read what came."""
PATIENCE: Final = 15
"""Looks after which the clock is turned although something due has not been done: it may never be."""


@dataclass
class Practice:
    """Everything beside the gateway that practice needs in one process."""

    parts: Parts
    application: Any
    real: Clock = utc_now
    pace: timedelta | None = None
    looked: int = field(default=0)

    def __post_init__(self) -> None:
        self.keypad = Keypad(self.parts, WsgiPost(self.application, self.parts.settings.webhook_tokens[0]))

    def open_carrier(self) -> SimulatorSms:
        return SimulatorSms(PracticeNetwork(self.parts))

    def jobs(self) -> tuple[Job, ...]:
        """What the worker does besides in practice."""
        return (Job("practice", lambda bench: self.tick()),)

    def tick(self) -> int:
        """How much was done: callbacks posted, stops of the clock, steps of a story."""
        return self._post_due() + self._turn_clock() + self._play()

    def _post_due(self) -> int:
        parts = self.parts
        if not parts.store.read(lambda session: callbacks.is_due(session, parts.clock())):
            return 0
        owed = parts.store.write(lambda session: callbacks.take_due(session, parts.desk, parts.clock()))
        for one in owed:
            self.keypad.deliver(one)
        return len(owed)

    def _turn_clock(self) -> int:
        if self.parts.store.read(clock.find_goal) is None:
            return 0
        patient = self.looked < PATIENCE
        turned = self.parts.store.write(lambda session: clock.turn(session, self.real(), patient=patient))
        self.looked = 0 if turned else self.looked + 1
        if turned and isinstance(self.parts.clock, PracticeClock):
            self.parts.clock.refresh()
        return int(turned)

    def _play(self) -> int:
        """One step of the story, when it is time for it."""
        parts = self.parts
        if not parts.store.read(player.is_playing):
            return 0
        pace = PACE * parts.settings.worker_tick if self.pace is None else self.pace
        turn = parts.store.write(
            lambda session: player.take_step(session, parts.desk, parts.clock(), self.real(), pace)
        )
        if turn is not None:
            Stage(self.keypad).act(turn)
        return int(turn is not None)
