"""An office whose clock is the practice clock and whose carrier is the practice network, worker's jobs included."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.app import create_app
from gateway.simulator import handsets, player, roles, threads
from gateway.simulator.clock import PracticeClock
from gateway.simulator.handsets import Handset
from gateway.simulator.player import Playing
from gateway.simulator.practice import Practice
from gateway.worker import jobs
from gateway.worker.sending import Sender
from tests.office import Office


class PracticeOffice(Office):
    """`clock` is real time, which stands still until turned; `parts.clock` is practice time."""

    def __init__(self, root: Path, url: str | None = None, **settings: str) -> None:
        super().__init__(root, url, **settings)
        self.sender.close()
        self.parts = replace(self.parts, clock=EagerClock(self.parts.store, self.clock))
        self.app = create_app(self.parts)
        self.practice = Practice(self.parts, self.app, self.clock, pace=timedelta(seconds=1))
        self.sender = Sender(self.parts.store, self.parts.desk, self.practice.open_carrier(), self.parts.clock)
        more = self.practice.jobs()
        self.bench = jobs.Bench(self.parts.store, self.parts.desk, self.sender, self.parts.clock, more)

    @property
    def now(self) -> Any:
        return self.parts.clock()

    def do(self, act: Any, *args: Any) -> Any:
        """A use case of the simulator, as the page calls it."""
        return self.write(lambda session: act(session, self.parts.desk, *args))

    def add(self, name: str = "Warga", role: str = "") -> Handset:
        """A phone on the page."""

        def work(session: Any) -> Handset:
            desk = self.parts.desk
            handset = handsets.add(session, desk, self.now, name, handsets.next_number(session, desk))
            if role:
                roles.give(session, desk, self.now, handset, role, "64.01.04.2016")
            return handset

        return self.write(work)  # type: ignore[no-any-return]

    def see(self, handset: Handset) -> Handset:
        """As it is now."""
        return self.do(handsets.get, handset.id)  # type: ignore[no-any-return]

    def thread(self, handset: Handset) -> list[threads.Bubble]:
        return self.do(threads.list_thread, handset)  # type: ignore[no-any-return]

    def index(self, handset: Handset) -> bytes:
        return self.parts.desk.keyring.index("phone", handset.number)

    def play(self, story: str) -> Playing:
        """To its end."""
        self.do(player.begin, self.now, story)
        for _ in range(120):
            self.work()
            playing = self.do(player.look)
            if playing.state not in ("playing", "checking"):
                return playing  # type: ignore[no-any-return]
        raise AssertionError(f"{story} does not end: step {playing.step}")


class EagerClock(PracticeClock):
    """Reads its row each time: these tests turn time faster than a quarter of a second."""

    def __call__(self) -> Any:
        self.refresh()
        return super().__call__()
