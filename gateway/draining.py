"""Taking in what the spool kept while the database was down: in the order of arrival, each once.

The row of `drained` is written in the transaction of the callback's own effects, so that a process killed between the
commit and the removal of the file doubles nothing. A callback counts from the moment it came; only its alerts leave
as if it came now, and go to whoever is on duty now as well.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import delete
from sqlalchemy.orm import Session

from gateway import crash
from gateway.bootstrap import Parts
from gateway.casework import alerts
from gateway.conversations import ussd
from gateway.errors import StoreDown
from gateway.inbox import PATIENCE, take_in
from gateway.keyring import SealError
from gateway.outbox.waiting import leave_now
from gateway.providers.base import UssdHop
from gateway.spool import Kept, Spool
from models.base import insert_new
from models.case import lock_case
from models.inbound import Drained
from models.lifecycle import WAITING

AGAIN_AFTER: Final = timedelta(minutes=1)
KNOWN_FOR: Final = timedelta(days=30)
"""Longer than a file can lie about: a machine that comes back later than this is looked at by a person."""

log = structlog.get_logger(__name__)


class Drainer:
    """One a process. What cannot be taken in stays where it is, and is tried again every minute."""

    def __init__(self, parts: Parts, spool: Spool) -> None:
        self._parts, self._spool = parts, spool
        self._put_off: dict[str, datetime] = {}

    def run(self) -> int:
        """Take in all that waits; how many it were. Stops where the database is down or silent again."""
        if not self._spool.list_waiting():
            return 0
        with self._spool.turn() as mine:
            return self._drain() if mine else 0

    def _drain(self) -> int:
        done, now = 0, self._parts.clock()
        self._spool.tidy(now)
        for name in self._spool.list_waiting():
            if self._put_off.get(name, now) > now:
                continue
            try:
                kept = self._spool.open(name)
                self._parts.store.write(_once(self._parts, kept), within=PATIENCE)
                crash.here("drain_committed")
                self._spool.remove(name)
                crash.here("drain_removed")
            except StoreDown:
                return done
            except Exception as fault:  # a wrong key, or a fault of ours: the others must not wait for it
                log.error("spooled callback not taken in", inbound=name, error=type(fault).__name__)
                self._put_off[name] = now + AGAIN_AFTER
            else:
                done += 1
                self._put_off.pop(name, None)
        if done:
            log.info("spool drained", count=done)
        return done


def _once(parts: Parts, kept: Kept) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        if not insert_new(session, Drained, {"id": kept.id, "at": kept.at}):
            return
        case_id = take_in(parts, kept.at, kept.callback)(session).case_id
        if isinstance(kept.callback, UssdHop):
            case_id = ussd.find_case_id(session, parts.desk, kept.callback)
        if case_id:
            _tell_now(session, parts, kept.at, case_id)
        crash.here("drain_taken")

    return work


def _tell_now(session: Session, parts: Parts, came_at: datetime, case_id: str) -> None:
    now, case = parts.clock(), lock_case(session, case_id)
    if case is None or case.wrapped_key is None:
        return
    session.flush()
    leave_now(session, parts.desk, case, came_at, now)
    if case.status in WAITING and case.queued_at is not None:
        try:
            alerts.alert(session, parts.desk, now, case)
        except SealError:
            log.error("case cannot be opened", case=case_id)


def forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(Drained).where(Drained.at < now - KNOWN_FOR))
