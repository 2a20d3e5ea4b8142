"""A USSD dialogue: the text seen, the answers taken and the facts given. The screen is computed from them."""

from typing import cast

from sqlalchemy import Index, String, Table, bindparam, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Id, Sealed, Time
from models.columns import Index as BlindIndex
from models.prepared import Prepared

_HAS_CASE = text("case_id IS NOT NULL")


class UssdSession(Base):
    __tablename__ = "ussd_session"
    __table_args__ = (
        Index(
            "ix_ussd_session_left",
            "phone_index",
            "last_at",
            sqlite_where=_HAS_CASE,
            postgresql_where=_HAS_CASE,
        ),
        Index("ix_ussd_session_started_at", "started_at"),
    )
    """No key pressed in the menus changes an index: each would be a page more in every commit."""

    session_index: Mapped[BlindIndex] = mapped_column(primary_key=True)
    """HMAC over carrier and session id: the carrier's own logs join a session to a phone, our rows must not."""
    id: Mapped[Id] = mapped_column(unique=True)
    phone_index: Mapped[BlindIndex]
    started_at: Mapped[Time]
    last_at: Mapped[Time]
    ended_at: Mapped[Time | None]
    ended_as: Mapped[str | None] = mapped_column(String(16))
    case_id: Mapped[str | None] = mapped_column(String(32))
    body: Mapped[Sealed]
    """Under the key of `case_id` once there is one, else under the master key."""


# The hot ways. `index` is the session's; `ended` a moment where the last screen is shown, else None: what the carrier
# has said of the end before stays.

_ROW = cast(Table, UssdSession.__table__)
_THIS = _ROW.c.session_index == bindparam("index")
_FOUND = select(_ROW.c.id, _ROW.c.case_id, _ROW.c.body).where(_THIS).with_for_update()
_ENDED = bindparam("ended", type_=_ROW.c.ended_at.type)
_ENDED_AS = bindparam("ended_as", type_=_ROW.c.ended_as.type)
_SAVED = (
    update(_ROW)
    .where(_THIS)
    .values(
        body=bindparam("new"),
        last_at=bindparam("now"),
        ended_at=func.coalesce(_ROW.c.ended_at, _ENDED),
        ended_as=func.coalesce(_ROW.c.ended_as, _ENDED_AS),
    )
)
FIND = Prepared(lambda _: _FOUND)
SAVE = Prepared(lambda _: _SAVED.values(case_id=bindparam("case_id")))
MOVE_ON = Prepared(lambda _: _SAVED.where(_ROW.c.body == bindparam("old")))
"""Saves where the row still holds what it held."""
