"""What any carrier's answer over HTTP means, before its own words are read. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn

from gateway.providers.base import MaybeSent, NotSent, OutOfOrder, Refused

LONGEST_WORD: Final = 128  # a message id, a price
LONGEST_WAIT: Final = 3600.0  # seconds; a silly Retry-After must not silence the queue


def raise_for_status(status: int, retry_after: float | None) -> NoReturn:
    """The whole request failed. A 5xx may come from a proxy behind which the message was taken."""
    if status >= 500:
        raise MaybeSent(f"http_{status}")
    if 300 <= status < 400:
        raise OutOfOrder("redirect")
    match status:
        case 401 | 403:
            raise OutOfOrder("credentials")
        case 404 | 405:
            raise OutOfOrder("wrong_address")
        case 400 | 413 | 422:
            raise Refused("bad_request")
        case 429:
            raise NotSent("throttled", retry_after)
        case _:
            raise NotSent(f"http_{status}", retry_after)


def parse_retry_after(raw: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which is seconds or a date (RFC 9110), an hour at most. Else None."""
    raw = (raw or "").strip()
    if raw.isascii() and raw.isdigit():
        return min(float(raw[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(raw)
        return min(max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()), LONGEST_WAIT)
    except (ValueError, OverflowError, IndexError):
        return None


def told(value: Any) -> str | None:
    """A word of an answer, None where there is none; "None" as a word is none too (Africa's Talking documents it)."""
    word = "".join(filter(str.isprintable, str(value))).strip()
    return word if 0 < len(word) <= LONGEST_WORD and word.lower() != "none" else None
