"""The fast lane in its event loop: one commit for a crowd, and what a key press becomes when the store is silent."""

import asyncio
import gc
import random
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.app import create_web
from gateway.database import Store
from gateway.errors import StoreDown
from gateway.group_commit import Quick, Told
from gateway.lane import Knock, Lane
from gateway.providers import guard
from gateway.providers.base import Answer
from gateway.spool import Spool
from models.ussd_session import UssdSession
from tests.front import Grudging
from tests.office import TOKEN, Office

Handed = list[tuple[Quick, Told]]


@dataclass
class Slow:
    """A store that commits when it is told to."""

    office: Office
    handed: list[Handed] = field(default_factory=list)
    given_up: int = 0
    soon: Callable[[], None] = field(default=lambda: None)

    def hand(self, quicks: Sequence[tuple[Quick, Told]], soon: Callable[[], None]) -> Callable[[], None]:
        self.handed.append(list(quicks))
        self.soon = soon
        return self._give_up

    def _give_up(self) -> None:
        self.given_up += 1

    def commit(self) -> None:
        """The oldest of what it has."""
        for quick, told in self.handed.pop(0):
            told.give(self.office.parts.store.quick(quick))

    def say(self, held: bool | None, fault: BaseException | None = None) -> None:
        for _, told in self.handed.pop(0):
            told.give(held, fault)


@dataclass
class Ear:
    """One who waits for the answer to a press."""

    crowd: "Crowd"
    heard: list[str]

    def prepare(self, answer: Answer) -> None:
        self.crowd.prepared.append(answer)

    def __call__(self, answer: Answer) -> None:
        self.heard.append(f"{answer.status} {answer.body.partition(chr(10))[0]}")
        self.crowd.said.append(answer)


@dataclass
class Crowd:
    """Callers at one lane, and what each of them has been answered."""

    lane: Lane
    store: Slow
    answers: dict[str, list[str]] = field(default_factory=dict)
    prepared: list[Answer] = field(default_factory=list)
    said: list[Answer] = field(default_factory=list)

    def press(self, name: str, text: str = "", route: str = "ussd", **more: str) -> None:
        form = {
            "sessionId": f"ATUid_{name}",
            "phoneNumber": f"+62812{int(name):08}",
            "serviceCode": "*384#",
            "text": text,
        }
        self.post(name, urlencode(form | more).encode(), route)

    def post(self, name: str, body: bytes, route: str = "ussd") -> None:
        environ = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": ""}
        self.lane.answer(Knock(route, TOKEN, environ, len(body)), body, Ear(self, self.answers.setdefault(name, [])))

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.002)

    async def settle(self) -> None:
        """All that the loop would do by itself."""
        for _ in range(10):
            await asyncio.sleep(0)


Play = Callable[..., None]


@pytest.fixture
def play(office: Office) -> Iterator[Play]:
    """Runs a play of callers before a lane of this office, whose store is slow."""

    def run(scene: Callable[[Crowd], Awaitable[None]], patience: float = 60.0) -> None:
        web, store = create_web(office.parts), Slow(office)
        assert web.callbacks is not None
        callbacks = web.callbacks

        async def begin() -> None:
            with ThreadPoolExecutor(4) as threads:
                lane = Lane(callbacks, web.inbox, web.doors, cast(Store, store), threads, patience)
                await scene(Crowd(lane, store))

        with ThreadPoolExecutor(1) as alone:  # another test may have left a loop in this thread
            alone.submit(asyncio.run, begin()).result()

    yield run


def sessions(office: Office) -> int:
    found: int = office.read(lambda session: session.scalar(select(func.count()).select_from(UssdSession)))
    return found


def waiting(office: Office) -> list[str]:
    return Spool(office.parts.settings.spool, office.parts.desk.keyring).list_waiting()


HOME = "200 CON Beli Perak"


