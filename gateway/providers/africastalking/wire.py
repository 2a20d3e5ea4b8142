"""What Africa's Talking tells us, in our words: one function per callback. Pure.

Sources: "documented" is the carrier's notifications and SMS pages (2024 copies), "sandbox" a public capture of its
simulator, "in production" what nyaruka/courier and medic/cht-core rely on.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from gateway.providers import fields
from gateway.providers.base import DeliveryReport, InboundSms, OptOut, UssdEnded, UssdHop
from gateway.providers.fields import Form
from models.vocabulary import MessageStatus

NAME: Final = "africastalking"

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
        session_id=fields.identifier(form, "sessionId"),
        phone=fields.phone(form, "phoneNumber"),
        service_code=fields.word(form, "serviceCode"),
        text=fields.field(form, "text"),
    )


def ussd_ended(form: Form, provider: str = NAME) -> UssdEnded:
    """The end-of-session event. A status we do not know, or none, is `unknown`."""
    status = fields.word(form, "status").lower()
    return UssdEnded(provider, fields.identifier(form, "sessionId"), SESSION_ENDS.get(status, "unknown"))


def inbound_sms(form: Form, provider: str = NAME) -> InboundSms:
    """One SMS. A sender that is no subscriber's number (a name, a short code) stays as it came."""
    return InboundSms(
        provider=provider,
        provider_id=fields.name(fields.field(form, "id")),
        sender=fields.sender(fields.required(form, "from")),
        recipient=fields.word(form, "to"),
        text=fields.field(form, "text"),
        sent_at=parse_date(fields.field(form, "date")),
    )


def delivery_report(form: Form, provider: str = NAME) -> DeliveryReport:
    """A delivery report. An unknown status, or none, is None and keeps the raw word."""
    status = fields.word(form, "status")
    reason = fields.word(form, "failureReason")
    return DeliveryReport(
        provider=provider,
        provider_id=fields.identifier(form, "id"),
        status=DELIVERY_STATUSES.get(status.lower()),
        raw_status=status,
        reason=FAILURE_REASONS.get(reason.lower(), reason) or None,
    )


def opt_out(form: Form, provider: str = NAME) -> OptOut:
    """This phone wants no more messages from our sender id."""
    return OptOut(provider, fields.phone(form, "phoneNumber"))


def subscription(form: Form, provider: str = NAME) -> OptOut | None:
    """We sell no subscriptions: who ends one wants no more messages, who begins one is only answered. Documented."""
    phone = fields.phone(form, "phoneNumber")
    return OptOut(provider, phone) if fields.word(form, "updateType").lower() == "deletion" else None


def parse_date(raw: str) -> datetime | None:
    """UTC. Both `2017-05-03T06:04:45Z` and `2017-05-03 06:04:45` occur in production; anything else is None."""
    for shape in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(raw.strip(), shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
