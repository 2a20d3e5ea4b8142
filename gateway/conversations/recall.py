"""The next key of a dialogue this process remembers: one step of the fold and one statement.

Memory only guesses; the row decides. The statement writes where the row is still what is remembered; where it is not
(another process answered meanwhile, the carrier repeats itself) it touches nothing and the whole way of `ussd` is
gone. What opens, finds or enriches a case always goes the whole way.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import cast

from sqlalchemy import CursorResult, Table, bindparam, func, update
from sqlalchemy.orm import Session

from gateway.conversations.dialogues import SEALED, Dialogue, new_answers
from gateway.keyring import Keyring
from gateway.providers.base import UssdHop, UssdReply
from menus.engine import Menu, State, draw, step
from models.ussd_session import UssdSession

MOST = 4096
"""Dialogues remembered: a few minutes of a busy district, some 10 MB."""

_ROW = cast(Table, UssdSession.__table__)
_UNCHANGED = _ROW.c.session_index == bindparam("index"), _ROW.c.body == bindparam("old")
_GO_ON = update(_ROW).where(*_UNCHANGED).values(body=bindparam("new"), last_at=bindparam("now"))
_END = _GO_ON.values(ended_at=func.coalesce(_ROW.c.ended_at, bindparam("now")), ended_as="done")


@dataclass(frozen=True)
class Remembered:
    """A dialogue without a case as its row held it when this process last wrote or read it."""

    row_id: str
    body: bytes
    dialogue: Dialogue = field(repr=False)
    state: State = field(repr=False)


class Memory:
    """The newest dialogues, by their index. For many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[bytes, Remembered] = OrderedDict()
        self._lock = Lock()

    def find(self, index: bytes) -> Remembered | None:
        return self._known.get(index)

    def keep(self, index: bytes, remembered: Remembered | None) -> None:
        """None: what was remembered holds no longer."""
        with self._lock:
            self._known.pop(index, None)
            if remembered is not None:
                self._known[index] = remembered
                if len(self._known) > self._most:
                    self._known.popitem(last=False)


@dataclass(frozen=True)
class Move:
    """One answer taken in memory: what to write, what to show, what to remember once it is written."""

    index: bytes
    old: bytes
    reply: UssdReply
    after: Remembered


def take(keyring: Keyring, menu: Menu, index: bytes, remembered: Remembered, hop: UssdHop) -> Move | None:
    """The move this hop makes, when it is one plain answer to what is remembered. Touches no database."""
    before = remembered.dialogue
    answers = new_answers(before.seen, hop.text)
    if before.phone != hop.phone or len(answers) != 1 or menu.screens[remembered.state.spot.screen].ends:
        return None
    state = step(menu, remembered.state, answers[0])
    if state.want is not None or "case" in state.fact:
        return None
    dialogue = replace(before, seen=hop.text, inputs=[*before.inputs, answers[0]], language=state.language)
    body = keyring.seal(SEALED, remembered.row_id, dialogue.to_bytes())
    reply = UssdReply(draw(menu, state), menu.screens[state.spot.screen].ends)
    return Move(index, remembered.body, reply, Remembered(remembered.row_id, body, dialogue, state))


def write(session: Session, now: datetime, move: Move) -> bool:
    """Whether the row was still as remembered; only then anything has been written."""
    statement = _END if move.reply.ends else _GO_ON
    values = {"index": move.index, "old": move.old, "new": move.after.body, "now": now}
    done = session.connection().execute(statement, values)
    return isinstance(done, CursorResult) and done.rowcount == 1
