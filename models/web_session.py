"""The console's log-ins: server-side sessions, second factors, recovery codes, and forms that were sent once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.columns import Id, Listed, Sealed, Time
from models.columns import Index as BlindIndex


class Stage(StrEnum):
    """How far a log-in has come."""

    CODE = "code"
    """The password was right; the second factor is asked."""
    ENROL = "enrol"
    """The password was right; a second factor has to be set up first."""
    CHOOSE = "choose"
    """All was right, but somebody else made the password: her own has to be chosen first. Never stored: it follows
    from the password."""
    INSIDE = "inside"


class WebSession(Base):
    """One browser that logged in. The cookie holds a random id; the row only its HMAC."""

    __tablename__ = "web_session"
    __table_args__ = (
        Index("ix_web_session_officer_id", "officer_id", "ended_at"),
        Index("ix_web_session_last_at", "last_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    token_index: Mapped[BlindIndex] = mapped_column(unique=True)
    officer_id: Mapped[Id]
    stage: Mapped[Stage] = mapped_column(Listed(Stage))
    language: Mapped[str] = mapped_column(String(2))
    began_at: Mapped[Time]
    last_at: Mapped[Time]
    """The last request, to the minute: idle log-out counts from here."""
    ended_at: Mapped[Time | None]
    ended_as: Mapped[str | None] = mapped_column(String(16))  # left | everywhere | password | suspended | restarted
    shown_case_id: Mapped[str | None] = mapped_column(String(32))
    """The one case whose details this browser has asked to see ("Tampilkan")."""
    shown_until: Mapped[Time | None]


class SecondFactor(Base):
    """An officer's authenticator: its secret, and the newest step used, so that no code works twice."""

    __tablename__ = "second_factor"

    officer_id: Mapped[Id] = mapped_column(primary_key=True)
    secret: Mapped[Sealed]
    begun_at: Mapped[Time]
    enrolled_at: Mapped[Time | None]
    """None: shown as a QR code, not yet proved by a first code."""
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """One of ten codes on paper, each good for one log-in without the authenticator."""

    __tablename__ = "recovery_code"

    officer_id: Mapped[Id] = mapped_column(primary_key=True)
    code_index: Mapped[BlindIndex] = mapped_column(primary_key=True)
    made_at: Mapped[Time]
    used_at: Mapped[Time | None]


class FormReceipt(Base):
    """A form that was sent and done: the same form again shows `answer`, the page that came of the first."""

    __tablename__ = "form_receipt"
    __table_args__ = (Index("ix_form_receipt_at", "at"),)

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    officer_id: Mapped[Id]
    at: Mapped[Time]
    answer: Mapped[str] = mapped_column(String(255))


def list_sessions(session: Session, officer_id: str, idle_since: datetime, begun_since: datetime) -> list[WebSession]:
    """Sessions of an officer that still count, newest first."""
    alive = (WebSession.ended_at.is_(None), WebSession.last_at > idle_since, WebSession.began_at > begun_since)
    wanted = select(WebSession).where(WebSession.officer_id == officer_id, *alive)
    return list(session.scalars(wanted.order_by(WebSession.began_at.desc())))


def end_sessions(session: Session, now: datetime, officer_id: str, why: str, *, but: str | None = None) -> None:
    """End every live session of an officer, except the one named."""
    live = [WebSession.officer_id == officer_id, WebSession.ended_at.is_(None)]
    if but:
        live.append(WebSession.id != but)
    session.execute(update(WebSession).where(*live).values(ended_at=now, ended_as=why))


def forget_old(session: Session, before: datetime) -> None:
    """Sessions last used, and forms sent, before then."""
    session.execute(delete(WebSession).where(WebSession.last_at < before))
    session.execute(delete(FormReceipt).where(FormReceipt.at < before))
