"""The practice carrier's side of the callbacks: what it owes us lies in rows until it is posted.

Posted to the real application by its own WSGI callable, with the real token, so that guard, wire form and store are
all met; the browser never sees the token.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import Client

from gateway.desk import Desk
from gateway.identifiers import new_id
from models.practice import PracticeCallback

PREFIX: Final = "/webhooks/africastalking"


class Post(Protocol):
    """One callback to the gateway. `route` is `ussd`, `ussd-events`, `sms` or `delivery`."""

    def __call__(self, route: str, form: Mapping[str, str]) -> "Answer": ...


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


class WsgiPost:
    """Through the front door of the application itself."""

    def __init__(self, application: Any, token: str) -> None:
        self._application, self._token = application, token

    def __call__(self, route: str, form: Mapping[str, str]) -> Answer:
        response = Client(self._application).post(f"{PREFIX}/{self._token}/{route}", data=dict(form))
        return Answer(response.status_code, response.get_data(as_text=True))


@dataclass(frozen=True)
class Owed:
    """A callback that is due."""

    id: str
    route: str
    phone_id: str | None
    form: dict[str, str]


def owe(
    session: Session, desk: Desk, now: datetime, route: str, form: Mapping[str, str], phone_id: str | None = None
) -> None:
    """To be posted at `now`, which may lie ahead."""
    callback_id = new_id(now)
    body = desk.keyring.seal("practice_callback.body", callback_id, json.dumps(dict(form)).encode())
    session.add(PracticeCallback(id=callback_id, route=route, phone_id=phone_id, due_at=now, body=body))
    session.flush()


def is_due(session: Session, now: datetime) -> bool:
    """Asked before writing: the worker looks every second."""
    due = (PracticeCallback.done_at.is_(None), PracticeCallback.due_at <= now)
    return session.scalar(select(PracticeCallback.id).where(*due).limit(1)) is not None


def take_due(session: Session, desk: Desk, now: datetime) -> list[Owed]:
    """What is due, marked as posted: a practice carrier tells everything once, unless a fault says twice."""
    due = (PracticeCallback.done_at.is_(None), PracticeCallback.due_at <= now)
    rows = select(PracticeCallback).where(*due).order_by(PracticeCallback.due_at, PracticeCallback.id).limit(50)
    owed = []
    for row in session.scalars(rows.with_for_update(skip_locked=True)):
        row.done_at = now
        form = json.loads(desk.keyring.open("practice_callback.body", row.id, row.body))
        owed.append(Owed(row.id, row.route, row.phone_id, form))
    return owed
