"""Sending through Africa's Talking: the carrier's own SDK for names and hosts, our own transport beneath it.

The stock transport of SDK 2.0.3 follows redirects with the API key, drops the HTTP status, makes a connection per
message and reads an answer of any size (all tried against a local server), hence the one method overridden here.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
import urllib3
from africastalking.SMS import SMSService
from requests import exceptions as trouble
from requests.adapters import HTTPAdapter

from gateway import phones
from gateway.clock import utc_now
from gateway.providers.africastalking import answers
from gateway.providers.base import Accepted, MaybeSent, NotSent, OutOfOrder, Refused, SendError

CHUNK: Final = 8 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds, and bytes of an answer. The first two are the SDK's own; an answer to one recipient has 300 bytes.

    `total_for` bounds connecting, waiting and reading the answer together, one last wait of `read_for` apart; only
    name resolution and a header that trickles in byte by byte escape it.
    """

    connect_for: float = 3.05
    read_for: float = 9.05
    total_for: float = 12.1
    answer_size: int = 64 * 1024


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    retry_after: float | None


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
        limits: Limits = Limits(),
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
        self._connections = _Connections(WeakSet())
        self._service = _Service(username, api_key, base_url, self._connections, limits)

    def send(self, message_id: str, to: str, text: str) -> Accepted:
        """As `SmsProvider.send`. The carrier has no idempotency key, so `message_id` stays here."""
        if phones.normalise(to) != to:
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
        for session in list(self._connections.opened):
            session.close()


class _Service(SMSService):  # type: ignore[misc]  # the SDK has no types
    """The SDK's SMS service with our transport. `send` then returns an `Answer`, or raises a `SendError`."""

    def __init__(
        self, username: str, api_key: str, base_url: str | None, connections: "_Connections", limits: Limits
    ) -> None:
        self._override = base_url.rstrip("/") + "/version1" if base_url else None
        self._connections = connections
        self._limits = limits
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
        deadline = time.monotonic() + self._limits.total_for
        waits = urllib3.Timeout(self._limits.total_for, self._limits.connect_for, self._limits.read_for)
        try:
            response = self._connections.session.request(
                method,
                url,
                headers=headers,
                data=data,
                params=params,
                timeout=waits,  # type: ignore[arg-type]  # requests passes urllib3's own through
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _failure(error) from None
        with response:
            wait = answers.parse_retry_after(response.headers.get("Retry-After"), utc_now())
            return Answer(response.status_code, _read(response.raw, deadline, self._limits.answer_size), wait)


class _Session(requests.Session):
    """A session to which no answer is a redirect: told not to follow, requests would still read and parse it."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class _Connections(threading.local):
    """One session for each thread, for requests does not promise that a session may be shared."""

    def __init__(self, opened: "WeakSet[requests.Session]") -> None:
        self.opened = opened
        self.session = _Session()
        self.session.trust_env = False  # neither proxies nor .netrc of whoever started the process
        self.session.headers["Accept-Encoding"] = "identity"
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))
        opened.add(self.session)


def _read(raw: urllib3.HTTPResponse, deadline: float, limit: int) -> bytes:
    """The body; empty when it was cut, too long or too slow, for then nothing in it can be relied on."""
    body = b""
    try:
        while time.monotonic() < deadline:
            chunk = raw.read1(CHUNK, decode_content=True)
            if not chunk:
                return body
            body += chunk
            if len(body) > limit:
                break
    except (urllib3.exceptions.HTTPError, OSError):
        pass
    raw.close()
    return b""


def _failure(error: Exception) -> SendError:
    """Whether the request can have reached the carrier. Only what failed before the first byte is `NotSent`."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    match error:
        case trouble.ConnectTimeout():
            return NotSent("connect_timeout")
        case trouble.InvalidURL() | trouble.InvalidHeader() | trouble.InvalidSchema() | trouble.MissingSchema():
            return OutOfOrder("configuration")
        case trouble.SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return OutOfOrder("certificate")
        case trouble.ReadTimeout():
            return MaybeSent("read_timeout")
        case trouble.ConnectionError() if isinstance(cause, urllib3.exceptions.NewConnectionError):
            return NotSent("unreachable")
        case _:
            return MaybeSent("connection_lost")
