"""The practice network: its phones, what passed over it, and the faults somebody chose. Empty with a real carrier."""

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Sealed, Time
from models.columns import Index as BlindIndex


class PracticePhone(Base):
    """A handset on the page. `body`: its number, its name and what its screen shows."""

    __tablename__ = "practice_phone"

    id: Mapped[Id] = mapped_column(primary_key=True)
    phone_index: Mapped[BlindIndex] = mapped_column(unique=True)
    body: Mapped[Sealed]


class PracticeNote(Base):
    """One line of the transcript: a key, a screen, a text, a fault chosen, the clock turned."""

    __tablename__ = "practice_note"
    __table_args__ = (Index("ix_practice_note_phone", "phone_id", "id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[Time]
    phone_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[Sealed]


class PracticeCallback(Base):
    """A callback the practice carrier owes us: a key or a text on its way, a delivery report."""

    __tablename__ = "practice_callback"
    __table_args__ = (Index("ix_practice_callback_due", "done_at", "due_at"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(String(16))
    phone_id: Mapped[str | None] = mapped_column(String(32))
    due_at: Mapped[Time]
    done_at: Mapped[Time | None]
    body: Mapped[Sealed]
    """The form's fields."""


class PracticeFault(Base):
    """Something that is to go wrong: once for the next message or callback, or for everybody until a time."""

    __tablename__ = "practice_fault"

    id: Mapped[Id] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(24))
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """None: whichever phone comes next, or all."""
    until: Mapped[Time | None]
    """None: used up by the first it meets."""
    ended_at: Mapped[Time | None]


class PracticePlay(Base):
    """A ready-made story being played, or how it ended. Only the newest counts."""

    __tablename__ = "practice_play"

    id: Mapped[Id] = mapped_column(primary_key=True)
    story: Mapped[str] = mapped_column(String(32))
    step: Mapped[int]
    """How many steps are done."""
    state: Mapped[str] = mapped_column(String(16))  # playing | stopped | done | failed
    started_at: Mapped[Time]
    next_at: Mapped[Time]
    """Real time, not practice time: people read along."""
    body: Mapped[Sealed]
    """Who plays whom, which case it is about, and what was checked."""
