"""Outreach: education sessions, accompaniment, lessons opened, messages to cadres. Counts only, nobody's name."""

from datetime import date
from typing import cast

from sqlalchemy import Date, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Sealed, Time
from models.columns import Index as BlindIndex
from models.prepared import one_more


class OutreachSession(Base):
    __tablename__ = "outreach_session"
    __table_args__ = (Index("ix_outreach_session_held_on", "held_on"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    cadre_id: Mapped[str | None] = mapped_column(String(32))
    officer_id: Mapped[str | None] = mapped_column(String(32))
    """Who wrote it down: a cadre by SMS, or an officer."""
    at: Mapped[Time]
    held_on: Mapped[date] = mapped_column(Date)
    area_code: Mapped[str | None] = mapped_column(String(16))
    people: Mapped[int | None]
    audience: Mapped[str | None] = mapped_column(String(16))  # anak | perempuan | ibu muda | umum
    topic: Mapped[str | None] = mapped_column(String(8))


class Accompaniment(Base):
    """A cadre went with somebody: when, from which kecamatan, where to. Tied to no case and to no person helped."""

    __tablename__ = "accompaniment"
    __table_args__ = (Index("ix_accompaniment_day", "day"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[BlindIndex] = mapped_column(unique=True)
    """HMAC over case, cadre, day and place: the same way on the same day counts once, and tells nothing."""
    cadre_id: Mapped[Id]
    day: Mapped[date] = mapped_column(Date)
    kecamatan: Mapped[str | None] = mapped_column(String(16))
    where_to: Mapped[str] = mapped_column(String(1))
    """The digit of the cadre's printed card, 1 to 5."""


class Broadcast(Base):
    """One message of the office to the cadres of some kecamatan; its SMS are rows of the outbox."""

    __tablename__ = "broadcast"

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[BlindIndex] = mapped_column(unique=True)
    """HMAC over officer, areas, text and day: sent twice by mistake it leaves once."""
    officer_id: Mapped[Id] = mapped_column(ForeignKey("officer.id"))
    at: Mapped[Time]
    areas: Mapped[str] = mapped_column(String(255))
    body: Mapped[Sealed]
    """The text, under the master key."""
    receivers: Mapped[int]
    stopped_at: Mapped[Time | None]


class LearnCount(Base):
    """How often a topic of the learn menu was opened on a day; tied to no phone."""

    __tablename__ = "learn_count"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    topic: Mapped[str] = mapped_column(String(24), primary_key=True)
    times: Mapped[int]


LOOKED_AT = one_more(cast(Table, LearnCount.__table__))
"""One more look at a topic on a day."""
