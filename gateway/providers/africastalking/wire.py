"""What Africa's Talking tells us, in our words: one function per callback. Pure.

Sources: "documented" is the carrier's notifications and SMS pages (2024 copies), "sandbox" a public capture of its
simulator, "in production" what nyaruka/courier and medic/cht-core rely on.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Protocol

from gateway import phones
from gateway.providers.base import DeliveryReport, InboundSms, OptOut, UssdEnded, UssdHop, only
from models.vocabulary import MessageStatus

NAME: Final = "africastalking"
LONGEST_ID: Final = 128  # session and message ids are opaque; about 40 characters seen
LONGEST_WORD: Final = 64  # a status, a reason, a short code, a sender's name


class Form(Protocol):
    """What we need of a form: werkzeug's MultiDict has it."""

    def getlist(self, key: str, /) -> list[str]: ...


class Malformed(ValueError):
    """A required field is missing or unreadable, or a field came twice. Names the field, never its value."""


SESSION_ENDS: Final[Mapping[str, str]] = {"success": "success", "incomplete": "incomplete", "failed": "failed"}
"""Documented. Incomplete: ended while an answer was awaited; Failed: our last answer could not be used."""

DELIVERY_STATUSES: Final[Mapping[str, MessageStatus]] = {
    "sent": MessageStatus.SENT,
    "submitted": MessageStatus.SENT,
    "buffered": MessageStatus.SENT,
    "success": MessageStatus.DELIVERED,
    "rejected": MessageStatus.FAILED,
    "failed": MessageStatus.FAILED,
    "absentsubscriber": MessageStatus.FAILED,  # phone off or no cover; nothing documented ever follows it
    "expired": MessageStatus.FAILED,  # "discarded by the telco's firewall"; our own `expired` never left
}
"""All documented, in any case of letters."""

FAILURE_REASONS: Final[Mapping[str, str]] = {
    word.lower(): word
    for word in (
        "InsufficientCredit",
        "InvalidLinkId",
        "UserIsInactive",
        "UserInBlackList",
        "UserAccountSuspended",
        "NotNetworkSubcriber",  # the carrier's spelling
        "UserNotSubscribedToProduct",
        "UserDoesNotExist",
        "DeliveryFailure",
        "DoNotDisturbRejection",
    )
}
"""Documented, with Rejected and Failed only. Another reason is kept as it came."""


def ussd_hop(form: Form, provider: str = NAME) -> UssdHop:
    """One key press. Session and phone are required; the sandbox sends `text` empty on the first dial."""
    return UssdHop(
        provider=provider,
        session_id=_id(form, "sessionId"),
        phone=_phone(form, "phoneNumber"),
        service_code=_word(form, "serviceCode"),
        text=_field(form, "text"),
    )


def ussd_ended(form: Form, provider: str = NAME) -> UssdEnded:
    """The end-of-session event. A status we do not know, or none, is `unknown`."""
    status = _word(form, "status").lower()
    return UssdEnded(provider, _id(form, "sessionId"), SESSION_ENDS.get(status, "unknown"))


def inbound_sms(form: Form, provider: str = NAME) -> InboundSms:
    """One SMS. A sender that is no subscriber's number (a name, a short code) stays as it came."""
    sender = _required(form, "from")
    return InboundSms(
        provider=provider,
        provider_id=_field(form, "id"),  # absent or odd: the inbox names the message by what it says
        sender=_e164(sender) or _printable(sender),
        recipient=_word(form, "to"),
        text=_field(form, "text"),
        sent_at=parse_date(_field(form, "date")),
    )


def delivery_report(form: Form, provider: str = NAME) -> DeliveryReport:
    """A delivery report. An unknown status, or none, is None and keeps the raw word."""
    status = _word(form, "status")
    reason = _word(form, "failureReason")
    return DeliveryReport(
        provider=provider,
        provider_id=_id(form, "id"),
        status=DELIVERY_STATUSES.get(status.lower()),
        raw_status=status,
        reason=FAILURE_REASONS.get(reason.lower(), reason) or None,
    )


def opt_out(form: Form, provider: str = NAME) -> OptOut:
    """This phone wants no more messages from our sender id."""
    return OptOut(provider, _phone(form, "phoneNumber"))


def subscription(form: Form, provider: str = NAME) -> OptOut | None:
    """We sell no subscriptions: who ends one wants no more messages, who begins one is only answered. Documented."""
    phone = _phone(form, "phoneNumber")
    return OptOut(provider, phone) if _word(form, "updateType").lower() == "deletion" else None


def parse_date(raw: str) -> datetime | None:
    """UTC. Both `2017-05-03T06:04:45Z` and `2017-05-03 06:04:45` occur in production; anything else is None."""
    for shape in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(raw.strip(), shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _field(form: Form, name: str) -> str:
    try:
        return only(form.getlist(name)) or ""
    except ValueError:
        raise Malformed(f"{name} sent twice") from None


def _required(form: Form, name: str) -> str:
    value = _field(form, name)
    if not _printable(value):
        raise Malformed(f"{name} is missing")
    return value


def _id(form: Form, name: str) -> str:
    value = _required(form, name)
    if len(value) > LONGEST_ID or not value.isprintable():
        raise Malformed(f"{name} is no id")
    return value


def _word(form: Form, name: str) -> str:
    return _printable(_field(form, name))


def _printable(value: str) -> str:
    """Short and without control characters: these end in plain columns, where PostgreSQL takes no NUL."""
    return "".join(filter(str.isprintable, value)).strip()[:LONGEST_WORD]


def _phone(form: Form, name: str) -> str:
    phone = _e164(_required(form, name))
    if phone is None:
        raise Malformed(f"{name} is no phone")
    return phone


def _e164(raw: str) -> str | None:
    """The carrier writes E.164; when it forgets to encode the `+`, the form turns that into a blank."""
    return phones.normalise("+" + raw[1:] if raw[:1] == " " and raw[1:].isdigit() else raw)
