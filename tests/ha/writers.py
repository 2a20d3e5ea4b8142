"""A web process's side: real danger calls and texts through the inbox, while the database is hurt."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.draining import Drainer
from gateway.errors import StoreDown
from gateway.inbox import StoredInbox
from gateway.providers.base import InboundSms, UssdHop
from gateway.spool import Callback, Spool
from models.case import CaseFile
from models.outbound import OutboundMessage
from models.vocabulary import Purpose
from tests.faults.scene import Stage
from tests.ha.processes import wait_until

WRITERS: Final = 4
PAUSE: Final = 0.02
"""Seconds between two calls of a writer: the machine has other work, too."""
DRAINED_WITHIN: Final = 120
_PHONES = count(1)


class SpoolSeen(Spool):
    """A spool that tells its thread that it was used."""

    used = threading.local()

    def keep(self, callback: Callback, at: datetime) -> None:
        super().keep(callback, at)
        self.used.now = True

    def take_used(self) -> bool:
        used, self.used.now = getattr(self.used, "now", False), False
        return used


@dataclass
class Seen:
    """What the carrier's side saw; times of the monotonic clock."""

    began: float = field(default_factory=time.monotonic)
    committed: dict[str, float] = field(default_factory=dict)
    """The phone of each call the database acknowledged, and when."""
    spooled: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def acknowledged(self) -> set[str]:
        return {*self.committed, *self.spooled}


@dataclass(frozen=True)
class Kept:
    """What is in the database of the phones that called."""

    lost: int
    """Acknowledged without a case that officers are alerted of."""
    doubled: int
    """Cases beyond the first of a call."""


def widest(began: float, moments: Iterable[float]) -> float:
    """The longest time in which nothing happened, in seconds: from the beginning to the last that did."""
    times = [began, *sorted(moments)]
    return max((after - before for before, after in pairwise(times)), default=0.0)


class Front:
    """What of a web process meets the carrier, on a database of several hosts."""

    def __init__(self, stage: Stage) -> None:
        self._parts = stage.parts()
        self._spool = SpoolSeen(self._parts.settings.spool, self._parts.desk.keyring)
        self._inbox = StoredInbox(self._parts, self._spool)

    @contextmanager
    def under_way(self) -> Iterator[Seen]:
        """People call all through the block."""
        seen, ends = Seen(), threading.Event()
        with ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(self._write, seen, ends) for _ in range(WRITERS)]
            try:
                yield seen
            finally:
                ends.set()
        for writer in writers:
            writer.result()  # a fault of ours is not a caller turned away

    def _write(self, seen: Seen, ends: threading.Event) -> None:
        while not ends.wait(PAUSE):
            number = next(_PHONES)
            phone, began = f"+62813{number:08d}", time.monotonic()
            try:
                self._cry(number, phone)
            except StoreDown:
                seen.refused.append(phone)
                continue
            now = time.monotonic()
            (seen.spooled if self._spool.take_used() else seen.committed)[phone] = now
            seen.slowest = max(seen.slowest, now - began)

    def _cry(self, number: int, phone: str) -> None:
        """A danger call by keys, or one in words."""
        if number % 2:
            self._inbox.ussd(UssdHop("simulator", f"s{number}", phone, "*384#", "2"))
        else:
            words = "TOLONG saya dipukul sekarang"
            self._inbox.sms(InboundSms("simulator", f"m{number}", phone, "55555", words, None))

    def drain(self) -> None:
        """Take in what the spool kept, as the web process does: again and again, until nothing waits."""
        drainer = Drainer(self._parts, self._spool)
        wait_until(lambda: drainer.run() >= 0 and not self._spool.list_waiting(), "the spool is empty", DRAINED_WITHIN)

    def look(self, seen: Seen) -> Kept:
        called = {*seen.acknowledged(), *seen.refused}
        keyring = self._parts.desk.keyring
        index = {keyring.index("phone", phone): phone for phone in called}

        def count_rows(session: Session) -> Kept:
            alerted = select(OutboundMessage.case_id).where(OutboundMessage.purpose == Purpose.ALERT)
            found = session.scalars(select(CaseFile.phone_index).where(CaseFile.id.in_(alerted))).all()
            cases = Counter(index[phone] for phone in found if phone in index)
            return Kept(len(seen.acknowledged() - cases.keys()), sum(times - 1 for times in cases.values()))

        return self._parts.store.read(count_rows)

    def close(self) -> None:
        self._parts.close()
