"""The one door to the database: group commit on SQLite, retries on PostgreSQL, and what happens when it is down."""

import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gateway import migrate
from gateway.database import SqliteStore, Store, open_store
from gateway.errors import StoreDown
from gateway.group_commit import Answer, Quick, Step
from gateway.postgres import CONNECTIONS, TRIES, PostgresStore, connecting
from gateway.setting_kinds import parse_database
from gateway.write_ahead import AT_LAST
from models.base import insert_new
from models.prepared import Prepared
from models.throttle import ONCE_MORE, Pulse, Throttle, count_once_more
from tests.made import emptied

AT = datetime(2026, 11, 23, tzinfo=UTC)
KEY = b"k" * 32


def count_up(session: Session) -> int:
    """Read, then write: what a lost update would spoil."""
    row = session.get(Throttle, (KEY, AT), with_for_update=True)
    if row is None:
        return count_once_more(session, KEY, AT)
    row.times += 1
    return row.times


def counted(session: Session) -> int:
    return session.scalar(select(Throttle.times)) or 0


def beat(name: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        session.add(Pulse(name=name, at=AT, word="x"))
        return name

    return work


def names(store: Store) -> set[str]:
    return store.read(lambda session: set(session.scalars(select(Pulse.name))))


class Harm(Exception):
    """What a failing work raises."""


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteStore]:
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    assert isinstance(store, SqliteStore)
    migrate.upgrade(store.engine)
    yield store
    store.close()


@pytest.fixture
def server(postgres_url: str) -> Iterator[PostgresStore]:
    store = open_store(postgres_url)
    assert isinstance(store, PostgresStore)
    migrate.upgrade(store.engine)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("server", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


# Both engines


def test_each_work_gets_its_own_answer_and_no_update_is_lost(store: Store) -> None:
    store.write(count_up)
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: store.write(count_up), range(300)))
    assert sorted(answers) == list(range(2, 302))
    assert store.read(counted) == 301


def test_a_work_that_raises_harms_neither_its_neighbours_nor_the_next(store: Store) -> None:
    def harm(session: Session) -> str:
        beat("harmed")(session)
        session.flush()
        raise Harm

    def one(number: int) -> str:
        if number % 7:
            return store.write(beat(f"n{number}"))
        with pytest.raises(Harm):
            store.write(harm)
        return "harmed"

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(one, range(150)))
    assert answers == ["harmed" if number % 7 == 0 else f"n{number}" for number in range(150)]
    assert names(store) == set(answers) - {"harmed"}


def test_a_unique_violation_belongs_to_the_work_that_caused_it(store: Store) -> None:
    store.write(beat("taken"))
    with pytest.raises(Exception, match=r"IntegrityError|UniqueViolation|UNIQUE"):
        store.write(beat("taken"))
    assert store.write(beat("free")) == "free"
    assert names(store) == {"taken", "free"}


def test_a_read_sees_what_was_committed_and_writes_nothing(store: Store) -> None:
    store.write(beat("one"))
    store.read(beat("never"))
    assert names(store) == {"one"}


def test_answers_come_only_after_the_commit(store: Store) -> None:
    """Whoever got an answer finds it in the database through another connection."""

    def one(number: int) -> bool:
        store.write(beat(f"n{number}"))
        return f"n{number}" in names(store)

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(one, range(100)))


def test_a_database_without_tables_is_down(tmp_path: Path) -> None:
    bare = open_store(f"sqlite:///{tmp_path / 'bare.db'}")
    with pytest.raises(StoreDown):
        bare.write(count_up)
    with pytest.raises(StoreDown):
        bare.read(counted)
    bare.close()


@pytest.mark.postgres
def test_a_server_without_tables_is_down(postgres_url: str) -> None:
    bare = open_store(emptied(postgres_url))
    with pytest.raises(StoreDown):
        bare.write(count_up)
    with pytest.raises(StoreDown):
        bare.read(counted)
    bare.close()


# Quick works


