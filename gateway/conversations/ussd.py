"""The USSD dialogue: what was typed since the dial becomes inputs, the fold makes the screen, the case is kept up.

A repeated callback finds the same text and gets the same screen; nothing but the inputs and the facts is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework import again, intake, status
from gateway.casework.outreach import count_learned
from gateway.clock import hour_of
from gateway.conversations.dialogues import SEALED, STARTS_AN_HOUR, Dialogue, new_answers
from gateway.conversations.recall import Remembered, done_at
from gateway.desk import Desk
from gateway.details import key_of, read_details
from gateway.identifiers import grouped, new_id
from gateway.outbox.waiting import is_late
from gateway.providers.base import UssdHop, UssdReply
from menus.engine import Menu, Turn, Want, replay
from models.base import insert_new, lock_name, one, touch
from models.case import CaseFile, lock_case
from models.throttle import count_once_more
from models.ussd_session import FIND, SAVE, UssdSession
from models.vocabulary import CaseStatus, Channel, Reporter

NEVER_BARRED = frozenset({"1", "2"})
"""What the home screen takes from a phone that has started too often."""


@dataclass(frozen=True)
class Row:
    """A session's row as it was found, or written."""

    index: bytes
    id: str
    case_id: str | None
    body: bytes


def press(session: Session, desk: Desk, menu: Menu, now: datetime, hop: UssdHop) -> tuple[UssdReply, Remembered | None]:
    """Answer one callback, and what may be remembered for the next; everything it means is in the session then.

    This is the whole way; `recall` has the quick one.
    """
    row, dialogue = _find_or_begin(session, desk, now, hop)
    if dialogue.phone != hop.phone:
        return UssdReply(desk.texts.render("throttled", dialogue.language), ends=True), None
    turn = replay(menu, dialogue.inputs, dialogue.context())
    dialled = dialogue.seen is None
    answers = new_answers(dialogue.seen, hop.text)
    for answer in answers:
        if turn.ends or (dialled and turn.rejected):
            break
        if dialogue.limited and turn.screen == menu.start and answer.strip() not in NEVER_BARRED:
            return UssdReply(desk.texts.render("throttled", dialogue.language), ends=True), None
        dialogue.inputs.append(answer)
        if dialogue.case_id:  # a report may turn into a danger at any key
            dialogue.officers_reached = not is_late(session, now)
        turn = settle(session, desk, menu, now, dialogue)
        keep(session, desk, now, dialogue, turn)
    if answers or dialled:
        dialogue.seen = hop.text
        row = _save(session, desk, now, row, dialogue, turn)
    return UssdReply(turn.text, turn.ends), _remember(row, dialogue, turn)


def _remember(row: Row, dialogue: Dialogue, turn: Turn) -> Remembered | None:
    if dialogue.case_id or dialogue.resume or dialogue.limited or turn.ends:
        return None
    return Remembered(row.index, row.id, row.body, dialogue, turn.state)


def settle(session: Session, desk: Desk, menu: Menu, now: datetime, dialogue: Dialogue) -> Turn:
    """Replay, doing what the fold wants done until it can show a screen."""
    turn = replay(menu, dialogue.inputs, dialogue.context())
    while turn.want is not None:
        fact = _fulfil(session, desk, now, dialogue, turn.want)
        dialogue.facts[str(len(dialogue.inputs) - 1)] = dict(fact)
        turn = replay(menu, dialogue.inputs, dialogue.context())
    return turn


def _fulfil(session: Session, desk: Desk, now: datetime, dialogue: Dialogue, want: Want) -> Mapping[str, str]:
    if want.kind == "look_up":
        return status.look_up(session, desk, now, dialogue.phone, want.receipt)
    if want.kind == "learned":
        count_learned(session, desk, now, want.topic)
        return {}
    if want.service == "danger":
        dialogue.officers_reached = not is_late(session, now)
    return open_or_join(session, desk, now, dialogue.phone, dialogue.language, Channel(dialogue.channel), want)


def open_or_join(
    session: Session, desk: Desk, now: datetime, phone: str, language: str, channel: Channel, want: Want
) -> Mapping[str, str]:
    """The case a key opens, or the one it belongs to already."""
    lock_name(session, desk.keyring.index("phone", phone))
    case = _find_same(session, desk, now, phone, want)
    joined = case is not None
    if case is None:
        details = intake.new_details(want.service, phone, language, now=want.service == "danger")
        if want.service == "call_me":
            details = again.allowing_one_call(details)
        opening = intake.Opening(details, channel, Reporter.RESIDENT, partial=want.service == "report")
        case = intake.open_case(session, desk, now, opening)
    elif want.service == "danger":
        again.join(session, desk, now, case)
    else:
        again.ask_for_call(session, desk, now, case, phone)
    details = read_details(desk, case)
    facts = {
        "joined": joined,
        "placed": details.has_place,
        "duty": intake.is_anybody_on_duty(session, desk, now, case),
    }
    yes = {name: "1" if holds else "" for name, holds in facts.items()}
    return {"case": case.id, "receipt": grouped(details.receipt), **yes}


def _find_same(session: Session, desk: Desk, now: datetime, phone: str, want: Want) -> CaseFile | None:
    index = desk.keyring.index("phone", phone)
    if want.service == "danger":
        return again.find_to_join(session, now, index)
    if want.service == "call_me" and want.receipt:
        return status.find_by_receipt(session, desk, want.receipt)
    if want.service == "call_me":
        return again.find_call_me(session, desk, now, index)
    return None


