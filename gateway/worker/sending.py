"""Handing claimed messages to the carrier: no session open meanwhile, several connections, one rate for the office."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework.escalation import climb_at_once
from gateway.clock import Clock
from gateway.database import Store
from gateway.desk import Desk
from gateway.errors import StoreDown
from gateway.keyring import SealError
from gateway.outbox import claiming, policy, pulse, queue, receipts
from gateway.outbox.routing import Traveller, find_routes
from gateway.providers.base import Accepted, MaybeSent, NoRoute, NotSent, OutOfOrder, Refused, SmsProvider
from models.outbound import OutboundMessage
from models.vocabulary import MessageStatus, Priority, Purpose

log = structlog.get_logger(__name__)

LOOKS_EVERY = 1.0
"""Seconds: while every carrier is slow, what has become due since is still looked for this often."""
PAUSE = threading.Event()
LOST = frozenset({MessageStatus.FAILED, MessageStatus.EXPIRED})


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
        handed, running, back = 0, set[Future[Handed]](), list[Handed]()
        while True:
            claimed = self._turn(back, self._connections - len(running))
            handed += len(claimed)
            running |= {self._pool.submit(self._send_one, one) for one in claimed}
            if not running:
                return handed
            done, running = wait(running, LOOKS_EVERY, FIRST_COMPLETED)
            back = [one.result() for one in done]

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


def _tell(handed: Sequence[Handed]) -> None:
    """What was not sent, in the log, once that is written."""
    for one in handed:
        for found in one.outcomes:
            if found.code:
                where = {"message": one.outgoing.id, "carrier": found.provider}
                log.warning("message not sent", code=found.code, status=found.status, **where)


def hand_over(provider: SmsProvider, outgoing: queue.Outgoing) -> queue.Outcome:
    """One message to one carrier, and what came of it in our words."""
    name = provider.name
    try:
        accepted: Accepted = provider.send(outgoing.id, outgoing.to, outgoing.text, outgoing.not_after)
    except OutOfOrder as fault:
        return _not_sent(name, fault.code, pulse.HOLD_FOR, hold_for=pulse.HOLD_FOR)
    except NotSent as fault:
        dice = random.random()  # noqa: S311 - jitter, not a secret
        wait = policy.backoff(outgoing.purpose, outgoing.attempts, dice, fault.retry_after)
        asked = timedelta(seconds=min(fault.retry_after, policy.LONGEST_WISH)) if fault.retry_after else None
        return _not_sent(name, fault.code, wait, hold_for=asked)
    except MaybeSent as fault:
        return _after_lost(name, outgoing, fault.code, fault.provider_id)
    except Refused as fault:
        elsewhere = isinstance(fault, NoRoute)
        return queue.Outcome(MessageStatus.FAILED, name, code=fault.code, elsewhere=elsewhere)
    except Exception as fault:
        log.error("carrier client failed", error=type(fault).__name__, message=outgoing.id)
        return _after_lost(name, outgoing, "client_failed", None)
    return queue.Outcome(accepted.status, name, accepted.provider_id, cost=accepted.cost)


def _not_sent(name: str, code: str, wait: timedelta, hold_for: timedelta | None) -> queue.Outcome:
    return queue.Outcome(MessageStatus.ERRORED, name, code=code, again_after=wait, hold_for=hold_for, elsewhere=True)


def _after_lost(name: str, outgoing: queue.Outgoing, code: str, provider_id: str | None) -> queue.Outcome:
    status = policy.after_lost_answer(outgoing.purpose, outgoing.recipient, outgoing.attempts)
    again = None
    if status is MessageStatus.ERRORED:
        again = policy.backoff(outgoing.purpose, outgoing.attempts, random.random())  # noqa: S311 - jitter
    return queue.Outcome(status, name, provider_id, code=code, again_after=again)


def joined(outcomes: Sequence[queue.Outcome]) -> queue.Outcome:
    """What became of a message that was offered to these carriers in turn: the last word, unless none has taken it."""
    last = outcomes[-1]
    waits = [found for found in outcomes if found.again_after is not None]
    if not last.elsewhere or not waits:
        return last
    soonest = min(waits, key=lambda found: found.again_after or timedelta())
    return replace(soonest, provider=last.provider)


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


def after_loss(session: Session, desk: Desk, now: datetime, row: OutboundMessage) -> None:
    """A P1 alert that will never arrive climbs at once."""
    alerting = row.purpose in (Purpose.ALERT, Purpose.ESCALATION) and row.priority is Priority.P1
    if not (alerting and row.status in LOST and row.case_id):
        return
    try:
        climb_at_once(session, desk, now, row.case_id, row.id)
    except SealError:  # one unreadable case must not stop the sending of all the others
        log.error("case cannot be opened", case=row.case_id)


def _sweep(session: Session, desk: Desk, now: datetime) -> int:
    gone = queue.expire_old(session, now)
    for row in gone:
        after_loss(session, desk, now, row)
    return len(gone) + len(queue.reap_leases(session, now))
