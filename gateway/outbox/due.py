"""Which messages are due, and the statement that takes the most urgent of them under a lease."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.outbox.queue import CLOCKS_DIFFER, LEASE
from models.base import found
from models.outbound import WAITING, OutboundMessage
from models.prepared import Prepared
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient


class Due(NamedTuple):
    """What is asked of a message that is due; named as its columns are."""

    id: str
    dedupe_key: str
    purpose: Purpose
    recipient: Recipient
    case_id: str | None
    person_id: str | None
    priority: Priority | None
    rank: int
    to_index: bytes
    body: bytes
    due_at: datetime
    not_after: datetime
    attempts: int
    provider: str | None


_TABLE = cast(Table, OutboundMessage.__table__)
_AT = _TABLE.c.due_at.type
_NOW, _AHEAD = bindparam("now", type_=_AT), bindparam("ahead", type_=_AT)
_URGENT = (_TABLE.c.rank < 2, _TABLE.c.queued_at > _AHEAD)
_AT_ONCE = or_(_TABLE.c.due_at == _TABLE.c.queued_at, _TABLE.c.status == MessageStatus.ERRORED)
_IS_DUE = or_(_TABLE.c.due_at <= _NOW, and_(*_URGENT, _AT_ONCE))
"""Its time has come; or it is a call for help, or what somebody waits for, of an hour that a clock which has gone back

calls the future: whoever cries must not wait for that hour to come again.
"""
_WAITS = _TABLE.c.status.in_([literal_column(f"'{status.value}'") for status in WAITING])
_IN_THE_INDEX = or_(_TABLE.c.rank < 2, _TABLE.c.due_at <= _NOW)
"""Follows from `_IS_DUE`, and passes over what waits for a later hour without a look at its rows."""


def _most_urgent(waits: ColumnElement[bool], *these: ColumnElement[bool]) -> Select[tuple[str, int, datetime]]:
    due = (waits, _IN_THE_INDEX, _IS_DUE, _TABLE.c.not_after >= _NOW)
    found = select(_TABLE.c.id, _TABLE.c.rank, _TABLE.c.due_at).where(*due, *these)
    return found.order_by(_TABLE.c.rank, _TABLE.c.due_at).limit(bindparam("room"))


def _by_status(*these: ColumnElement[bool]) -> Select[tuple[str]]:
    """The first due ones of each status, from their index: in one list SQLite would read and sort all that waits."""
    halves = (_most_urgent(_TABLE.c.status == literal_column(f"'{status.value}'"), *these) for status in WAITING)
    first = union_all(*(select(half.subquery()) for half in halves)).subquery("first")
    return select(first.c.id).order_by(first.c.rank, first.c.due_at).limit(bindparam("room"))


def _all_together(*these: ColumnElement[bool]) -> Select[tuple[str]]:
    """Locked, and no more of them than are taken: what another asks for must not seem to be nobody's."""
    found = _most_urgent(_WAITS, *these).with_for_update(skip_locked=True).subquery()
    return select(found.c.id)


def _taking(dialect: str, *these: ColumnElement[bool]) -> ReturningUpdate[Due]:
    picked = _all_together(*these) if dialect == "postgresql" else _by_status(*these)
    picked_ids = picked.cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
    values = {
        "status": MessageStatus.SENDING,
        "token": bindparam("new_token"),
        "lease_until": bindparam("new_lease", type_=_AT),
        "attempts": _TABLE.c.attempts + 1,
    }
    taken = update(_TABLE).where(_TABLE.c.id.in_(select(picked_ids.c.id))).values(values)
    return taken.returning(*(_TABLE.c[name] for name in Due._fields))


_TAKE = Prepared(_taking)
_TAKE_ONE = Prepared(lambda dialect: _taking(dialect, _TABLE.c.id == bindparam("only")))


def take_due(session: Session, now: datetime, token: str, limit: int, ids: Sequence[str] | None) -> list[Due]:
    """Up to `limit` messages that are due, the most urgent first, each under a lease. `ids`: of these only."""
    times = {"now": now, "ahead": now + CLOCKS_DIFFER, "new_lease": now + LEASE}
    values = {**times, "room": limit, "new_token": token}
    if ids is None:
        rows = [Due(*row) for row in found(session, _TAKE, values)]
    else:
        rows = [Due(*row) for one in ids for row in found(session, _TAKE_ONE, {**values, "only": one})]
    return sorted(rows, key=lambda row: (row.rank, row.due_at))
