"""The SMS thread of a practice phone, both ways: what it sent, what reached it, and what did not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.keyring import SealError
from gateway.outbox.queue import open_message
from gateway.simulator import notes
from gateway.simulator.faults import Word
from gateway.simulator.handsets import Handset
from gateway.simulator.notes import Note
from gateway.simulator.tongue import gettext
from menus.gsm import encoding, segments
from models.case import CaseFile
from models.outbound import OutboundMessage
from models.vocabulary import MessageStatus

NEWEST: Final = 12
"""Messages of each way that a thread shows."""
SOON: Final = timedelta(minutes=1)
"""A message that is due by then is simply waiting for the worker."""
ON_PHONE: Final = frozenset({MessageStatus.DELIVERED})
STATE_SAYS: Final = {
    MessageStatus.QUEUED: _("menunggu"),
    MessageStatus.SENDING: _("sedang dikirim"),
    MessageStatus.ERRORED: _("belum terkirim, dicoba lagi"),
    MessageStatus.SENT: _("dikirim, belum ada laporan"),
    MessageStatus.DELIVERED: _("terkirim"),
    MessageStatus.FAILED: _("gagal"),
    MessageStatus.UNKNOWN: _("tidak diketahui"),
    MessageStatus.EXPIRED: _("kedaluwarsa"),
    MessageStatus.CANCELLED: _("dibatalkan"),
    MessageStatus.HELD: _("ditahan sampai diputuskan orang"),
}
FATE_SAYS: Final = {
    Word.LOSE: _("hilang di jaringan"),
    Word.DELAY: _("terlambat 20 detik"),
    Word.REPEAT: _("datang dua kali"),
}


@dataclass(frozen=True)
class Bubble:
    """One line of the thread. Without text it is a message that is not on the phone."""

    at: datetime
    mine: bool
    state: str
    text: str | None = field(default=None, repr=False)
    is_bad: bool = False

    @property
    def segments(self) -> int:
        return segments(self.text or "")

    @property
    def encoding(self) -> str:
        return {"gsm": "GSM-7", "ucs2": "UCS-2"}[encoding(self.text or "")]


def list_thread(session: Session, desk: Desk, handset: Handset, newest: int = NEWEST) -> list[Bubble]:
    """Oldest first; of each way so many of the newest."""
    arrived: dict[str, list[Note]] = {}
    bubbles = []
    for note in notes.listed(session, desk, "text", "arrived", phone_id=handset.id, newest=2 * newest):
        if note.kind == "text":
            bubbles.append(_sent(note))
        else:
            arrived.setdefault(note.body["message"], []).append(note)
    for row in _list_rows(session, desk, handset, newest):
        bubbles += _received(session, desk, row, arrived.get(row.provider_id or f"sim_{row.id}", []))
    return sorted(bubbles, key=lambda bubble: bubble.at)[-2 * newest :]


def _list_rows(session: Session, desk: Desk, handset: Handset, newest: int) -> list[OutboundMessage]:
    mine = OutboundMessage.to_index == desk.keyring.index("phone", handset.number)
    rows = session.scalars(select(OutboundMessage).where(mine).order_by(OutboundMessage.id.desc()).limit(newest))
    return list(rows)[::-1]


def _sent(note: Note) -> Bubble:
    body: dict[str, Any] = note.body
    fate = Word(body["fault"]) if body.get("fault") else None
    state = str(FATE_SAYS[fate]) if fate else gettext("mengaku nomor lain") if body.get("forged") else gettext("sampai")
    return Bubble(note.at, True, state, body["text"], fate is Word.LOSE)


def _received(session: Session, desk: Desk, row: OutboundMessage, arrived: list[Note]) -> Iterator[Bubble]:
    """What reached the phone: on the carrier's word, or against it (its answer or its report got lost)."""
    state = str(STATE_SAYS[row.status]) + (f" ({row.code})" if row.code and row.status is MessageStatus.FAILED else "")
    against = [note for note in arrived if note.body["fault"] == Word.UNKNOWN]
    for note in against:
        yield Bubble(note.at, False, gettext("jawaban operator hilang"), note.body["text"], is_bad=True)
    with_report = [note for note in arrived if note.body["fault"] != Word.UNKNOWN]
    if with_report:
        yield Bubble(with_report[0].at, False, state, with_report[0].body["text"])
    elif row.status in ON_PHONE:
        yield Bubble(row.sent_at or row.queued_at, False, state, _open(session, desk, row))
    elif not against:
        is_bad = row.status not in (MessageStatus.QUEUED, MessageStatus.SENDING)
        later = row.status is MessageStatus.QUEUED and row.due_at - row.queued_at > SOON
        moment = desk.office.moment(row.due_at, row.queued_at)
        until = gettext(" sampai %(moment)s", moment=moment) if later else ""
        yield Bubble(row.settled_at or row.sent_at or row.queued_at, False, state + until, None, is_bad)


def _open(session: Session, desk: Desk, row: OutboundMessage) -> str:
    try:
        return open_message(desk, row, session.get(CaseFile, row.case_id) if row.case_id else None)[1]
    except SealError:
        return gettext("(isi sudah dihapus)")


def list_texts(session: Session, desk: Desk, handset: Handset) -> list[str]:
    """What can be read on the phone of what the gateway sent, oldest first."""
    return [one.text for one in list_thread(session, desk, handset) if one.text is not None and not one.mine]
