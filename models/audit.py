"""Anchors: where every case's chain of events ended on a day, so that a cut tail or a chain made anew is found."""

from datetime import date

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Time
from models.columns import Index as BlindIndex


class AuditAnchor(Base):
    """One a day. Its `digest`, which covers the digest before it, also goes to a second place."""

    __tablename__ = "audit_anchor"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 ... without a gap."""
    day: Mapped[date] = mapped_column(Date, unique=True)
    at: Mapped[Time]
    heads: Mapped[int]
    """How many chains had grown since the anchor before."""
    digest: Mapped[BlindIndex]


class AuditHead(Base):
    """The last event of one case when an anchor was made; only of the cases that had grown."""

    __tablename__ = "audit_head"

    anchor: Mapped[int] = mapped_column(ForeignKey("audit_anchor.number"), primary_key=True)
    case_id: Mapped[Id] = mapped_column(primary_key=True)
    seq: Mapped[int]
    mac: Mapped[BlindIndex]
