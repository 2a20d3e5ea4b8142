"""What is to go wrong on the practice network, as rows: web and worker are two processes, and both have to know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.identifiers import new_id
from gateway.simulator.tongue import N_
from models.practice import PracticeFault


class Word(StrEnum):
    LOSE = "callback_lost"
    DELAY = "callback_delayed"
    REPEAT = "callback_repeated"
    FAILED = "receipt_failed"
    EXPIRED = "receipt_expired"
    LATE = "receipt_delayed"
    TWICE = "receipt_repeated"
    SILENT = "receipt_none"
    UNKNOWN = "answer_lost"
    DOWN = "carrier_down"


CALLBACKS: Final = (Word.LOSE, Word.DELAY, Word.REPEAT)
RECEIPTS: Final = (Word.FAILED, Word.EXPIRED, Word.LATE, Word.TWICE, Word.SILENT, Word.UNKNOWN)
SAYS: Final = {
    Word.LOSE: N_("tombol atau SMS berikutnya hilang di jaringan"),
    Word.DELAY: N_("tombol atau SMS berikutnya terlambat 20 detik"),
    Word.REPEAT: N_("tombol atau SMS berikutnya datang dua kali"),
    Word.FAILED: N_("SMS berikutnya ke HP ini gagal"),
    Word.EXPIRED: N_("SMS berikutnya ke HP ini kedaluwarsa"),
    Word.LATE: N_("laporan kirim SMS berikutnya terlambat 10 menit"),
    Word.TWICE: N_("laporan kirim SMS berikutnya datang dua kali"),
    Word.SILENT: N_("laporan kirim SMS berikutnya tidak pernah datang"),
    Word.UNKNOWN: N_("jawaban operator untuk SMS berikutnya hilang"),
    Word.DOWN: N_("operator mati"),
}


@dataclass(frozen=True)
class Fault:
    id: str
    word: Word
    until: datetime | None


def choose(
    session: Session, now: datetime, word: Word, phone_index: bytes | None = None, span: timedelta | None = None
) -> None:
    """The next message or callback of this phone will meet it; with `span` everybody's, until it is over."""
    until = now + span if span else None
    session.add(PracticeFault(id=new_id(now), word=word, phone_index=phone_index, until=until))
    session.flush()


def listed(session: Session, now: datetime, phone_index: bytes | None = None) -> list[Fault]:
    """Those that still wait for this phone; without one, those that are everybody's."""
    alive = or_(PracticeFault.until.is_(None), PracticeFault.until > now)
    where = (PracticeFault.ended_at.is_(None), alive, PracticeFault.phone_index == phone_index)
    rows = session.scalars(select(PracticeFault).where(*where).order_by(PracticeFault.id))
    return [Fault(row.id, Word(row.word), row.until) for row in rows]


def use(session: Session, now: datetime, words: tuple[Word, ...], phone_index: bytes) -> Word | None:
    """The oldest fault of these words that waits for this phone, used up with this; None when all is well."""
    waiting = (PracticeFault.ended_at.is_(None), PracticeFault.until.is_(None), PracticeFault.word.in_(words))
    row = session.scalar(
        select(PracticeFault)
        .where(*waiting, PracticeFault.phone_index == phone_index)
        .order_by(PracticeFault.id)
        .limit(1)
        .with_for_update()
    )
    if row is None:
        return None
    row.ended_at = now
    return Word(row.word)


def is_down(session: Session, now: datetime) -> bool:
    down = (PracticeFault.word == Word.DOWN, PracticeFault.ended_at.is_(None), PracticeFault.until > now)
    return session.scalar(select(PracticeFault.id).where(*down).limit(1)) is not None


def end_all(session: Session, now: datetime, phone_index: bytes | None = None) -> None:
    """Everything is well again: with this phone, or without one with the carrier."""
    alive = (PracticeFault.ended_at.is_(None), PracticeFault.phone_index == phone_index)
    for row in session.scalars(select(PracticeFault).where(*alive)):
        row.ended_at = now
