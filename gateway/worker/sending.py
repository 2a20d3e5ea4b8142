"""Handing claimed messages to the carrier: no session open meanwhile, several connections, one rate for the office."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue

import structlog
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework.losses import LOST, after_loss
from gateway.clock import Clock
from gateway.database import Store
from gateway.desk import Desk
from gateway.errors import StoreDown
from gateway.outbox import claiming, pulse, queue, receipts
from gateway.outbox.routing import Traveller, find_routes
from gateway.providers.base import SmsProvider
from gateway.worker.handing import hand_over, joined
from models.outbound import OutboundMessage
from models.vocabulary import MessageStatus

log = structlog.get_logger(__name__)

LOOKS_EVERY = 1.0
"""Seconds: while every carrier is slow, what has become due since is still looked for this often."""
MANY = 32
GATHERED_FOR = 0.003
"""Seconds. With more than so many messages under way, those that come back within so little are settled together: a
turn costs as much as handing over several."""
PAUSE = threading.Event()


@dataclass(frozen=True)
class Handing:
    """A claimed message, the moment it may leave, and the carriers it is offered to in turn."""

    outgoing: queue.Outgoing
    not_before: datetime
    route: tuple[str, ...]


@dataclass(frozen=True)
class Handed:
    """What came of it, carrier by carrier; no outcome when it was not even offered."""

    outgoing: queue.Outgoing
    outcomes: Sequence[queue.Outcome]


class Sender:
    """Drains the outbox. One a worker process; any number of processes may run one each."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        carriers: SmsProvider | tuple[SmsProvider, ...],
        clock: Clock,
        sleep: Callable[[float], object] = PAUSE.wait,
    ) -> None:
        """`carriers` in the order they are tried; a single one may stand for itself."""
        self._store, self._desk, self._clock = store, desk, clock
        self.carriers = carriers if isinstance(carriers, tuple) else (carriers,)
        self._carriers = {found.name: found for found in self.carriers}
        self._sleep = sleep
        self._connections = desk.settings.send_connections
        self._pool = ThreadPoolExecutor(self._connections, thread_name_prefix="send")
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Claim nothing more; what has been claimed is still sent, or found again by its lease."""
        self._stopping.set()

    def close(self) -> None:
        self.stop()
        self._pool.shutdown(wait=True)

    def sweep(self) -> int:
        """Expire what is too late and take back what a dead sender held; the number of rows touched."""
        return self._store.write(lambda session: _sweep(session, self._desk, self._clock()))

    def drain(self) -> int:
        """Send until nothing is due (or every carrier is held); the number of messages handed over.

        Each connection that comes free is given the most urgent message of that moment; what has come back meanwhile
        is settled together.
        """
        handed, running, back, done = 0, 0, list[Handed](), SimpleQueue[Future[Handed]]()
        while True:
            claimed = self._turn(back, self._connections - running)
            handed += len(claimed)
            running += len(claimed)
            for one in claimed:
                self._pool.submit(self._send_one, one).add_done_callback(done.put)
            if not running:
                return handed
            back = [future.result() for future in _come_back(done, running)]
            running -= len(back)

    def _turn(self, back: Sequence[Handed], room: int) -> list[Handing]:
        """What has come back is settled, and the connections that are free are given work, in one transaction.

        Where one of them cannot be settled each has a transaction of its own.
        """

        def work(session: Session) -> list[Handing]:
            _settle(session, self._desk, self._clock(), back)
            session.flush()
            return self._claim(session, room)

        try:
            claimed = self._store.write(work)
        except StoreDown:
            raise
        except Exception:
            self._finish(back)
            claimed = self._store.write(lambda session: self._claim(session, room))
        else:
            _tell(back)
        if claimed:
            crash.here("claim_committed")
        return claimed

    def _claim(self, session: Session, room: int) -> list[Handing]:
        if self._stopping.is_set() or room < 1:
            return []
        return _claim(session, self._desk, tuple(self._carriers), self._clock(), room)

    def send_these(self, ids: Sequence[str]) -> None:
        """These messages, at once and by any carrier: for a process that sends only when nobody else does."""
        now, order = self._clock(), tuple(self._carriers)
        for outgoing in self._store.write(lambda session: claiming.claim_due(session, self._desk, now, len(ids), ids)):
            self._finish([self._send_one(Handing(outgoing, now, order))])

    def _send_one(self, handing: Handing) -> Handed:
        outgoing, outcomes = handing.outgoing, list[queue.Outcome]()
        self._sleep(max(0.0, (handing.not_before - self._clock()).total_seconds()))
        for name in handing.route:
            if self._clock() >= outgoing.lease_until:  # stood still: it may be another worker's by now, or stale
                break
            crash.here("before_carrier")
            outcomes.append(hand_over(self._carriers[name], outgoing))
            crash.here("after_carrier")
            if not outcomes[-1].elsewhere:
                break
        return Handed(outgoing, outcomes)

    def _finish(self, handed: Sequence[Handed]) -> None:
        """Together; where one of them cannot be settled, each by itself, so that the others are."""
        if not handed:
            return
        try:
            self._store.write(lambda session: _settle(session, self._desk, self._clock(), handed))
        except StoreDown:
            raise
        except Exception as fault:
            if len(handed) == 1:
                log.error("message not settled", error=type(fault).__name__, message=handed[0].outgoing.id)
                return
            for one in handed:
                self._finish([one])
            return
        _tell(handed)


def _come_back(done: "SimpleQueue[Future[Handed]]", running: int) -> Iterator[Future[Handed]]:
    """What is done by now, once something is; nothing where all of them are slow."""
    try:
        yield done.get(timeout=LOOKS_EVERY)
        if running > MANY:
            PAUSE.wait(GATHERED_FOR)
        while True:
            yield done.get_nowait()
    except Empty:
        return


def _tell(handed: Sequence[Handed]) -> None:
    """What was not sent, in the log, once that is written."""
    for one in handed:
        for found in one.outcomes:
            if found.code:
                where = {"message": one.outgoing.id, "carrier": found.provider}
                log.warning("message not sent", code=found.code, status=found.status, **where)


def _claim(session: Session, desk: Desk, order: tuple[str, ...], now: datetime, room: int) -> list[Handing]:
    """Messages with the moment each may leave: the office's rate is a row, so two workers share it."""
    ways = pulse.find_ways(session, now, order)
    if not (ways.free or ways.trial):
        return []
    rate = desk.settings.send_rate
    most = min(room, max(pulse.BURST, int(rate))) if ways.free else 1
    claimed = claiming.claim_due(session, desk, now, most)
    travellers = [Traveller(found.purpose, found.recipient, found.tried, found.came_by) for found in claimed]
    routes = find_routes(order, ways, travellers)
    if ways.trial and any(ways.trial in route for route in routes):
        pulse.begin_trial(session, now, ways.trial)
    return [Handing(*one) for one in zip(claimed, pulse.reserve(session, now, rate, len(claimed)), routes, strict=True)]


