"""A look at the database ends within a second for who asks, whatever becomes of the look itself."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest

from gateway.errors import StoreDown, TooSlow
from gateway.glance import Glance


class Database:
    """Silent until it is woken."""

    def __init__(self) -> None:
        self.asked = 0
        self.awake = threading.Event()
        self.fault: Exception | None = None

    def __call__(self) -> str:
        self.asked += 1
        number = self.asked
        assert self.awake.wait(30)
        if self.fault:
            raise self.fault
        return f"look {number}"


@pytest.fixture
def database() -> Iterator[Database]:
    found = Database()
    yield found
    found.awake.set()


def seconds_of(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises(TooSlow):
        ask()
    return time.monotonic() - began


def test_each_who_asks_gets_a_look_of_his_own_while_it_answers(database: Database) -> None:
    database.awake.set()
    glance = Glance(database)
    assert [glance.take() for _ in range(3)] == ["look 1", "look 2", "look 3"]


def test_of_a_silent_one_the_first_hears_in_time_and_the_others_at_once(database: Database) -> None:
    glance = Glance(database, waits=0.2)
    assert 0.2 <= seconds_of(glance.take) < 1.0
    assert all(seconds_of(glance.take) < 0.1 for _ in range(10))
    assert database.asked == 1, "one thread waits, however many ask"


def test_once_it_wakes_it_is_looked_at_anew(database: Database) -> None:
    glance = Glance(database, waits=0.05)
    seconds_of(glance.take)
    database.awake.set()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            assert glance.take() in ("look 1", "look 2")
            return
        except TooSlow:
            continue
    raise AssertionError("it never saw the database again")


def test_a_look_that_ends_just_as_its_time_is_up_counts(database: Database) -> None:
    class Late(Future[str]):
        """Done between the end of the wait and the next line."""

        def result(self, timeout: float | None = None) -> str:
            if not self.done():
                self.set_result("look")
                raise NotYet
            return super().result(timeout)

    glance = Glance(database)
    glance._under_way, glance._began = Late(), time.monotonic()
    assert glance.take() == "look"


def test_those_who_ask_together_share_one_look(database: Database) -> None:
    glance = Glance(database, waits=10)
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(glance.take) for _ in range(4)]
        while not database.asked:
            time.sleep(0.001)
        time.sleep(0.05)
        database.awake.set()
        assert {one.result(10) for one in asking} == {"look 1"}


def test_a_look_that_never_ends_is_given_up(database: Database) -> None:
    glance = Glance(database, waits=0.01, lost_after=0.05)
    seconds_of(glance.take)
    time.sleep(0.06)
    seconds_of(glance.take)
    assert database.asked == 2


@pytest.mark.parametrize("fault", [StoreDown("OperationalError"), TimeoutError("of its own"), ValueError("ours")])
def test_a_fault_of_the_look_is_told_as_it_is(database: Database, fault: Exception) -> None:
    database.fault = fault
    database.awake.set()
    with pytest.raises(type(fault)) as told:
        Glance(database).take()
    assert told.value is fault
