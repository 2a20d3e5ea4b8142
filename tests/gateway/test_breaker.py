"""Once one callback has waited for a silent database in vain, the others do not, and one at a time asks again."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from gateway.app import create_app
from gateway.breaker import RESTS_FOR, SLOW, Breaker
from gateway.draining import Drainer
from gateway.errors import StoreDown
from gateway.inbox import StoredInbox
from gateway.providers.base import InboundSms, UssdHop
from gateway.spool import Spool
from gateway.watch import Watch
from tests.console.desk import at_desk
from tests.office import Office


class Moments:
    """A clock of seconds that passes only where the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Database:
    """What is asked: it counts, takes its time, and answers as told."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self.asked = 0
        self.takes = 0.0
        self.fault: Exception | None = None

    def __call__(self) -> str:
        self.asked += 1
        self._moments.now += self.takes
        if self.fault:
            raise self.fault
        return "kept"


@pytest.fixture
def moments() -> Moments:
    return Moments()


@pytest.fixture
def database(moments: Moments) -> Database:
    return Database(moments)


@pytest.fixture
def breaker(moments: Moments) -> Breaker:
    return Breaker(moments)


def freeze(database: Database, seconds: float = 8.0) -> None:
    database.takes, database.fault = seconds, StoreDown("TooSlow")


def thaw(database: Database) -> None:
    database.takes, database.fault = 0.0, None


def let_down(breaker: Breaker, question: Callable[[], object], times: int = 1) -> int:
    """How many of so many who ask are let down."""
    found = 0
    for _ in range(times):
        try:
            breaker.ask(question)
        except StoreDown:
            found += 1
    return found


def test_a_database_that_answers_is_asked_each_time(breaker: Breaker, database: Database) -> None:
    assert [breaker.ask(database) for _ in range(3)] == ["kept"] * 3
    assert database.asked == 3


def test_a_slow_answer_is_an_answer(breaker: Breaker, database: Database) -> None:
    database.takes = 7.9
    assert [breaker.ask(database) for _ in range(3)] == ["kept"] * 3


def test_after_one_has_waited_in_vain_the_others_are_told_at_once(breaker: Breaker, database: Database) -> None:
    freeze(database)
    assert let_down(breaker, database, 20) == 20
    assert database.asked == 1


def test_a_database_that_refuses_at_once_is_asked_each_time(breaker: Breaker, database: Database) -> None:
    freeze(database, SLOW / 2)
    assert let_down(breaker, database, 20) == 20
    assert database.asked == 20


def test_after_a_rest_one_asks_and_is_let_down_for_all(breaker: Breaker, database: Database, moments: Moments) -> None:
    freeze(database)
    let_down(breaker, database)
    moments.now += RESTS_FOR
    assert let_down(breaker, database, 20) == 20
    assert database.asked == 2


def test_after_a_rest_one_asks_and_is_answered_for_all(breaker: Breaker, database: Database, moments: Moments) -> None:
    freeze(database)
    let_down(breaker, database)
    thaw(database)
    moments.now += RESTS_FOR
    assert [breaker.ask(database) for _ in range(20)] == ["kept"] * 20


def test_who_asks_anyway_finds_it_alive_for_all(breaker: Breaker, database: Database) -> None:
    freeze(database)
    let_down(breaker, database)
    thaw(database)
    assert breaker.probe(database) == "kept"
    assert [breaker.ask(database) for _ in range(20)] == ["kept"] * 20


def test_a_fault_of_the_question_is_an_answer_too(breaker: Breaker, database: Database, moments: Moments) -> None:
    freeze(database)
    let_down(breaker, database)
    thaw(database)
    database.fault = ValueError()
    moments.now += RESTS_FOR
    for _ in range(2):
        with pytest.raises(ValueError):
            breaker.ask(database)


def test_while_one_asks_nobody_else_does(breaker: Breaker, database: Database, moments: Moments) -> None:
    freeze(database)
    let_down(breaker, database)
    moments.now += RESTS_FOR
    asking, end = threading.Event(), threading.Event()

    def question() -> str:
        asking.set()
        end.wait(10)
        return "kept"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(breaker.ask, question)
        asking.wait(5)
        moments.now += RESTS_FOR
        assert let_down(breaker, database)
        end.set()
        assert first.result() == "kept"
    assert database.asked == 1
    thaw(database)
    assert breaker.ask(database) == "kept"


class Frozen:
    """A store that says nothing until the patience of whoever asks has run out."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self.waited = 0

    def write(self, work: Any, within: float = 0.0) -> Any:
        self.waited += 1
        self._moments.now += within
        raise StoreDown("TooSlow")


