"""How Africa's Talking answers a send, in our words: accepted, or one of the send errors. Pure.

The codes and the 201 are documented; an empty `Recipients` and the HTTP errors come from code in production.
"""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NoReturn

from gateway.providers import answers
from gateway.providers.base import Accepted, MaybeSent, NoRoute, NotSent, OutOfOrder, Refused


class Outcome(Enum):
    """What a word of the carrier means for the message."""

    ACCEPTED = "accepted"
    NOT_SENT = "not sent"
    OUT_OF_ORDER = "out of order"
    REFUSED = "refused"
    NO_ROUTE = "no route"
    OPTED_OUT = "opted out"


SEND_CODES: Final[Mapping[int, tuple[str, Outcome]]] = {
    100: ("Processed", Outcome.ACCEPTED),
    101: ("Sent", Outcome.ACCEPTED),
    102: ("Queued", Outcome.ACCEPTED),
    401: ("RiskHold", Outcome.REFUSED),
    402: ("InvalidSenderId", Outcome.OUT_OF_ORDER),
    403: ("InvalidPhoneNumber", Outcome.REFUSED),
    404: ("UnsupportedNumberType", Outcome.NO_ROUTE),
    405: ("InsufficientBalance", Outcome.OUT_OF_ORDER),
    406: ("UserInBlacklist", Outcome.OPTED_OUT),
    407: ("CouldNotRoute", Outcome.NO_ROUTE),  # to be expected for +62: another carrier may still take it
    409: ("DoNotDisturbRejection", Outcome.REFUSED),
    500: ("InternalServerError", Outcome.NOT_SENT),
    501: ("GatewayError", Outcome.NOT_SENT),
    502: ("RejectedByGateway", Outcome.NOT_SENT),  # doubtful; cht-core tries again in production
}
"""Documented per-recipient codes, sent inside an HTTP 201."""


def parse_send_answer(status: int, body: bytes, retry_after: float | None = None) -> Accepted:
    """Accepted, or raises NotSent, OutOfOrder, MaybeSent or Refused; for a request with one recipient.

    `retry_after` in seconds, as the answer's header named it. Neither the body nor the content type is trusted:
    whatever is not the documented JSON after a 2xx (a portal's HTML, half an answer) leaves the outcome open.
    """
    if not 200 <= status < 300:
        answers.raise_for_status(status, retry_after)
    try:
        data = json.loads(body)["SMSMessageData"]
        recipients = data["Recipients"]
        if not recipients and isinstance(recipients, list):
            _raise_outcome(*_named_in(data.get("Message")))
        recipient = recipients[0]
        code, word = recipient.get("statusCode"), recipient.get("status")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise MaybeSent("unreadable_answer") from None
    name, outcome = _code(code, word)
    if outcome is not Outcome.ACCEPTED:
        _raise_outcome(name, outcome)
    return Accepted(provider_id=answers.told(recipient.get("messageId")), cost=answers.told(recipient.get("cost")))


def parse_balance(body: bytes) -> str | None:
    """What `GET /version1/user` says is left, such as `KES 1785.50` (documented); None when unreadable."""
    try:
        return answers.told(json.loads(body)["UserData"]["balance"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _raise_outcome(name: str, outcome: Outcome) -> NoReturn:
    match outcome:
        case Outcome.NOT_SENT:
            raise NotSent(name)
        case Outcome.OUT_OF_ORDER:
            raise OutOfOrder(name)
        case Outcome.NO_ROUTE:
            raise NoRoute(name)
        case _:
            raise Refused(name, opted_out=outcome is Outcome.OPTED_OUT)


def _code(code: Any, word: Any) -> tuple[str, Outcome]:
    """The row of a recipient's code; without a code, of its status word. Raises MaybeSent for neither."""
    number = str(code)
    if number.isascii() and number.isdigit() and int(number[:9]) in SEND_CODES:
        return SEND_CODES[int(number[:9])]
    if code is None and str(word).lower() == "success":
        return SEND_CODES[101]
    if code is None and (row := _row_in(word)):
        return row
    raise MaybeSent("unknown_code")


def _named_in(message: Any) -> tuple[str, Outcome]:
    """A 201 without recipients tells the reason only in `Message` (seen in production code)."""
    return _row_in(message) or ("no_recipients", Outcome.REFUSED)


def _row_in(words: Any) -> tuple[str, Outcome] | None:
    said = str(words).replace(" ", "").lower()
    failures = (row for row in SEND_CODES.values() if row[1] is not Outcome.ACCEPTED)
    return next((row for row in failures if row[0].lower() in said), None)
