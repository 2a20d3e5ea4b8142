"""The fast lane: Africa's Talking's callbacks are answered in the event loop, in front of Flask and of every thread.

A key press that seems to move a dialogue on is handed to the store from the loop itself, and many of one moment cost
one commit and one wake. Whatever else a callback means takes a thread and the same way as Flask's route. Whatever is
not plainly one of the callbacks goes on to Flask. Measured: docs/performance.md.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, Final, NamedTuple, Protocol, cast
from wsgiref.types import WSGIEnvironment

from gateway.breaker import SLOW
from gateway.database import Store
from gateway.doors import Doors
from gateway.errors import StoreDown
from gateway.group_commit import BATCH, do_nothing
from gateway.inbox import PATIENCE, Guess, StoredInbox
from gateway.providers.africastalking.callbacks import PREFIX, Callbacks, screen
from gateway.providers.base import Answer, UssdReply
from gateway.providers.guard import Denied

MOST_AT_ONCE: Final = 256
"""Presses in one transaction: bounds how long the first of them waits."""
LOOKS_EVERY: Final = 0.25
"""Seconds between two looks for hops that have waited too long."""


class Say(Protocol):
    """Who waits for the answer to a callback. All of it is called in the loop."""

    def prepare(self, answer: Answer) -> None:
        """This will probably be the answer: what can be done for it ahead of time is to be done now."""
        ...

    def __call__(self, answer: Answer) -> None:
        """Called once."""
        ...


class Knock(NamedTuple):
    """A callback whose headers have come. Whoever knocks again in the same words may be answered by it again."""

    route: str
    token: str
    environ: WSGIEnvironment
    admitted: int | Denied
    """How long its body is, or why it does not come in, which is told when the body has come."""


@dataclass(eq=False)
class Press:
    """A key press that waits for its answer. Told by the store's thread what came of its guess."""

    say: Say
    since: float
    guess: Guess | None = None
    group: "Group | None" = None
    answer: Answer | None = None
    """What is said if the guess holds."""
    held: bool = False
    fault: BaseException | None = None

    def give(self, result: bool | None, fault: BaseException | None = None) -> None:
        self.held, self.fault = bool(result), fault
        if self.group is not None:
            self.group.count_down()

    def prepare(self) -> None:
        if self.guess and self.guess.move:
            self.answer = screen(self.guess.move.reply)
            self.say.prepare(self.answer)