def turned(before: str, after: str) -> Step:
    """A guess: one row's word was `before`."""
    move = update(Pulse).where(Pulse.name == "row", Pulse.word == before).values(word=after)
    return Prepared(lambda _: move), {}


def once_more(key: bytes) -> Step:
    return ONCE_MORE, {"key": key, "window_at": AT, "times": 1}


def fresh(name: str) -> Step:
    """A guess that always holds."""
    return Prepared(lambda _: insert(Pulse).values(name=name, at=AT, word="x")), {}


def word_of_row(store: Store) -> str | None:
    return store.read(lambda session: session.scalar(select(Pulse.word).where(Pulse.name == "row")))


def test_a_guess_that_holds_takes_the_others_along_and_one_that_does_not_does_nothing(store: Store) -> None:
    store.write(beat("row"))
    assert store.quick(Quick(turned("x", "y"), (once_more(KEY),)))
    assert not store.quick(Quick(turned("x", "z"), (once_more(KEY),)))
    assert (word_of_row(store), store.read(counted)) == ("y", 1)


def test_before_the_commit_of_what_was_handed_over_there_is_time_to_prepare(sqlite: SqliteStore) -> None:
    heard: list[object] = []

    @dataclass
    class Ear:
        over: threading.Event = field(default_factory=threading.Event)

        def give(self, result: object, fault: BaseException | None = None) -> None:
            heard.append(result)
            self.over.set()

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE"):
            heard.append("tried")

    sqlite.write(beat("row"))
    event.listen(sqlite.engine, "before_cursor_execute", note)
    first, last = Ear(), Ear()
    quicks = [(Quick(turned("x", "y")), first), (Quick(turned("y", "z")), last)]
    sqlite.hand(quicks, lambda: heard.append(word_of_row(sqlite)))
    assert last.over.wait(20)
    assert heard == ["tried", "tried", "x", True, True], (
        "nothing is committed, and nobody told, while somebody prepares"
    )
    assert word_of_row(sqlite) == "z"


def test_who_cannot_prepare_harms_nobody(sqlite: SqliteStore) -> None:
    def fail() -> None:
        raise Harm

    held: Answer[bool] = Answer()
    sqlite.write(beat("row"))
    sqlite.hand([(Quick(turned("x", "y")), held)], fail)
    assert held.within(20)
    assert word_of_row(sqlite) == "y"


def test_of_many_equal_guesses_one_holds(store: Store) -> None:
    store.write(beat("row"))
    with ThreadPoolExecutor(24) as pool:
        held = list(pool.map(lambda _: store.quick(Quick(turned("x", "y"), (once_more(KEY),))), range(60)))
    assert held.count(True) == 1
    assert store.read(counted) == 1


def test_two_stores_that_count_the_same_rows_in_two_orders_wait_for_no_end(store: Store) -> None:
    """As two web processes do that count lessons: neither holds what the other waits for."""
    other = open_store(store.engine.url.render_as_string(hide_password=False))
    rows = [b"a" * 32, b"b" * 32]

    def count(one: Store, keys: list[bytes]) -> None:
        for number in range(20):
            guess = fresh(f"{threading.get_ident()} {one is other} {number}")
            assert one.quick(Quick(guess, tuple(once_more(key) for key in keys)), within=20)

    with ThreadPoolExecutor(8) as pool:
        ways = [(store, rows), (other, rows[::-1])] * 4
        for done in [pool.submit(count, *way) for way in ways]:
            done.result()
    other.close()
    counts = store.read(lambda session: session.scalars(select(Throttle.times).where(Throttle.key.in_(rows))).all())
    assert counts == [160, 160]


def test_a_guess_the_database_refuses_harms_no_other(store: Store) -> None:
    store.write(beat("row"))
    refused = Prepared(lambda _: update(Pulse).where(Pulse.name == "row").values(word=None)), {}

    def one(number: int) -> bool:
        if number % 5:
            return store.quick(Quick(fresh(f"n{number}"), (once_more(KEY),)))
        with pytest.raises(DBAPIError):
            store.quick(Quick(refused))
        return False

    with ThreadPoolExecutor(24) as pool:
        assert sum(pool.map(one, range(50))) == 40
    assert (word_of_row(store), store.read(counted)) == ("x", 40)


