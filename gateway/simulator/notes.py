"""The transcript as rows: what was pressed, shown, sent and chosen on the practice phones. Sealed, like all words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.identifiers import new_id
from gateway.simulator import tongue
from models.practice import PracticeNote


@dataclass(frozen=True)
class Note:
    """One line, opened.

    Kinds: `dial` `key` `screen` `text` (by the phone), `arrived` (a text on the phone that no report confirms),
    `network` (what the carrier did), `act` (what somebody chose on the page), `story`.
    """

    id: str
    at: datetime
    phone_id: str | None
    kind: str
    body: dict[str, Any]


def write(session: Session, desk: Desk, now: datetime, kind: str, phone_id: str | None = None, **body: Any) -> str:
    note_id = new_id(now)
    sealed = desk.keyring.seal("practice_note.body", note_id, json.dumps(body, ensure_ascii=False).encode())
    session.add(PracticeNote(id=note_id, at=now, phone_id=phone_id, kind=kind, body=sealed))
    session.flush()
    return note_id


def tell(body: dict[str, Any]) -> str:
    """What was done, in the reader's language."""
    return tongue.tell(str(body["says"]), body.get("inserts"))


def listed(session: Session, desk: Desk, *kinds: str, phone_id: str | None = None, newest: int = 1000) -> list[Note]:
    """Oldest first, of the newest."""
    wanted = select(PracticeNote).order_by(PracticeNote.id.desc()).limit(newest)
    if kinds:
        wanted = wanted.where(PracticeNote.kind.in_(kinds))
    if phone_id:
        wanted = wanted.where(PracticeNote.phone_id == phone_id)
    return list(_opened(desk, reversed(list(session.scalars(wanted)))))


def _opened(desk: Desk, rows: Iterator[PracticeNote]) -> Iterator[Note]:
    for row in rows:
        body = json.loads(desk.keyring.open("practice_note.body", row.id, row.body))
        yield Note(row.id, row.at, row.phone_id, row.kind, body)
