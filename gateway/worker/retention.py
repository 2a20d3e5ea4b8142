"""What has been kept long enough goes, once a day or by hand: raw texts, sessions, ended cases, who looked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from gateway.casework import erasure
from gateway.clock import Clock
from gateway.conversations import ussd
from gateway.database import Store
from gateway.desk import Desk
from gateway.keyring import SealError

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Gone:
    """How many rows of each kind, and the wrapped keys dropped, which `gateway.wiping` makes leave the files."""

    texts: int = 0
    sessions: int = 0
    looks: int = 0
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    unreadable: int = 0
    """Ended cases whose details do not open with this key file: whether a duty is open is not known, so they stay."""

    @property
    def cases(self) -> int:
        return len(self.keys)

    @property
    def rows(self) -> int:
        return self.texts + self.sessions + self.looks + self.cases


def run(store: Store, desk: Desk, clock: Clock) -> Gone:
    """Everything that is due, in transactions short enough for others to get between."""
    texts = _in_batches(lambda: store.write(lambda session: erasure.forget_inbound(session, clock())))
    sessions = _in_batches(lambda: store.write(lambda session: ussd.forget_old(session, clock())))
    keys, unreadable = [], 0
    for case_id in store.read(lambda session: erasure.find_expired(session, desk, clock())):
        try:
            key = store.write(_shredding(desk, clock, case_id))
        except SealError:  # one case that cannot be opened must not keep the others
            log.error("case not shredded", case=case_id, error="SealError")
            unreadable += 1
            continue
        if key:
            keys.append(key)
    looks = _in_batches(lambda: store.write(lambda session: erasure.forget_looks(session, desk, clock())))
    return Gone(texts, sessions, looks, tuple(keys), unreadable)


def _shredding(desk: Desk, clock: Clock, case_id: str) -> Callable[[Session], bytes | None]:
    return lambda session: erasure.shred_expired(session, desk, clock(), case_id)


def _in_batches(step: Callable[[], int]) -> int:
    done = 0
    while some := step():
        done += some
    return done
