"""What every carrier must do, and what it may say, in our own words.

Callbacks come in as the frozen dataclasses below (a carrier's `wire.py` builds them from its form);
messages go out through `SmsProvider.send`, which returns `Accepted` or raises one of the `SendError` tree.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from models.vocabulary import MessageStatus


@dataclass(frozen=True)
class UssdHop:
    """One key press. `text` is everything typed since the dial, joined by `*` (not escaped)."""

    provider: str
    session_id: str
    phone: str = field(repr=False)  # E.164
    service_code: str
    text: str = field(repr=False)

    def saying(self, text: str) -> "UssdHop":
        return UssdHop(self.provider, self.session_id, self.phone, self.service_code, text)


@dataclass(frozen=True)
class UssdEnded:
    """The carrier says a session is over; it may never come, or come before the last hop."""

    provider: str
    session_id: str
    status: str  # success | incomplete | failed | unknown


@dataclass(frozen=True)
class InboundSms:
    """One SMS. `provider_id` is the carrier's message id; the same id twice is the same message."""

    provider: str
    provider_id: str
    sender: str = field(repr=False)  # E.164, or the raw sender when it is no phone (short code, name)
    recipient: str
    text: str = field(repr=False)
    sent_at: datetime | None  # UTC; None when the carrier's date was unreadable


@dataclass(frozen=True)
class DeliveryReport:
    provider: str
    provider_id: str
    status: MessageStatus | None  # None: a word we do not know
    raw_status: str
    reason: str | None


@dataclass(frozen=True)
class OptOut:
    provider: str
    phone: str = field(repr=False)


@dataclass(frozen=True)
class UssdReply:
    text: str = field(repr=False)
    ends: bool


@dataclass(frozen=True)
class Answer:
    """What a carrier gets for a callback."""

    status: int
    body: str = field(repr=False)

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("Content-Type", "text/plain; charset=utf-8"), *PLAIN_HEADERS]


PLAIN_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
"""Nothing is stored, framed, guessed or told to another site."""


class Inbox(Protocol):
    """Where callbacks go once they are ours. Every call returns only after the commit."""

    def ussd(self, hop: UssdHop) -> UssdReply: ...
    def ussd_ended(self, ended: UssdEnded) -> None: ...
    def sms(self, message: InboundSms) -> None: ...
    def delivery(self, report: DeliveryReport) -> None: ...
    def opt_out(self, opt_out: OptOut) -> None: ...


@dataclass(frozen=True)
class Accepted:
    """The carrier took the message. `status` is `sent`, or `delivered` where the carrier knows at once."""

    provider_id: str | None
    status: MessageStatus = MessageStatus.SENT
    cost: str | None = None


class SendError(Exception):
    """Sending did not succeed. `code` is a constant word for logs and the channel page, never a text or phone."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotSent(SendError):
    """Certainly not sent: try again. `retry_after` in seconds when the carrier named one."""

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class OutOfOrder(NotSent):
    """Certainly not sent, and no other message would be: no balance, bad credentials, bad sender id. Hold the queue."""


class MaybeSent(SendError):
    """The answer was lost: the message may or may not have left.

    `provider_id` where the carrier names the message as we do: then a delivery report can still tell.
    """

    def __init__(self, code: str, provider_id: str | None = None) -> None:
        super().__init__(code)
        self.provider_id = provider_id


class Refused(SendError):
    """Final: this message will never be taken for this phone. `opted_out` when the phone asked for no messages."""

    def __init__(self, code: str, *, opted_out: bool = False) -> None:
        super().__init__(code)
        self.opted_out = opted_out


class NoRoute(Refused):
    """Final here: this carrier does not reach that phone. Another may."""


class SmsProvider(Protocol):
    name: str

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        """Hand one SMS to the carrier. `message_id` is ours (32 hex), `to` E.164, `text` GSM-7.

        After `not_after` it must not arrive any more, where the carrier can see to that.
        Raises NotSent, OutOfOrder, MaybeSent or Refused, and nothing else.
        """
        ...

    def balance(self) -> str | None:
        """What the carrier says is left, as it says it; None when it does not tell."""
        ...

    def close(self) -> None:
        """End what is held open."""
        ...
