"""The quick way of a hop: a plain dial, or the next key of a dialogue this process remembers; a statement or two.

Memory only guesses; the row decides. The statement writes where the row is still what is remembered; where it is not
(another process answered meanwhile, the carrier repeats itself) it touches nothing and the whole way of `ussd` is
gone. What opens, finds or enriches a case always goes the whole way.
"""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Executable, Table, bindparam, exists, select

from gateway.casework.outreach import look_at
from gateway.clock import hour_of
from gateway.conversations.dialogues import SEALED, STARTS_AN_HOUR, Dialogue, new_answers
from gateway.desk import Desk
from gateway.group_commit import Quick, Step
from gateway.identifiers import new_id
from gateway.providers.base import UssdHop, UssdReply
from menus.engine import Menu, State, draw, settle, step
from menus.engine import begin as start
from models.outreach import LOOKED_AT
from models.prepared import Prepared, insert_into
from models.throttle import ONCE_MORE, Throttle
from models.ussd_session import MOVE_ON, UssdSession

MOST = 4096
"""Dialogues remembered: a few minutes of a busy district, some 10 MB."""


@dataclass(frozen=True)
class Remembered:
    """A dialogue without a case as its row held it when this process last wrote or read it."""

    index: bytes
    row_id: str
    body: bytes
    dialogue: Dialogue = field(repr=False)
    state: State = field(repr=False)


Name = tuple[str, str]
"""Carrier and session id, as they come."""


class Memory:
    """The newest dialogues, by name. For many threads: each step of it is one of the interpreter's."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[Name, Remembered] = OrderedDict()

    def find(self, name: Name) -> Remembered | None:
        return self._known.get(name)

    def keep(self, name: Name, remembered: Remembered | None) -> None:
        """None: what was remembered holds no longer."""
        self._known.pop(name, None)
        if remembered is None:
            return
        self._known[name] = remembered
        if len(self._known) > self._most:  # one at a time: to forget many at once would keep everybody waiting
            with suppress(KeyError):
                self._known.popitem(last=False)


class Move(NamedTuple):
    """A hop answered in memory: what to write if the row agrees, what to show, what to remember once it is written."""

    quick: Quick
    reply: UssdReply
    after: Remembered


class Dialled(NamedTuple):
    """What every plain dial comes to."""

    state: State
    reply: UssdReply


def open_menu(desk: Desk, menu: Menu) -> Dialled:
    state = start(menu, Dialogue("", desk.settings.default_language, seen="").context())
    return Dialled(state, _reply(menu, state))


def begin(desk: Desk, dialled: Dialled, index: bytes, now: datetime, hop: UssdHop) -> Move:
    """A plain dial. It is none when a report was left here, the phone starts too often, or the callback is a twin."""
    dialogue = Dialogue(hop.phone, desk.settings.default_language, seen="")
    row_id = new_id(now)
    body = desk.keyring.seal(SEALED, row_id, dialogue.to_bytes())
    caller = {"phone_index": desk.keyring.index("phone", hop.phone), "since": now - desk.settings.resume_within}
    count = {"key": desk.keyring.index("count", "starts", hop.phone), "window_at": hour_of(now)}
    row = {"session_index": index, "id": row_id, "started_at": now, "last_at": now, "body": body}
    quick = Quick((_BEGIN, row | caller | count), ((ONCE_MORE, count | {"times": 1}),))
    return Move(quick, dialled.reply, Remembered(index, row_id, body, dialogue, dialled.state))


def take(desk: Desk, menu: Menu, now: datetime, remembered: Remembered, hop: UssdHop) -> Move | None:
    """The move this hop makes, when it is one plain answer to what is remembered."""
    before = remembered.dialogue
    answers = new_answers(before.seen, hop.text)
    if before.phone != hop.phone or len(answers) != 1 or menu.screens[remembered.state.spot.screen].ends:
        return None
    state, facts = step(menu, remembered.state, answers[0]), before.facts
    others: tuple[Step, ...] = ()
    if state.want is not None and state.want.kind == "learned":
        facts = {**facts, str(len(before.inputs)): {}}
        others = ((LOOKED_AT, look_at(desk, now, state.want.topic)),)
        state = settle(state, {})
    if state.want is not None or "case" in state.fact:
        return None
    inputs = [*before.inputs, answers[0]]
    dialogue = before.but(seen=hop.text, inputs=inputs, facts=facts, language=state.language)
    body = desk.keyring.seal(SEALED, remembered.row_id, dialogue.to_bytes())
    reply = _reply(menu, state)
    row = {"index": remembered.index, "old": remembered.body, "new": body, "now": now}
    if reply.ends:
        row |= done_at(now)
    quick = Quick((MOVE_ON, row), others)
    return Move(quick, reply, Remembered(remembered.index, remembered.row_id, body, dialogue, state))


def done_at(now: datetime) -> dict[str, object]:
    """What a row says once the last screen was shown."""
    return {"ended": now, "ended_as": "done"}


def _reply(menu: Menu, state: State) -> UssdReply:
    return UssdReply(draw(menu, state), menu.screens[state.spot.screen].ends)


# Statements

_ROW = cast(Table, UssdSession.__table__)


def _begun(dialect: str) -> Executable:
    """A row for the session, unless this phone has just had one with a case, or has had too many."""
    with_case = _ROW.c.phone_index == bindparam("phone_index"), _ROW.c.last_at >= bindparam("since")
    left = exists().where(*with_case, _ROW.c.case_id.is_not(None))
    this_hour = Throttle.key == bindparam("key"), Throttle.window_at == bindparam("window_at")
    starts_too_often = exists().where(*this_hour, Throttle.times >= STARTS_AN_HOUR)
    names = ["session_index", "id", "phone_index", "started_at", "last_at", "body"]
    values = select(*(bindparam(name, type_=_ROW.c[name].type) for name in names)).where(~left, ~starts_too_often)
    return insert_into(_ROW, dialect).from_select(names, values).on_conflict_do_nothing()


_BEGIN = Prepared(_begun)
