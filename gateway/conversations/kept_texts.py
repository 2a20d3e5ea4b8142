"""Every inbound SMS is a row, whatever it says and whoever sent it: written as it arrives, sealed where it belongs."""

import json
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from gateway import crash
from gateway.casework.events import REPORTER, record
from gateway.conversations.arrival import Arrival
from gateway.desk import Desk
from gateway.details import key_of
from gateway.identifiers import new_id
from gateway.providers.base import InboundSms
from menus.keywords import Sender, parse
from menus.lexicon import Lexicon
from models.base import insert_new, one, touch
from models.case import CaseFile, lock_case
from models.inbound import InboundMessage
from models.people import find_staff
from models.prepared import Prepared
from models.vocabulary import Intent

SAME_WITHIN = timedelta(hours=24)
LONGEST = 1600
"""Characters of a text kept: ten segments."""


def kept_of(message: InboundSms) -> str:
    """What of its text is kept, and read."""
    return message.text[:LONGEST].replace("\x00", "")


def arrive(session: Session, desk: Desk, lexicon: Lexicon, now: datetime, message: InboundSms) -> Arrival | None:
    """A row for the message, and what it says and who sent it. None: the carrier's id has been seen before."""
    text = kept_of(message)
    message_id = new_id(now)
    sender_index = desk.keyring.index("phone", message.sender)
    text_index = desk.keyring.index("text", message.sender, text)
    values = {
        "id": message_id,
        "provider": message.provider,
        "provider_id": _name_of(desk, message, text),
        "received_at": now,
        "sent_at": message.sent_at,
        "sender_index": sender_index,
        "text_index": text_index,
        "same_as": _find_same(session, now, text_index),
        "intent": Intent.UNCLEAR,
        "handled_as": "arriving",
        "body": b"",
    }
    if not insert_new(session, InboundMessage, values):
        return None
    crash.here("inbound_inserted")
    officer, agency, cadre = find_staff(session, sender_index)
    if cadre and (cadre.confirmed_at is None or cadre.suspended_at is not None):
        cadre = None
    kind = "officer" if officer else "agency" if agency else "cadre" if cadre else "resident"
    reading = parse(text, lexicon, Sender(kind, cadre.area_code if cadre else None))
    phone = message.sender if message.sender.startswith("+") else None
    same_as = values["same_as"] if isinstance(values["same_as"], str) else None
    return Arrival(session, desk, lexicon, now, message_id, phone, text, reading, officer, agency, cadre, same_as)


def _name_of(desk: Desk, message: InboundSms, text: str) -> str:
    """What makes a repeat of this message known: the carrier's id, or what it says where the carrier gave none."""
    if 0 < len(message.provider_id) <= 128:
        return message.provider_id
    sent_at = message.sent_at.isoformat() if message.sent_at else ""
    return desk.keyring.index("message", message.provider_id, message.sender, sent_at, text).hex()


_SAME = Prepared(
    lambda _: (
        select(InboundMessage.id)
        .where(InboundMessage.text_index == bindparam("text_index"), InboundMessage.received_at >= bindparam("since"))
        .order_by(InboundMessage.received_at)
        .limit(1)
    )
)


def _find_same(session: Session, now: datetime, text_index: bytes) -> str | None:
    found = one(session, _SAME, {"text_index": text_index, "since": now - SAME_WITHIN})
    return found[0] if found else None


_TABLE = cast(Table, InboundMessage.__table__)
_FILED = Prepared(
    lambda _: (
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("message_id"))
        .values({name: bindparam(name) for name in ("case_id", "intent", "handled_as", "body")})
    )
)


def file(arrival: Arrival, message: InboundSms, way: str, case: CaseFile | None) -> None:
    """Seal the message where it belongs: under its case's key when it has one."""
    raw = json.dumps([message.sender, message.recipient, kept_of(message)], ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    seal = key_of(arrival.desk, case).seal if case else arrival.desk.keyring.seal
    values = {
        "message_id": arrival.message_id,
        "case_id": case.id if case else None,
        "intent": arrival.reading.intent,
        "handled_as": way,
        "body": seal("inbound_message.body", arrival.message_id, raw),
    }
    touch(arrival.session, _FILED, values)
    if case and arrival.same_as and lock_case(arrival.session, case.id):
        record(arrival.session, arrival.desk, case, arrival.now, "same_words", REPORTER, message=arrival.same_as)
