"""What is counted: one small sealed fact a case, and one sealed sum a closed month. Neither needs a case's key."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Sealed, Time


class StatisticFact(Base):
    """Coarse codes of one case, sealed under the statistics key; it stays when the case is erased."""

    __tablename__ = "statistic_fact"

    id: Mapped[Id] = mapped_column(primary_key=True)
    """The case's id; after its erasure a name that leads nowhere."""
    month: Mapped[str] = mapped_column(String(7), index=True)
    """When the case was opened, in the office's time: 2026-11."""
    body: Mapped[Sealed]


class StatisticMonth(Base):
    """The sums of a closed month, sealed: a year of facts need not be opened to tell them."""

    __tablename__ = "statistic_month"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    stale: Mapped[bool]
    """A fact of this month has changed since: to be summed up again."""
    summed_at: Mapped[Time | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