# SQLite


def test_the_file_is_kept_as_the_promise_needs(sqlite: SqliteStore) -> None:
    def pragma(name: str) -> object:
        return sqlite.write(lambda session: session.execute(text(f"PRAGMA {name}")).scalar())

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2  # FULL
    assert pragma("secure_delete") == 1
    assert pragma("foreign_keys") == 1
    assert pragma("trusted_schema") == 0
    assert pragma("wal_autocheckpoint") == AT_LAST


def test_many_works_share_a_commit(sqlite: SqliteStore) -> None:
    commits: list[int] = []
    event.listen(sqlite.engine, "commit", lambda _: commits.append(1))
    gate, started = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        started.set()
        gate.wait(5)

    with ThreadPoolExecutor(41) as pool:
        first = pool.submit(sqlite.write, hold)
        started.wait(5)
        rest = [pool.submit(sqlite.write, beat(f"n{number}")) for number in range(40)]
        while sqlite._writer.waiting < 40:
            pass
        gate.set()
        assert {waiting.result() for waiting in rest} == {f"n{number}" for number in range(40)}
        first.result()
    assert len(commits) == 2


def test_a_harmful_work_in_a_full_batch_fails_alone(sqlite: SqliteStore) -> None:
    gate, started = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        started.set()
        gate.wait(5)

    def harm(session: Session) -> None:
        session.add(Pulse(name="n3", at=AT, word="a twin of a neighbour"))

    with ThreadPoolExecutor(22) as pool:
        pool.submit(sqlite.write, hold)
        started.wait(5)
        rest = [pool.submit(sqlite.write, beat(f"n{number}")) for number in range(20)]
        while sqlite._writer.waiting < 20:
            pass
        twin = pool.submit(sqlite.write, harm)
        while sqlite._writer.waiting < 21:
            pass
        gate.set()
        assert {waiting.result() for waiting in rest} == {f"n{number}" for number in range(20)}
        assert type(twin.exception()).__name__ == "IntegrityError"
    assert names(sqlite) == {f"n{number}" for number in range(20)}


def test_closing_waits_for_what_was_handed_in(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    migrate.upgrade(store.engine)
    with ThreadPoolExecutor(30) as pool:
        written = [pool.submit(store.write, beat(f"n{number}")) for number in range(30)]
        assert len([waiting.result() for waiting in written]) == 30
    store.write(beat("last"))
    store.close()
    again = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    assert names(again) == {"last", *(f"n{number}" for number in range(30))}
    again.close()


def test_a_full_disk_is_a_store_that_is_down_and_comes_back(sqlite: SqliteStore) -> None:
    sqlite.write(beat("before"))
    sqlite.write(lambda session: session.execute(text("PRAGMA max_page_count = 1")))
    with pytest.raises(StoreDown):
        for number in range(500):
            sqlite.write(beat(f"{number:040}"))
    kept = names(sqlite)
    assert "before" in kept
    sqlite.write(lambda session: session.execute(text("PRAGMA max_page_count = 1000000")))
    sqlite.write(beat("after"))
    assert names(sqlite) == {*kept, "after"}


WRITER = """
import sys
from datetime import UTC, datetime
from gateway.database import open_store
from models.throttle import Throttle

def count_up(session):
    session.get_one(Throttle, (b"k" * 32, datetime(2026, 11, 23, tzinfo=UTC))).times += 1

store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(150):
    store.write(count_up)
store.close()
"""


def test_two_processes_lose_no_update(sqlite: SqliteStore) -> None:
    sqlite.write(count_up)
    url = sqlite.engine.url.render_as_string()
    root = Path(__file__).parent.parent.parent
    both = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.communicate("go\n", timeout=60)
        assert process.returncode == 0
    assert sqlite.read(counted) == 301


# PostgreSQL


@pytest.mark.postgres
def test_a_serialisation_failure_is_tried_again(server: PostgresStore) -> None:
    """Two transactions read the same row before either writes: one of them must start over."""
    server.write(count_up)
    strict = open_store(server.engine.url.render_as_string(hide_password=False))
    strict.engine.dispose()
    strict.engine = strict.engine.execution_options(isolation_level="REPEATABLE READ")
    both_read, tries = threading.Barrier(2), []

    def work(session: Session) -> None:
        row = session.get_one(Throttle, (KEY, AT))
        tries.append(1)
        if len(tries) <= 2:
            both_read.wait(5)
        row.times += 1

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(strict.write, work) for _ in range(2)]:
            done.result()
    assert server.read(counted) == 3
    assert len(tries) == 3
    strict.close()


