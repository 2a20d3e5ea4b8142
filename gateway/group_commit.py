"""Group commit: what many requests want done at one moment is done in one transaction, then all of them answer."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast

from sqlalchemy import Connection

from gateway.clock import pause
from gateway.errors import TooSlow
from gateway.store_faults import T
from models.prepared import Prepared

BATCH = 64
"""With so many jobs a transaction takes up no others: bounds how long the first of them waits."""
COMING = 0.0001
"""Seconds. While others still come within so little, a transaction that will have company waits for them: to commit
costs several times what a key press does."""

J = TypeVar("J")
Job = Callable[[Connection], Any]
Soon = Callable[[], None]
"""Called when only the commit is left, in the thread that commits."""
Step = tuple[Prepared, dict[str, Any]]


class Quick(NamedTuple):
    """A few prepared statements: when `guess` touches its one row the `others` follow, else nothing is done."""

    guess: Step
    others: tuple[Step, ...] = ()

    def __call__(self, connection: Connection) -> bool:
        if not self.holds(connection):
            return False
        for statement, values in self.others:
            statement.touch(connection, values)
        return True

    def holds(self, connection: Connection) -> bool:
        statement, values = self.guess
        return statement.touch(connection, values) == 1


class Told(Protocol):
    """Who hears what came of a job, after the commit, in the thread that committed it."""

    def give(self, result: Any, fault: BaseException | None = None) -> None: ...


def do_nothing() -> None:
    pass


class Answer(Generic[T]):
    """What comes of a job. A lock and no Future: nobody is told of it but the one who waits."""

    __slots__ = ("_done", "_fault", "_result")

    def __init__(self) -> None:
        self._done = threading.Lock()
        self._done.acquire()
        self._result: T | None = None
        self._fault: BaseException | None = None

    def give(self, result: T | None, fault: BaseException | None = None) -> None:
        self._result, self._fault = result, fault
        self._done.release()

    def within(self, seconds: float | None) -> T:
        """Raises what the job raised; TooSlow after so many seconds, and then it may still be done later."""
        if not self._done.acquire(timeout=-1 if seconds is None else seconds):
            raise TooSlow("TooSlow")
        if self._fault is not None:
            raise self._fault
        return cast(T, self._result)


class Handed(NamedTuple, Generic[J]):
    """What one hand gives at one moment."""

    jobs: Sequence[tuple[J, Told]]
    soon: Soon


class GroupCommit(Generic[J]):
    """One thread that hands what waits to `together`: the results in their order, once they are committed.

    A job that makes `together` raise fails alone: its batch is done again one by one. `together` gets the jobs, and
    what to call before it commits them. `afterwards` is called in that thread when all have been told; who comes
    meanwhile waits for it.
    """

    def __init__(
        self,
        together: Callable[[Sequence[J], Soon], list[Any]],
        name: str,
        afterwards: Callable[[], None] = do_nothing,
    ) -> None:
        self._together, self._name, self._afterwards = together, name, afterwards
        self._waiting: queue.SimpleQueue[Handed[J] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def waiting(self) -> int:
        return self._waiting.qsize()

    def submit(self, job: J) -> Answer[Any]:
        answer: Answer[Any] = Answer()
        self.hand([(job, answer)])
        return answer

    def hand(self, jobs: Sequence[tuple[J, Told]], soon: Soon = do_nothing) -> None:
        """As `submit`, for who does not wait and has many of one moment."""
        if self._thread is None:
            self._start()
        self._waiting.put(Handed(jobs, soon))

    def end(self) -> None:
        """Its thread ends when what waits has been done, if ever."""
        self._waiting.put(None)

    def close(self) -> None:
        """Let what waits be done first."""
        if self._thread is not None:
            self.end()
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                thread.start()
                self._thread = thread  # now: where no thread could be made the next one tries again

    def _run(self) -> None:
        came = 1
        while (first := self._waiting.get()) is not None:
            if came > 1:  # there was a crowd a moment ago; who is alone is never kept waiting
                self._let_come()
            batch, soons, came, ended = list(first.jobs), [first.soon], 1, False
            while len(batch) < BATCH and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    ended = True
                    break
                batch.extend(following.jobs)
                soons.append(following.soon)
                came += 1
            self._commit(batch, soons)
            with suppress(Exception):  # who is told next must not miss his writer
                self._afterwards()
            if ended:
                return

    def _let_come(self) -> None:
        known = -1
        while known < self._waiting.qsize() < BATCH - 1:
            known = self._waiting.qsize()
            pause(COMING)

    def _commit(self, batch: list[tuple[J, Told]], soons: Sequence[Soon] = ()) -> None:
        def soon() -> None:
            for call in soons:
                with suppress(Exception):  # who cannot prepare harms nobody
                    call()

        try:
            results = self._together([job for job, _ in batch], soon)
        except BaseException as fault:  # whatever a job raises belongs to its caller
            if len(batch) == 1:
                batch[0][1].give(None, fault)
                return
            for alone in batch:
                self._commit([alone])
            return
        for (_, told), result in zip(batch, results, strict=True):
            told.give(result)
