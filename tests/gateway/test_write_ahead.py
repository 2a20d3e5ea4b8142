"""The log is carried over beside the writing, begins anew while people write on, and harms nobody when it cannot."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway import write_ahead
from gateway.database import SqliteStore, open_store
from gateway.write_ahead import EVERY, WriteAhead


class File:
    """A database with one table of counted rows, its writer, and its log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = sqlite3.connect(path, isolation_level=None)
        for command in ("PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", "CREATE TABLE t (n INTEGER)"):
            self.writer.execute(command)
        self.log = WriteAhead(str(path))

    def commit(self, times: int = 1) -> None:
        for _ in range(times):
            self.writer.execute("INSERT INTO t VALUES (1)")
            self.log.grew(self.writer)

    def carried_over(self) -> int:
        """Rows in the database without its log."""
        with closing(sqlite3.connect(f"file:{self.path}?immutable=1", uri=True)) as reader:
            try:
                found: int = reader.execute("SELECT count(*) FROM t").fetchone()[0]
            except sqlite3.Error:  # nothing at all is there yet, or it is being written
                return 0
        return found

    def log_size(self) -> int:
        return self.path.with_name(self.path.name + "-wal").stat().st_size


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    file = File(tmp_path / "x.db")
    yield file
    file.log.close()
    file.writer.close()


def until(holds: Callable[[], object]) -> None:
    last = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.005)


def test_what_was_committed_is_carried_over_by_a_thread_of_its_own(file: File) -> None:
    file.commit(EVERY - 1)
    assert file.log._thread is None
    assert file.carried_over() == 0
    file.commit()
    until(lambda: file.carried_over() == EVERY)


def test_the_log_begins_anew_while_people_go_on_writing(file: File) -> None:
    for _ in range(12):
        file.commit(EVERY - 1)
        before = file.carried_over()
        file.commit()
        until(lambda before=before: file.carried_over() > before)
    pages_of_a_round = EVERY * 2
    assert file.log_size() < 3 * pages_of_a_round * 4120


def test_what_others_commit_meanwhile_is_carried_over_by_the_writer(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_over = write_ahead._carry_over
    begun, may_end = threading.Event(), threading.Event()

    def slowly(connection: sqlite3.Connection) -> None:
        carry_over(connection)
        if connection is not file.writer:
            begun.set()
            assert may_end.wait(20)

    monkeypatch.setattr(write_ahead, "_carry_over", slowly)
    file.commit(EVERY)
    assert begun.wait(20)
    file.commit(3)
    assert file.carried_over() == EVERY
    may_end.set()
    until(lambda: file.log._is_left_over)
    file.commit()
    assert file.carried_over() == EVERY + 4, "and the log may begin anew"


def test_where_nobody_writes_meanwhile_nothing_is_left_over(file: File) -> None:
    file.commit(EVERY)
    until(lambda: file.carried_over() == EVERY)
    file.log.close()
    assert not file.log._is_left_over


def test_where_no_thread_is_to_be_had_the_next_round_tries_again(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuses)
        file.commit(EVERY)
    assert file.log._thread is None
    file.commit(EVERY)
    until(lambda: file.carried_over() == 2 * EVERY)


def test_a_file_that_cannot_be_carried_over_harms_nobody(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(write_ahead, "_CARRY_OVER", "PRAGMA no such thing")
        file.commit(EVERY)
        until(lambda: file.log._asked.empty())
        file.log._is_left_over = True
        file.commit()
    file.commit(EVERY - 1)
    until(lambda: file.carried_over() >= 2 * EVERY)


def test_the_store_carries_its_log_over(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    store = open_store(f"sqlite:///{path}")
    assert isinstance(store, SqliteStore)
    store.write(lambda session: session.connection().exec_driver_sql("CREATE TABLE t (n INTEGER)") and None)
    for _ in range(EVERY):
        store.write(lambda session: session.connection().exec_driver_sql("INSERT INTO t VALUES (1)") and None)
    until(lambda: path.stat().st_size > 4096)
    assert "write-ahead" in {thread.name for thread in threading.enumerate()}
    store.close()
    assert store._log is not None and store._log._thread is None
