"""The USSD dialogue: what was typed since the dial becomes inputs, the fold makes the screen, the case is kept up.

A repeated callback finds the same text and gets the same screen; nothing but the inputs and the facts is stored.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import intake, status
from gateway.casework.details import key_of, read_details
from gateway.casework.outreach import count_learned
from gateway.desk import Desk
from gateway.identifiers import grouped, new_id
from gateway.outbox.queue import is_late
from gateway.providers.base import UssdHop, UssdReply
from menus.engine import Context, Menu, Resume, Turn, Want, replay
from models.base import insert_new, lock_name
from models.case import CaseFile, lock_case
from models.throttle import count_once_more
from models.ussd_session import UssdSession
from models.vocabulary import CaseStatus, Channel, Reporter

STARTS_AN_HOUR = 30
"""Sessions one phone may start an hour before its home screen takes only the keys of NEVER_BARRED."""
NEVER_BARRED = frozenset({"1", "2"})
MOST_AT_ONCE = 100
"""Answers taken from one dialled shortcut: a dialogue has a few dozen, and thousands would keep all others waiting."""


@dataclass
class Dialogue:
    """A session's sealed state."""

    phone: str = field(repr=False)
    language: str
    seen: str | None = None
    inputs: list[str] = field(default_factory=list)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    resume: dict[str, object] | None = None
    offered: bool = False
    """Whether another session has already been offered to go on with this one."""
    officers_reached: bool = True
    limited: bool = False
    """Too many sessions from this phone within the hour."""
    case_id: str | None = None
    channel: str = "ussd"

    def context(self) -> Context:
        return Context(
            language=self.language,
            facts={int(number): fact for number, fact in self.facts.items()},
            resume=_as_resume(self.resume),
            officers_reached=self.officers_reached,
        )


def _as_resume(book: dict[str, object] | None) -> Resume | None:
    if book is None:
        return None
    facts = book["facts"]
    inputs = book["inputs"]
    assert isinstance(facts, dict) and isinstance(inputs, list)  # noqa: S101 - our own sealed JSON
    return Resume(tuple(inputs), {int(number): fact for number, fact in facts.items()}, str(book["language"]))


def new_answers(seen: str | None, text: str) -> list[str]:
    """What has been typed since `seen`; a typed `*` is not escaped, so only the text already seen tells answers apart.

    Nothing seen at all (an unknown session): a dialled shortcut or lost state, one answer a token. The same text, or
    one that does not continue what was seen, is no answer.
    """
    if seen is None:
        return text.split("*", MOST_AT_ONCE)[:MOST_AT_ONCE] if text else []
    if seen == "":
        return [text] if text else []
    return [text[len(seen) + 1 :]] if text.startswith(seen + "*") else []


def press(session: Session, desk: Desk, menu: Menu, now: datetime, hop: UssdHop) -> UssdReply:
    """Answer one callback; everything it means is in the session when this returns."""
    row, dialogue = _find_or_begin(session, desk, now, hop)
    if dialogue.phone != hop.phone:
        return UssdReply(desk.texts.render("throttled", dialogue.language), ends=True)
    turn = replay(menu, dialogue.inputs, dialogue.context())
    dialled = dialogue.seen is None
    answers = new_answers(dialogue.seen, hop.text)
    for answer in answers:
        if turn.ends or (dialled and turn.rejected):
            break
        if dialogue.limited and turn.screen == menu.start and answer.strip() not in NEVER_BARRED:
            return UssdReply(desk.texts.render("throttled", dialogue.language), ends=True)
        dialogue.inputs.append(answer)
        if dialogue.case_id:  # a report may turn into a danger at any key
            dialogue.officers_reached = not is_late(session, now)
        turn = settle(session, desk, menu, now, dialogue)
        keep(session, desk, now, dialogue, turn)
    if answers or dialled:
        dialogue.seen = hop.text
        _save(session, desk, now, row, dialogue, turn)
    return UssdReply(turn.text, turn.ends)


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
            details = intake.allowing_one_call(details)
        opening = intake.Opening(details, channel, Reporter.RESIDENT, partial=want.service == "report")
        case = intake.open_case(session, desk, now, opening)
    elif want.service == "danger":
        intake.join(session, desk, now, case)
    else:
        intake.ask_for_call(session, desk, now, case, phone)
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
        return intake.find_to_join(session, now, index)
    if want.service == "call_me" and want.receipt:
        return status.find_by_receipt(session, desk, want.receipt)
    if want.service == "call_me":
        return intake.find_call_me(session, desk, now, index)
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