def test_of_twenty_calls_to_a_frozen_database_one_waits_and_each_is_a_case_afterwards(any_office: Office) -> None:
    office, moments = any_office, Moments()
    frozen, spool = Frozen(moments), Spool(office.parts.settings.spool, office.parts.desk.keyring)
    inbox = StoredInbox(replace(office.parts, store=frozen), spool, Breaker(moments))  # type: ignore[arg-type]
    for number in range(10):
        reply = inbox.ussd(UssdHop("simulator", f"s{number}", f"+62811000010{number}", "*384#", "2"))
        assert reply.ends
        assert "110" in reply.text
        inbox.sms(InboundSms("simulator", f"m{number}", f"+62811000020{number}", "55555", "TOLONG", None))
    assert frozen.waited == 1
    assert len(spool.list_waiting()) == 20
    assert Drainer(office.parts, spool).run() == 20
    assert len(office.cases()) == 20


def test_the_watch_finds_it_alive_for_all_callbacks(any_office: Office) -> None:
    """Also where the worker drains the spool, and the web process itself has nothing to take in."""
    office, moments = any_office, Moments()
    parts = replace(office.parts, breaker=Breaker(moments))
    spool = Spool(parts.settings.spool, parts.desk.keyring)
    inbox = StoredInbox(replace(parts, store=Frozen(moments)), spool)  # type: ignore[arg-type]
    inbox.ussd(UssdHop("simulator", "s1", "+628110000101", "*384#", "2"))
    Drainer(parts, spool).run()
    assert StoredInbox(parts, spool).ussd(UssdHop("simulator", "s2", "+628110000102", "*384#", "2")).ends
    Watch(parts, lambda: office.sender).look()
    assert not StoredInbox(parts, spool).ussd(UssdHop("simulator", "s3", "+628110000103", "*384#", "2")).ends


def test_the_watch_does_not_close_what_is_still_silent(office: Office) -> None:
    moments = Moments()
    frozen = Frozen(moments)
    parts = replace(office.parts, store=frozen, breaker=Breaker(moments))  # type: ignore[arg-type]
    let_down(parts.breaker, lambda: frozen.write(None, 8.0))
    with pytest.raises(StoreDown):
        Watch(parts, lambda: office.sender).look()
    assert parts.breaker.is_open
    assert frozen.waited == 2


def test_with_nobody_calling_the_watch_itself_finds_it_silent(office: Office) -> None:
    moments = Moments()
    frozen = Frozen(moments)
    parts = replace(office.parts, store=frozen, breaker=Breaker(moments))  # type: ignore[arg-type]
    with pytest.raises(StoreDown):
        Watch(parts, lambda: office.sender).look()
    assert parts.breaker.is_open


# The console


def silent(office: Office) -> tuple[Client, Frozen]:
    """A browser at a process whose callbacks have found the database silent."""
    moments = Moments()
    frozen = Frozen(moments)
    parts = replace(office.parts, store=frozen, breaker=Breaker(moments))  # type: ignore[arg-type]
    let_down(parts.breaker, lambda: frozen.write(None, 8.0))
    return create_app(parts).test_client(), frozen


def test_no_page_of_the_console_waits_for_a_silent_database(office: Office) -> None:
    cookie = at_desk(office).client.get_cookie("beliperak")
    assert cookie is not None
    client, frozen = silent(office)
    client.set_cookie("beliperak", cookie.value)
    for answer in (client.get("/console/queue"), client.get("/console/log-in"), client.post("/console/log-in")):
        assert answer.status_code == 503
        assert "Basis data tidak terjangkau" in answer.text
    assert client.get("/console/asset/0/console.css").status_code != 503, "what a page looks like is no row"
    assert frozen.waited == 1, "only the callback"


def test_once_it_answers_the_pages_are_there_again(office: Office) -> None:
    desk, breaker = at_desk(office), office.parts.breaker
    with pytest.raises(StoreDown):
        breaker.probe(lambda: slowly_down())
    assert desk.get("/queue").status == 503
    Watch(office.parts, lambda: office.sender).look()
    assert desk.get("/queue").status == 200


def slowly_down() -> None:
    time.sleep(SLOW)
    raise StoreDown("TooSlow")
