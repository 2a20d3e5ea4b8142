"""Words out: one row a message, from the moment it is decided until the carrier's last word."""

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Listed, Sealed, Time
from models.columns import Index as BlindIndex
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient

WAITING = (MessageStatus.QUEUED, MessageStatus.ERRORED)


class OutboundMessage(Base):
    __tablename__ = "outbound_message"
    __table_args__ = (
        Index("ix_outbound_message_claim", "status", "rank", "due_at"),
        Index("ix_outbound_message_lease", "status", "lease_until"),
        Index("ix_outbound_message_provider_id", "provider", "provider_id"),
        Index("ix_outbound_message_case_id", "case_id"),
        Index("ix_outbound_message_to", "to_index", "status"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    purpose: Mapped[Purpose] = mapped_column(Listed(Purpose))
    recipient: Mapped[Recipient] = mapped_column(Listed(Recipient))
    case_id: Mapped[str | None] = mapped_column(String(32))
    person_id: Mapped[str | None] = mapped_column(String(32))
    """The officer, cadre or agency meant; None for a reporter or a stranger."""
    priority: Mapped[Priority | None] = mapped_column(Listed(Priority))
    rank: Mapped[int]
    """Order of leaving: 0 P1 alerts, 1 what an officer waits for, 2 the rest."""
    to_index: Mapped[BlindIndex]
    body: Mapped[Sealed]
    """Phone and text; under the case's key when it belongs to one, else under the master key."""
    segments: Mapped[int] = mapped_column(default=1)
    status: Mapped[MessageStatus] = mapped_column(Listed(MessageStatus))
    queued_at: Mapped[Time]
    due_at: Mapped[Time]
    not_after: Mapped[Time]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[Time | None]
    token: Mapped[str | None] = mapped_column(String(32))
    provider: Mapped[str | None] = mapped_column(String(32))
    provider_id: Mapped[str | None] = mapped_column(String(128))
    sent_at: Mapped[Time | None]
    settled_at: Mapped[Time | None]
    code: Mapped[str | None] = mapped_column(String(64))
    """Why it failed, waits or was cancelled: a constant word."""
    cost: Mapped[str | None] = mapped_column(String(32))


class ParkedReport(Base):
    """A delivery report for an id we do not know (yet): the send may still be settling, or the report is foreign."""

    __tablename__ = "parked_report"
    __table_args__ = (
        Index("ix_parked_report_provider_id", "provider", "provider_id"),
        Index("ix_parked_report_matched_at", "matched_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(32))
    provider_id: Mapped[str] = mapped_column(String(128))
    at: Mapped[Time]
    raw_status: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[MessageStatus | None] = mapped_column(Listed(MessageStatus))
    matched_at: Mapped[Time | None]


class OptOutRow(Base):
    """A phone that asked for no more messages, or whose carrier says so."""

    __tablename__ = "opt_out"

    phone_index: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    at: Mapped[Time]
    source: Mapped[str] = mapped_column(String(16))  # sms | carrier
