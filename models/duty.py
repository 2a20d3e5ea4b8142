"""Who is on duty, when and for which kecamatan."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.columns import Id, Time
from models.people import Officer
from models.vocabulary import OfficerRole


class DutyShift(Base):
    __tablename__ = "duty_shift"
    __table_args__ = (Index("ix_duty_shift_when", "ends_at", "starts_at"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    officer_id: Mapped[Id] = mapped_column(ForeignKey("officer.id"))
    starts_at: Mapped[Time]
    ends_at: Mapped[Time]
    areas: Mapped[str] = mapped_column(String(255))
    """Kecamatan codes joined by a comma; empty: wherever the officer serves."""

    def covers(self, kecamatan: str | None) -> bool:
        return not self.areas or kecamatan is None or kecamatan in self.areas.split(",")


def list_on_duty(session: Session, now: datetime) -> list[tuple[DutyShift, Officer]]:
    """Shifts that run now, with their officers; suspended phones and admins are on no duty."""
    able = (Officer.suspended_at.is_(None), Officer.role != OfficerRole.ADMIN)
    running = (DutyShift.starts_at <= now, DutyShift.ends_at > now, *able)
    rows = session.execute(select(DutyShift, Officer).join(Officer).where(*running).order_by(DutyShift.id))
    return [(shift, officer) for shift, officer in rows]
