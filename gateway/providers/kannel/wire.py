"""What Kannel tells us and what we tell it: callbacks by GET, sendsms, its answers. Pure.

Sources: "measured" was tried on Kannel 1.4.5 with its own fake SMSC; the rest is its user guide.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NoReturn
from urllib.parse import urlencode

from gateway.providers import answers, fields
from gateway.providers.base import Accepted, DeliveryReport, InboundSms, MaybeSent, NotSent, OutOfOrder
from gateway.providers.fields import Form
from menus.gsm import encoding
from models.vocabulary import MessageStatus

NAME: Final = "kannel"
EVERY_REPORT: Final = "31"
"""Bits of dlr-mask: 1 delivered, 2 failed, 4 buffered, 8 taken by the SMSC, 16 refused by it."""
LONGEST_VALIDITY: Final = 7 * 24 * 60  # minutes
_ACCEPTED = re.compile(rb"\s*[03]:")  # "0: Accepted for delivery", "3: Queued for later delivery" (measured)
_NACK = re.compile(r"NACK/(?:0x)?([0-9a-fA-F]{1,8})\b")
_RECEIPT = re.compile(r"\bstat:([A-Za-z]{1,10}) err:([0-9A-Za-z]{1,6})\b")

DELIVERY_STATUSES: Final[Mapping[str, MessageStatus]] = {
    "1": MessageStatus.DELIVERED,
    "2": MessageStatus.FAILED,
    "4": MessageStatus.SENT,
    "8": MessageStatus.SENT,
    "16": MessageStatus.FAILED,
}
"""`%d` of a delivery report. They come in any order: 1 before 8 was measured."""


def inbound_sms(form: Form) -> InboundSms:
    """One SMS, from a get-url with `id=%I&from=%p&to=%P&text=%b&epoch=%T&coding=%c&charset=%C`.

    `id` is the same when Kannel repeats an SMS that we did not answer 200 (measured).
    """
    return InboundSms(
        provider=NAME,
        provider_id=fields.name(_clean(fields.field(form, "id"))),
        sender=fields.sender(_clean(fields.required(form, "from"))),
        recipient=fields.printable(_clean(fields.field(form, "to"))),
        text=decode_text(fields.field(form, "text"), fields.word(form, "charset")),
        sent_at=parse_epoch(fields.field(form, "epoch")),
    )


def delivery_report(form: Form) -> DeliveryReport:
    """`id` is ours, put into the dlr-url; `d` the bit; `a` the SMSC's words, of which only codes are kept."""
    status = fields.printable(_clean(fields.required(form, "d")))
    return DeliveryReport(
        provider=NAME,
        provider_id=_clean(fields.identifier(form, "id")),
        status=DELIVERY_STATUSES.get(status),
        raw_status=status,
        reason=parse_reason(_clean(fields.field(form, "a"))),
    )


def decode_text(raw: str, charset: str) -> str:
    """The text in whatever character set Kannel names; `raw` is UTF-8 with strange bytes as lone surrogates.

    With `mo-recode = true` it is UTF-8 always; without, an SMS in UCS-2 comes as UTF-16BE.
    """
    octets = raw.encode("utf-8", "surrogateescape")
    if charset.upper().replace("_", "-") in ("UTF-16BE", "UCS-2", "UCS-2BE"):
        return octets.decode("utf-16-be", "replace")
    return octets.decode("utf-8", "replace")


def parse_epoch(raw: str) -> datetime | None:
    """UTC of `%T`, seconds since 1970; None when unreadable."""
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 11):
        return None
    return datetime.fromtimestamp(int(raw), UTC)


def parse_reason(words: str) -> str | None:
    """The SMSC's code, without its words: an SMPP receipt (3.4, appendix B) ends with the beginning of the text."""
    if refused := _NACK.search(words):
        return f"NACK {refused[1].lower()}"
    if receipt := _RECEIPT.search(words):
        return f"{receipt[1].upper()} {receipt[2]}"
    return None


def sendsms_query(
    message_id: str, to: str, text: str, not_after: datetime, now: datetime, dlr_url: str
) -> dict[str, str]:
    """The fields of one sendsms but for user and password. One phone a request: several get one answer (measured).

    Without coding=2 a character outside GSM-7 arrives as `?`, without a word of warning (measured).
    """
    minutes = int((not_after - now).total_seconds() // 60)
    return {
        "to": to,
        "text": text,
        "charset": "UTF-8",
        "coding": "0" if encoding(text) == "gsm" else "2",
        "validity": str(min(max(1, minutes), LONGEST_VALIDITY)),
        "dlr-mask": EVERY_REPORT,
        "dlr-url": dlr_address(dlr_url, message_id),
    }


def dlr_address(base: str, message_id: str) -> str:
    """Our address for one message's reports. Kannel fills in %d and %A, and names a report by an id of its own
    each time (measured), so the message's is written out here.
    """
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}{urlencode({'id': message_id})}&d=%d&a=%A"


def parse_send_answer(status: int, body: bytes, message_id: str, retry_after: float | None = None) -> Accepted:
    """Accepted under our own id, or raises a send error. Answers are one line of text; 202 when taken (measured)."""
    if not 200 <= status < 300:
        _raise_for_status(status, body, message_id, retry_after)
    if not _ACCEPTED.match(body):
        raise MaybeSent("unreadable_answer", message_id)
    return Accepted(provider_id=message_id)


def _raise_for_status(status: int, body: bytes, message_id: str, retry_after: float | None) -> NoReturn:
    if status == 503:  # "Temporal failure, try again later": smsbox has no bearerbox to give it to
        raise NotSent("busy", retry_after)
    if status >= 500:
        raise MaybeSent(f"http_{status}", message_id)
    if status == 400 and b"sender" in body.lower():  # neither `from` nor global-sender: no message would pass
        raise OutOfOrder("InvalidSenderId")
    answers.raise_for_status(status, retry_after)


def _clean(raw: str) -> str:
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
