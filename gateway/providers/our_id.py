"""Sending one SMS to a carrier that knows it by our id."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway import phones
from gateway.providers.base import MaybeSent, Refused


@contextmanager
def under_our_id(message_id: str, to: str, text: str) -> Iterator[None]:
    """Around the request: an answer that was lost still has a name, by which a later report finds the message.

    Raises Refused, before anything leaves, for a phone or a text that no carrier can take.
    """
    if phones.normalise(to) != to:
        raise Refused("invalid_phone")
    try:
        text.encode()  # half a surrogate pair would leave as something else, or not at all
        yield
    except MaybeSent as lost:
        raise MaybeSent(lost.code, message_id) from None
    except UnicodeEncodeError:
        raise Refused("unsendable") from None