def keep(session: Session, desk: Desk, now: datetime, dialogue: Dialogue, turn: Turn) -> None:
    """Lay the answers so far over the case they belong to."""
    dialogue.language = dialogue.language if dialogue.resume else turn.language
    if turn.case is None or turn.service is None:
        return
    dialogue.case_id = turn.case
    case = lock_case(session, turn.case)
    if case is not None and case.wrapped_key is not None:
        intake.enrich(session, desk, now, case, turn.service, turn.draft)


# Rows

_BY_PHONE = UssdSession.phone_index == bindparam("phone_index"), UssdSession.last_at >= bindparam("since")
_WITH_CASE = UssdSession.case_id.is_not(None)
_LATEST = select(UssdSession).where(*_BY_PHONE, _WITH_CASE).order_by(UssdSession.last_at.desc()).limit(1)
"""The session in which this phone may have left a report unfinished."""


def _new_row(desk: Desk, now: datetime, hop: UssdHop) -> dict[str, object]:
    return {
        "session_index": index_of(desk, hop),
        "id": new_id(now),
        "phone_index": desk.keyring.index("phone", hop.phone),
        "started_at": now,
        "last_at": now,
        "body": b"",
    }


def index_of(desk: Desk, hop: UssdHop) -> bytes:
    return desk.keyring.index("session", hop.provider, hop.session_id)


def _find_or_begin(session: Session, desk: Desk, now: datetime, hop: UssdHop) -> tuple[Row, Dialogue]:
    row = _find(session, desk, hop)
    if row is None:
        begun = Dialogue(hop.phone, desk.settings.default_language, limited=_starts_too_often(session, desk, now, hop))
        if not hop.text and not begun.limited:
            begun.resume = _find_unfinished(session, desk, now, hop.phone)
        insert_new(session, UssdSession, _new_row(desk, now, hop))  # a twin callback may have been faster
        row = _find(session, desk, hop)
        assert row is not None  # noqa: S101 - ours or the twin's
        if not row.body:
            return row, begun
    return row, _open(session, desk, row)


def _find(session: Session, desk: Desk, hop: UssdHop) -> Row | None:
    index = index_of(desk, hop)
    found = one(session, FIND, {"index": index})
    return Row(index, *found) if found else None


def _starts_too_often(session: Session, desk: Desk, now: datetime, hop: UssdHop) -> bool:
    """A machine that dials; no phone is ever barred from danger or from being called, so those keys stay."""
    key = desk.keyring.index("count", "starts", hop.phone)
    return count_once_more(session, key, hour_of(now)) > STARTS_AN_HOUR


def _open(session: Session, desk: Desk, row: UssdSession | Row) -> Dialogue:
    case = lock_case(session, row.case_id) if row.case_id else None
    opens = key_of(desk, case).open if case else desk.keyring.open
    return Dialogue.from_bytes(opens(SEALED, row.id, row.body))


def _save(session: Session, desk: Desk, now: datetime, row: Row, dialogue: Dialogue, turn: Turn) -> Row:
    case = session.get(CaseFile, dialogue.case_id) if dialogue.case_id else None
    seal = key_of(desk, case).seal if case else desk.keyring.seal
    saved = Row(row.index, row.id, case.id if case else None, seal(SEALED, row.id, dialogue.to_bytes()))
    session.flush()
    values = {"index": row.index, "case_id": saved.case_id, "new": saved.body, "now": now}
    touch(session, SAVE, values | (done_at(now) if turn.ends else {}))
    crash.here("ussd_saved")
    return saved


def _recent(desk: Desk, now: datetime, phone: str) -> dict[str, object]:
    return {"phone_index": desk.keyring.index("phone", phone), "since": now - desk.settings.resume_within}


def _find_unfinished(session: Session, desk: Desk, now: datetime, phone: str) -> dict[str, object] | None:
    """The report this phone left unfinished a moment ago: offered once, and never a report taken up already."""
    row = session.scalar(_LATEST, _recent(desk, now, phone))
    case = session.get(CaseFile, row.case_id) if row and row.case_id else None
    if row is None or case is None or case.status is not CaseStatus.PARTIAL or case.wrapped_key is None:
        return None
    dialogue = _open(session, desk, row)
    if dialogue.offered or dialogue.resume or row.ended_as == "done":
        return None
    dialogue.offered = True
    row.body = key_of(desk, case).seal(SEALED, row.id, dialogue.to_bytes())
    return {"inputs": dialogue.inputs, "facts": dialogue.facts, "language": dialogue.language}


def end(session: Session, desk: Desk, now: datetime, provider: str, session_id: str, word: str) -> None:
    """The carrier's word that a session is over; an unknown session is nothing to worry about."""
    row = session.get(UssdSession, desk.keyring.index("session", provider, session_id))
    if row is not None and row.ended_at is None:
        row.ended_at, row.ended_as = now, word[:16]


def find_case_id(session: Session, desk: Desk, hop: UssdHop) -> str | None:
    """The case that this session's answers belong to."""
    row = session.get(UssdSession, index_of(desk, hop))
    return row.case_id if row else None


def forget_old(session: Session, now: datetime, after: timedelta = timedelta(hours=24)) -> int:
    """Sessions live a day; what they said is in their cases."""
    over = (UssdSession.started_at < now - after, UssdSession.last_at < now - after)  # found by when it began
    old = select(UssdSession.session_index).where(*over).limit(500)
    mine = list(session.scalars(old.with_for_update(skip_locked=True)))  # what another worker is deleting is its own
    session.execute(delete(UssdSession).where(UssdSession.session_index.in_(mine)))
    return len(mine)
