"""A case: what is in the clear is only what the queue and the ladder need; the rest is one sealed `details`."""

from typing import cast

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Table, bindparam, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.util import identity_key

from models.base import Base, found, memo, touch
from models.columns import Id, Listed, Sealed, Time
from models.columns import Index as BlindIndex
from models.loading import give, names_of, take
from models.prepared import Prepared
from models.vocabulary import CaseStatus, Channel, Priority, Reporter


class CaseFile(Base):
    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_queue", "status", "priority", "created_at"),
        Index("ix_case_file_next_rule_at", "next_rule_at"),
        Index("ix_case_file_phone", "phone_index", "created_at"),
        # The console's queue: each view is a walk along one of these, whatever the number of cases.
        Index("ix_case_file_holder", "holder_id", "status", "priority", "created_at"),
        Index("ix_case_file_complete", "complete", "status", "priority", "created_at"),
        Index("ix_case_file_place", "kecamatan", "status", "priority", "created_at"),
        Index("ix_case_file_place_complete", "kecamatan", "complete", "status", "priority", "created_at"),
        Index("ix_case_file_late_at", "late_at"),
        Index("ix_case_file_place_late_at", "kecamatan", "late_at"),
        Index("ix_case_file_created_at", "created_at"),
        Index("ix_case_file_place_created_at", "kecamatan", "created_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    status: Mapped[CaseStatus] = mapped_column(Listed(CaseStatus))
    priority: Mapped[Priority] = mapped_column(Listed(Priority))
    channel: Mapped[Channel] = mapped_column(Listed(Channel))
    reporter: Mapped[Reporter] = mapped_column(Listed(Reporter))
    complete: Mapped[bool] = mapped_column(default=False)
    kecamatan: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[Time]
    touched_at: Mapped[Time]
    """The reporter's last key or text: the sweep of silent partials and the one allowed call count from here."""
    became_p1_at: Mapped[Time | None]
    queued_at: Mapped[Time | None]
    """Since when it waits to be accepted: confirmed, swept, reopened or passed on."""
    accept_due_at: Mapped[Time | None]
    accepted_at: Mapped[Time | None]
    accepted_by: Mapped[str | None] = mapped_column(String(32))
    holder_id: Mapped[str | None] = mapped_column(String(32))
    first_action_at: Mapped[Time | None]
    acted_at: Mapped[Time | None]
    """The newest act that met the duty of a first action; None again when the case begins anew."""
    cried_at: Mapped[Time | None]
    """When the person cried again after somebody had taken the case: a first action is owed anew."""
    closed_at: Mapped[Time | None]
    late_at: Mapped[Time | None]
    """When the present wait, to be accepted or for a first action, becomes too long; or since when a deadline of the

    law or of an agency has passed. None: nobody is waited for.
    """
    next_rule_at: Mapped[Time | None]
    """When the rules have to look at this case again; None: nothing is due, ever."""
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    receipt_index: Mapped[BlindIndex] = mapped_column(unique=True)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The case's own key under the master key; None: erased."""
    details: Mapped[bytes | None] = mapped_column(LargeBinary)
    fact_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """HMAC of the statistics' fact as last written: an answer that changes no fact writes none."""


class CaseEvent(Base):
    """Append-only, a keyed hash chain per case: `mac` covers the row and the `mac` before it."""

    __tablename__ = "case_event"

    case_id: Mapped[Id] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Time]
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(48))
    body: Mapped[Sealed]
    mac: Mapped[BlindIndex]


class RuleFiring(Base):
    """A rule fires once for each step of a case, whatever the number of workers."""

    __tablename__ = "rule_firing"

    case_id: Mapped[Id] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(32), primary_key=True)
    step: Mapped[str] = mapped_column(String(32), primary_key=True)
    fired_at: Mapped[Time]


def find_case(session: Session, reference: str) -> CaseFile | None:
    return session.scalar(select(CaseFile).where(CaseFile.reference == reference))


def note_opened(session: Session, case_id: str) -> None:
    """This transaction makes the case: nothing else can have happened to it, and need not be asked for."""
    memo(session)["opened", case_id] = True


_TABLE = cast(Table, CaseFile.__table__)
_NEW = Prepared(lambda _: insert(_TABLE).values({name: bindparam(name) for name in names_of(CaseFile)}))


def write_new(session: Session, case: CaseFile) -> None:
    """Insert the row and give it to the session as one it has read; its unit of work would take four times as long."""
    values = {name: getattr(case, name) for name in names_of(CaseFile)}
    touch(session, _NEW, values)
    give(session, case, values)  # also what nobody has set, or it would be read at the first look


def is_opened_here(session: Session, case_id: str) -> bool:
    return ("opened", case_id) in memo(session)


_LOCKED = select(CaseFile).where(CaseFile.id == bindparam("case_id")).with_for_update()
_LOCKED_ROW = Prepared(lambda _: select(_TABLE).where(_TABLE.c.id == bindparam("case_id")).with_for_update())


def lock_case(session: Session, case_id: str) -> CaseFile | None:
    """The row for changing it: nobody else changes it before this transaction ends, so it is fetched once in it."""
    held = memo(session)
    if ("lock", case_id) not in held:
        held["lock", case_id] = _lock(session, case_id)  # kept, or the session would let go of it and ask again
    case: CaseFile | None = held["lock", case_id]
    return case


def _lock(session: Session, case_id: str) -> CaseFile | None:
    """One that the session knows is read anew, what it has changed being written first; any other as `write_new` does

    it, in less than half of the time.
    """
    if session.new:
        session.flush()
    if session.identity_map.get(identity_key(CaseFile, case_id)) is not None:
        return session.scalar(_LOCKED, {"case_id": case_id}, execution_options={"populate_existing": True})
    rows = found(session, _LOCKED_ROW, {"case_id": case_id})
    return take(session, CaseFile, rows[0]) if rows else None
