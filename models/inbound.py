"""Words in: every SMS a carrier handed us, kept whatever it says."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Listed, Sealed, Time
from models.columns import Index as BlindIndex
from models.vocabulary import Intent


class InboundMessage(Base):
    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("provider", "provider_id"),
        Index("ix_inbound_message_same", "text_index", "received_at"),
        Index("ix_inbound_message_case_id", "case_id"),
        Index("ix_inbound_message_received_at", "received_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(32))
    provider_id: Mapped[str] = mapped_column(String(128))
    received_at: Mapped[Time]
    sent_at: Mapped[Time | None]
    sender_index: Mapped[BlindIndex]
    text_index: Mapped[BlindIndex]
    """HMAC over sender and text: finds an identical message without opening one."""
    same_as: Mapped[str | None] = mapped_column(String(32))
    """An earlier message with the same words from the same phone: flagged, never dropped."""
    case_id: Mapped[str | None] = mapped_column(String(32))
    intent: Mapped[Intent] = mapped_column(Listed(Intent))
    handled_as: Mapped[str] = mapped_column(String(32))
    """Which way the router sent it: code, stop, answer, receipt, keyword, text."""
    body: Mapped[Sealed]
    """Sender, recipient and text; under the case's key when it belongs to one, else under the master key."""


class Drained(Base):
    """A callback that waited in a spool and has been taken in: the same file again does nothing."""

    __tablename__ = "drained"

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[Time]
    """When the callback came."""