def _settle(session: Session, desk: Desk, now: datetime, handed: Sequence[Handed]) -> None:
    if not handed:
        return
    _keep_carriers(session, now, [found for one in handed for found in one.outcomes])
    settled: dict[str, queue.Outcome] = {}
    for one in handed:
        outcome = joined(one.outcomes) if one.outcomes else None
        if outcome is None:
            queue.give_back(session, one.outgoing)
        elif queue.settle(session, now, one.outgoing, outcome):
            settled[one.outgoing.id] = outcome
    named = [(found.provider, found.provider_id) for found in settled.values() if found.provider_id]
    told = receipts.find_parked(session, named)
    for message_id, outcome in settled.items():
        row = receipts.match_parked(session, now, message_id) if outcome.provider_id in told else None
        if row is None and outcome.status in LOST:
            row = session.get(OutboundMessage, message_id, populate_existing=True)
        if row is not None:
            after_loss(session, desk, now, row)


def _keep_carriers(session: Session, now: datetime, outcomes: Sequence[queue.Outcome]) -> None:
    """Which of them are to be left alone from now on, and which work again; in the order in which it was learnt."""
    held = set(pulse.find_holds(session, sorted({found.provider for found in outcomes})))
    for found in outcomes:
        if found.hold_for is not None:
            pulse.hold(session, now, found.provider, found.code or "held", found.hold_for)
            held.add(found.provider)
        elif found.status in (MessageStatus.SENT, MessageStatus.DELIVERED) and found.provider in held:
            pulse.release(session, found.provider)
            held.remove(found.provider)


def _sweep(session: Session, desk: Desk, now: datetime) -> int:
    gone = queue.expire_old(session, now)
    for row in gone:
        after_loss(session, desk, now, row)
    return len(gone) + len(queue.reap_leases(session, now))
