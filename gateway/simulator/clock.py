"""Practice time: real time plus an offset kept as a row, so that web, worker and command line agree. Only ever forward.

Turning the clock sets a goal. The worker goes there by way of the moments at which something falls due, each of them
when nothing is due before it: a ladder climbs step by step, as it would have, instead of all at once at the end.
"""

import time
from concurrent.futures import Executor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gateway.clock import Clock
from gateway.database import Store
from gateway.errors import StoreDown
from gateway.outbox import pulse
from models.case import CaseFile
from models.outbound import WAITING, OutboundMessage
from models.practice import PracticeCallback
from models.throttle import Pulse
from models.vocabulary import MessageStatus

OFFSET: Final = "practice_offset"
"""Pulse whose word is the offset in seconds."""
GOAL: Final = "practice_goal"
"""Pulse whose time is where the clock is being turned to, and whose word how many stops are left on the way."""
STOPS: Final = 12
"""Then the rest in one leap: nobody should wait minutes for three days."""
FRESH: Final = 0.25  # seconds


class PracticeClock:
    """Practice time, for every part that asks for a clock. Reads the row at most every FRESH seconds."""

    def __init__(self, store: Store, real: Clock) -> None:
        self._store, self._real = store, real
        self._offset, self._read_at = timedelta(0), -FRESH
        self._threads: Executor | None = None

    def look_in(self, threads: Executor) -> None:
        """From now on nobody who asks waits for the row: an event loop must not."""
        self._threads = threads

    def __call__(self) -> datetime:
        if (now := time.monotonic()) - self._read_at >= FRESH:
            self._read_at = now
            if self._threads:
                with suppress(RuntimeError):  # no thread is to be had now: the clock runs on as it did
                    self._threads.submit(self.refresh)
            else:
                self.refresh()
        return self._real() + self._offset

    def refresh(self) -> None:
        """Look at the row again. Without a database the clock runs on as it did."""
        self._read_at = time.monotonic()
        try:
            self._offset = max(self._offset, self._store.read(find_offset))
        except StoreDown:
            return


def find_offset(session: Session) -> timedelta:
    word = session.scalar(select(Pulse.word).where(Pulse.name == OFFSET))
    return timedelta(seconds=float(word)) if word else timedelta(0)


def set_goal(session: Session, now: datetime, goal: datetime) -> None:
    """Turn the clock to `goal`; the later of two goals counts, and one that has passed is none."""
    standing = find_goal(session)
    goal = max(goal, standing) if standing else goal
    if goal > now:
        pulse.beat(session, goal, GOAL, str(STOPS))


def find_goal(session: Session) -> datetime | None:
    return session.scalar(select(Pulse.at).where(Pulse.name == GOAL))


def turn(session: Session, real_now: datetime, *, patient: bool = True) -> bool:
    """One stop nearer to the goal; false when there is none, or when something has to be done first."""
    goal = pulse.find(session, GOAL)
    if goal is None:
        return False
    offset = find_offset(session)
    now = real_now + offset
    if patient and is_busy(session, now):
        return False
    left = int(goal.word)
    stop = min(goal.at, _next_due(session, now) or goal.at) if left > 0 else goal.at
    if stop > now:
        pulse.beat(session, real_now, OFFSET, str((offset + (stop - now)).total_seconds()))
        pulse.beat(session, stop, "worker")  # this is the worker: it lives, whatever the time
    if stop >= goal.at:
        session.execute(delete(Pulse).where(Pulse.name == GOAL))
    else:
        pulse.beat(session, goal.at, GOAL, str(left - 1))
    return True


def is_busy(session: Session, now: datetime) -> bool:
    """Whether something due by now has not been done yet."""
    if session.get(Pulse, "hold") is None:
        due = (OutboundMessage.status.in_(WAITING), OutboundMessage.due_at <= now)
        if session.scalar(select(OutboundMessage.id).where(*due).limit(1)):
            return True
    sending = OutboundMessage.status == MessageStatus.SENDING
    ruled = CaseFile.next_rule_at <= now
    posted = (PracticeCallback.done_at.is_(None), PracticeCallback.due_at <= now)
    looks = (
        select(OutboundMessage.id).where(sending),
        select(CaseFile.id).where(ruled),
        select(PracticeCallback.id).where(*posted),
    )
    return any(session.scalar(look.limit(1)) is not None for look in looks)


def _next_due(session: Session, now: datetime) -> datetime | None:
    """The next moment at which a message, a rule or a callback falls due. What is tried again is not waited for."""
    queued = (OutboundMessage.status == MessageStatus.QUEUED, OutboundMessage.due_at > now)
    moments = (
        select(func.min(OutboundMessage.due_at)).where(*queued),
        select(func.min(CaseFile.next_rule_at)).where(CaseFile.next_rule_at > now),
        select(func.min(PracticeCallback.due_at)).where(
            PracticeCallback.done_at.is_(None), PracticeCallback.due_at > now
        ),
    )
    return min((at for moment in moments if (at := session.scalar(moment))), default=None)
