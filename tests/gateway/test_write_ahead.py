"""The log is carried over beside the writing, begins anew while people write on, and harms nobody when it cannot."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
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
        self.turns = 0
        self.log = WriteAhead(str(path), self._turn)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.turns += 1
        yield

    def commit(self, times: int = 1) -> None:
        for _ in range(times):
            self.writer.execute("INSERT INTO t VALUES (1)")
            self.log.grew(self.writer)

    def carried_over(self) -> int:
        """Rows in the database without its log."""
        with closing(sqlite3.connect(f"file:{self.path}?immutable=1", uri=True)) as reader:
            found: int = reader.execute("SELECT count(*) FROM t").fetchone()[0]
        return found

    def log_size(self) -> int:
        return self.path.with_name(self.path.name + "-wal").stat().st_size


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    file = File(tmp_path / "x.db")
    yield file
    file.log.close()
    file.writer.close()


class Rounds:
    """The rounds of the thread: how many are over, and what each does before it is."""

    def __init__(self) -> None:
        self.over = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.is_sound = True
        self.failed = threading.Event()

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        carry_over = write_ahead._carry_over

        def watched(connection: sqlite3.Connection) -> None:
            if threading.current_thread().name != "write-ahead":
                carry_over(connection)
                return
            if not self.is_sound:
                self.failed.set()
                raise MemoryError
            carry_over(connection)
            self.meanwhile()
            self.over += 1

        monkeypatch.setattr(write_ahead, "_carry_over", watched)

    def wait_for(self, count: int) -> None:
        last = time.monotonic() + 20
        while self.over < count:
            assert time.monotonic() < last
            time.sleep(0.002)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    rounds = Rounds()
    rounds.watch(monkeypatch)
    return rounds


def test_what_was_committed_is_carried_over_by_a_thread_of_its_own(file: File, rounds: Rounds) -> None:
    file.commit(EVERY - 1)
    assert file.log._thread is None
    file.commit()
    rounds.wait_for(1)
    assert file.carried_over() == EVERY
    assert file.turns == 0, "it waits for nobody's turn, and takes none"


def test_the_log_begins_anew_while_people_go_on_writing(file: File, rounds: Rounds) -> None:
    for number in range(12):
        file.commit(EVERY)
        rounds.wait_for(number + 1)
    pages_of_a_round = EVERY * 2
    assert file.log_size() < 3 * pages_of_a_round * 4120


def test_what_others_commit_meanwhile_is_carried_over_by_the_writer_in_his_turn(file: File, rounds: Rounds) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def linger() -> None:
        begun.set()
        assert may_end.wait(20)

    rounds.meanwhile = linger
    file.commit(EVERY)
    assert begun.wait(20)
    file.commit(3)
    assert file.carried_over() == EVERY
    may_end.set()
    file.log.close()
    file.commit()
    assert file.carried_over() == EVERY + 4, "and the log may begin anew"
    assert file.turns == 1
    file.commit()
    assert file.turns == 1, "once"


def test_where_nobody_writes_meanwhile_nothing_is_left_over(file: File, rounds: Rounds) -> None:
    file.commit(EVERY)
    rounds.wait_for(1)
    file.log.close()
    file.commit()
    assert file.turns == 0


def test_where_no_thread_is_to_be_had_the_next_round_tries_again(
    file: File, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuses)
        file.commit(EVERY)
    assert file.log._thread is None
    file.commit(EVERY)
    rounds.wait_for(1)
    assert file.carried_over() == 2 * EVERY


def test_a_file_that_cannot_be_opened_for_a_moment_is_carried_over_later(
    file: File, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more files, no memory: the thread outlives it."""
    refused = threading.Event()

    def refuse(path: str) -> sqlite3.Connection:
        refused.set()
        raise sqlite3.OperationalError("unable to open database file")

    with monkeypatch.context() as patch:
        patch.setattr(write_ahead, "_open", refuse)
        file.commit(EVERY)
        assert refused.wait(20)
    rounds.is_sound = False
    file.commit(EVERY)
    assert rounds.failed.wait(20)
    rounds.is_sound = True
    file.commit(EVERY)
    rounds.wait_for(1)
    assert file.carried_over() == 3 * EVERY


def test_a_log_that_cannot_be_carried_over_harms_nobody(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_ahead, "_CARRY_OVER", "PRAGMA no such thing")
    file.log._is_left_over = True
    file.commit()
    assert file.turns == 1


def test_the_store_carries_its_log_over(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    store = open_store(f"sqlite:///{path}")
    assert isinstance(store, SqliteStore)
    store.write(lambda session: session.connection().exec_driver_sql("CREATE TABLE t (n INTEGER)") and None)
    for _ in range(EVERY):
        store.write(lambda session: session.connection().exec_driver_sql("INSERT INTO t VALUES (1)") and None)
    last = time.monotonic() + 20
    while path.stat().st_size <= 4096:
        assert time.monotonic() < last
        time.sleep(0.005)
    assert "write-ahead" in {thread.name for thread in threading.enumerate()}
    store.close()
    assert store._log is not None and store._log._thread is None
