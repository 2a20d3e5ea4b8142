"""What the steps of a story do: the same acts a person has on the page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from gateway.errors import Refused
from gateway.simulator import clock, editing, faults, handsets, player, roles
from gateway.simulator.faults import Word
from gateway.simulator.player import Turn
from gateway.simulator.pressing import Keypad
from gateway.simulator.stories import Step

MORNING: Final = time(7, 30)
EVENING: Final = time(22, 0)


@dataclass(frozen=True)
class Stage:
    """A keypad for every phone of the story."""

    keypad: Keypad

    def act(self, turn: Turn) -> None:
        """One step, or at the end the look at what came of it."""
        parts = self.keypad.parts
        if turn.step is None:
            parts.store.write(lambda session: player.conclude(session, parts.desk, parts.clock(), turn.play_id))
            return
        try:
            ACTS[turn.step.do](self, turn, turn.step)
        except Refused as refusal:
            why = f"{turn.step.say}\n{refusal}"
            parts.store.write(lambda session: player.fail(session, parts.desk, turn.play_id, why))

    def fill(self, turn: Turn, step: Step) -> str:
        parts = self.keypad.parts

        def work(session: Session) -> str:
            scene = player.scene_of(session, parts.desk, parts.clock(), turn.play_id)
            return scene.fill(step.words, step.phone)

        return parts.store.read(work)

    def dial(self, turn: Turn, step: Step) -> None:
        self.keypad.dial(turn.cast[step.phone], step.words or self.keypad.service_code)

    def press(self, turn: Turn, step: Step) -> None:
        self.keypad.answer(turn.cast[step.phone], self.fill(turn, step))

    def text(self, turn: Turn, step: Step) -> None:
        self.keypad.text(turn.cast[step.phone], self.fill(turn, step))

    def forge(self, turn: Turn, step: Step) -> None:
        """A text that bears the number of `as_phone`, sent from another phone."""
        parts = self.keypad.parts
        forged = parts.store.read(lambda session: handsets.get(session, parts.desk, turn.cast[step.as_phone]).number)
        self.keypad.text(turn.cast[step.phone], self.fill(turn, step), forged)

    def drop(self, turn: Turn, step: Step) -> None:
        self.keypad.drop(turn.cast[step.phone])

    def cancel(self, turn: Turn, step: Step) -> None:
        self.keypad.cancel(turn.cast[step.phone])

    def fault(self, turn: Turn, step: Step) -> None:
        parts, phone_id = self.keypad.parts, turn.cast[step.phone]
        parts.store.write(lambda s: editing.choose_fault(s, parts.desk, parts.clock(), phone_id, step.words))

    def outage(self, turn: Turn, step: Step) -> None:
        parts, span = self.keypad.parts, timedelta(minutes=step.minutes)
        parts.store.write(lambda session: faults.choose(session, parts.clock(), Word.DOWN, span=span))

    def forward(self, turn: Turn, step: Step) -> None:
        self._turn(timedelta(minutes=step.minutes))

    def morning(self, turn: Turn, step: Step) -> None:
        """By day there is nothing to wait for."""
        office, now = self.keypad.parts.desk.office, self.keypad.parts.clock()
        if office.is_quiet(now):
            self._turn(office.next_time(now, MORNING) - now)

    def evening(self, turn: Turn, step: Step) -> None:
        office, now = self.keypad.parts.desk.office, self.keypad.parts.clock()
        if not office.is_quiet(now):
            self._turn(office.next_time(now, EVENING) - now)

    def home(self, turn: Turn, step: Step) -> None:
        """Everybody on duty goes on leave until the morning."""
        parts = self.keypad.parts
        until = parts.desk.office.next_time(parts.clock(), MORNING)
        parts.store.write(lambda session: roles.send_all_home(session, parts.desk, parts.clock(), until))

    def back(self, turn: Turn, step: Step) -> None:
        parts = self.keypad.parts
        parts.store.write(lambda session: roles.call_all_back(session, parts.clock()))

    def suspend(self, turn: Turn, step: Step) -> None:
        parts, phone_id = self.keypad.parts, turn.cast[step.phone]
        parts.store.write(lambda s: editing.edit(s, parts.desk, parts.clock(), phone_id, {"act": "suspend"}))

    def _turn(self, span: timedelta) -> None:
        parts = self.keypad.parts
        now = parts.clock()
        parts.store.write(lambda session: clock.set_goal(session, now, now + span))


Act = Callable[[Stage, Turn, Step], None]
ACTS: Final[dict[str, Act]] = {
    "dial": Stage.dial,
    "press": Stage.press,
    "text": Stage.text,
    "forge": Stage.forge,
    "drop": Stage.drop,
    "cancel": Stage.cancel,
    "fault": Stage.fault,
    "outage": Stage.outage,
    "forward": Stage.forward,
    "morning": Stage.morning,
    "evening": Stage.evening,
    "home": Stage.home,
    "back": Stage.back,
    "suspend": Stage.suspend,
}
"""By the word in the story's file."""