@pytest.mark.postgres
def test_a_deadlock_is_tried_again(server: PostgresStore) -> None:
    for name in ("a", "b"):
        server.write(beat(name))
    both_hold, tries = threading.Barrier(2), []

    def swap(first: str, second: str) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            tries.append(1)
            session.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
            session.get_one(Pulse, first, with_for_update=True)
            if len(tries) <= 2:
                both_hold.wait(5)
            session.get_one(Pulse, second, with_for_update=True).word = first

        return work

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(server.write, swap("a", "b")), pool.submit(server.write, swap("b", "a"))]:
            done.result()
    assert len(tries) > 2


@pytest.mark.postgres
def test_a_work_that_always_clashes_is_given_up(server: PostgresStore) -> None:
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'clash' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(Exception, match=r"SerializationFailure|StoreDown"):
        server.write(work)
    assert len(tries) == TRIES


@pytest.mark.postgres
def test_a_broken_connection_is_a_store_that_is_down_and_comes_back(server: PostgresStore) -> None:
    def cut(session: Session) -> None:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StoreDown):
        server.write(cut)
    assert server.write(count_up) == 1


@pytest.mark.postgres
def test_a_connection_that_breaks_once_is_replaced(server: PostgresStore) -> None:
    server.write(beat("there"))
    tries: list[int] = []

    def work(session: Session) -> str:
        tries.append(1)
        if len(tries) == 1:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return beat("after all")(session)

    assert server.write(work) == "after all"
    assert names(server) == {"there", "after all"}


@pytest.mark.postgres
def test_after_a_demotion_another_server_is_asked(server: PostgresStore) -> None:
    tries: list[int] = []

    def work(session: Session) -> str:
        tries.append(session.execute(text("SELECT pg_backend_pid()")).scalar_one())
        if len(tries) == 1:
            session.execute(text("SET TRANSACTION READ ONLY"))
        return beat("kept")(session)

    assert server.write(work) == "kept"
    assert tries[0] != tries[1], "the connection to the demoted server was used again"


