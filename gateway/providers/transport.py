"""One request to a carrier: bounded in time and size, no redirect, no proxy; and whether it can have arrived."""

import threading
import time
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakSet

import requests
import urllib3
from requests import exceptions as trouble
from requests.adapters import HTTPAdapter

from gateway.clock import utc_now
from gateway.providers.answers import parse_retry_after
from gateway.providers.base import MaybeSent, NotSent, OutOfOrder, SendError

CHUNK: Final = 8 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds, and bytes of an answer. The first two are the SDK's of Africa's Talking; an answer has some 300 bytes.

    `total_for` bounds connecting, waiting and reading the answer together, one last wait of `read_for` apart; only
    name resolution and a header that trickles in byte by byte escape it.
    """

    connect_for: float = 3.05
    read_for: float = 9.05
    total_for: float = 12.1
    answer_size: int = 64 * 1024


USUAL: Final = Limits()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    retry_after: float | None


class Transport:
    """Requests over connections that stay open. Safe to share between threads: each has its own."""

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits
        self._connections = _Connections(WeakSet())

    def request(self, method: str, url: str, **parts: Any) -> Answer:
        """`parts` as `requests` takes them: headers, params, data, json, auth.

        Raises NotSent, OutOfOrder or MaybeSent.
        """
        deadline = time.monotonic() + self._limits.total_for
        waits = urllib3.Timeout(self._limits.total_for, self._limits.connect_for, self._limits.read_for)
        try:
            response = self._connections.session.request(
                method,
                url,
                timeout=waits,  # type: ignore[arg-type]  # requests passes urllib3's own through
                allow_redirects=False,
                stream=True,
                **parts,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _failure(error) from None
        with response:
            wait = parse_retry_after(response.headers.get("Retry-After"), utc_now())
            return Answer(response.status_code, _read(response.raw, deadline, self._limits.answer_size), wait)

    def close(self) -> None:
        """Ends the connections of every thread."""
        for session in list(self._connections.opened):
            session.close()


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
