"""Column types the engines do not give us: UTC times, enumerations by value, short identifiers.

SQLite drops time zones and `String` loads an enumeration back as a plain string, so both are mended here, once.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, LargeBinary, String
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time on both engines. A naive time is a programming error (ValueError)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """On SQLite the same text as SQLAlchemy writes, in a third of its time: every key press binds a few."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@lru_cache(maxsize=256)
def _as_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Listed(TypeDecorator[Any]):
    """One value of a StrEnum, stored as its text and loaded back as the member."""

    impl = String(16)
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__(16)
        self.members = members

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(self.members(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.members(value)


Id = Annotated[str, mapped_column(String(32))]
"""32 hexadecimal digits, ordered by time; made by `gateway.identifiers`, so known before the row is written."""

Sealed = Annotated[bytes, mapped_column(LargeBinary)]
"""AES-256-GCM ciphertext (gateway.keyring). Rows never open it."""

Index = Annotated[bytes, mapped_column(LargeBinary(32))]
"""HMAC-SHA256 of a phone, receipt or code: finds a row, tells nothing."""

Time = Annotated[datetime, mapped_column(UtcTime)]