class Severed:
    """A road to the server that breaks when told to: after it has carried a COMMIT there, before the answer."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.cuts = 0
        self._broken = False
        self._server = server
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / ".s.PGSQL.5432"))
        self._door.listen()
        self._ends = [self._door]
        self._threads: list[threading.Thread] = []
        self._start(self._answer)

    def close(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for end in self._ends:
            end.close()

    def _start(self, work: Callable[..., None], *args: object) -> None:
        self._threads.append(threading.Thread(target=work, args=args))
        self._threads[-1].start()

    def _answer(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            self._ends += [near, far]
            far.connect(str(self._server))
            self._start(self._carry, near, far, True)
            self._start(self._carry, far, near, False)

    def _carry(self, source: socket.socket, target: socket.socket, outward: bool) -> None:
        try:
            while words := source.recv(65536):
                if outward and self.cuts and b"COMMIT" in words:
                    self.cuts -= 1
                    self._broken = True
                elif self._broken and b"COMMIT" in words:
                    self._broken = False
                    break
                target.sendall(words)
        except OSError:
            pass
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.mark.postgres
def test_a_commit_whose_answer_is_lost_is_done_once(server: PostgresStore) -> None:
    """Nobody knows whether it happened: the work runs again, and its unique name holds the second effect back."""
    with tempfile.TemporaryDirectory() as folder:
        url = server.engine.url
        road = Severed(Path(folder), Path(str(url.query["host"])) / ".s.PGSQL.5432")
        store = open_store(url.update_query_dict({"host": folder}).render_as_string(hide_password=False))
        store.write(beat("before"))
        runs: list[bool] = []

        def work(session: Session) -> None:
            new = insert_new(session, Pulse, {"name": "the effect", "at": AT, "word": "x"})
            runs.append(new)
            if new:
                count_once_more(session, KEY, AT)

        road.cuts = 1
        store.write(work)
        assert runs == [True, False], "the first commit had happened"
        assert server.read(counted) == 1
        store.close()
        road.close()


@pytest.mark.postgres
def test_a_server_that_says_nothing_is_given_up_in_time(server: PostgresStore) -> None:
    server.write(beat("there"))
    started, end = threading.Event(), threading.Event()

    def wait(session: Session) -> None:
        started.set()
        end.wait(10)

    with pytest.raises(StoreDown):
        server.write(wait, within=0.05)
    assert started.wait(5)
    end.set()


@pytest.mark.postgres
def test_who_hangs_leaves_threads_and_connections_to_those_who_come_after(server: PostgresStore) -> None:
    """A frozen server may never wake, while another one of the list takes writes."""

    def whose(session: Session) -> int:
        return session.execute(text("SELECT pg_backend_pid()")).scalar_one()

    end = threading.Event()
    before = server.write(whose)

    def hang() -> None:
        with pytest.raises(StoreDown):
            server.write(lambda session: whose(session) and end.wait(20), within=0.2)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(hang) for _ in range(CONNECTIONS)]:
            done.result()
    assert server.write(whose, within=10) != before
    end.set()


@pytest.mark.postgres
def test_after_a_freeze_connections_are_kept_again(server: PostgresStore) -> None:
    def whose(session: Session) -> int:
        return session.execute(text("SELECT pg_backend_pid()")).scalar_one()

    end = threading.Event()
    with pytest.raises(StoreDown):
        server.write(lambda session: end.wait(20) and None, within=0.2)
    end.set()
    assert len({server.write(whose, within=10) for _ in range(5)}) == 1


@pytest.mark.postgres
def test_a_quick_work_that_hangs_leaves_the_way_to_those_who_come_after(server: PostgresStore) -> None:
    server.write(beat("row"))
    holding, end = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        session.execute(update(Pulse).values(word="held"))
        holding.set()
        end.wait(20)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(server.write, hold)
        holding.wait(20)
        with pytest.raises(StoreDown):
            server.quick(Quick(turned("x", "y")), within=0.2)
        assert server.quick(Quick(fresh("next")), within=20)
        end.set()
        held.result()
    assert names(server) == {"row", "next"}


def test_a_file_that_says_nothing_is_given_up_in_time(sqlite: SqliteStore) -> None:
    end = threading.Event()
    with pytest.raises(StoreDown):
        sqlite.write(lambda session: end.wait(10) and None, within=0.05)
    end.set()
    assert sqlite.write(beat("after")) == "after"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("postgresql://a/x", None),
        ("postgresql://a,b:5433,c/x", "read-write"),
        ("postgresql://a,b/x?target_session_attrs=primary", "primary"),
        ("postgresql://a,b/x?connect_timeout=7&target_session_attrs=read-write", "read-write"),
    ],
)
def test_of_several_servers_the_one_that_takes_writes_is_looked_for(url: str, asked: str | None) -> None:
    parsed = make_url(parse_database(url))
    options = {**connecting(parsed), **parsed.query}
    assert options.get("target_session_attrs") == asked
    assert int(str(options["connect_timeout"])) == (7 if "=7" in url else 2)


@pytest.mark.postgres
def test_several_servers_in_one_address_are_tried_in_turn(server: PostgresStore) -> None:
    """The first of the list is not there."""
    url = server.engine.url
    both = url.update_query_dict({"host": ["/nowhere", str(url.query["host"])]})
    store = open_store(both.render_as_string(hide_password=False))
    assert store.write(beat("found")) == "found"
    store.close()
