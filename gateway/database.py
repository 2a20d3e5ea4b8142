"""The one door to the database: `store.write(work)` and `store.read(work)`, `work(session)` being a use case.

On PostgreSQL a call is a session and a transaction. On SQLite one writer thread runs the waiting works of many
requests in one transaction, commits once, then lets all of them answer (group commit). A work touches nothing but its
session, so when one raises, the batch is rolled back and its works run one by one. A key press that only moves a
dialogue on needs no session at all: `store.quick(...)`, committed in groups on both engines.

A work may run more than once: after a clash, and on PostgreSQL after a connection that broke, also during the commit,
when nobody knows whether it happened. So works are idempotent, by unique names in the database.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gateway import crash
from gateway.errors import StoreDown
from gateway.group_commit import Answer, GroupCommit, Job, Quick, Soon, Told, do_nothing
from gateway.postgres import PostgresStore
from gateway.store_faults import First, T, Work, no_store_is_down, run_on
from gateway.write_ahead import AT_LAST, WriteAhead
from models.prepared import ask_sqlite, driver_of

BUSY_FOR = 10.0


class Store(Protocol):
    engine: Engine

    def write(self, work: Work[T], within: float | None = None) -> T:
        """What the work returned, after the commit. Raises StoreDown; also after `within` seconds without an end,

        and then the work may still be done later.
        """
        ...

    def quick(self, quick: Quick, within: float | None = None) -> bool:
        """Whether the guess held; then all of it is committed. Raises StoreDown as `write` does."""
        ...

    def hand(self, quicks: Sequence[tuple[Quick, Told]], soon: Soon) -> Callable[[], None]:
        """As `quick`, many at once, for who does not wait. Who has waited in vain calls what is returned.

        `soon` is called when only the commit is left, and then the disk gives time to prepare; or never, or twice.
        """
        ...

    def read(self, work: Work[T]) -> T: ...
    def close(self) -> None: ...


def _nothing(connection: Connection) -> None:
    pass


def open_store(url: str, first: First = _nothing) -> Store:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteStore(url, first)
    return PostgresStore(url, first)


class SqliteStore:
    """One file, one writer thread a process, and a fair turn between processes."""

    def __init__(self, url: str, first: First = _nothing) -> None:
        self._first = first
        self.engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_FOR})
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)
        path = self.engine.url.database
        try:
            self._turn = Turnstile(Path(path)) if path and path != ":memory:" else None
        except OSError as fault:
            raise StoreDown(type(fault).__name__) from None
        self._log = WriteAhead(path, self._my_turn) if path and path != ":memory:" else None
        self._writer: GroupCommit[Job | Quick] = GroupCommit(self._together, "sqlite-writer", self._tidy)
        self._connection: Connection | None = None

    def write(self, work: Work[T], within: float | None = None) -> T:
        answer: Answer[T] = self._writer.submit(partial(run_on, work=work))
        return answer.within(within)

    def quick(self, quick: Quick, within: float | None = None) -> bool:
        held: Answer[bool] = self._writer.submit(quick)
        return held.within(within)

    def hand(self, quicks: Sequence[tuple[Quick, Told]], soon: Soon) -> Callable[[], None]:
        self._writer.hand(quicks, soon)
        return do_nothing

    def read(self, work: Work[T]) -> T:
        with no_store_is_down(), self.engine.connect() as plain:
            connection = plain.execution_options(reads_only=True)
            self._first(connection)
            with Session(connection) as session:
                return work(session)

    def close(self) -> None:
        """Let the writer finish what waits, then let go of the file."""
        self._writer.close()
        self._let_go()
        if self._log:
            self._log.close()
        self.engine.dispose()
        if self._turn:
            self._turn.close()

    def _together(self, jobs: Sequence[Job | Quick], soon: Soon = do_nothing) -> list[Any]:
        try:
            with no_store_is_down(), self._my_turn(), self._open().begin():
                connection, results = self._open(), []
                self._first(connection)
                for job in jobs:
                    results.append(job(connection))
                    crash.here("works_half_done")
                soon()
                crash.here("store_before_commit")
        except BaseException:
            self._let_go()  # whatever state it is in: the pool gives another, or mends it
            raise
        crash.here("store_committed")
        return results

    def _open(self) -> Connection:
        """The writer's own connection, kept: a pool's way out and in would cost as much as a work."""
        if self._connection is None or self._connection.invalidated or self._connection.closed:
            self._connection = self.engine.connect()
        return self._connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()

    def _tidy(self) -> None:
        if self._log and self._connection is not None:
            with suppress(SQLAlchemyError):
                self._log.grew(driver_of(self._connection))

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        with self._turn:
            yield


def _prepare(connection: Any, _record: object) -> None:
    """FULL, because NORMAL loses acknowledged rows on power loss; the driver itself must never begin."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={int(BUSY_FOR * 1000)}",
        "foreign_keys=ON",
        "secure_delete=ON",
        "trusted_schema=OFF",
        f"wal_autocheckpoint={AT_LAST}",
    ):
        connection.execute("PRAGMA " + pragma)


def _begin(connection: Connection) -> None:
    """IMMEDIATE for writers: SQLAlchemy's default mode begins late and silently loses updates."""
    reads = connection.get_execution_options().get("reads_only")
    ask_sqlite(connection, "BEGIN" if reads else "BEGIN IMMEDIATE")


class Turnstile:
    """A fair turn at writing between processes, by two file locks beside the database.

    SQLite's own lock is polled, so a busy web process starves the worker for seconds. Here everybody passes the
    `gate` first and holds it until the `seat` is his: who has just written must queue at the gate behind a waiting
    process, and turns alternate without a sleep. Within a process only one thread ever writes.
    """

    def __init__(self, database: Path) -> None:
        self._gate = database.with_name(database.name + ".gate").open("w")
        self._seat = database.with_name(database.name + ".seat").open("w")

    def __enter__(self) -> None:
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        fcntl.flock(self._seat, fcntl.LOCK_EX)
        fcntl.flock(self._gate, fcntl.LOCK_UN)

    def __exit__(self, *fault: object) -> None:
        fcntl.flock(self._seat, fcntl.LOCK_UN)

    def close(self) -> None:
        self._gate.close()
        self._seat.close()
