"""What a person types into a command, a form or a file, as a value of ours."""

from datetime import datetime
from typing import Any

from gateway.errors import Refused
from gateway.phones import normalise


def read_phone(raw: str) -> str:
    """E.164 from any usual form. Raises Refused."""
    phone = normalise(raw)
    if phone is None:
        raise Refused(f"{raw} is not a phone number, such as 0812-3456-7890 or +6281234567890")
    return phone


def read_moment(raw: str, zone: Any) -> datetime:
    """An ISO time; without a zone it is the office's. Raises Refused."""
    try:
        at = datetime.fromisoformat(raw)
    except ValueError:
        raise Refused(f"{raw} is not a time such as 2026-11-23T08:00") from None
    if not 2000 <= at.year < 2100:
        raise Refused(f"{raw} lies in another century")
    return at.replace(tzinfo=zone) if at.tzinfo is None else at
