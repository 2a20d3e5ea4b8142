"""`keys rotate`: new master and index keys for everything, while others serve; killed anywhere, it is run again.

Three steps. The file grows by a master and an index key (others do not use them yet). One transaction makes both
current and lays the new index key over every index column: HMAC over HMAC, so that also what nobody can look up any
more (a phone that asked for no messages) is found by the new keys. Then, some rows at a time, what lies under an older
master is sealed anew. Not rotated: the key of the audit chains, and what an erasure wrote into them (their hashes are
over the sealed bytes); see docs/decisions.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, bindparam, func, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.database import Store
from gateway.key_file import KeyBook
from gateway.key_state import values_of
from gateway.keyring import Keyring
from gateway.statistics import months, notes
from models.case import CaseFile
from models.conversation import Conversation
from models.export import ExportJob
from models.inbound import InboundMessage
from models.keys import ONLY, KeyState
from models.outbound import OptOutRow, OutboundMessage
from models.outreach import Accompaniment, Broadcast
from models.people import Agency, Cadre, Officer, OneTimeCode
from models.practice import PracticeCallback, PracticeFault, PracticeNote, PracticePhone, PracticePlay
from models.statistics import StatisticFact, StatisticMonth
from models.throttle import Throttle
from models.ussd_session import UssdSession
from models.web_session import RecoveryCode, SecondFactor, WebSession

Column = InstrumentedAttribute[Any]
AT_ONCE = 200
ERASED = bytes(32)
"""What stands for a phone that an erasure took out of a row."""


@dataclass(frozen=True)
class SealedColumn:
    """A column that may lie under a master key: its row's name when it is sealed, and the key's use."""

    column: Column
    row: Column
    place: str
    use: str = "seal"


SEALED = (
    SealedColumn(CaseFile.wrapped_key, CaseFile.id, "case_file.wrapped_key", "wrap"),
    SealedColumn(Officer.name, Officer.id, "officer.name"),
    SealedColumn(Officer.phone, Officer.id, "officer.phone"),
    SealedColumn(Cadre.name, Cadre.id, "cadre.name"),
    SealedColumn(Cadre.phone, Cadre.id, "cadre.phone"),
    SealedColumn(Agency.phone, Agency.id, "agency.phone"),
    SealedColumn(OneTimeCode.command, OneTimeCode.id, "one_time_code.command"),
    SealedColumn(Conversation.body, Conversation.id, "conversation.body"),
    SealedColumn(UssdSession.body, UssdSession.id, "ussd_session.body"),
    SealedColumn(InboundMessage.body, InboundMessage.id, "inbound_message.body"),
    SealedColumn(OutboundMessage.body, OutboundMessage.id, "outbound_message.body"),
    SealedColumn(Broadcast.body, Broadcast.id, "broadcast.body"),
    SealedColumn(StatisticFact.body, StatisticFact.id, notes.PLACE, notes.USE),
    SealedColumn(StatisticMonth.body, StatisticMonth.month, months.PLACE, notes.USE),
    SealedColumn(SecondFactor.secret, SecondFactor.officer_id, "second_factor.secret"),
    SealedColumn(ExportJob.reason, ExportJob.id, "export_job.reason"),
    SealedColumn(ExportJob.body, ExportJob.id, "export_job.body"),
    SealedColumn(PracticePhone.body, PracticePhone.id, "practice_phone.body"),
    SealedColumn(PracticeNote.body, PracticeNote.id, "practice_note.body"),
    SealedColumn(PracticeCallback.body, PracticeCallback.id, "practice_callback.body"),
    SealedColumn(PracticePlay.body, PracticePlay.id, "practice_play.body"),
)
"""Of a column that some rows seal under their case's key (key id 0) the others are meant."""

