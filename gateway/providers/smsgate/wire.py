"""What SMSGate tells us and what we tell it: signed events in, messages out, its answers. Pure.

Source: the application's own source text of July 2026; nothing here was tried on a real phone.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.providers import answers, fields
from gateway.providers.base import Accepted, DeliveryReport, InboundSms, MaybeSent, NotSent, Refused
from models.vocabulary import MessageStatus

NAME: Final = "smsgate"
SKEW: Final = timedelta(seconds=300)
"""A repeat is signed anew when it is sent, so the window need not cover the phone's 45 hours of trying."""

DELIVERY_EVENTS: Final[Mapping[str, MessageStatus]] = {
    "sms:sent": MessageStatus.SENT,
    "sms:delivered": MessageStatus.DELIVERED,
    "sms:failed": MessageStatus.FAILED,
    "sms:cancelled": MessageStatus.FAILED,  # taken out of the phone's queue: it will never arrive
}
STATES: Final[Mapping[str, MessageStatus]] = {
    "pending": MessageStatus.SENT,
    "processed": MessageStatus.SENT,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "failed": MessageStatus.FAILED,
}
"""Of a message in the answer to a send."""
WORDS_IN: Final = frozenset({"sms:received", "mms:received"})
"""Events that bring what a person wrote. Of the others (`sms:data-received`, `mms:downloaded`, `system:ping`,
`app:started`, and those of later versions) nothing is kept: they hold no words, or those of an event before."""


@dataclass(frozen=True)
class OtherEvent:
    """The phone says something of itself, or something we have no use for."""

    name: str


def is_signed(key: str, body: bytes, timestamp: str, signature: str, now: datetime) -> bool:
    """Whether X-Signature is lowercase hex of HMAC-SHA256(key, body + X-Timestamp) and the timestamp is near `now`."""
    expected = hmac.new(key.encode(), body + timestamp.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    genuine = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        return False
    return genuine and abs(datetime.fromtimestamp(int(timestamp), UTC) - now) <= SKEW


def parse_event(data: Mapping[str, Any]) -> InboundSms | DeliveryReport | OtherEvent:
    """One webhook. Its `id` is the same over all repeats, while a received SMS's `messageId` is only 32 bits."""
    name = _word(data, "event")
    if not name:
        raise fields.Malformed("event is missing")
    payload = data.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    if name in WORDS_IN:
        return _inbound(fields.name(_text(data, "id")), payload)
    if name in DELIVERY_EVENTS:
        return _report(name, payload)
    return OtherEvent(name)


def _inbound(event_id: str, payload: Mapping[str, Any]) -> InboundSms:
    sender = _text(payload, "sender") or _text(payload, "phoneNumber")
    if not fields.printable(sender):
        raise fields.Malformed("sender is missing")
    return InboundSms(
        provider=NAME,
        provider_id=event_id,
        sender=fields.sender(sender),
        recipient=_word(payload, "recipient"),
        text=_text(payload, "message") or _text(payload, "subject"),
        sent_at=parse_time(_text(payload, "receivedAt")),
    )


def _report(name: str, payload: Mapping[str, Any]) -> DeliveryReport:
    message_id = _text(payload, "messageId")
    if not 0 < len(message_id) <= fields.LONGEST_ID or not message_id.isprintable():
        raise fields.Malformed("messageId is no id")
    return DeliveryReport(
        provider=NAME,
        provider_id=message_id,
        status=DELIVERY_EVENTS[name],
        raw_status=name,
        reason=parse_reason(_text(payload, "reason")) if name == "sms:failed" else None,
    )


def parse_reason(words: str) -> str | None:
    """Android's result codes such as RESULT_ERROR_NO_SERVICE. A sentence might quote the message, so it is not kept."""
    said = words.partition(":")[0].strip()
    return said[: fields.LONGEST_WORD] if said and said.replace("_", "").isalnum() and said.isascii() else None


def parse_time(raw: str) -> datetime | None:
    """UTC of an ISO 8601 time with its zone; None when unreadable or without one."""
    try:
        found = datetime.fromisoformat(raw)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def message_body(message_id: str, to: str, text: str, not_after: datetime) -> dict[str, Any]:
    """The JSON of `POST /messages`. A phone without signal must not send on what is stale: hence `validUntil`."""
    return {
        "id": message_id,
        "textMessage": {"text": text},
        "phoneNumbers": [to],
        "withDeliveryReport": True,
        "validUntil": not_after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def parse_send_answer(status: int, body: bytes, message_id: str, retry_after: float | None = None) -> Accepted:
    """Accepted, or raises a send error. 409: this very id was taken before, which is as good as now."""
    if status == 409:
        return Accepted(provider_id=message_id)
    if status == 503:  # its queue is full, or the phone has not been seen for a while
        raise NotSent("busy", retry_after)
    if status >= 500:
        raise MaybeSent(f"http_{status}", message_id)
    if not 200 <= status < 300:
        answers.raise_for_status(status, retry_after)
    try:
        data = json.loads(body)
        state = STATES[str(data["state"]).lower()]
        given, recipients = answers.told(data.get("id")), data.get("recipients")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise MaybeSent("unreadable_answer", message_id) from None
    if state is MessageStatus.FAILED:
        raise Refused("Failed")
    if recipients == []:
        raise Refused("no_recipients")
    return Accepted(provider_id=given or message_id, status=state)


def _text(data: Mapping[str, Any], name: str) -> str:
    """JSON may hold half a surrogate pair, which no database takes."""
    value = data.get(name)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _word(data: Mapping[str, Any], name: str) -> str:
    return fields.printable(_text(data, name))
