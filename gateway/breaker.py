"""A circuit breaker before the database: who need not wait in vain does not.

A database that refuses costs a moment. One that is frozen, or whose machine is gone, costs each callback the whole of
its patience, and soon every thread of the process. So after one was let down slowly, the others are told at once. The
web process's watch asks again every second, and every few seconds a callback does, in case the watch hangs as well; the
last answer decides for all.
"""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from gateway.errors import StoreDown

T = TypeVar("T")

SLOW: Final = 1.0
"""Seconds. A fault that came sooner took nobody's thread, and the next may ask as well."""
RESTS_FOR: Final = 3.0
"""Seconds until a callback asks again, unless the watch has found the database alive before."""
ASKS_FOR: Final = 10.0
"""Seconds in which nobody else asks while one does: longer than anybody's patience."""


class Breaker:
    """One a process, for all its threads. `now` is a clock that is never set, in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._silent_until: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the database was silent when last asked."""
        return self._silent_until is not None

    def ask(self, question: Callable[[], T]) -> T:
        """What the database answers. Raises StoreDown as the question does; at once while the database is silent."""
        if not self._may_ask():
            raise StoreDown("Silent")
        return self.probe(question)

    def probe(self, question: Callable[[], T]) -> T:
        """The same for who keeps nobody waiting: whatever is known, it asks."""
        began, was_silent = self._now(), False
        try:
            return question()
        except StoreDown:
            was_silent = self._now() - began >= SLOW
            raise
        finally:
            self.hear(was_silent)

    def hear(self, was_silent: bool) -> None:
        """What somebody found who asked without waiting here."""
        if was_silent or self.is_open:
            with self._lock:
                self._silent_until = self._now() + RESTS_FOR if was_silent else None

    def _may_ask(self) -> bool:
        if not self.is_open:
            return True
        with self._lock:
            if self._silent_until is None:
                return True
            if self._now() < self._silent_until:
                return False
            self._silent_until = self._now() + ASKS_FOR
            return True
