"""Handing claimed messages to the carrier: no session open meanwhile, several connections, one rate for the office."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework.escalation import climb_at_once
from gateway.clock import Clock
from gateway.database import Store
from gateway.desk import Desk
from gateway.keyring import SealError
from gateway.outbox import policy, pulse, queue, receipts
from gateway.providers.base import Accepted, MaybeSent, NotSent, OutOfOrder, Refused, SmsProvider
from models.outbound import OutboundMessage
from models.vocabulary import MessageStatus, Priority, Purpose

log = structlog.get_logger(__name__)

BATCH = 50
"""Messages in one claim at most, and never more than leave within a second: a stop has to wait for them."""
PAUSE = threading.Event()
LOST = frozenset({MessageStatus.FAILED, MessageStatus.EXPIRED})


class Sender:
    """Drains the outbox. One a worker process; any number of processes may run one each."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        provider: SmsProvider,
        clock: Clock,
        sleep: Callable[[float], object] = PAUSE.wait,
    ) -> None:
        self._store, self._desk, self._provider, self._clock = store, desk, provider, clock
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(desk.settings.send_connections, thread_name_prefix="send")
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
        """Send until nothing is due (or the queue holds); the number of messages handed over."""
        handed = 0
        while not self._stopping.is_set():
            claimed = self._store.write(lambda session: _claim(session, self._desk, self._clock()))
            if not claimed:
                return handed
            handed += len(claimed)
            crash.here("claim_committed")
            list(self._pool.map(self._send_one, claimed))
        return handed

    def send_these(self, ids: Sequence[str]) -> None:
        """These messages, at once: for a process that sends only when nobody else does."""
        now = self._clock()
        for outgoing in self._store.write(lambda session: queue.claim_due(session, self._desk, now, len(ids), ids)):
            self._send_one((outgoing, now))

    def _send_one(self, slot: tuple[queue.Outgoing, datetime]) -> None:
        outgoing, not_before = slot
        self._sleep(max(0.0, (not_before - self._clock()).total_seconds()))
        if self._clock() >= outgoing.lease_until:  # stood still meanwhile: it may be another worker's by now, or stale
            self._store.write(lambda session: queue.give_back(session, outgoing))
            return
        crash.here("before_carrier")
        outcome = hand_over(self._provider, outgoing)
        crash.here("after_carrier")
        self._store.write(lambda session: _settle(session, self._desk, self._clock(), outgoing, outcome))
        if outcome.code:
            log.warning("message not sent", message=outgoing.id, code=outcome.code, status=outcome.status)


def hand_over(provider: SmsProvider, outgoing: queue.Outgoing) -> queue.Outcome:
    """One message to the carrier, and what came of it in our words."""
    name = provider.name
    try:
        accepted: Accepted = provider.send(outgoing.id, outgoing.to, outgoing.text)
    except OutOfOrder as fault:
        return queue.Outcome(MessageStatus.ERRORED, name, code=fault.code, again_after=pulse.HOLD_FOR, holds=True)
    except NotSent as fault:
        dice = random.random()  # noqa: S311 - jitter, not a secret
        wait = policy.backoff(outgoing.purpose, outgoing.attempts, dice, fault.retry_after)
        return queue.Outcome(MessageStatus.ERRORED, name, code=fault.code, again_after=wait)
    except MaybeSent as fault:
        return _after_lost(name, outgoing, fault.code)
    except Refused as fault:
        return queue.Outcome(MessageStatus.FAILED, name, code=fault.code)
    except Exception as fault:
        log.error("carrier client failed", error=type(fault).__name__, message=outgoing.id)
        return _after_lost(name, outgoing, "client_failed")
    return queue.Outcome(accepted.status, name, accepted.provider_id, cost=accepted.cost)


def _after_lost(name: str, outgoing: queue.Outgoing, code: str) -> queue.Outcome:
    status = policy.after_lost_answer(outgoing.purpose, outgoing.recipient, outgoing.attempts)
    again = None
    if status is MessageStatus.ERRORED:
        again = policy.backoff(outgoing.purpose, outgoing.attempts, random.random())  # noqa: S311 - jitter
    return queue.Outcome(status, name, code=code, again_after=again)


def _claim(session: Session, desk: Desk, now: datetime) -> list[tuple[queue.Outgoing, datetime]]:
    """Messages with the moment each may leave: the office's rate is a row, so two workers share it."""
    rate = desk.settings.send_rate
    allowed = pulse.allowance(session, now, min(BATCH, max(pulse.BURST, int(rate))))
    if not allowed:
        return []
    claimed = queue.claim_due(session, desk, now, allowed)
    slots = pulse.reserve(session, now, rate, len(claimed))
    return list(zip(claimed, slots, strict=True))


def _settle(session: Session, desk: Desk, now: datetime, outgoing: queue.Outgoing, outcome: queue.Outcome) -> None:
    if not queue.settle(session, now, outgoing, outcome):
        return
    if outcome.holds:
        pulse.hold(session, now, outcome.code or "held")
    elif outcome.status in (MessageStatus.SENT, MessageStatus.DELIVERED):
        pulse.release(session)
    moved = receipts.match_parked(session, now, outgoing.id) if outcome.provider_id else None
    row = moved or session.get(OutboundMessage, outgoing.id, populate_existing=True)
    if row is not None:
        after_loss(session, desk, now, row)


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
