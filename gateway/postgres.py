"""The store on PostgreSQL: any number of processes on any number of hosts against one server, or the first of several

that takes writes; row locks and unique constraints coordinate them.
"""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gateway import crash
from gateway.clock import pause
from gateway.errors import TooSlow
from gateway.group_commit import Answer, GroupCommit, Quick, Soon, Told, do_nothing
from gateway.store_faults import (
    DEMOTED,
    First,
    T,
    Work,
    has_clashed,
    no_store_is_down,
    run_on,
    wants_another_connection,
    word_of,
)

TRIES: Final = 5
RECONNECTS: Final = 2
"""A broken connection is tried again this often; who cannot even connect is told so at once, and has the spool."""
CONNECTIONS: Final = 32
CONNECT_WITHIN: Final = 2
"""Seconds for each host of the list."""


class PostgresStore:
    def __init__(self, url: str, first: First) -> None:
        self._first = first
        self.engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=CONNECTIONS // 2,
            max_overflow=CONNECTIONS // 2,
            pool_timeout=10,
            connect_args=connecting(make_url(url)),
        )
        self._quick = self._group()
        self._hurried: ThreadPoolExecutor | None = None
        self._starting = threading.Lock()

    def write(self, work: Work[T], within: float | None = None) -> T:
        job = partial(run_on, work=work)
        if within is None:
            return self._again(job)
        answer, threads = self._hurry(job)
        try:
            return answer.result(within)
        except TimeoutError:
            if answer.done():  # a work of its own may say so
                raise
            self._begin_anew(threads)
            raise TooSlow("TooSlow") from None

    def quick(self, quick: Quick, within: float | None = None) -> bool:
        held: Answer[bool] = Answer()
        give_up = self.hand([(quick, held)], do_nothing)
        try:
            return held.within(within)
        except TooSlow:
            give_up()
            raise

    def hand(self, quicks: Sequence[tuple[Quick, Told]], soon: Soon) -> Callable[[], None]:
        group = self._quick
        group.hand(quicks, soon)
        return partial(self._leave_behind, group)

    def read(self, work: Work[T]) -> T:
        with no_store_is_down(), Session(self.engine) as session:
            self._first(session.connection())
            return work(session)

    def close(self) -> None:
        self._quick.close()
        if self._hurried is not None:
            self._hurried.shutdown(wait=True)
        self.engine.dispose()

    def _again(self, job: Callable[[Connection], T]) -> T:
        """Once more after a clash or on another connection. A connection lost during the commit leaves open whether

        it happened: the work runs again, and finds by its unique names what it did already.
        """
        broken = 0
        for attempt in range(1, TRIES + 1):
            reconnects = broken < RECONNECTS and attempt < TRIES
            try:
                return self._try(job, reconnects)
            except DBAPIError as fault:
                if has_clashed(fault) and attempt < TRIES:
                    pause(random.random() * 0.02 * 2**attempt)  # noqa: S311 - so that two that clashed part
                elif reconnects and wants_another_connection(fault):
                    broken += 1
                    if word_of(fault) == DEMOTED:
                        self._let_go()
                else:
                    raise
        raise AssertionError

    def _try(self, job: Callable[[Connection], T], reconnects: bool) -> T:
        with no_store_is_down(reconnects), self.engine.begin() as connection:
            self._first(connection)
            result = job(connection)
            crash.here("store_before_commit")
        crash.here("store_committed")
        return result

    def _leave_behind(self, stuck: GroupCommit[Quick]) -> None:
        """As `_begin_anew`, for the thread of the quick works."""
        with self._starting:
            if self._quick is not stuck:
                return
            self._quick = self._group()
        stuck.end()
        self._let_go()

    def _group(self) -> GroupCommit[Quick]:
        return GroupCommit(lambda jobs, soon: self._again(partial(_guess, jobs, soon)), "postgres-quick")

    def _hurry(self, job: Callable[[Connection], T]) -> tuple[Future[T], ThreadPoolExecutor]:
        """As many threads as connections: whoever cannot wait for one goes to the spool."""
        with self._starting:
            if self._hurried is None:
                self._hurried = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="store")
            return self._hurried.submit(self._again, job), self._hurried

    def _begin_anew(self, stuck: ThreadPoolExecutor) -> None:
        """Whoever comes next gets a fresh thread and a fresh connection, to whichever server takes writes by then.

        A frozen server keeps its connections open, and what asks on one of them ends when it wakes, if ever.
        """
        with self._starting:
            if self._hurried is not stuck:
                return
            self._hurried = None
        stuck.shutdown(wait=False)
        self._let_go()

    def _let_go(self) -> None:
        """Of every connection; of one in use when its work has ended."""
        left = self.engine.pool
        self.engine.dispose()
        event.listen(left, "checkin", lambda connection, record: record.invalidate())  # the new pool would inherit it


def _guess(quicks: Sequence[Quick], soon: Soon, connection: Connection) -> list[bool]:
    """Rows that many dialogues share (a topic's count) come last and in one order, or two processes could wait for

    each other's.
    """
    held = [quick.holds(connection) for quick in quicks]
    others = [step for quick, holds in zip(quicks, held, strict=True) if holds for step in quick.others]
    for statement, values in sorted(others, key=lambda step: repr(step[1])):
        statement.touch(connection, values)
    soon()
    return held


def connecting(url: URL) -> dict[str, object]:
    """How the driver connects, as far as the address does not say it itself."""
    ours: dict[str, object] = {"connect_timeout": CONNECT_WITHIN, "keepalives_idle": 10, "tcp_user_timeout": 10_000}
    hosts = url.query.get("host", ())
    if not isinstance(hosts, str) and len(hosts) > 1:
        ours["target_session_attrs"] = "read-write"
    return {name: value for name, value in ours.items() if name not in url.query}