def _find_or_begin(session: Session, desk: Desk, now: datetime, hop: UssdHop) -> tuple[UssdSession, Dialogue]:
    index = desk.keyring.index("session", hop.provider, hop.session_id)
    found = select(UssdSession).where(UssdSession.session_index == index).with_for_update()
    row = session.scalar(found)
    if row is None:
        begun = Dialogue(hop.phone, desk.settings.default_language, limited=_starts_too_often(session, desk, now, hop))
        if not hop.text and not begun.limited:
            begun.resume = _find_unfinished(session, desk, now, hop.phone)
        values = {
            "session_index": index,
            "id": new_id(now),
            "phone_index": desk.keyring.index("phone", hop.phone),
            "started_at": now,
            "last_at": now,
            "body": b"",
        }
        insert_new(session, UssdSession, values)  # a twin callback may have been faster
        row = session.scalars(found).one()
        if not row.body:
            return row, begun
    return row, _open(session, desk, row)


def _starts_too_often(session: Session, desk: Desk, now: datetime, hop: UssdHop) -> bool:
    """A machine that dials; no phone is ever barred from danger or from being called, so those keys stay."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return count_once_more(session, desk.keyring.index("count", "starts", hop.phone), hour) > STARTS_AN_HOUR


def _open(session: Session, desk: Desk, row: UssdSession) -> Dialogue:
    if row.case_id is None:
        raw = desk.keyring.open("ussd_session.body", row.id, row.body)
    else:
        raw = key_of(desk, session.get_one(CaseFile, row.case_id)).open("ussd_session.body", row.id, row.body)
    return Dialogue(**json.loads(raw))


def _save(session: Session, desk: Desk, now: datetime, row: UssdSession, dialogue: Dialogue, turn: Turn) -> None:
    raw = json.dumps(asdict(dialogue), separators=(",", ":")).encode()
    case = session.get(CaseFile, dialogue.case_id) if dialogue.case_id else None
    row.case_id = case.id if case else None
    seal = key_of(desk, case).seal if case else desk.keyring.seal
    row.body = seal("ussd_session.body", row.id, raw)
    row.last_at = now
    if turn.ends and row.ended_at is None:
        row.ended_at, row.ended_as = now, "done"
    session.flush()


def _find_unfinished(session: Session, desk: Desk, now: datetime, phone: str) -> dict[str, object] | None:
    """The report this phone left unfinished a moment ago: offered once, and never a report taken up already."""
    recent = (
        UssdSession.phone_index == desk.keyring.index("phone", phone),
        UssdSession.last_at >= now - desk.settings.resume_within,
    )
    row = session.scalar(select(UssdSession).where(*recent).order_by(UssdSession.last_at.desc()).limit(1))
    case = session.get(CaseFile, row.case_id) if row and row.case_id else None
    if row is None or case is None or case.status is not CaseStatus.PARTIAL or case.wrapped_key is None:
        return None
    dialogue = _open(session, desk, row)
    if dialogue.offered or dialogue.resume or row.ended_as == "done":
        return None
    dialogue.offered = True
    row.body = key_of(desk, case).seal("ussd_session.body", row.id, json.dumps(asdict(dialogue)).encode())
    return {"inputs": dialogue.inputs, "facts": dialogue.facts, "language": dialogue.language}


def end(session: Session, desk: Desk, now: datetime, provider: str, session_id: str, word: str) -> None:
    """The carrier's word that a session is over; an unknown session is nothing to worry about."""
    row = session.get(UssdSession, desk.keyring.index("session", provider, session_id))
    if row is not None and row.ended_at is None:
        row.ended_at, row.ended_as = now, word[:16]


def forget_old(session: Session, now: datetime, after: timedelta = timedelta(hours=24)) -> int:
    """Sessions live a day; what they said is in their cases."""
    old = list(session.scalars(select(UssdSession).where(UssdSession.last_at < now - after).limit(500)))
    for row in old:
        session.delete(row)
    return len(old)