INDEXED: tuple[tuple[str, Column], ...] = (
    ("phone", CaseFile.phone_index),
    ("receipt", CaseFile.receipt_index),
    ("fact", CaseFile.fact_mark),
    ("phone", Officer.phone_index),
    ("phone", Cadre.phone_index),
    ("phone", Agency.phone_index),
    ("code", OneTimeCode.code_index),
    ("phone", Conversation.phone_index),
    ("session", UssdSession.session_index),
    ("phone", UssdSession.phone_index),
    ("phone", InboundMessage.sender_index),
    ("text", InboundMessage.text_index),
    ("phone", OutboundMessage.to_index),
    ("phone", OptOutRow.phone_index),
    ("name", Accompaniment.name),
    ("name", Broadcast.name),
    ("count", Throttle.key),
    ("session", WebSession.token_index),
    ("code", RecoveryCode.code_index),
    ("phone", PracticePhone.phone_index),
    ("phone", PracticeFault.phone_index),
)
"""Every index column and its kind."""


def rotate(store: Store, keyring: Keyring, path: Path, tell: Callable[[str], None] = lambda line: None) -> None:
    """New keys, or what an interrupted rotation left to do. The key state must have been begun. Raises KeyFileError."""
    book = KeyBook.load(path)
    stands: tuple[int, int] = store.read(lambda session: keyring.stands)
    target = (book.newest, len(book.index_keys))
    if stands == target and not store.read(lambda session: is_left(session, keyring)):
        book = book.grown()
        book.replace(path)
        target = (book.newest, len(book.index_keys))
        tell("the key file has new keys")
    if stands != target:
        store.write(lambda session: switch(session, keyring, *target))
        tell("the new keys are in use")
    done = 0
    while some := store.write(lambda session: reseal_some(session, keyring)):
        done += some
    tell(f"{done} values sealed anew")


def switch(session: Session, keyring: Keyring, master: int, layers: int) -> None:
    """Make keys current. Everybody else waits for the end of this transaction, and follows."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE key_state IN ACCESS EXCLUSIVE MODE"))
    state = session.get_one(KeyState, ONLY, populate_existing=True)
    if (state.master, state.index_keys) == (master, layers):
        return
    before = state.index_keys
    keyring.stand(state.master, before)
    keyring.stand(master, layers)
    for kind, column in INDEXED:
        _lay_over(session, keyring, kind, column, before, layers)
    for name, value in values_of(keyring).items():
        setattr(state, name, value)
    session.flush()


def _lay_over(session: Session, keyring: Keyring, kind: str, column: Column, start: int, end: int) -> None:
    """Row by row, each found by its primary key: not every index column has an index of the database's."""
    table = column.class_.__table__
    place, key = table.c[column.key], list(table.primary_key)
    rows = session.execute(select(place, *key).where(place.is_not(None), place != ERASED)).all()
    names = [f"key_{number}" for number in range(len(key))]
    moves = [
        {"laid_over": keyring.relay(kind, value, start, end), **dict(zip(names, its_key, strict=True))}
        for value, *its_key in rows
    ]
    if moves:
        this = (part == bindparam(name, type_=part.type) for part, name in zip(key, names, strict=True))
        statement = update(table).where(*this).values({place: bindparam("laid_over", type_=LargeBinary)})
        session.connection().execute(statement, moves)


def reseal_some(session: Session, keyring: Keyring) -> int:
    """Seal a few values of the first column that has older ones; how many. Nothing when none is left."""
    for sealed in SEALED:
        found = session.execute(_older(sealed, keyring).limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        for row, old in found:
            new = keyring.reseal(sealed.place, row, old, sealed.use)
            session.execute(
                update(sealed.column.class_)
                .where(sealed.row == row, sealed.column == old)
                .values({sealed.column: new})
                .execution_options(synchronize_session=False)
            )
        if found:
            return len(found)
    return 0


def is_left(session: Session, keyring: Keyring) -> bool:
    """Whether anything still lies under an older master."""
    return any(session.execute(_older(sealed, keyring).limit(1)).first() is not None for sealed in SEALED)


def _older(sealed: SealedColumn, keyring: Keyring) -> Any:
    master, _ = keyring.stands
    kid: ColumnElement[bytes] = func.substr(sealed.column, 2, 1, type_=LargeBinary)
    older = (func.length(sealed.column) > 1, kid.not_in([b"\x00", bytes([master])]))
    return select(sealed.row, sealed.column).where(*older)
