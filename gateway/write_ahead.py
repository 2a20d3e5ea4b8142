"""SQLite's write-ahead log is carried over into the database beside the writing, not by a commit.

SQLite lets the commit that makes the log long enough carry all of it over, and whoever waits for that commit waits
some 4 ms longer. Here a thread of its own does so while others commit; what they have added meanwhile is little, and
the writer carries that over himself, once he has answered: then the log begins anew. Measured: docs/performance.md.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from queue import SimpleQueue
from typing import Final

EVERY: Final = 64
"""Groups of commits: some thousand pages of key presses."""
AT_LAST: Final = 4000
"""Pages. Should no thread come to it the commit carries them over, as is SQLite's own way (after 1,000)."""
_CARRY_OVER: Final = "PRAGMA wal_checkpoint(PASSIVE)"
"""What it can without waiting for anybody."""


class WriteAhead:
    """The log of one database file, for the one thread of this process that writes.

    `turn`: within it no other process writes.
    """

    def __init__(self, path: str, turn: Callable[[], AbstractContextManager[None]]) -> None:
        self._path, self._turn = path, turn
        self._commits = 0
        self._is_left_over = False
        """Whether others committed while the thread carried over what there was."""
        self._asked: SimpleQueue[bool] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def grew(self, writer: sqlite3.Connection) -> None:
        """After each group that `writer` has committed, when those in it have been told."""
        self._commits += 1
        if self._is_left_over:
            self._is_left_over = False
            with self._turn():
                _carry_over(writer)
        if self._commits % EVERY == 0:
            self._ask()

    def close(self) -> None:
        if self._thread is not None:
            self._asked.put(False)
            self._thread.join()
            self._thread = None

    def _ask(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="write-ahead", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads are to be had
                return
            self._thread = thread
        self._asked.put(True)

    def _run(self) -> None:
        own: sqlite3.Connection | None = None
        while self._asked.get():
            before = self._commits
            with suppress(Exception):  # where it cannot be opened now the next round tries again
                own = own or _open(self._path)
                _carry_over(own)
            self._is_left_over = self._commits != before
        if own is not None:
            own.close()


def _open(path: str) -> sqlite3.Connection:
    own = sqlite3.connect(path, timeout=0, isolation_level=None)
    own.execute("PRAGMA synchronous=FULL")  # what a connection begins with as a rule, and what the promise needs
    return own


def _carry_over(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # the log only grows longer
        connection.execute(_CARRY_OVER).fetchone()
