"""What cadres do besides reports: education sessions held, nil returns. Counts only, nobody's name."""

from datetime import date

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Time


class OutreachSession(Base):
    __tablename__ = "outreach_session"
    __table_args__ = (Index("ix_outreach_session_held_on", "held_on"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    cadre_id: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[Time]
    held_on: Mapped[date] = mapped_column(Date)
    area_code: Mapped[str | None] = mapped_column(String(16))
    people: Mapped[int | None]
    audience: Mapped[str | None] = mapped_column(String(16))  # anak | perempuan | ibu muda | umum
    topic: Mapped[str | None] = mapped_column(String(8))


class LearnCount(Base):
    """How often a topic of the learn menu was opened on a day; tied to no phone."""

    __tablename__ = "learn_count"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    topic: Mapped[str] = mapped_column(String(24), primary_key=True)
    times: Mapped[int]