class Group:
    """Presses that the store has, all at once. `came` is called in the loop when it has told of the last of them."""

    def __init__(self, presses: list[Press], loop: asyncio.AbstractEventLoop, came: "Callable[[Group], None]") -> None:
        self.presses, self._loop, self._came = presses, loop, came
        self._left = len(presses)
        self.give_up: Callable[[], None] = do_nothing

    def hand(self, store: Store) -> None:
        for press in self.presses:
            press.group = self
        quicks = [(press.guess.move.quick, press) for press in self.presses if press.guess and press.guess.move]
        self.give_up = store.hand(quicks, partial(self._in_loop, self._prepare))

    def let_go(self) -> list[Press]:
        """Of those it holds, which hold it."""
        presses, self.presses = self.presses, []
        return presses

    def count_down(self) -> None:
        self._left -= 1
        if not self._left:
            self._in_loop(self._came, self)

    def _prepare(self) -> None:
        """While the disk works, so that nobody waits for it afterwards."""
        for press in self.presses:
            press.prepare()

    def _in_loop(self, call: Callable[..., None], *args: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self._loop.call_soon_threadsafe(call, *args)


class Lane:
    """Lives in one event loop, in which all of it is called."""

    def __init__(
        self,
        callbacks: Callbacks,
        inbox: StoredInbox,
        doors: Doors,
        store: Store,
        threads: Executor,
        patience: float = PATIENCE,
    ) -> None:
        self._callbacks, self._inbox, self._doors, self._store = callbacks, inbox, doors, store
        self._threads, self._patience = threads, patience
        self._loop = asyncio.get_running_loop()
        self._ready: list[Press] = []
        """With a guess for the store."""
        self._is_crowded = False
        """Whether several pressed at one moment when somebody did last."""
        self._out: Group | None = None
        """What the store has. One at a time: what comes meanwhile makes the next one."""
        self._look()

    def hear(self, environ: WSGIEnvironment) -> Knock | None:
        """Who knocks, by the headers alone; None: it is Flask's to answer, strangers at the door included."""
        token, _, route = environ["PATH_INFO"][len(PREFIX) :].partition("/")
        if route not in self._callbacks.routes or "%" in token:
            return None
        self._doors.see_through_proxies(environ)
        return None if self._doors.refusal(environ) else Knock(route, token, environ, self._admit(token, environ))

    def _admit(self, token: str, environ: WSGIEnvironment) -> int | Denied:
        try:
            return self._callbacks.admit(token, environ)
        except Denied as refusal:
            return refusal

    def answer(self, knock: Knock, body: bytes, say: Say) -> None:
        """`body`: whole, or as much of it as may be known to be too much."""
        if knock.route != "ussd":
            environ = {**knock.environ, "wsgi.input": BytesIO(body)}
            self._in_thread(say, self._callbacks.answer, knock.route, knock.token, environ)
            return
        press = Press(say, self._loop.time())
        if self._guess(press, knock, body):
            self._ready.append(press)
            if len(self._ready) == 1 and self._out is None:
                self._hand_over(0)

    def _hand_over(self, before: int) -> None:
        """All that came, once nobody else comes: to commit costs several times what a key press does.

        Who comes when nobody else did a moment ago is not kept waiting for others.
        """
        count = len(self._ready)
        if self._out is not None or not count:
            return
        if self._is_crowded and before < count < BATCH:
            self._loop.call_soon(self._hand_over, count)
            return
        self._is_crowded = count > 1
        presses, self._ready = self._ready[:MOST_AT_ONCE], self._ready[MOST_AT_ONCE:]
        self._out = Group(presses, self._loop, self._came)
        self._out.hand(self._store)

    def _guess(self, press: Press, knock: Knock, body: bytes) -> bool:
        """Whether there is a guess for the store."""
        if isinstance(knock.admitted, Denied):  # raised here it would hold on to this body until the next collection
            press.say(self._callbacks.explain("ussd", knock.admitted))
            return False
        try:
            guess = press.guess = self._inbox.guess(self._callbacks.read_hop(body))
        except Exception as error:
            press.say(self._callbacks.explain("ussd", error))
            return False
        if guess.move is None:
            self._in_thread(press.say, self._in_full, guess, 0.0)
            return False
        return True

    def _came(self, group: Group) -> None:
        if group is not self._out:  # it was given up
            return
        self._out = None
        try:
            for press in group.let_go():
                try:
                    self._tell(press)
                except Exception as error:
                    press.say(self._callbacks.explain("ussd", error))
        finally:  # or those who have come since would never be handed over
            self._hand_over(0)

    def _tell(self, press: Press) -> None:
        guess, fault = press.guess, press.fault
        assert guess is not None and guess.move is not None  # noqa: S101 - or the store would not have it
        if press.held:
            reply = self._inbox.hold(guess.hop, guess.move)
            press.say(press.answer or screen(reply))
            return
        waited = self._loop.time() - press.since
        if fault is None:
            self._in_thread(press.say, self._in_full, guess, waited)
        elif isinstance(fault, StoreDown):
            self._in_thread(press.say, self._let_down, guess, waited >= SLOW)
        else:
            press.say(self._callbacks.explain("ussd", cast(Exception, fault)))

    def _look(self) -> None:
        """Who has waited for a silent database too long waits no longer, nor do those behind him. What was asked may

        still be done.
        """
        self._loop.call_later(LOOKS_EVERY, self._look)  # first: whatever happens below, it looks again
        out = self._out
        if out is not None and out.presses[0].since < self._loop.time() - self._patience:
            presses, self._out, self._ready = out.let_go() + self._ready, None, []
            out.give_up()
            for press in presses:
                self._in_thread(press.say, self._let_down, press.guess, True)

    # In threads

    def _in_thread(self, say: Say, call: Callable[..., Answer], *args: Any) -> None:
        def run() -> None:
            answer = call(*args)
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(say, answer)

        with suppress(RuntimeError):  # no more threads are to be had; it lies in the queue of those there are
            self._threads.submit(run)

    def _in_full(self, guess: Guess, waited: float) -> Answer:
        return self._screen(lambda: self._inbox.in_full(guess.hop, guess.now, waited))

    def _let_down(self, guess: Guess, slowly: bool) -> Answer:
        return self._screen(lambda: self._inbox.let_down(guess.hop, guess.now, slowly=slowly))

    def _screen(self, ask: Callable[[], UssdReply]) -> Answer:
        try:
            return screen(ask())
        except Exception as error:
            return self._callbacks.explain("ussd", error)
