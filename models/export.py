"""Exports that somebody asked for: made by the worker, sealed until they are fetched, gone after a day."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Listed, Sealed, Time


class ExportStatus(StrEnum):
    ASKED = "asked"
    RUNNING = "running"
    READY = "ready"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


UNFINISHED = (ExportStatus.ASKED, ExportStatus.RUNNING)


class ExportJob(Base):
    __tablename__ = "export_job"
    __table_args__ = (Index("ix_export_job_status", "status", "id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    officer_id: Mapped[Id] = mapped_column(ForeignKey("officer.id"))
    asked_at: Mapped[Time]
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    """Days of the report, both included."""
    suffix: Mapped[str] = mapped_column(String(8))  # .csv | .xlsx
    reason: Mapped[Sealed]
    status: Mapped[ExportStatus] = mapped_column(Listed(ExportStatus))
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    """Cases written so far, of `total`."""
    after_id: Mapped[str | None] = mapped_column(String(32))
    """The last case that was written: the next batch begins behind it."""
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The file, sealed; only while it is ready."""
    expires_at: Mapped[Time]
    ended_at: Mapped[Time | None]
    fetched_at: Mapped[Time | None]


class ExportPart(Base):
    """Rows of one batch, sealed; gone when the file is made or the job is cancelled."""

    __tablename__ = "export_part"

    job_id: Mapped[Id] = mapped_column(ForeignKey("export_job.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[Sealed]
