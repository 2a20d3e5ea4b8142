"""An agency asked for help in a case."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Time


class Referral(Base):
    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_case_id", "case_id"), Index("ix_referral_agency", "agency_id", "asked_at"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    case_id: Mapped[Id] = mapped_column(ForeignKey("case_file.id"))
    agency_id: Mapped[Id] = mapped_column(ForeignKey("agency.id"))
    asked_by: Mapped[Id]
    asked_at: Mapped[Time]
    status: Mapped[str] = mapped_column(String(16))  # asked | accepted | declined | done
    answered_at: Mapped[Time | None]
    done_at: Mapped[Time | None]
    basis: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The person's consent or the legal basis named, sealed under the case's key."""
