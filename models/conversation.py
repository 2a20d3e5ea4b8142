"""The one open question on a phone: what a bare digit will mean."""

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Sealed, Time


class Conversation(Base):
    __tablename__ = "conversation"
    __table_args__ = (Index("ix_conversation_expires_at", "expires_at"),)

    phone_index: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(24))
    case_id: Mapped[str | None] = mapped_column(String(32))
    asked_at: Mapped[Time]
    expires_at: Mapped[Time]
    body: Mapped[Sealed]
