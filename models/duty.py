"""Who is on duty, when and for which kecamatan; who is away; which word of a shift has been told."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import BindParameter, Date, Exists, ForeignKey, Index, String, bindparam, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.columns import Id, Time
from models.loading import ask, names_of, take
from models.people import Officer
from models.prepared import Prepared
from models.vocabulary import OfficerRole


class DutyShift(Base):
    __tablename__ = "duty_shift"
    __table_args__ = (
        Index("ix_duty_shift_when", "ends_at", "starts_at"),
        Index("ix_duty_shift_officer", "officer_id", "starts_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    officer_id: Mapped[Id] = mapped_column(ForeignKey("officer.id"))
    starts_at: Mapped[Time]
    ends_at: Mapped[Time]
    areas: Mapped[str] = mapped_column(String(255))
    """Kecamatan codes joined by a comma; empty: wherever the officer serves."""
    added_at: Mapped[Time | None]
    """When it was written into the rota; a shift added after its start is waited for from here."""
    present_at: Mapped[Time | None]
    """HADIR, proved from the officer's own phone."""
    leaving_at: Mapped[Time | None]
    """PULANG while urgent cases were still hers: the shift ends by itself once they are handed over."""

    def covers(self, kecamatan: str | None) -> bool:
        return not self.areas or kecamatan is None or kecamatan in self.areas.split(",")


class DutyLeave(Base):
    """An officer who is away: on no duty, even inside a shift."""

    __tablename__ = "duty_leave"
    __table_args__ = (Index("ix_duty_leave_officer", "officer_id", "ends_at"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    officer_id: Mapped[Id] = mapped_column(ForeignKey("officer.id"))
    starts_at: Mapped[Time]
    ends_at: Mapped[Time]
    added_at: Mapped[Time]


class DutyWord(Base):
    """What has been said of a shift: each word once, whatever the number of workers. Goes with its shift."""

    __tablename__ = "duty_word"

    shift_id: Mapped[Id] = mapped_column(ForeignKey("duty_shift.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[Time]


class DailyRound(Base):
    """A round that is made once a day or week: digest, recap. The row is the worker's claim on it."""

    __tablename__ = "daily_round"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    at: Mapped[Time]


def _is_away(at: BindParameter[datetime]) -> Exists:
    away = (DutyLeave.officer_id == Officer.id, DutyLeave.starts_at <= at, DutyLeave.ends_at > at)
    return exists().where(*away)


_NOW = bindparam("now", type_=DutyShift.starts_at.type)
_ABLE = (Officer.suspended_at.is_(None), Officer.role != OfficerRole.ADMIN, ~_is_away(_NOW))
_ON_DUTY = Prepared(
    lambda _: (
        select(*DutyShift.__table__.c, *Officer.__table__.c)
        .join_from(DutyShift, Officer)
        .where(DutyShift.starts_at <= _NOW, DutyShift.ends_at > _NOW, *_ABLE)
        .order_by(DutyShift.id)
    )
)


def list_on_duty(session: Session, now: datetime) -> list[tuple[DutyShift, Officer]]:
    """Shifts that run now, with their officers; suspended phones, admins and who is on leave are on no duty."""
    cut = len(names_of(DutyShift))
    running = ask(session, _ON_DUTY, {"now": now})
    return [(take(session, DutyShift, row[:cut]), take(session, Officer, row[cut:])) for row in running]


def list_shifts(session: Session, start: datetime, end: datetime) -> list[tuple[DutyShift, Officer]]:
    """Shifts that touch [start, end), whoever holds them, in order of time."""
    wanted = select(DutyShift, Officer).join(Officer).where(DutyShift.starts_at < end, DutyShift.ends_at > start)
    return [(shift, officer) for shift, officer in session.execute(wanted.order_by(DutyShift.starts_at, DutyShift.id))]


def list_leaves(session: Session, start: datetime, end: datetime) -> list[tuple[DutyLeave, Officer]]:
    """Leaves that touch [start, end), in order of time."""
    wanted = select(DutyLeave, Officer).join(Officer).where(DutyLeave.starts_at < end, DutyLeave.ends_at > start)
    return [(leave, officer) for leave, officer in session.execute(wanted.order_by(DutyLeave.starts_at, DutyLeave.id))]


def find_away(session: Session, at: datetime, officer_ids: Iterable[str]) -> set[str]:
    """Which of these officers are on leave at this moment."""
    wanted = (DutyLeave.officer_id.in_(list(officer_ids)), DutyLeave.starts_at <= at, DutyLeave.ends_at > at)
    return set(session.scalars(select(DutyLeave.officer_id).where(*wanted)))
