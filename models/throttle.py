"""Counters and small states that must outlive a process: limits, heartbeats, the sending rate."""

from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Executable, Index, LargeBinary, String, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, run
from models.columns import Id, Time


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


@cache
def _count(dialect: str) -> Executable:
    table = cast(Table, Throttle.__table__)
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    first = insert(table).values(key=bindparam("key"), window_at=bindparam("window_at"), times=bindparam("times"))
    more = table.c.times + first.excluded.times
    return first.on_conflict_do_update(index_elements=["key", "window_at"], set_={"times": more}).returning(
        table.c.times
    )


def count_once_more(session: Session, key: bytes, window_at: datetime, by: int = 1) -> int:
    """Count before checking; the number of times in this window, this one included. `by=-1` gives one back."""
    counted = _count(session.get_bind().dialect.name)
    times: int = run(session, counted, {"key": key, "window_at": window_at, "times": by}).scalar_one()
    return times
