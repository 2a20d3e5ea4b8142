"""A case's timeline: append-only, and a keyed hash chain that shows the first row somebody changed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.details import key_of
from gateway.keyring import Keyring
from models.base import memo, one, touch
from models.case import CaseEvent, CaseFile, is_opened_here
from models.prepared import Prepared

REPORTER = "reporter"
SYSTEM = "gateway"
TELLING = frozenset({"police_reported", "duty"})
"""Kinds that tell what kind of case it is. In the clear they are notes; what they are lies in the sealed body."""
LIKE_ANY = "note"


@dataclass(frozen=True)
class Event:
    """One entry, opened."""

    seq: int
    at: datetime
    kind: str
    actor: str
    body: dict[str, Any]


def record(session: Session, desk: Desk, case: CaseFile, now: datetime, kind: str, actor: str, **body: Any) -> None:
    """Append one event. The caller holds the case's row, so the chain has one end."""
    if kind in TELLING:
        kind, body = LIKE_ANY, body | {"kind": kind}
    _append(session, desk, case, now, kind, actor, body, key_of(desk, case).seal)


def record_ending(
    session: Session, desk: Desk, case: CaseFile, now: datetime, kind: str, actor: str, **body: Any
) -> None:
    """An event about the erasure itself: under the master key, so that it can be read when the case's key is gone."""

    def seal(place: str, row: str, text: bytes) -> bytes:
        return desk.keyring.seal(place, f"{case.id}|{row}", text)

    _append(session, desk, case, now, kind, actor, body, seal)


def _append(
    session: Session,
    desk: Desk,
    case: CaseFile,
    now: datetime,
    kind: str,
    actor: str,
    body: dict[str, Any],
    seal: Callable[[str, str, bytes], bytes],
) -> None:
    seq, before = _end_of_chain(session, case.id)
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    sealed = seal("case_event.body", str(seq + 1), text)
    mac = chain_mac(desk.keyring, case.id, before, seq + 1, now, kind, actor, sealed)
    values = {"case_id": case.id, "seq": seq + 1, "at": now, "kind": kind, "actor": actor, "body": sealed, "mac": mac}
    touch(session, _APPEND, values)
    memo(session)["chain", case.id] = (seq + 1, mac)


_APPEND = Prepared(lambda _: insert(cast(Table, CaseEvent.__table__)))
_NEWEST = Prepared(
    lambda _: (
        select(CaseEvent.seq, CaseEvent.mac)
        .where(CaseEvent.case_id == bindparam("case_id"))
        .order_by(CaseEvent.seq.desc())
        .limit(1)
    )
)


def _end_of_chain(session: Session, case_id: str) -> tuple[int, bytes]:
    """Number and mac of the newest event; asked once in a transaction, which holds the case."""
    known: tuple[int, bytes] | None = memo(session).get(("chain", case_id))
    if known is None and is_opened_here(session, case_id):
        return 0, b""
    if known is None:
        last = one(session, _NEWEST, {"case_id": case_id})
        known = (last[0], last[1]) if last else (0, b"")
    return known


def chain_mac(
    keyring: Keyring, case_id: str, before: bytes, seq: int, at: datetime, kind: str, actor: str, body: bytes
) -> bytes:
    """Over the sealed body, so that erasing a case's key leaves its chain whole."""
    return keyring.audit_mac(
        case_id, before, str(seq).encode(), at.isoformat().encode(), kind.encode(), actor.encode(), body
    )


def list_events(session: Session, desk: Desk, case: CaseFile) -> Iterator[Event]:
    key = key_of(desk, case)
    for row in session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq)):
        body = json.loads(key.open("case_event.body", str(row.seq), row.body))
        yield Event(row.seq, row.at, body.pop("kind", row.kind), row.actor, body)


def find_broken(session: Session, keyring: Keyring, case_id: str) -> int | None:
    """The first `seq` whose row was changed, moved or is missing before it; None when the chain is sound.

    Every case begins with an event, so a case without any has lost its chain. A cut tail is not seen here.
    """
    before, expected = b"", 1
    for row in session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)):
        mac = chain_mac(keyring, case_id, before, row.seq, row.at, row.kind, row.actor, row.body)
        if row.seq != expected or mac != row.mac:
            return expected
        before, expected = row.mac, expected + 1
    return None if expected > 1 else 1
