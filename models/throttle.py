"""Counters and small states that must outlive a process: limits, heartbeats, the sending rate."""

from datetime import datetime
from typing import cast

from sqlalchemy import Index, LargeBinary, String, Table
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, one
from models.columns import Id, Time
from models.prepared import one_more


class Throttle(Base):
    """How often something happened in one window; `key` is an HMAC, so it names no phone."""

    __tablename__ = "throttle"
    __table_args__ = (Index("ix_throttle_window_at", "window_at"),)

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    window_at: Mapped[Time] = mapped_column(primary_key=True)
    times: Mapped[int]


class Pulse(Base):
    """The last word of a part: a worker's heartbeat, why the queue holds, when the next send is due."""

    __tablename__ = "pulse"

    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    at: Mapped[Time]
    word: Mapped[str] = mapped_column(String(64))


class AccessRecord(Base):
    """Who listed what: one row a listing, while opening a case leaves its trace in the case's own chain."""

    __tablename__ = "access_record"

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[Time]
    actor: Mapped[str] = mapped_column(String(48))
    what: Mapped[str] = mapped_column(String(32))
    rows: Mapped[int]


ONCE_MORE = one_more(cast(Table, Throttle.__table__))


def count_once_more(session: Session, key: bytes, window_at: datetime, by: int = 1) -> int:
    """Count before checking; the number of times in this window, this one included. `by=-1` gives one back."""
    counted = one(session, ONCE_MORE, {"key": key, "window_at": window_at, "times": by})
    assert counted is not None  # noqa: S101 - it returns what it wrote
    times: int = counted[0]
    return times