def test_all_that_press_at_one_moment_share_a_commit(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        for number in range(20):
            crowd.press(str(number))
        await crowd.settle()
        assert [len(handed) for handed in crowd.store.handed] == [1], "who came first was alone"
        assert not any(crowd.answers.values()), "nobody is answered before the commit"
        crowd.store.commit()
        await crowd.settle()
        assert [len(handed) for handed in crowd.store.handed] == [19]
        crowd.store.commit()
        await crowd.settle()
        assert {tuple(heard) for heard in crowd.answers.values()} == {(HOME,)}
        for number in range(20, 40):
            crowd.press(str(number))
        await crowd.settle()
        assert [len(handed) for handed in crowd.store.handed] == [20], "a crowd a moment ago: they are waited for"
        crowd.store.commit()
        await crowd.settle()

    play(scene)
    assert sessions(office) == 40


def test_while_the_store_commits_the_answers_are_prepared(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        for number in range(4):
            crowd.press(str(number))
        await crowd.settle()
        assert not crowd.prepared and not crowd.said
        crowd.store.soon()
        await crowd.settle()
        assert len(crowd.prepared) == 1 and not crowd.said, "prepared is not said"
        crowd.store.commit()
        await crowd.settle()
        assert crowd.said[0] is crowd.prepared[0]
        crowd.store.commit()  # a store need not tell that it commits
        await crowd.settle()
        assert len(crowd.said) == 4 and len(crowd.prepared) == 1

    play(scene)


def test_what_was_prepared_for_a_wrong_guess_is_not_said(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.store.soon()
        await crowd.settle()
        crowd.store.say(None, StoreDown("OperationalError"))
        crowd.store.soon()  # late, when all of it is over
        await crowd.until(lambda: crowd.said)
        assert crowd.prepared[0].body.startswith("CON Beli Perak")
        assert [answer.body[:4] for answer in crowd.said] == ["END "]
        assert len(crowd.prepared) == 1

    play(scene)


def test_who_presses_while_the_store_commits_is_next(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.press("2")
        crowd.press("3")
        await crowd.settle()
        assert [len(handed) for handed in crowd.store.handed] == [1]
        crowd.store.commit()
        await crowd.settle()
        assert crowd.answers == {"1": [HOME], "2": [], "3": []}
        assert [len(handed) for handed in crowd.store.handed] == [2]
        crowd.store.commit()
        await crowd.settle()
        assert crowd.answers == {"1": [HOME], "2": [HOME], "3": [HOME]}

    play(scene)


def test_a_guess_the_row_does_not_bear_out_goes_the_whole_way(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.store.say(held=False)
        await crowd.until(lambda: crowd.answers["1"])
        assert crowd.answers["1"] == [HOME]

    play(scene)
    assert sessions(office) == 1


def test_a_danger_call_takes_no_guess(office: Office, play: Play) -> None:
    office.officer()

    async def scene(crowd: Crowd) -> None:
        crowd.press("1", "2")
        await crowd.until(lambda: crowd.answers["1"])
        assert crowd.store.handed == []
        assert crowd.answers["1"][0].startswith("200 CON ")

    play(scene)
    assert office.case()["priority"] == "P1"


def test_the_same_press_twice_at_once_is_one(office: Office, play: Play) -> None:
    """The carrier repeats itself: both have the same screen, and one of them moved the dialogue on."""

    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.store.commit()
        await crowd.settle()
        crowd.press("1", "5")
        crowd.press("1", "5")
        while len(crowd.answers["1"]) < 3:
            await crowd.until(lambda: crowd.store.handed or len(crowd.answers["1"]) == 3)
            if crowd.store.handed:
                crowd.store.commit()
        first, second, third = crowd.answers["1"]
        assert second == third != first

    play(scene)


def test_a_store_that_refuses_sends_a_press_to_the_spool(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.store.say(None, StoreDown("OperationalError"))
        await crowd.until(lambda: crowd.answers["1"])
        assert crowd.answers["1"][0].startswith("200 END ")
        assert not office.parts.breaker.is_open, "it answered at once"

    play(scene)
    assert len(waiting(office)) == 1


def test_a_store_that_says_nothing_is_not_waited_for_nor_by_those_who_come_after(office: Office, play: Play) -> None:
    """No session outlives ten seconds. What it still does later is the same effect."""

    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.press("2")
        await crowd.until(lambda: crowd.answers["1"] and crowd.answers["2"])
        assert [heard[0][:7] for heard in crowd.answers.values()] == ["200 END"] * 2
        assert crowd.store.given_up == 1
        assert office.parts.breaker.is_open
        crowd.store.commit()  # it wakes
        await crowd.settle()
        assert [len(heard) for heard in crowd.answers.values()] == [1, 1]

    play(scene, patience=0.5)
    assert len(waiting(office)) == 2


def test_after_a_silent_store_the_lane_goes_on(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.until(lambda: crowd.answers["1"])
        office.parts.breaker.hear(was_silent=False)  # the watch has found it alive
        crowd.store.handed.clear()
        crowd.press("2")
        await crowd.until(lambda: crowd.store.handed)
        crowd.store.commit()
        await crowd.until(lambda: crowd.answers["2"])
        assert crowd.answers["2"] == [HOME]

    play(scene, patience=2.0)


def test_it_looks_again_though_threads_ran_out(office: Office) -> None:
    """Twice the store says nothing, and both times no thread is to be had at first."""
    web, store = create_web(office.parts), Slow(office)
    assert web.callbacks is not None
    callbacks = web.callbacks

    async def scene() -> None:
        with Grudging(1) as threads:
            crowd = Crowd(Lane(callbacks, web.inbox, web.doors, cast(Store, store), threads, patience=0.3), store)
            for name in ("1", "2"):
                crowd.press(name)
                await crowd.until(lambda name=name: crowd.answers[name])
                office.parts.breaker.hear(was_silent=False)
            assert [heard[0][:7] for heard in crowd.answers.values()] == ["200 END"] * 2

    with ThreadPoolExecutor(1) as alone:
        alone.submit(asyncio.run, scene()).result()
    assert store.given_up == 2


def test_neither_store_nor_spool_is_told_with_the_number_for_help(office: Office, play: Play) -> None:
    office.parts.settings.spool.write_text("in the way")

    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.store.say(None, StoreDown("OperationalError"))
        await crowd.until(lambda: crowd.answers["1"])
        assert crowd.answers["1"][0].startswith("503 END ")
        assert "110" in crowd.said[-1].body

    play(scene)


def test_a_fault_of_ours_is_told_with_the_number_for_help(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        crowd.press("1")
        await crowd.settle()
        crowd.store.say(None, ValueError("rahasia"))
        await crowd.until(lambda: crowd.answers["1"])
        assert crowd.answers["1"][0].startswith("200 END ")
        assert "110" in crowd.said[-1].body
        assert "rahasia" not in crowd.said[-1].body

    play(scene)


PIECES = (
    b"",
    b"1",
    b"2",
    b"*",
    b"%2A",
    b"%",
    b"%zz",
    b"%00",
    b"\xff\xfe",
    b"+62812000",
    b"%2B6281200000001",
    b"&",
    b"=",
    b"a" * 200,
)
NAMES = (b"sessionId", b"phoneNumber", b"text", b"serviceCode", b"sessionId", b"nonsense", b"")


def strange_bodies(count: int) -> Iterator[bytes]:
    dice = random.Random(count)
    for number in range(count):
        fields = [
            name + b"=" + b"".join(dice.choices(PIECES, k=dice.randrange(4))) for name in dice.choices(NAMES, k=5)
        ]
        sound = b"sessionId=s%d&phoneNumber=%%2B62812%08d&" % (number % 7, number % 5)
        yield dice.choice([dice.randbytes(30), b"&".join(fields), sound + fields[0], sound + b"text=" + fields[1]])


def test_whatever_is_pressed_is_answered_once(office: Office, play: Play) -> None:
    async def scene(crowd: Crowd) -> None:
        for number, body in enumerate(strange_bodies(400)):
            crowd.post(str(number), body)
            await crowd.settle()
            while crowd.store.handed:
                crowd.store.commit()
                await crowd.settle()
        await crowd.until(lambda: all(crowd.answers.values()))
        assert {len(heard) for heard in crowd.answers.values()} == {1}
        assert {heard[0][:3] for heard in crowd.answers.values()} == {"200", "400"}
        assert all(heard[0][4:8] in ("CON ", "END ") for heard in crowd.answers.values() if heard[0].startswith("200"))

    play(scene)


def test_a_text_message_takes_a_thread_and_keeps_no_key_waiting(office: Office, play: Play) -> None:
    began, end = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        began.set()
        end.wait(20)

    async def scene(crowd: Crowd) -> None:
        holding = threading.Thread(target=office.parts.store.write, args=[hold])
        holding.start()
        began.wait(20)
        crowd.press("1", "TOLONG", route="sms", id="m1", to="55555", **{"from": "+6281200000001"})
        crowd.press("2")
        await crowd.settle()
        assert len(crowd.store.handed) == 1
        assert crowd.answers == {"1": [], "2": []}
        end.set()
        await crowd.until(lambda: crowd.answers["1"])
        crowd.store.commit()
        await crowd.until(lambda: crowd.answers["2"])
        assert crowd.answers["1"] == ["200 "]
        holding.join()

    play(scene)
    assert office.cases()


def test_a_refused_press_leaves_nothing_for_the_collector(office: Office, play: Play) -> None:
    """Its body may be large, and a stranger can send many: what waits for the collector would be his to order."""

    async def scene(crowd: Crowd) -> None:
        gc.collect()
        gc.disable()
        try:
            refusal = guard.Denied(403, "unknown token")
            left = weakref.ref(refusal)
            crowd.lane.answer(Knock("ussd", "wrong", {}, refusal), b"x" * 9000, Ear(crowd, []))
            del refusal
            assert crowd.said == [Answer(403, "unknown token")]
            assert left() is None
        finally:
            gc.enable()

    play(scene)
