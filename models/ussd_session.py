"""A USSD dialogue: the text seen, the answers taken and the facts given. The screen is computed from them."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Sealed, Time
from models.columns import Index as BlindIndex


class UssdSession(Base):
    __tablename__ = "ussd_session"
    __table_args__ = (
        Index("ix_ussd_session_phone", "phone_index", "last_at"),
        Index("ix_ussd_session_last_at", "last_at"),
    )

    session_index: Mapped[BlindIndex] = mapped_column(primary_key=True)
    """HMAC over carrier and session id: the carrier's own logs join a session to a phone, our rows must not."""
    id: Mapped[Id] = mapped_column(unique=True)
    phone_index: Mapped[BlindIndex]
    started_at: Mapped[Time]
    last_at: Mapped[Time]
    ended_at: Mapped[Time | None]
    ended_as: Mapped[str | None] = mapped_column(String(16))
    case_id: Mapped[str | None] = mapped_column(String(32))
    body: Mapped[Sealed]
    """Under the key of `case_id` once there is one, else under the master key."""
