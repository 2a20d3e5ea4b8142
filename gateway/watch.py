"""What the web process does beside answering: it asks a silent database again, empties its spool, and says when no

worker lives.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway import alarms, vitals
from gateway.bootstrap import Parts
from gateway.draining import Drainer
from gateway.errors import StoreDown
from gateway.inbox import PATIENCE
from gateway.outbox import pulse
from gateway.spool import Spool
from gateway.worker.sending import Sender

LOOKS_EVERY: Final = 1.0  # seconds
ASKS_EVERY: Final = timedelta(seconds=15)

log = structlog.get_logger(__name__)


class Watch:
    """One a web process, on a thread of its own; it may be killed at any moment."""

    def __init__(self, parts: Parts, open_sender: Callable[[], Sender]) -> None:
        self._parts, self._open_sender = parts, open_sender
        self._spool = Spool(parts.settings.spool, parts.desk.keyring)
        self._drainer = Drainer(parts, self._spool)
        self._asked_at: datetime | None = None

    def start(self) -> None:
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOKS_EVERY):
            try:
                self.look()
            except StoreDown:
                continue
            except Exception as fault:  # it must look again, whatever it was
                log.error("watch failed", error=type(fault).__name__)

    def look(self) -> None:
        """Once. Raises StoreDown."""
        self._ask_again()
        self._drainer.run()
        now = self._parts.clock()
        if self._asked_at is None or abs(now - self._asked_at) >= ASKS_EVERY:
            self._asked_at = now
            self._ask_for_worker()

    def _ask_again(self) -> None:
        """While callbacks take the database for silent: by a write, for a look may succeed where a commit hangs."""
        parts = self._parts
        if parts.breaker.is_open:
            parts.breaker.probe(
                lambda: parts.store.write(lambda session: pulse.beat(session, parts.clock(), "probe"), within=PATIENCE)
            )

    def _ask_for_worker(self) -> None:
        parts = self._parts
        machine = vitals.look_at_machine(parts.settings.var, self._spool.list_waiting)
        ids = parts.breaker.probe(  # with nobody calling, nobody else would notice a silent database
            lambda: parts.store.write(
                lambda session: alarms.of_web(session, parts.desk, parts.clock(), machine), within=PATIENCE
            )
        )
        if not ids:
            return
        log.error("no worker lives", count=len(ids))
        sender = self._open_sender()
        sender.send_these(ids)
        sender.close()
