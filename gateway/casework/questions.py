"""The one question open on a phone, so that a bare digit has a meaning. A later question replaces an earlier one."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.identifiers import new_id
from models.base import insert_new, one, put
from models.conversation import Conversation
from models.prepared import Prepared

LIVES: dict[str, timedelta] = {
    "menu": timedelta(minutes=10),
    "result": timedelta(minutes=15),
    "follow_up": timedelta(days=4),
    "lesson": timedelta(days=5),
}
"""How long a question waits for its digit; DAY for those not named."""
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Question:
    kind: str
    case_id: str | None = None
    state: dict[str, Any] = field(default_factory=dict)


def ask(session: Session, desk: Desk, now: datetime, phone: str, question: Question) -> None:
    put(session, Conversation, _values(desk, now, phone, question), keys=["phone_index"])


def ask_if_free(session: Session, desk: Desk, now: datetime, phone: str, question: Question) -> bool:
    """Ask only where no question is open: digits already expected are not taken from it."""
    index = desk.keyring.index("phone", phone)
    session.execute(delete(Conversation).where(Conversation.phone_index == index, Conversation.expires_at <= now))
    return insert_new(session, Conversation, _values(desk, now, phone, question))


def _values(desk: Desk, now: datetime, phone: str, question: Question) -> dict[str, Any]:
    row_id = new_id(now)
    body = desk.keyring.seal("conversation.body", row_id, json.dumps(question.state).encode())
    return {
        "phone_index": desk.keyring.index("phone", phone),
        "id": row_id,
        "kind": question.kind,
        "case_id": question.case_id,
        "asked_at": now,
        "expires_at": now + LIVES.get(question.kind, DAY),
        "body": body,
    }


_OPEN = (Conversation.phone_index == bindparam("phone_index"), Conversation.expires_at > bindparam("now"))
_ON_PHONE = Prepared(
    lambda _: select(Conversation.id, Conversation.kind, Conversation.case_id, Conversation.body).where(*_OPEN)
)


def find_open(session: Session, desk: Desk, now: datetime, phone: str) -> Question | None:
    found = one(session, _ON_PHONE, {"phone_index": desk.keyring.index("phone", phone), "now": now})
    if found is None:
        return None
    row_id, kind, case_id, body = found
    return Question(kind, case_id, json.loads(desk.keyring.open("conversation.body", row_id, body)))


def close(session: Session, desk: Desk, phone: str) -> None:
    session.execute(delete(Conversation).where(Conversation.phone_index == desk.keyring.index("phone", phone)))


def forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(Conversation).where(Conversation.expires_at <= now))
