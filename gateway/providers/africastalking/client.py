"""Sending through Africa's Talking: the carrier's own SDK for names and hosts, our own transport beneath it.

The stock transport of SDK 2.0.3 follows redirects with the API key, drops the HTTP status, makes a connection per
message and reads an answer of any size (all tried against a local server), hence the one method overridden here.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from africastalking.SMS import SMSService

from gateway import phones
from gateway.providers.africastalking import answers
from gateway.providers.base import Accepted, Refused, SendError
from gateway.providers.transport import USUAL, Answer, Limits, Transport


class AfricasTalkingSms:
    """`SmsProvider` for Africa's Talking. Safe to share between threads: each has its own connection."""

    name = "africastalking"

    def __init__(
        self,
        username: str,
        api_key: str,
        sender_id: str | None = None,
        base_url: str | None = None,
        *,
        limits: Limits = USUAL,
    ) -> None:
        """`base_url` replaces the carrier's host (which is the sandbox's for the user `sandbox`), without `/version1`.

        Raises ValueError, which names the setting and never its value, for one that can not go out.
        """
        if not username:
            raise ValueError("the Africa's Talking user name is empty")
        if not (api_key and api_key.isascii() and api_key.isprintable()) or api_key != api_key.strip():
            raise ValueError("the Africa's Talking API key has characters that no HTTP header carries")
        if base_url and (urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname):
            raise ValueError("the Africa's Talking base URL is no http(s) address")
        self._sender_id = sender_id or None
        self._transport = Transport(limits)
        self._service = _Service(username, api_key, base_url, self._transport)

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        """As `SmsProvider.send`. The carrier has no idempotency key and no validity: two arguments stay here."""
        if not phones.is_e164(to):
            raise Refused("invalid_phone")
        try:
            answer: Answer = self._service.send(text, [to], sender_id=self._sender_id)
        except ValueError:  # the SDK's check of the phone, or a text no form can carry; the message would quote it
            raise Refused("unsendable") from None
        return answers.parse_send_answer(answer.status, answer.body, answer.retry_after)

    def balance(self) -> str | None:
        """`KES 1785.50`, or None when the carrier did not say."""
        try:
            answer = self._service.fetch_user()
        except SendError:
            return None
        return answers.parse_balance(answer.body) if 200 <= answer.status < 300 else None

    def close(self) -> None:
        """Ends the connections of every thread."""
        self._transport.close()


class _Service(SMSService):  # type: ignore[misc]  # the SDK has no types
    """The SDK's SMS service with our transport. `send` then returns an `Answer`, or raises a `SendError`."""

    def __init__(self, username: str, api_key: str, base_url: str | None, transport: Transport) -> None:
        self._override = base_url.rstrip("/") + "/version1" if base_url else None
        self._transport = transport
        super().__init__(username, api_key)

    def _init_service(self) -> None:
        super()._init_service()
        if self._override:
            self._baseUrl = self._contentUrl = self._override

    def fetch_user(self) -> Answer:
        """The account's page, as the SDK's ApplicationService asks for it."""
        return self._make_request(
            self._make_url("/user"), "GET", self._headers, data=None, params={"username": self._username}
        )

    def _make_request(
        self,
        url: str,
        method: str,
        headers: dict[str, str],
        data: dict[str, Any] | None,
        params: dict[str, str] | None,
        callback: None = None,
        timeout: object = None,
    ) -> Answer:
        """The SDK's signature; its `timeout` gives way to our limits. A callback would die with its thread, unheard."""
        if callback is not None:
            raise TypeError("no callbacks: the SDK never calls them when the connection fails")
        return self._transport.request(method, url, headers=headers, data=data, params=params)
