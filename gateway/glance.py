"""A look at the database that keeps nobody waiting: who asks how things are must hear so while they are bad.

A frozen database lets no reader go, so the look has a thread of its own. Whoever asks meanwhile shares it: however
often a monitor asks, one thread and one connection wait. It tells the breaker nothing, because a callback is willing to
wait much longer than this.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Final, Generic, TypeVar

from gateway.errors import TooSlow

T = TypeVar("T")

WAITS: Final = 1.0  # seconds
LOST_AFTER: Final = 15.0
"""Seconds after which a look is given up, and the next goes its own way: its server may never wake again, while another
answers by now."""


class Glance(Generic[T]):
    def __init__(self, look: Callable[[], T], waits: float = WAITS, lost_after: float = LOST_AFTER) -> None:
        self._look, self._waits, self._lost_after = look, waits, lost_after
        self._lock = threading.Lock()
        self._under_way: Future[T] | None = None
        self._began = 0.0

    def take(self) -> T:
        """What the look saw. Raises StoreDown; also when it has not ended in time."""
        with self._lock:
            under_way, waited = self._under_way, time.monotonic() - self._began
            if under_way is None or under_way.done() or waited > self._lost_after:
                under_way, waited = self._begin(), 0.0
        try:
            return under_way.result(max(self._waits - waited, 0.0))
        except NotYet:
            if under_way.done():  # a look of its own may say so; or it ended at this very moment
                return under_way.result()
            raise TooSlow("TooSlow") from None

    def _begin(self) -> "Future[T]":
        self._under_way, self._began = Future(), time.monotonic()
        threading.Thread(target=self._run, args=(self._under_way,), name="glance", daemon=True).start()
        return self._under_way

    def _run(self, mine: "Future[T]") -> None:
        try:
            mine.set_result(self._look())
        except BaseException as fault:  # whatever it is belongs to those who asked
            mine.set_exception(fault)
